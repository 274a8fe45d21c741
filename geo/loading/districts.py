"""Districts, and what follows when a border changes: incidents and buildings are assigned again,
set-based, by the day they belong to."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection

from geo.changes.outbox import announce_reset
from geo.loading.placing import cut_districts, move_borders
from geo.loading.staging import Batch, Written, execute
from geo.loading.upsert import Upsert

GEOMETRY = "st_multi(st_geomfromwkb(decode(s.geometry, 'hex'), 4326))"

DISTRICTS = Upsert(
    "district",
    """key text, kato text, parent_key text, name_kk text, name_ru text, name_en text, valid_from date,
    valid_to date, geometry text""",
    ("region", "key", "valid_from"),
    {
        "region": ":region",
        "key": "s.key",
        "kato": "s.kato",
        "parent_key": "s.parent_key",
        "name_kk": "s.name_kk",
        "name_ru": "s.name_ru",
        "name_en": "s.name_en",
        "valid_from": "s.valid_from",
        "valid_to": "s.valid_to",
        "geom_4326": GEOMETRY,
        "geom_3857": f"st_transform({GEOMETRY}, 3857)",
    },
    layer="districts",
)

NOW_IN = """incident i left join lateral (
        select p.id from district_piece p where st_intersects(p.geom, i.point_3857)
            and (i.opened_at at time zone :time_zone)::date between p.valid_from and coalesce(p.valid_to,
                'infinity') order by p.id limit 1) d on true
    where i.region = :region and i.point_3857 is not null and i.district_id is distinct from d.id"""
LOCK_INCIDENTS = f"""create temp table incident_locked (id bigint primary key) on commit drop;
    with locked as (select i.id from {NOW_IN} order by i.id for update of i) insert into incident_locked
        select id from locked"""
MOVED_INCIDENTS = f"""create temp table incident_move on commit drop as
    select i.id, i.district_id as was, d.id as is_now from {NOW_IN} and i.id in (select id
        from incident_locked)"""
"""Read under the locks: a row that was written while they were waited for is judged by where it is now."""
MOVE_INCIDENTS = """update incident i set district_id = m.is_now, version = version + 1 from incident_move m
    where i.region = :region and i.id = m.id"""
MOVE_EVENTS = """insert into incident_event (region, incident_id, happened_at, who, what, from_value,
    to_value, version)
    select :region, m.id, now(), :who, 'district', m.was::text, m.is_now::text, i.version
    from incident_move m join incident i on i.region = :region and i.id = m.id"""
BUILDING_IN = """building b left join lateral (
        select p.id from district_piece p where st_intersects(p.geom, b.point_3857) and p.valid_to is null
            order by p.id limit 1) d on true
    where b.region = :region and b.point_3857 is not null and b.district_id is distinct from d.id"""
LOCK_BUILDINGS = f"select b.id from {BUILDING_IN} order by b.id for update of b"
MOVE_BUILDINGS = f"""update building b set district_id = n.is_now, version = version + 1 from (
        select b.id, d.id as is_now from {BUILDING_IN} and b.id = any(:locked)) n
    where b.region = :region and b.id = n.id"""


def load(connection: Connection, batch: Batch) -> Written:
    """Merge districts in the caller's transaction, then assign again what they hold."""
    cursor = DISTRICTS.stage(connection, batch)
    move_borders(cursor)
    written = DISTRICTS.merge(connection, cursor, batch)
    if written.written:
        assign_again(connection, cursor, batch)
    return written


def assign_again(connection: Connection, cursor: Cursor, batch: Batch) -> None:
    """Every incident and building that lies in another district by the new borders. What is written is
    read under its lock."""
    cut_districts(cursor, batch.city)
    execute(cursor, LOCK_INCIDENTS, batch)
    execute(cursor, MOVED_INCIDENTS, batch)
    if cursor.rowcount:
        execute(cursor, MOVE_INCIDENTS, batch)
        execute(cursor, MOVE_EVENTS, batch)
        announce_reset(connection, batch.city.region, "incidents")
    execute(cursor, LOCK_BUILDINGS, batch)
    execute(cursor, MOVE_BUILDINGS, batch, locked=[row[0] for row in cursor.fetchall()])
    if cursor.rowcount:
        announce_reset(connection, batch.city.region, "buildings")
