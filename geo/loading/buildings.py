"""Buildings: the tag, the outline, the address folded for matching, and the district. A tag that a person
set stays where the person put it.

The rows a batch meets are locked before they are read: what a person decides meanwhile is decided before
or after it. Plans follow in the same transaction: who moved votes where the tag now lies, and voters are
counted again.
"""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection

from geo.city.buildings import BY_HAND_SOURCE
from geo.loading import incidents
from geo.loading.order import older
from geo.loading.placing import hold_borders
from geo.loading.staging import Batch, Written, driver_cursor, execute
from geo.loading.upsert import Upsert
from geo.plans.assignments import follow_register
from geo.settings import City

POINT = "st_setsrid(st_makepoint(s.lon, s.lat), 4326)"
POINT_3857 = "st_setsrid(st_makepoint(s.x, s.y), 3857)"
FOOTPRINT = "st_multi(st_geomfromwkb(decode(s.footprint, 'hex'), 4326))"
BY_HAND = "(coalesce(k.tag_quality = 'hand', false) or k.tagged_by is not null)"

BUILDINGS = Upsert(
    "building",
    """source_id text, street_kk text, street_ru text, house text, street_norm text, house_norm text,
    register_code text, use text, floors bigint, voters bigint, tag_quality text, lon float8, lat float8,
    x float8, y float8, footprint text""",
    ("region", "source", "source_id"),
    {
        "region": ":region",
        "source": ":source",
        "source_id": "s.source_id",
        "street_kk": "s.street_kk",
        "street_ru": "s.street_ru",
        "house": "s.house",
        "street_norm": "s.street_norm",
        "house_norm": "s.house_norm",
        "register_code": "s.register_code",
        "use": "s.use",
        "floors": "s.floors",
        "voters": "case when coalesce(k.voters_by_list, false) then k.voters else s.voters end",
        "district_id": "d.id",
        "tag_quality": f"case when {BY_HAND} then k.tag_quality else s.tag_quality end",
        "point_4326": f"case when {BY_HAND} then k.point_4326 else {POINT} end",
        "point_3857": f"case when {BY_HAND} then k.point_3857 else {POINT_3857} end",
        "footprint_4326": FOOTPRINT,
        "footprint_3857": f"st_transform({FOOTPRINT}, 3857)",
    },
    joins=f"""left join building k on k.region = :region and k.source = :source
        and k.source_id = s.source_id
        left join lateral (select p.id from district_piece p where p.valid_to is null
            and st_intersects(p.geom, case when {BY_HAND} then k.point_3857 else {POINT_3857} end)
                order by p.id limit 1) d on true""",
    layer="buildings",
    versioned=True,
)

KNOWN = (
    "building k join building_stage s on k.region = :region and k.source = :source and "
    "k.source_id = s.source_id"
)
ADOPT = """with made as (
        select distinct on (b.id) b.id, s.source_id from building b join building_stage s
            on b.street_norm = s.street_norm and b.house_norm = s.house_norm
        where b.region = :region and b.source = :by_hand and not exists (
            select from building k where k.region = :region and k.source = :source
                and k.source_id = s.source_id) order by b.id, s.source_id)
    update building b set source = :source, source_id = first.source_id
    from (select distinct on (source_id) * from made order by source_id, id) first where b.region = :region
        and b.id = first.id"""
"""An address that a person made before the register knew it is the register's from now on: one address,
one tag."""
LOCK = f"select k.id from {KNOWN} order by k.id for update of k"
BEFORE = """create temp table if not exists building_before (id bigint primary key, point geometry,
    voters bigint) on commit delete rows"""
REMEMBER = f"insert into building_before select k.id, k.point_4326, k.voters from {KNOWN}"
CHANGED = f"""select k.id, w.point is distinct from k.point_4326 as moved from {KNOWN} left
    join building_before w on w.id = k.id
    where w.point is distinct from k.point_4326 or coalesce(w.voters, 0) <> k.voters order by k.id"""

KEEP_OLD_TAGS = f"""insert into building_tag (region, building_id, who, quality, point_4326)
    select k.region, k.id, :who, k.tag_quality, k.point_4326 from building_stage s
    join building k on k.region = :region and k.source = :source and k.source_id = s.source_id
    where not {BY_HAND} and not {older("k")} and k.point_4326 is not null and k.point_4326 is distinct
        from {POINT}"""


def prepare(cursor: Cursor, city: City) -> None:
    incidents.prepare(cursor, city)


def load(connection: Connection, batch: Batch) -> Written:
    """Merge buildings in the caller's transaction; the tag that a building leaves is kept in its history."""
    BUILDINGS.stage(connection, batch)
    cursor = driver_cursor(connection)
    hold_borders(cursor, batch.city)
    execute(cursor, ADOPT, batch, by_hand=BY_HAND_SOURCE)
    for statement in (LOCK, BEFORE, REMEMBER, KEEP_OLD_TAGS):
        execute(cursor, statement, batch)
    written = BUILDINGS.merge(connection, cursor, batch)
    if written.written:
        execute(cursor, CHANGED, batch)
        changed = cursor.fetchall()
        follow_register(
            connection,
            batch.city,
            [id_ for id_, moved in changed if moved],
            [id_ for id_, _ in changed],
            f"feed:{batch.feed}",
        )
    return written
