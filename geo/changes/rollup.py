"""The roll-up: folds `density_delta` into the cells and `tile_touch` into `tile_version` (tables and their
grid: `geo.incidents.density`), and `statistic_delta` into the days (`geo.statistics.day_counts`);
counts days of closed and of open incidents anew (`geo.statistics.closed_days`, `geo.statistics.open_days`).

One process at a time does it, the holder of an advisory lock; each fold is one transaction, so a reader
sees a delta in all zooms or in none, with the tile's new version. What a fold takes is bounded by `BATCH`:
a first load of two million rows is built in one go, because a cell that is built once costs a fraction of
one that is merged ten times.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import psycopg2
from psycopg2.errors import QueryCanceled
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from geo.changes.outbox import LOCK_ROLLUP
from geo.database import for_driver, only_row, role_dsn
from geo.incidents import facet_counts
from geo.incidents.density import APART_TO, EVERYTHING, FIRST_YEAR, MAX_ZOOM, MIN_ZOOM, MONTHS
from geo.incidents.model import KINDS
from geo.settings import City, Settings
from geo.statistics.closed_days import MOST_DAYS, count_closed_days
from geo.statistics.day_counts import fold_days
from geo.statistics.open_days import count_open_days

log = logging.getLogger(__name__)

POLL_S = 0.5
FACET_COUNTS_EVERY_S = 60.0
CLOSED_DAYS_EVERY_S = 60.0
OPEN_DAYS_EVERY_S = 5.0
AHEAD_S = 1.0
"""How long days may be counted before what waits is folded again."""
BATCH = 3_000_000
ANALYZE_FROM = 20_000
"""Deltas from which the planner is told the size of the working tables: below, its guess costs less than
asking."""
SORT_FROM = 100_000
"""Rows from which one sort, shared by all steps of a merge, is faster than hashing first: 0.7 s against
1.1 s for 600,000."""
ZOOMS = range(MAX_ZOOM, MIN_ZOOM - 1, -1)

LOW = 2**22 - 1
WORKING_TABLES = """
    create temp table if not exists fold_day (x22 int, y22 int, series int, day date, n int)
        on commit delete rows;
    """ + "".join(
    f"create temp table if not exists fold_{z} (cell bigint, key int, n int) on commit delete rows;"
    for z in ZOOMS
)
"""`cell` is x << 22 | y of a sub-cell of zoom z (a tile of zoom z + 6, below 2 ** 22), `key` the series
and month. Two integers: grouping and sorting by them takes a quarter of the time that the region, x, y and
so on take."""

TAKE = """
    with taken as (
        delete from density_delta as d
        using (select id from density_delta where region = :region
            order by id limit :batch) as first_ones
        where d.region = :region and d.id = first_ones.id
        returning d.*
    )
    insert into fold_day
    select x22, y22, (8 + category_id * 4 + array_position(:kinds, kind) - 1)::int, day, sum(n)
    from taken group by 1, 2, 3, 4 having sum(n) <> 0"""

SERIES = """
    insert into density_series
    select distinct :region, series, (:kinds)[series % 4 + 1], (series - 8) / 4 from fold_day
    on conflict do nothing"""

DAYS = """
    insert into density_day as d (region, x15, y15, x22, y22, day, series, n)
    select :region, x22 >> 7, y22 >> 7, x22, y22, day, series, n from fold_day order by x22 >> 7, y22 >> 7,
        x22, y22, day, series
    on conflict (region, x15, y15, x22, y22, day, series) do update set n = d.n + excluded.n"""

EMPTY_DAYS = """
    delete from density_day as d using fold_day as f
    where d.region = :region and d.x15 = f.x22 >> 7 and d.y15 = f.y22 >> 7 and d.x22 = f.x22
        and d.y22 = f.y22 and d.day = f.day
      and d.series = f.series and d.n = 0"""

FINEST = f"""
    insert into fold_{MAX_ZOOM}
    select (x22 >> {16 - MAX_ZOOM})::bigint << 22 | (y22 >> {16 - MAX_ZOOM}),
      series * {MONTHS} + ((extract(year from day) - {FIRST_YEAR}) * 12 + extract(month from day))::int,
          sum(n)
    from fold_day group by 1, 2"""

COARSER = f"""
    insert into fold_{{z}}
    select (cell >> 23) << 22 | ((cell & {LOW}) >> 1), key, sum(n) from fold_{{finer}} group by 1, 2"""

EVERYTHING_KEY = f"({EVERYTHING * MONTHS} + (f.key & {MONTHS - 1}))"
KIND_KEY = f"((f.key / {MONTHS} % 4 + 1) * {MONTHS} + (f.key & {MONTHS - 1}))"
AT = (
    f"c.region = :region and c.z = {{z}} and c.x = (t.cell >> 28)::int and c.y = ((t.cell & {LOW}) >> 6)::int"
)
SUB_OF = "(((t.cell & 63) << 6) | (t.cell >> 22 & 63))::int"

CELLS = """
    with fresh as (
        select f.cell, {part} as part, s.key, f.n from fold_{z} as f cross
            join lateral (values {keys}) as s(key)
    ), stored as materialized (
        select t.cell, t.part, c.keys, c.sums, greatest(width_bucket(t.first - 1, c.keys), 1) as tail
        from (select cell, part, min(key) as first from fresh group by cell, part) as t
        join density_cell as c on {at} and c.part = t.part and c.sub = {sub_of_t}
    ), kept as (
        select t.cell, t.part, u.key, u.total - case when u.i = 1 then 0
            else t.sums[t.tail + u.i - 2] end as n
        from stored as t cross join lateral unnest(t.keys[t.tail:], t.sums[t.tail:]) with ordinality as u(key,
            total, i)
    ), running as (
        select cell, part, key, sum(n)::int as n, sum(sum(n)) over (partition by cell, part
            order by key)::int as total
        from (select * from fresh union all select * from kept) as both_ group by cell, part, key
    ), built as (
        select cell, part, coalesce(sum(n) filter (where {counted}), 0)::int as n, array_agg(key) as keys,
            array_agg(total) as sums
        from running group by cell, part
    )
    insert into density_cell as c (region, z, x, y, part, sub, n, keys, sums)
    select :region, {z}, (t.cell >> 28)::int, ((t.cell & {low}) >> 6)::int, t.part, {sub_of_t}, t.n,
      coalesce(s.keys[1:s.tail - 1], '{{}}') || t.keys, coalesce(s.sums[1:s.tail - 1], '{{}}') || t.sums
    from built as t left join stored as s on s.cell = t.cell and s.part = t.part order by 3, 4, 5, 6
    on conflict (region, z, x, y, part, sub) do update set n = excluded.n, keys = excluded.keys,
        sums = excluded.sums"""
"""Merges fold_<z> into the cells. Of a stored row only the tail is taken apart, from the last key before
the first new one (its running total stands for all before it): what happens today costs the same whether
the row holds one year or twenty."""

EMPTY_CELLS = """
    delete from density_cell as c using (select distinct cell from fold_{z}) as t where {at}
        and c.sub = {sub_of_t} and c.n = 0"""

VERSIONS = """
    with touched as (delete from tile_touch where region = :region returning layer, x10, y10)
    insert into tile_version as v (region, layer, x10, y10, version)
    select :region, layer, x10, y10, 1
    from (select layer, x10, y10 from touched union select 'density', x22 >> 12, y22 >> 12 from fold_day
        order by 1, 2, 3) as t
    on conflict (region, layer, x10, y10) do update set version = v.version + 1"""


def fold(connection: Connection, region: str) -> int:
    """Fold what waits in `region`, at most `BATCH` deltas, and commit. Returns how many (place, series,
    day) changed; 0 when nothing waited."""
    with connection, connection.cursor() as cursor:
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(WORKING_TABLES)
        cursor.execute(for_driver(TAKE), {"region": region, "batch": BATCH, "kinds": list(KINDS)})
        changed = cursor.rowcount
        if changed:
            _fold_taken(cursor, region, changed)
        cursor.execute(for_driver(VERSIONS), {"region": region})
    return changed


def _fold_taken(cursor: Cursor, region: str, changed: int) -> None:
    cursor.execute("select coalesce(bool_or(n < 0), false) from fold_day")
    removed = only_row(cursor)[0]
    _analyze(cursor, "fold_day", changed)
    cursor.execute(for_driver(SERIES), {"region": region, "kinds": list(KINDS)})
    cursor.execute(for_driver(DAYS), {"region": region})
    if removed:
        cursor.execute(for_driver(EMPTY_DAYS), {"region": region})
    for z in ZOOMS:
        cursor.execute(FINEST if z == MAX_ZOOM else COARSER.format(z=z, finer=z + 1))
        _analyze(cursor, f"fold_{z}", cursor.rowcount)
        cursor.execute(f"set local enable_hashagg = {'off' if cursor.rowcount >= SORT_FROM else 'on'}")
        cursor.execute(for_driver(_filled(CELLS, z)), {"region": region})
        cursor.execute("set local enable_hashagg = on")
        if removed:
            cursor.execute(for_driver(_filled(EMPTY_CELLS, z)), {"region": region})


def _filled(statement: str, z: int) -> str:
    """The statement for zoom z: a row for each series up to `APART_TO`; above, one row for all of a sub-cell,
    where kinds are the sum of their pairs."""
    apart = z <= APART_TO
    return statement.format(
        z=z,
        at=AT.format(z=z),
        sub_of_t=SUB_OF,
        low=LOW,
        part=f"s.key / {MONTHS}" if apart else EVERYTHING,
        keys=", ".join(
            f"({key})"
            for key in ((EVERYTHING_KEY, KIND_KEY, "f.key") if apart else (EVERYTHING_KEY, "f.key"))
        ),
        counted="true" if apart else f"key < {(EVERYTHING + 1) * MONTHS}",
    )


def _analyze(cursor: Cursor, table: str, rows: int) -> None:
    if rows >= ANALYZE_FROM:
        cursor.execute(f"analyze {table}")


class DaysAhead:
    """Counts them between the folds: in one go as many days in a row as take about `AHEAD_S`; once none
    waits, it looks again after `every_s`. `count_days`: `count_closed_days` or `count_open_days`."""

    def __init__(self, count_days: Callable[..., int], every_s: float) -> None:
        self.most = 1
        self.every_s = every_s
        self._count_days = count_days
        self._looked = -every_s

    def count(self, connection: Connection, city: City) -> None:
        began = time.monotonic()
        if began - self._looked <= self.every_s:
            return
        try:
            counted = self._count_days(connection, city, most=self.most)
        except QueryCanceled:
            log.warning("incidents of %d days were not counted in time; later by the day", self.most)
            self.most, self._looked = 1, time.monotonic()
            return
        if not counted:
            self._looked = began
        elif time.monotonic() - began > AHEAD_S:
            self.most = max(1, self.most // 2)
        elif counted == self.most and time.monotonic() - began < AHEAD_S / 2:
            self.most = min(MOST_DAYS, 2 * self.most)


def rollup(settings: Settings, stop: threading.Event, at_work: Callable[[], None] = lambda: None) -> None:
    """Fold until `stop`, within 2 s of a commit, `at_work` being called each time that it could. Raises
    `psycopg2.Error` when the database is gone, for the caller to start it again."""
    connection = psycopg2.connect(
        role_dsn(settings, "relay"), application_name="ikomek-rollup", connect_timeout=5
    )
    try:
        region = settings.city.region
        if _take_lock(connection, region, stop):
            begun = False
            limit, looked = facet_counts.SLACK, -FACET_COUNTS_EVERY_S
            ahead = (
                DaysAhead(count_closed_days, CLOSED_DAYS_EVERY_S),
                DaysAhead(count_open_days, OPEN_DAYS_EVERY_S),
            )
            while not stop.is_set():
                folded = _anything_waits(connection, region) and fold(connection, region)
                counted = fold_days(connection, settings.city)
                if not begun:
                    log.info("folding density deltas")
                    begun = True
                for days in ahead:
                    days.count(connection, settings.city)
                at_work()  # after everything that may write: a database that can only be read is no work yet
                if not (folded or counted):
                    stop.wait(POLL_S)
                if time.monotonic() - looked > FACET_COUNTS_EVERY_S:
                    limit, looked = facet_counts.sum_up(connection, region, limit), time.monotonic()
    finally:
        connection.close()


def _take_lock(connection: Connection, region: str, stop: threading.Event) -> bool:
    """Wait for the lock; true when it is ours, false when stopped before."""
    while not stop.is_set():
        with connection, connection.cursor() as cursor:
            cursor.execute(
                for_driver("select pg_try_advisory_lock(:space, hashtext(:region))"),
                {"space": LOCK_ROLLUP, "region": region},
            )
            if only_row(cursor)[0]:
                return True
        stop.wait(POLL_S)
    return False


def _anything_waits(connection: Connection, region: str) -> bool:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            for_driver(
                "select exists (select from density_delta where region = :region) or "
                "exists (select from tile_touch where region = :region)"
            ),
            {"region": region},
        )
        return only_row(cursor)[0]
