"""Many geo-tags at once: rows that name a building (by our number, by the register's code, or by street
and house) and its point.

Every row is written, unchanged or rejected with its reason; a rejected row stops no other. Each tag that
moves is a decision of its own, which can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.city.districts import HOLD_BORDERS
from geo.errors import IkomekError, InvalidInput
from geo.geo_tags.decisions import QUALITIES, announce, check_inside, named
from geo.plans.assignments import follow_tags
from geo.plans.files.building_lists import NAMED_BY, Named, Reject, find, names_buildings, read_csv
from geo.ranges import decimal
from geo.settings import City

COLUMNS = (*NAMED_BY, "lon", "lat", "quality")
SAME_M = 0.01
"""A tag that is told to stay within a centimetre of where it is does not move."""
MOST_ROWS = 100_000

WRITE = """
    with r as (select * from unnest(cast(:ids as bigint[]), cast(:lons as float8[]), cast(:lats as float8[]),
        cast(:qualities as text[])) as r (id, lon, lat, quality)),
    was as (select b.*, st_setsrid(st_makepoint(r.lon, r.lat), 4326) as point, r.quality as to_quality
        from building b join r on r.id = b.id
        where b.region = :region and (b.point_4326 is null or b.tag_quality <> r.quality
            or st_distance(b.point_4326::geography, st_setsrid(st_makepoint(r.lon, r.lat),
                4326)::geography) > :same) order by b.id for update of b),
    moved as (
        update building b set point_4326 = was.point, point_3857 = st_transform(was.point, 3857),
            tag_quality = was.to_quality, tagged_by = :who,
            version = b.version + 1, district_id = (select d.id from district d where d.region = b.region
                and d.valid_to is null
                and st_intersects(d.geom_3857, st_transform(was.point, 3857)) order by d.id limit 1)
        from was where b.region = was.region and b.id = was.id returning b.id, b.version)
    insert into building_tag (region, building_id, who, quality, point_4326, tagged_by, action, to_quality,
        to_point_4326, version)
    select was.region, was.id, :who, was.tag_quality, was.point_4326, was.tagged_by, 'imported',
        was.to_quality, was.point, moved.version
    from was join moved using (id) returning building_id"""


@dataclass(frozen=True)
class TagImport:
    """read = written + unchanged + len(rejects). `moved`: as `geo.geo_tags.decisions.Decided.moved`."""

    read: int
    written: int
    unchanged: int
    rejects: list[Reject]
    moved: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class TagPosition:
    """Where a row puts the tag of its building."""

    lon: float
    lat: float
    quality: str


def import_tags(connection: Connection, city: City, body: bytes, who: str) -> TagImport:
    """Load a CSV (in any encoding that is known by its letters; comma, semicolon or tab; the columns of
    `COLUMNS`, in any order), in the caller's transaction.

    Raises `InvalidInput`: "tags.columns" where it has no column that names a building or none for the
    point, "tags.too_many".
    """
    columns, table = read_csv(body)
    if not {"lon", "lat"} <= set(columns) or not names_buildings(columns):
        raise InvalidInput("tags.columns", columns=", ".join(COLUMNS), found=", ".join(columns)[:200])
    if len(table) > MOST_ROWS:
        raise InvalidInput("tags.too_many", rows=len(table), most=MOST_ROWS)
    positions, rejects = _positions(city, table)
    rows, unknown = find(connection, city, [Named.read(number, table[number - 2]) for number in positions])
    rejects += unknown
    found = {building: positions[number] for number, building in rows.items()}
    ids = sorted(found)
    connection.execute(text(HOLD_BORDERS))
    written = (
        connection.execute(
            text(WRITE),
            {
                "region": city.region,
                "who": who,
                "same": SAME_M,
                "ids": ids,
                "lons": [found[id_].lon for id_ in ids],
                "lats": [found[id_].lat for id_ in ids],
                "qualities": [found[id_].quality for id_ in ids],
            },
        )
        .scalars()
        .all()
    )
    record_audit(connection, who, "building.tags_loaded", read=len(table), written=len(written))
    moved = named(connection, city.region, follow_tags(connection, city, written, who)) if written else []
    announce(connection, city, written)
    return TagImport(len(table), len(written), len(found) - len(written), sorted(rejects), moved)


def _positions(city: City, table: list[dict[str, str]]) -> tuple[dict[int, TagPosition], list[Reject]]:
    positions, rejects = {}, []
    for number, raw in enumerate(table, start=2):
        try:
            positions[number] = _position(city, raw)
        except IkomekError as error:
            rejects.append((number, error.code, str(next(iter(error.parameters.values()), ""))[:100]))
    return positions, rejects


def _position(city: City, raw: Mapping[str, str]) -> TagPosition:
    position = TagPosition(
        _degrees(raw.get("lon", "")), _degrees(raw.get("lat", "")), raw.get("quality") or "hand"
    )
    check_inside(city, (position.lon, position.lat))
    if position.quality not in QUALITIES:
        raise InvalidInput("building.quality", quality=position.quality, known=", ".join(QUALITIES))
    return position


def _degrees(value: str) -> float:
    if (degrees := decimal(value.strip().replace(",", "."))) is None:
        raise InvalidInput("tags.coordinate", value=value[:40])
    return degrees
