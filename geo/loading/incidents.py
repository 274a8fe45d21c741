"""Incidents: staging, the difference, one upsert, and its events, density deltas and changes.

What a person decided is never reverted (`geo.loading.decided`). The district (in force on the local day it
was opened; without a point the one that the source names) is found in the statement that finds the
difference, the building (of its address, else the nearest tag within 30 m: `geo.loading.placing`) in the
next one, both only for rows that are new or have moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from geo.changes.outbox import RESET_AFTER_ROWS, announce_reset
from geo.database import only_row
from geo.incidents.payload import RECORD_INCIDENTS
from geo.incidents.pressing import reckon_pressing
from geo.loading.decided import hold_decisions
from geo.loading.density import APPEND_DELTAS
from geo.loading.identity import Identity, need_same
from geo.loading.listed import LISTED, remember
from geo.loading.order import confirm, older, said_at
from geo.loading.placing import POINT, cut_districts, find_buildings, geocode_staged, hold_borders
from geo.loading.staging import Batch, Written, by_run, driver_cursor, execute, stage
from geo.settings import City

STAGE = """row_number integer, source_id text, kind text, category_id bigint, title text,
    source_status text, source_priority smallint, opened_at timestamptz, opened_precision text,
    due_at timestamptz, closed_at timestamptz, address text, performer_id bigint, fine_tenge numeric(14, 2),
    channel text, attributes jsonb, named_district bigint, placed_by text, lon float8, lat float8, x float8,
    y float8, added integer default 0, seen_closed boolean, said_at timestamptz, delivery_id bigint,
    run_id bigint"""
DIFF = (
    f"{STAGE}, id bigint, known boolean, held boolean, conflict boolean, status text, priority "
    f"smallint, district_id bigint, building_id bigint, old incident, presses_at timestamptz"
)

COMPARED = (
    "kind",
    "category_id",
    "title",
    "source_status",
    "source_priority",
    "opened_at",
    "opened_precision",
    "due_at",
    "closed_at",
    "address",
    "performer_id",
    "fine_tenge",
    "channel",
    "attributes",
    "placed_by",
)
"""The columns of the source's values; the point and the tombstone are compared beside them."""

SAME = f"""({", ".join(f"s.{name}" for name in COMPARED)}, s.lon, s.lat, true)
    is not distinct from ({", ".join(f"i.{name}" for name in COMPARED)}, st_x(i.point_4326),
        st_y(i.point_4326), i.vanished_at is null)
    and s.added = 0"""
MOVED = "(i.id is null or (s.lon, s.lat) is distinct from (st_x(i.point_4326), st_y(i.point_4326)))"


FIND_DIFFERENCE = f"""insert into incident_diff
    select s.*, coalesce(i.id, nextval('incident_id_seq')), i.id is not null, false, false, s.source_status,
        s.source_priority,
        case when s.x is null then s.named_district when {MOVED} then d.id else i.district_id end,
            i.building_id, i
    from incident_stage s
    left join incident i on i.region = :region and i.source = :source and i.source_id = s.source_id
    left join lateral (
        select p.id from district_piece p where {MOVED} and st_intersects(p.geom, {POINT})
            and (s.opened_at at time zone :time_zone)::date between p.valid_from and coalesce(p.valid_to,
                'infinity') order by p.id limit 1) d on true
    where i.id is null or not (:guarded and {older("i")})
        and (not ({SAME}) or (s.x is null and s.named_district is distinct from i.district_id))"""

KEEP_CLOSING = """update incident_stage s set closed_at = i.closed_at from incident i
    where s.seen_closed and i.region = :region and i.source = :source and i.source_id = s.source_id
        and i.source_status = 'closed' and i.closed_at < coalesce(s.closed_at, 'infinity')"""
"""An incident that its source shows as closed, without saying since when, was closed when it was first seen
so. Later deliveries do not move that moment."""


LOCK_OLD = """with locked as (
        select i.id, i from incident i join incident_diff s on i.region = :region and i.id = s.id
            where s.known order by i.id for update of i)
    update incident_diff s set old = locked.i from locked where locked.id = s.id"""


SETTLED = f"""delete from incident_diff s using incident i where s.held and not s.conflict
    and i.region = :region and i.id = s.id and {SAME}"""
"""Where the source differs only in what a person has decided, and says nothing new about it, there is
nothing to write."""

IN_WORKING_TIME = """select s.id, s.opened_at, s.due_at from incident_diff s
    join category c on c.id = s.category_id and c.calendar = 'working'
    where s.due_at > s.opened_at"""
SET_PRESSING = """update incident_diff s set presses_at = v.at from (values %s) v (id, at)
    where s.id = v.id"""

UPSERT = f"""insert into incident as i (region, id, source, source_id, {", ".join(COMPARED)}, status,
    priority, district_id, building_id, inquiries,
        version, run_id, delivery_id, said_at, point_4326, point_3857, presses_at)
    select :region, s.id, :source, s.source_id, {", ".join(f"s.{name}" for name in COMPARED)}, s.status,
        s.priority, s.district_id,
        s.building_id, coalesce((s.old).inquiries, 0) + s.added, coalesce((s.old).version, 0) + 1,
            coalesce(s.run_id, :run_id), coalesce(s.delivery_id, :delivery_id), s.said_at,
        st_setsrid(st_makepoint(s.lon, s.lat), 4326), {POINT}, s.presses_at
    from incident_diff s
    on conflict (region, id) do update set
        {", ".join(f"{name} = excluded.{name}" for name in COMPARED)}, status = excluded.status,
            priority = excluded.priority,
        district_id = excluded.district_id, building_id = excluded.building_id,
            inquiries = excluded.inquiries, version = excluded.version,
        run_id = excluded.run_id, delivery_id = excluded.delivery_id, said_at = {said_at("i", "excluded")},
            point_4326 = excluded.point_4326, point_3857 = excluded.point_3857, vanished_at = null,
            presses_at = excluded.presses_at"""

OPENED = """insert into incident_event (region, incident_id, happened_at, who, what, to_value, version)
    select :region, id, opened_at, :who, 'opened', case when status = 'closed' and closed_at is not null
        then 'open' else status end, 1
    from incident_diff where not known
    union all
    select :region, id, closed_at, :who, 'status', 'closed', 1 from incident_diff where not known
        and status = 'closed' and closed_at is not null"""

CHANGED = """insert into incident_event (region, incident_id, happened_at, who, what, from_value, to_value,
        version)
    select :region, s.id, case when c.what = 'status' and c.to_value = 'closed' then coalesce(s.closed_at,
        now()) else now() end,
        :who, c.what, c.from_value, c.to_value, (s.old).version + 1
    from incident_diff s cross join lateral (values
        ('status', (s.old).status, s.status), ('priority', (s.old).priority::text, s.priority::text),
        ('kind', (s.old).kind, s.kind), ('category', (s.old).category_id::text, s.category_id::text),
            ('title', (s.old).title, s.title),
        ('opened_at', (s.old).opened_at::text, s.opened_at::text),
        ('opened_precision', (s.old).opened_precision, s.opened_precision), ('due_at', (s.old).due_at::text,
            s.due_at::text),
        ('closed_at', (s.old).closed_at::text, s.closed_at::text), ('address', (s.old).address, s.address),
        ('performer', (s.old).performer_id::text, s.performer_id::text), ('fine_tenge',
            (s.old).fine_tenge::text, s.fine_tenge::text),
        ('channel', (s.old).channel, s.channel), ('attributes', (s.old).attributes::text, s.attributes::text),
        ('inquiries', (s.old).inquiries::text, ((s.old).inquiries + s.added)::text), ('vanished',
            (s.old).vanished_at::text, null),
        ('source_status', (s.old).source_status, s.source_status), ('source_priority',
            (s.old).source_priority::text, s.source_priority::text),
        ('district', (s.old).district_id::text, s.district_id::text), ('building', (s.old).building_id::text,
            s.building_id::text),
        ('point', st_x((s.old).point_4326) || ' ' || st_y((s.old).point_4326),
            s.lon || ' ' || s.lat)) c (what, from_value, to_value)
    where s.known and c.from_value is distinct from c.to_value
        and (s.held or c.what not in ('source_status', 'source_priority'))"""

FIND_VANISHED = f"""insert into incident_diff (id, known, source_id, kind, status, old)
    select t.id, true, t.source_id, t.kind, t.status, t from incident t
    where region = :region and source = :source and vanished_at is null and not {LISTED}
        and coalesce(t.delivery_id, 0) <= :delivery_id order by t.id for update of t"""
"""What a later delivery than this one has named has not vanished."""
BURY = """update incident i set vanished_at = now(), inquiries = 0, version = i.version + 1,
    run_id = :run_id, delivery_id = :delivery_id,
        said_at = null
    from incident_diff s
    where i.region = :region and i.id = s.id"""
VANISHED = """insert into incident_event (region, incident_id, happened_at, who, what, to_value, version)
    select :region, id, now(), :who, 'vanished', now()::text, (old).version + 1 from incident_diff"""
FORGOTTEN = """insert into incident_event (region, incident_id, happened_at, who, what, from_value, to_value,
        version)
    select :region, id, now(), :who, 'inquiries', (old).inquiries::text, '0', (old).version + 1
    from incident_diff where (old).inquiries <> 0"""
"""What is gone has none: a source that lists it again counts them anew."""

PLACED_OF = "select run_id, count(*) from incident_stage where placed_by is not null group by run_id"
WRITTEN_OF = "select run_id, count(*) from incident_diff group by run_id"
CONFIRM = confirm(
    "incident",
    "incident_stage",
    "t.region = :region and t.source = :source and t.source_id = s.source_id",
)

IDENTITY = Identity(
    "incident_diff",
    "incident_stage",
    "incident",
    "opened_at",
    "(s.old)",
    "st_x((s.old).point_4326)",
    "st_y((s.old).point_4326)",
)

TOUCHES_LIVE = (
    "select coalesce(bool_or(status <> 'closed' or (old).status <> 'closed'), false) from incident_diff"
)


def prepare(cursor: Cursor, city: City) -> None:
    """Once a run: what this session keeps over all its batches."""
    cursor.execute(f"create temp table if not exists incident_diff ({DIFF}) on commit delete rows")
    cut_districts(cursor, city)


def load(connection: Connection, batch: Batch) -> Written:
    """Merge a batch in the caller's transaction. `prepare` has run in this session."""
    cursor = driver_cursor(connection)
    hold_borders(cursor, batch.city)
    stage(cursor, "incident_stage", STAGE, batch)
    if batch.seen_closed:
        execute(cursor, KEEP_CLOSING, batch)
    if batch.snapshot:
        remember(cursor, "incident_stage")
    placed = geocode_staged(connection, cursor, batch, "incident_stage")
    placed_of = by_run(cursor, PLACED_OF) if batch.several else {}
    changed = merge(connection, cursor, batch, guarded=True)
    if batch.dated:
        execute(cursor, CONFIRM, batch)
    return Written(
        changed, batch.rows - changed, placed, by_run(cursor, WRITTEN_OF) if batch.several else {}, placed_of
    )


def merge(connection: Connection, cursor: Cursor, batch: Batch, guarded: bool) -> int:
    """Merge what is staged; returns how many incidents were written. `guarded`: older versions of a row
    are left alone."""
    with by_index(cursor):
        execute(cursor, FIND_DIFFERENCE, batch, guarded=guarded)
        found = cursor.rowcount
    if guarded:
        need_same(cursor, IDENTITY, batch)
    return write_difference(connection, cursor, batch) if found else 0


@contextmanager
def by_index(cursor: Cursor) -> Iterator[None]:
    """Batches are small beside the tables they meet: an index look-up a row, whatever the statistics say
    of a table that is just being filled."""
    methods = ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")
    cursor.execute("; ".join(f"set local enable_{method} = off" for method in methods))
    yield
    cursor.execute("; ".join(f"set local enable_{method} = on" for method in methods))


def write_difference(connection: Connection, cursor: Cursor, batch: Batch) -> int:
    """Returns how many rows of the difference were left to write once decisions had been held against it."""
    execute(cursor, LOCK_OLD, batch)
    if cursor.rowcount and hold_decisions(cursor, batch):
        execute(cursor, SETTLED, batch)
    find_buildings(cursor, batch)
    set_staged_pressing(connection, cursor, batch)
    for statement in (UPSERT, OPENED, CHANGED, APPEND_DELTAS):
        execute(cursor, statement, batch)
    cursor.execute("select count(*) from incident_diff")
    changed = only_row(cursor)[0]
    if changed:
        announce(connection, cursor, batch, changed)
    return changed


def set_staged_pressing(connection: Connection, cursor: Cursor, batch: Batch) -> None:
    """Fill `incident_diff.presses_at` of those whose category counts working time."""
    cursor.execute(IN_WORKING_TIME)
    rows = cursor.fetchall()
    if not rows:
        return
    ids, opened, due = zip(*rows)
    values = list(zip(ids, reckon_pressing(connection, batch.city, opened, due)))
    execute_values(cursor, SET_PRESSING, values, template="(%s::bigint, %s::timestamptz)", page_size=5000)


def announce(connection: Connection, cursor: Cursor, batch: Batch, changed: int) -> None:
    """A change row each, or one reset of the layer where a batch changed more than a screen should patch
    one by one."""
    if changed <= RESET_AFTER_ROWS:
        execute(
            cursor,
            f"{RECORD_INCIDENTS} where i.region = :region and i.id in (select id from incident_diff)",
            batch,
        )
        return
    cursor.execute(TOUCHES_LIVE)
    announce_reset(connection, batch.city.region, "incidents" if only_row(cursor)[0] else "density")


def vanish(connection: Connection, batch: Batch) -> int:
    """Tombstones for what a snapshot did not list, in the caller's transaction; returns how many. They
    leave the live picture and the density, and come back if the source lists them again."""
    cursor = driver_cursor(connection)
    execute(cursor, FIND_VANISHED, batch)
    return bury(connection, cursor, batch, cursor.rowcount)


def bury(connection: Connection, cursor: Cursor, batch: Batch, gone: int) -> int:
    """Tombstones for the `gone` incidents of the difference."""
    if gone:
        for statement in (BURY, VANISHED, FORGOTTEN, APPEND_DELTAS):
            execute(cursor, statement, batch)
        announce(connection, cursor, batch, gone)
    return gone
