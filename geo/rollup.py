"""The roll-up: folds `density_delta` into the cells and `tile_touch` into `tile_version` (tables and their grid: `geo.cells`).

One process at a time does it, the holder of an advisory lock; each fold is one transaction, so a reader sees a delta in all zooms or in none, with
the tile's new version. What a fold takes is bounded by `BATCH`: a first load of two million rows is built in one go, because a
cell that is built once costs a fraction of one that is merged ten times.
"""
from __future__ import annotations

import logging
import threading

import psycopg2
from psycopg2.extensions import connection as Connection

from geo.cells import APART_TO, EVERYTHING, MAX_ZOOM, MIN_ZOOM, MONTHS
from geo.changes import LOCK_ROLLUP
from geo.database import role_dsn
from geo.incidents import KINDS
from geo.settings import Settings

log = logging.getLogger(__name__)

POLL_S = 0.5
BATCH = 3_000_000
ANALYZE_FROM = 20_000
"""Deltas from which the planner is told the size of the working tables: below, its guess costs less than asking."""
ZOOMS = range(MAX_ZOOM, MIN_ZOOM - 1, -1)

WORKING_TABLES = """
    create temp table if not exists fold_day (region text, x22 int, y22 int, series int, day date, n int) on commit delete rows;
    """ + "".join(f"""
    create temp table if not exists fold_{z} (region text, x int, y int, series int, month int, n int) on commit delete rows;
    """ for z in ZOOMS)
"""x, y of fold_<z> number the sub-cells of zoom z, which are the tiles of zoom z + 6."""

TAKE = """
    with taken as (
        delete from density_delta as d
        using (select region, id from density_delta order by region, id limit %(batch)s) as first_ones
        where d.region = first_ones.region and d.id = first_ones.id
        returning d.*
    )
    insert into fold_day
    select region, x22, y22, (8 + category_id * 4 + array_position(%(kinds)s, kind) - 1)::int, day, sum(n)
    from taken group by 1, 2, 3, 4, 5 having sum(n) <> 0"""

SERIES = """
    insert into density_series
    select distinct region, series, (%(kinds)s)[series %% 4 + 1], (series - 8) / 4 from fold_day
    on conflict do nothing"""

DAYS = """
    insert into density_day as d (region, x15, y15, x22, y22, day, series, n)
    select region, x22 >> 7, y22 >> 7, x22, y22, day, series, n from fold_day order by region, x22 >> 7, y22 >> 7, x22, y22, day, series
    on conflict (region, x15, y15, x22, y22, day, series) do update set n = d.n + excluded.n"""

EMPTY_DAYS = """
    delete from density_day as d using fold_day as f
    where d.region = f.region and d.x15 = f.x22 >> 7 and d.y15 = f.y22 >> 7 and d.x22 = f.x22 and d.y22 = f.y22 and d.day = f.day
      and d.series = f.series and d.n = 0"""

FINEST = f"""
    insert into fold_{MAX_ZOOM}
    select region, x22 >> {16 - MAX_ZOOM}, y22 >> {16 - MAX_ZOOM}, series, (extract(year from day) - 2000) * 12 + extract(month from day), sum(n)
    from fold_day group by 1, 2, 3, 4, 5"""

COARSER = """
    insert into fold_{z}
    select region, x >> 1, y >> 1, series, month, sum(n) from fold_{finer} group by 1, 2, 3, 4, 5"""

CELLS = """
    with fresh as materialized (
        select f.region, f.x, f.y, {part} as part, s.series * {months} + f.month as key, sum(f.n)::int as n
        from fold_{z} as f cross join lateral (values ({everything}), (f.series % 4 + 1), (f.series)) as s(series)
        group by 1, 2, 3, 4, 5
    ), kept as (
        select t.region, t.x, t.y, t.part, u.key, u.total - coalesce(c.sums[u.i - 1], 0) as n
        from (select distinct region, x, y, part from fresh) as t
        join density_cell as c on c.region = t.region and c.z = {z} and c.x = t.x >> 6 and c.y = t.y >> 6 and c.part = t.part
          and c.sub = (t.y & 63) * 64 + (t.x & 63)
        cross join lateral unnest(c.keys, c.sums) with ordinality as u(key, total, i)
    ), merged as (
        select region, x, y, part, key, sum(n)::int as n from (select * from fresh union all select * from kept) as both_
        group by region, x, y, part, key
    ), running as (
        select *, sum(n) over (partition by region, x >> 6, y >> 6, part, y & 63, x & 63 order by key)::int as total from merged
    )
    insert into density_cell as c (region, z, x, y, part, sub, n, keys, sums)
    select region, {z}, x >> 6, y >> 6, part, (y & 63) * 64 + (x & 63), coalesce(sum(n) filter (where {counted}), 0), array_agg(key), array_agg(total)
    from running group by region, x >> 6, y >> 6, part, y & 63, x & 63
    on conflict (region, z, x, y, part, sub) do update set n = excluded.n, keys = excluded.keys, sums = excluded.sums"""

EMPTY_CELLS = """
    delete from density_cell as c using (select distinct region, x, y from fold_{z}) as f
    where c.region = f.region and c.z = {z} and c.x = f.x >> 6 and c.y = f.y >> 6 and c.sub = (f.y & 63) * 64 + (f.x & 63) and c.n = 0"""

VERSIONS = """
    with touched as (delete from tile_touch returning region, layer, x10, y10)
    insert into tile_version as v (region, layer, x10, y10, version)
    select distinct region, layer, x10, y10, 1 from touched
    union
    select distinct region, 'density', x22 >> 12, y22 >> 12, 1 from fold_day
    order by 1, 2, 3, 4
    on conflict (region, layer, x10, y10) do update set version = v.version + 1"""


def fold(connection: Connection) -> int:
    """Fold what is waiting, at most `BATCH` deltas, and commit. Returns the number of distinct (place, series, day) changed; 0 when nothing waited."""
    with connection, connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")
        cursor.execute(WORKING_TABLES)
        cursor.execute(TAKE, {"batch": BATCH, "kinds": list(KINDS)})
        changed = cursor.rowcount
        if changed:
            _fold_taken(cursor, changed)
        cursor.execute(VERSIONS)
    return changed


def _fold_taken(cursor: psycopg2.extensions.cursor, changed: int) -> None:
    cursor.execute("select coalesce(bool_or(n < 0), false) from fold_day")
    removed = cursor.fetchone()[0]
    _tell_planner(cursor, "fold_day", changed)
    cursor.execute(SERIES, {"kinds": list(KINDS)})
    cursor.execute(DAYS)
    if removed:
        cursor.execute(EMPTY_DAYS)
    for z in ZOOMS:
        cursor.execute(FINEST if z == MAX_ZOOM else COARSER.format(z=z, finer=z + 1))
        _tell_planner(cursor, f"fold_{z}", cursor.rowcount)
        cursor.execute(cells_statement(z))
        if removed:
            cursor.execute(EMPTY_CELLS.format(z=z))


def cells_statement(z: int) -> str:
    """Merges fold_<z> into the cells of zoom z: a row for each series up to `APART_TO`, above it one row for all of a sub-cell."""
    apart = z <= APART_TO
    return CELLS.format(
        z=z, months=MONTHS, everything=EVERYTHING,
        part="s.series" if apart else f"{EVERYTHING}",
        counted="true" if apart else f"key < {(EVERYTHING + 1) * MONTHS}",
    )


def _tell_planner(cursor: psycopg2.extensions.cursor, table: str, rows: int) -> None:
    if rows >= ANALYZE_FROM:
        cursor.execute(f"analyze {table}")


def rollup(settings: Settings, stop: threading.Event) -> None:
    """Fold until `stop`, within 2 s of a commit. Returns when stopped; raises `psycopg2.Error` when the database is gone, for the caller to start it again."""
    connection = psycopg2.connect(role_dsn(settings, "etl"), application_name="ikomek-rollup", connect_timeout=5)
    try:
        if _take_lock(connection, stop):
            while not stop.is_set():
                if not (_anything_waits(connection) and fold(connection)):
                    stop.wait(POLL_S)
    finally:
        connection.close()


def _take_lock(connection: Connection, stop: threading.Event) -> bool:
    """Wait for the lock; true when it is ours, false when stopped before."""
    while not stop.is_set():
        with connection, connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", (LOCK_ROLLUP,))
            if cursor.fetchone()[0]:
                log.info("folding density deltas")
                return True
        stop.wait(POLL_S)
    return False


def _anything_waits(connection: Connection) -> bool:
    with connection, connection.cursor() as cursor:
        cursor.execute("select exists (select from density_delta) or exists (select from tile_touch)")
        return cursor.fetchone()[0]
