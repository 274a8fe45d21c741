"""Buildings: the tag, the outline, the address folded for matching, and the district. A tag that a person set stays where the person put it."""
from __future__ import annotations

from sqlalchemy import Connection

from geo.loading import incidents
from geo.loading.staging import Batch, Written, driver_cursor
from geo.loading.upsert import Upsert
from geo.settings import City

POINT = "st_setsrid(st_makepoint(s.lon, s.lat), 4326)"
POINT_3857 = "st_setsrid(st_makepoint(s.x, s.y), 3857)"
FOOTPRINT = "st_multi(st_geomfromwkb(decode(s.footprint, 'hex'), 4326))"
BY_HAND = "(coalesce(k.tag_quality = 'hand', false) or k.tagged_by is not null)"

BUILDINGS = Upsert(
    "building", """source_id text, street_kk text, street_ru text, house text, street_norm text, house_norm text, register_code text, use text,
    floors bigint, voters bigint, tag_quality text, lon float8, lat float8, x float8, y float8, footprint text""",
    ("region", "source", "source_id"),
    {"region": "%(region)s", "source": "%(source)s", "source_id": "s.source_id", "street_kk": "s.street_kk", "street_ru": "s.street_ru",
     "house": "s.house", "street_norm": "s.street_norm", "house_norm": "s.house_norm", "register_code": "s.register_code", "use": "s.use",
     "floors": "s.floors", "voters": "s.voters", "district_id": "d.id",
     "tag_quality": f"case when {BY_HAND} then k.tag_quality else s.tag_quality end",
     "point_4326": f"case when {BY_HAND} then k.point_4326 else {POINT} end", "point_3857": f"case when {BY_HAND} then k.point_3857 else {POINT_3857} end",
     "footprint_4326": FOOTPRINT, "footprint_3857": f"st_transform({FOOTPRINT}, 3857)"},
    joins=f"""left join building k on k.region = %(region)s and k.source = %(source)s and k.source_id = s.source_id
        left join lateral (select p.id from district_piece p where p.valid_to is null
            and st_intersects(p.geom, case when {BY_HAND} then k.point_3857 else {POINT_3857} end) order by p.id limit 1) d on true""",
    layer="buildings", versioned=True,
)

KEEP_OLD_TAGS = f"""insert into building_tag (region, building_id, who, quality, point_4326)
    select k.region, k.id, %(who)s, k.tag_quality, k.point_4326 from building_stage s
    join building k on k.region = %(region)s and k.source = %(source)s and k.source_id = s.source_id
    where not {BY_HAND} and k.point_4326 is not null and k.point_4326 is distinct from {POINT}"""


def prepare(cursor, city: City) -> None:
    incidents.prepare(cursor, city)


def load(connection: Connection, batch: Batch) -> Written:
    """Merge buildings in the caller's transaction; the tag that a building leaves is kept in its history."""
    BUILDINGS.stage(connection, batch)
    cursor = driver_cursor(connection)
    cursor.execute(KEEP_OLD_TAGS, batch.bound())
    return BUILDINGS.merge(connection, cursor, batch)
