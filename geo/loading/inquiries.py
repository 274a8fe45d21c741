"""Inquiries with the incidents they lead to: one staged row is one inquiry, and carries its incident where
it led to one.

What each inquiry says of its incident is kept (`inquiry_lead`), and the incident is made of all its
inquiries whenever one of them changes, comes or leaves: the earliest gives its place, title and opening,
the latest its status, both by their own times and, of equal times, by source id. So the order in which
they arrive makes no difference. An incident whose last inquiry has left it is a tombstone.

`incident.inquiries` moves in the same transaction. The caller's words go to the personal schema and nowhere
else.
"""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection

from geo.incidents.inquiries import CALLERS, CALLERS_DAYS
from geo.loading import incidents
from geo.loading.identity import Identity, need_same
from geo.loading.order import confirm, older, said_at
from geo.loading.placing import geocode_staged, hold_borders
from geo.loading.staging import Batch, Written, by_run, driver_cursor, execute, stage

HEAD = ("title", "due_at", "address", "performer_id", "named_district", "placed_by", "lon", "lat", "x", "y")
"""The fields of an incident that its earliest inquiry decides."""
STATE = ("source_status", "source_priority", "closed_at")
"""Those that its latest inquiry decides."""
LEAD = HEAD + STATE
STAGE = """row_number serial, source_id text, channel text, topic_id bigint, received_at timestamptz,
    answer_s bigint, operator text, one_take boolean, incident_ref text, caller_name text,
    caller_phone text, words text, says_words boolean, title text, source_status text,
    source_priority smallint, due_at timestamptz, closed_at timestamptz, address text,
    performer_id bigint, named_district bigint, placed_by text, lon float8, lat float8, x float8,
    y float8, said_at timestamptz, delivery_id bigint, run_id bigint"""
DIFF = f"{STAGE}, id bigint, known boolean, old inquiry"
TOUCHED = "ref text primary key"
MEMBER = """ref text, source_id text, received_at timestamptz, channel text, topic_id bigint, leads boolean,
    title text, due_at timestamptz, address text, performer_id bigint, named_district bigint,
    placed_by text, lon float8, lat float8, x float8, y float8, source_status text,
    source_priority smallint, closed_at timestamptz"""
COMPARED = ("channel", "topic_id", "received_at", "answer_s", "operator", "one_take")


def columns(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


FIND_DIFFERENCE = f"""insert into inquiry_diff
    select s.*, coalesce(q.id, nextval('inquiry_id_seq')), q.id is not null, q
    from inquiry_stage s
    left join inquiry q on q.region = :region and q.source = :source and q.source_id = s.source_id
    left join incident i on i.region = :region and i.source = :source and i.source_id = s.incident_ref
    left join inquiry_lead l on l.region = :region and l.inquiry_id = q.id
    left join personal.inquiry_text t on t.region = :region and t.inquiry_id = q.id
    where q.id is null or not {older("q")} and (
        ({columns("s", COMPARED)}) is distinct from ({columns("q", COMPARED)})
        or q.incident_id is distinct from i.id or s.incident_ref is not null and (i.id is null
            or ({columns("s", LEAD)}) is distinct from ({columns("l", LEAD)}))
        or s.says_words and (s.caller_name, s.caller_phone, s.words) is distinct from (t.caller_name,
            t.caller_phone, t.words))"""

FIND_TOUCHED = """insert into inquiry_touched
    select incident_ref from inquiry_diff where incident_ref is not null
    union select i.source_id from inquiry_diff d join incident i on i.region = :region
        and i.id = (d.old).incident_id"""
FIND_MEMBERS = f"""insert into inquiry_member
    select t.ref, q.source_id, q.received_at, q.channel, q.topic_id, l.inquiry_id is not null,
        {columns("l", LEAD)}
    from inquiry_touched t join incident i on i.region = :region and i.source = :source
        and i.source_id = t.ref
    join inquiry q on q.region = :region and q.incident_id = i.id
    left join inquiry_lead l on l.region = :region and l.inquiry_id = q.id
    where not exists (select from inquiry_diff d where d.known and d.source_id = q.source_id)
    union all
    select s.incident_ref, s.source_id, s.received_at, s.channel, s.topic_id, true, {columns("s", LEAD)}
    from inquiry_diff s where s.incident_ref is not null"""
"""The inquiries of every incident that one of the difference belongs or belonged to, as they will be."""

BY_TIME = (
    "select distinct on (ref) * from inquiry_member order by ref, received_at {way}, source_id collate "
    '"C" {way}'
)
STORED = {
    "named_district": "i.district_id",
    "lon": "st_x(i.point_4326)",
    "lat": "st_y(i.point_4326)",
    "x": "st_x(i.point_3857)",
    "y": "st_y(i.point_3857)",
}


def stated(alias: str, name: str) -> str:
    """SQL: what an inquiry says of its incident; one that came before that was kept says what the incident
    has."""
    return f"case when {alias}.leads then {alias}.{name} else {STORED.get(name, f'i.{name}')} end"


STAGE_INCIDENTS = f"""insert into incident_stage (source_id, kind, category_id, channel, opened_at,
    {", ".join(LEAD)}, added, run_id)
    select f.ref, 'service', case when f.leads then f.topic_id else i.category_id end, case when f.leads
        then f.channel else i.channel end,
        f.received_at, {", ".join(stated("f", name) for name in HEAD)},
            {", ".join(stated("l", name) for name in STATE)},
        c.n - coalesce(i.inquiries, 0), (select max(d.run_id) from inquiry_diff d
            where d.incident_ref = f.ref)
    from ({BY_TIME.format(way="asc")}) f join ({BY_TIME.format(way="desc")}) l using (ref)
    join (select ref, count(*) as n from inquiry_member group by ref) c using (ref)
    left join incident i on i.region = :region and i.source = :source and i.source_id = f.ref"""
FIND_EMPTIED = """insert into incident_diff (id, known, source_id, kind, status, old)
    select i.id, true, i.source_id, i.kind, i.status, i from inquiry_touched t
    join incident i on i.region = :region and i.source = :source and i.source_id = t.ref
    where i.vanished_at is null and not exists (select from inquiry_member m where m.ref = t.ref)
        order by i.id for update of i"""

UPSERT = f"""insert into inquiry as q (region, id, source, source_id, {", ".join(COMPARED)}, incident_id,
    run_id, delivery_id, said_at)
    select :region, s.id, :source, s.source_id, {columns("s", COMPARED)}, i.id, coalesce(s.run_id,
        :run_id), coalesce(s.delivery_id, :delivery_id), s.said_at
    from inquiry_diff s left join incident i on i.region = :region and i.source = :source
        and i.source_id = s.incident_ref
    on conflict (region, id) do update set {", ".join(f"{name} = excluded.{name}" for name in COMPARED)},
        incident_id = excluded.incident_id,
        run_id = excluded.run_id, delivery_id = excluded.delivery_id, said_at = {said_at("q", "excluded")},
            version = q.version + 1"""
LEAVE = """delete from inquiry_lead l using inquiry_diff s where s.known and s.incident_ref is null
    and l.region = :region and l.inquiry_id = s.id"""
KEEP_LEADS = f"""insert into inquiry_lead (region, inquiry_id, {", ".join(LEAD)})
    select :region, s.id, {columns("s", LEAD)} from inquiry_diff s where s.incident_ref is not null
    on conflict (region, inquiry_id) do update set
        {", ".join(f"{name} = excluded.{name}" for name in LEAD)}"""

WITHDRAWN = """delete from personal.inquiry_text t using inquiry_diff s
    where s.says_words and t.region = :region and t.inquiry_id = s.id and coalesce(s.caller_name,
        s.caller_phone, s.words) is null"""
"""What the source no longer says of a caller is erased: an empty field is its word as well, a column that
it has not (`says_words`) is none."""
WORDS = """insert into personal.inquiry_text as t (region, inquiry_id, caller_name, caller_phone, words)
    select :region, id, caller_name, caller_phone, words from inquiry_diff where coalesce(caller_name,
        caller_phone, words) is not null
    on conflict (region, inquiry_id) do update set caller_name = excluded.caller_name,
        caller_phone = excluded.caller_phone, words = excluded.words"""

FORGOTTEN = """update inquiry_stage set caller_name = null, caller_phone = null, words = null,
        says_words = false
    where says_words and received_at < now() - make_interval(days => cast(:callers_days as int))"""
"""What is erased by its age (`geo.work.retention`) does not come back with a source that still says it."""

WRITTEN_OF = "select run_id, count(*) from inquiry_diff group by run_id"
PLACED_OF = "select run_id, count(*) from inquiry_stage where placed_by is not null group by run_id"
CONFIRM = confirm(
    "inquiry",
    "inquiry_stage",
    "t.region = :region and t.source = :source and t.source_id = s.source_id",
)
IDENTITY = Identity(
    "inquiry_diff",
    "inquiry_stage",
    "inquiry",
    "received_at",
    "l",
    "l.lon",
    "l.lat",
    "left join inquiry_lead l on l.region = (s.old).region and l.inquiry_id = s.id",
)
TEMPORARY = {
    "inquiry_diff": DIFF,
    "inquiry_touched": TOUCHED,
    "inquiry_member": MEMBER,
    "incident_stage": incidents.STAGE,
}


def load(connection: Connection, batch: Batch) -> Written:
    """Merge a batch in the caller's transaction. `geo.loading.incidents.prepare` has run in this session."""
    cursor = driver_cursor(connection)
    hold_borders(cursor, batch.city)
    stage(cursor, "inquiry_stage", STAGE, batch)
    days = batch.city.retention.get(CALLERS, CALLERS_DAYS)
    execute(cursor, FORGOTTEN, batch, callers_days=days)
    placed = geocode_staged(connection, cursor, batch, "inquiry_stage", "incident_ref is not null")
    for name, definition in TEMPORARY.items():
        cursor.execute(f"create temp table if not exists {name} ({definition}) on commit delete rows")
    with incidents.by_index(cursor):
        execute(cursor, FIND_DIFFERENCE, batch)
        written = cursor.rowcount
    if written:
        need_same(cursor, IDENTITY, batch)
        lead(connection, cursor, batch)
        write(cursor, batch)
    if batch.dated:
        execute(cursor, CONFIRM, batch)
    if not batch.several:
        return Written(written, batch.rows - written, placed)
    return Written(
        written, batch.rows - written, placed, by_run(cursor, WRITTEN_OF), by_run(cursor, PLACED_OF)
    )


def lead(connection: Connection, cursor: Cursor, batch: Batch) -> None:
    """The incidents of the inquiries that differ, made of all their inquiries."""
    with incidents.by_index(cursor):
        for statement in (FIND_TOUCHED, FIND_MEMBERS, STAGE_INCIDENTS):
            execute(cursor, statement, batch)
    incidents.merge(connection, cursor, batch, guarded=False)
    cursor.execute("delete from incident_diff")
    with incidents.by_index(cursor):
        execute(cursor, FIND_EMPTIED, batch)
        emptied = cursor.rowcount
    incidents.bury(connection, cursor, batch, emptied)


def write(cursor: Cursor, batch: Batch) -> None:
    with incidents.by_index(cursor):
        for statement in (UPSERT, LEAVE, KEEP_LEADS):
            execute(cursor, statement, batch)
    for statement in (WITHDRAWN, WORDS):
        execute(cursor, statement, batch)
