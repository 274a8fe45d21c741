"""Inquiries with the incidents they lead to: one staged row is one inquiry, and carries its incident where it led to one.

Of several inquiries of one incident the earliest gives its place, title and opening; a later one joins it and may bring a newer status. `inquiry_count`
(what a wall shows) and `incident.inquiries` move in the same transaction. The caller's words go to the personal schema and nowhere else.
"""
from __future__ import annotations

from sqlalchemy import Connection

from geo.changes import RECORD_INCIDENTS
from geo.loading import district_pieces, incidents
from geo.loading.placing import place
from geo.loading.staging import Batch, Written, by_run, driver_cursor, stage

STAGE = """row_number serial, source_id text, channel text, topic_id bigint, received_at timestamptz, answer_s bigint, one_take boolean, incident_ref text,
    caller_name text, caller_phone text, words text, title text, source_status text, source_priority smallint, due_at timestamptz,
    closed_at timestamptz, address text, performer_id bigint, named_district bigint, placed_by text, lon float8, lat float8, x float8, y float8,
    run_id bigint"""
DIFF = f"{STAGE}, id bigint, known boolean, linked boolean, old inquiry"
COMPARED = ("channel", "topic_id", "received_at", "answer_s", "one_take")

FIND_DIFFERENCE = f"""insert into inquiry_diff
    select s.*, coalesce(q.id, nextval('inquiry_id_seq')), q.id is not null,
        s.incident_ref is not null and (q.id is null or q.incident_id is distinct from i.id), q
    from inquiry_stage s
    left join inquiry q on q.region = %(region)s and q.source = %(source)s and q.source_id = s.source_id
    left join incident i on i.region = %(region)s and i.source = %(source)s and i.source_id = s.incident_ref
    left join personal.inquiry_text t on t.region = %(region)s and t.inquiry_id = q.id
    where q.id is null or ({', '.join(f's.{name}' for name in COMPARED)}) is distinct from ({', '.join(f'q.{name}' for name in COMPARED)})
        or q.incident_id is distinct from i.id or (s.incident_ref is not null and i.id is null)
        or (s.caller_name, s.caller_phone, s.words) is distinct from (t.caller_name, t.caller_phone, t.words)"""

LEADS = """insert into incident_stage (source_id, kind, category_id, title, source_status, source_priority, opened_at, due_at, closed_at, address,
        channel, performer_id, named_district, placed_by, lon, lat, x, y, added, run_id)
    select f.incident_ref, 'service', f.topic_id, f.title, l.source_status, l.source_priority, f.received_at, f.due_at, l.closed_at, f.address,
        f.channel, f.performer_id, f.named_district, f.placed_by, f.lon, f.lat, f.x, f.y, coalesce(a.n, 0), l.run_id
    from (select distinct on (incident_ref) * from inquiry_stage where incident_ref is not null order by incident_ref, received_at, row_number) f
    join (select distinct on (incident_ref) * from inquiry_stage where incident_ref is not null
        order by incident_ref, received_at desc, row_number desc) l using (incident_ref)
    left join (select incident_ref, count(*) as n from inquiry_diff where linked group by incident_ref) a using (incident_ref)"""

JOIN_EARLIER = """update incident_stage s set category_id = i.category_id, title = i.title, opened_at = i.opened_at, due_at = i.due_at,
        address = i.address, channel = i.channel, performer_id = i.performer_id, placed_by = i.placed_by, named_district = i.district_id,
        lon = st_x(i.point_4326), lat = st_y(i.point_4326), x = st_x(i.point_3857),
        y = st_y(i.point_3857)
    from incident i where i.region = %(region)s and i.source = %(source)s and i.source_id = s.source_id and i.opened_at < s.opened_at"""

UPSERT = f"""insert into inquiry as q (region, id, source, source_id, {', '.join(COMPARED)}, incident_id, run_id)
    select %(region)s, s.id, %(source)s, s.source_id, {', '.join(f's.{name}' for name in COMPARED)}, i.id, coalesce(s.run_id, %(run_id)s)
    from inquiry_diff s left join incident i on i.region = %(region)s and i.source = %(source)s and i.source_id = s.incident_ref
    on conflict (region, id) do update set {', '.join(f'{name} = excluded.{name}' for name in COMPARED)}, incident_id = excluded.incident_id,
        run_id = excluded.run_id, version = q.version + 1"""

LEAVE = """update incident i set inquiries = i.inquiries - o.n, version = i.version + 1
    from (select (d.old).incident_id as id, count(*) as n from inquiry_diff d
        left join incident k on k.region = %(region)s and k.source = %(source)s and k.source_id = d.incident_ref
        where (d.old).incident_id is not null and (d.old).incident_id is distinct from k.id group by 1) o
    where i.region = %(region)s and i.id = o.id returning i.id"""

COUNT = """insert into inquiry_count as c (region, day, topic_id, channel, n, one_take)
    select %(region)s, day, topic, channel, sum(n), sum(one_take) from (
        select (received_at at time zone %(time_zone)s)::date as day, coalesce(topic_id, 0) as topic, channel, 1 as n, one_take::integer as one_take
        from inquiry_diff
        union all
        select ((old).received_at at time zone %(time_zone)s)::date, coalesce((old).topic_id, 0), (old).channel, -1, -((old).one_take::integer)
        from inquiry_diff where known) m
    group by day, topic, channel having sum(n) <> 0 or sum(one_take) <> 0 order by day, topic, channel
    on conflict (region, day, topic_id, channel) do update set n = c.n + excluded.n, one_take = c.one_take + excluded.one_take"""

WITHDRAWN = """delete from personal.inquiry_text t using inquiry_diff s
    where t.region = %(region)s and t.inquiry_id = s.id and coalesce(s.caller_name, s.caller_phone, s.words) is null"""
"""What the source no longer says of a caller is erased: an empty field is its word as well."""
WORDS = """insert into personal.inquiry_text as t (region, inquiry_id, caller_name, caller_phone, words)
    select %(region)s, id, caller_name, caller_phone, words from inquiry_diff where coalesce(caller_name, caller_phone, words) is not null
    on conflict (region, inquiry_id) do update set caller_name = excluded.caller_name, caller_phone = excluded.caller_phone, words = excluded.words"""

WRITTEN_OF = """select coalesce(run_id, 0), count(*) from inquiry_stage s where s.source_id in (select source_id from inquiry_diff)
    or s.incident_ref in (select source_id from incident_diff) group by 1"""
PLACED_OF = "select run_id, count(*) from inquiry_stage where placed_by is not null group by run_id"


def load(connection: Connection, batch: Batch) -> Written:
    """Merge a batch in the caller's transaction. `geo.loading.incidents.prepare` has run in this session."""
    cursor = driver_cursor(connection)
    district_pieces.hold(cursor, batch.city)
    stage(cursor, "inquiry_stage", STAGE, batch)
    placed = place(connection, cursor, batch, "inquiry_stage", "incident_ref is not null")
    cursor.execute(f"create temp table if not exists inquiry_diff ({DIFF}) on commit delete rows")
    cursor.execute(f"create temp table if not exists incident_stage ({incidents.STAGE}) on commit delete rows")
    with incidents.by_index(cursor):
        cursor.execute(FIND_DIFFERENCE, batch.bound())
        cursor.execute(LEADS)
        cursor.execute(JOIN_EARLIER, batch.bound())
    changed = cursor.execute("select exists (select from inquiry_diff)") or cursor.fetchone()[0]
    incidents.merge(connection, cursor, batch)
    if changed:
        write(cursor, batch)
    written_of = by_run(cursor, WRITTEN_OF)
    written = sum(written_of.values())
    return Written(written, batch.rows - written, placed, written_of, by_run(cursor, PLACED_OF) if batch.several else {})


def write(cursor, batch: Batch) -> None:
    with incidents.by_index(cursor):
        cursor.execute(LEAVE, batch.bound())
        left = [row[0] for row in cursor.fetchall()]
        cursor.execute(UPSERT, batch.bound())
    if left:
        cursor.execute(f"{RECORD_INCIDENTS} where i.region = %(region)s and i.id = any(%(ids)s)", batch.bound(ids=left))
    cursor.execute(COUNT, batch.bound())
    cursor.execute(WITHDRAWN, batch.bound())
    cursor.execute(WORDS, batch.bound())
