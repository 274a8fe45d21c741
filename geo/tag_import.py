"""Many geo-tags at once: rows that name a building (by our number, by the register's code, or by street and house) and its point.

Every row is written, unchanged or rejected with its reason; a rejected row stops no other. Each tag that moves is a decision of its own, which can be undone.
"""
from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from geo.addresses import fold_house, fold_street
from geo.building_tags import QUALITIES, announce, named
from geo.errors import IkomekError, InvalidInput
from geo.plan_assignments import follow_tags
from geo.settings import City

COLUMNS = ("building", "register_code", "street", "house", "lon", "lat", "quality")
SAME_M = 0.01
"""A tag that is told to stay within a centimetre of where it is does not move."""
MOST_ROWS = 100_000

FIND = """
    select n, b.id, b.version, count(*) over (partition by n) as same from unnest(
        cast(:numbers as int[]), cast(:ids as bigint[]), cast(:codes as text[]), cast(:streets as text[]), cast(:houses as text[])) as r (n, id, code, street, house)
    join building b on b.region = :region and (b.id = r.id or (r.id is null and b.register_code = r.code)
        or (r.id is null and r.code is null and b.street_norm = r.street and b.house_norm = r.house))
    order by n, b.id"""
WRITE = """
    with r as (select * from unnest(cast(:ids as bigint[]), cast(:lons as float8[]), cast(:lats as float8[]), cast(:qualities as text[])) as r (id, lon, lat, quality)),
    was as (select b.*, st_setsrid(st_makepoint(r.lon, r.lat), 4326) as point, r.quality as to_quality from building b join r on r.id = b.id
        where b.region = :region and (b.point_4326 is null or b.tag_quality <> r.quality
            or st_distance(b.point_4326::geography, st_setsrid(st_makepoint(r.lon, r.lat), 4326)::geography) > :same) order by b.id for update of b),
    moved as (
        update building b set point_4326 = was.point, point_3857 = st_transform(was.point, 3857), tag_quality = was.to_quality, tagged_by = :who,
            version = b.version + 1, district_id = (select d.id from district d where d.region = b.region and d.valid_to is null
                and st_intersects(d.geom_3857, st_transform(was.point, 3857)) order by d.id limit 1)
        from was where b.region = was.region and b.id = was.id returning b.id, b.version)
    insert into building_tag (region, building_id, who, quality, point_4326, tagged_by, action, to_quality, to_point_4326, version)
    select was.region, was.id, :who, was.tag_quality, was.point_4326, was.tagged_by, 'imported', was.to_quality, was.point, moved.version
    from was join moved using (id) returning building_id"""


@dataclass(frozen=True)
class TagImport:
    """read = written + unchanged + len(rejects). `rejects`: (row of the file, code, value); `moved`: as `geo.building_tags.Decided.moved`."""

    read: int
    written: int
    unchanged: int
    rejects: list[tuple[int, str, str]]
    moved: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One row of the file that can be used; `number` from 2, the head being the first."""

    number: int
    building: int | None
    code: str | None
    street: str | None
    house: str | None
    lon: float
    lat: float
    quality: str


def import_tags(connection: Connection, city: City, body: bytes, who: str) -> TagImport:
    """Load a CSV (UTF-8 or CP1251; comma, semicolon or tab; the columns of `COLUMNS`, in any order), in the caller's transaction.

    Raises `InvalidInput`: "tags.columns" where it has no column that names a building or none for the point, "tags.too_many".
    """
    table = read_table(body)
    rejects: list[tuple[int, str, str]] = []
    rows = [row for number, raw in enumerate(table, start=2) if (row := _row(city, number, raw, rejects)) is not None]
    found = _find(connection, city.region, rows, rejects)
    ids = sorted(found)
    written = connection.execute(text(WRITE), {
        "region": city.region, "who": who, "same": SAME_M, "ids": ids, "lons": [found[id_].lon for id_ in ids], "lats": [found[id_].lat for id_ in ids],
        "qualities": [found[id_].quality for id_ in ids]}).scalars().all()
    moved = named(connection, city.region, follow_tags(connection, city, written, who)) if written else []
    announce(connection, city, written)
    return TagImport(len(table), len(written), len(found) - len(written), sorted(rejects), moved)


def read_table(body: bytes) -> list[dict[str, str]]:
    try:
        said = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = body.decode("cp1251", errors="replace")
    head = said.split("\n", 1)[0]
    rows = list(csv.DictReader(io.StringIO(said), delimiter=max(";,\t", key=head.count)))
    columns = {(name or "").strip().casefold() for name in (rows[0] if rows else head.split(max(";,\t", key=head.count)))}
    if not {"lon", "lat"} <= columns or not ({"building", "register_code"} & columns or {"street", "house"} <= columns):
        raise InvalidInput("tags.columns", columns=", ".join(COLUMNS), found=", ".join(sorted(columns))[:200])
    if len(rows) > MOST_ROWS:
        raise InvalidInput("tags.too_many", rows=len(rows), most=MOST_ROWS)
    return [{(name or "").strip().casefold(): (value or "").strip() for name, value in row.items() if isinstance(value, str | None)} for row in rows]


def _row(city: City, number: int, raw: Mapping[str, str], rejects: list[tuple[int, str, str]]) -> Row | None:
    try:
        lon, lat = (_degrees(raw.get(axis, "")) for axis in ("lon", "lat"))
        west, south, east, north = city.bbox
        if not (west <= lon <= east and south <= lat <= north):
            raise InvalidInput("place.outside", lon=lon, lat=lat)
        quality = raw.get("quality") or "hand"
        if quality not in QUALITIES:
            raise InvalidInput("building.quality", quality=quality, known=", ".join(QUALITIES))
        given = raw.get("building", "")
        if given and not (given.isascii() and given.isdigit() and len(given) < 19):
            raise InvalidInput("building.unknown", building=given)
    except IkomekError as error:
        rejects.append((number, error.code, str(next(iter(error.parameters.values()), ""))[:100]))
        return None
    street, house = fold_street(raw.get("street", "")), fold_house(raw.get("house", ""))
    return Row(number, int(given) if given else None, raw.get("register_code") or None, street or None, house or None, lon, lat, quality)


def _degrees(value: str) -> float:
    try:
        degrees = float(value.replace(",", "."))
    except ValueError as error:
        raise InvalidInput("tags.coordinate", value=value[:40]) from error
    if not math.isfinite(degrees):
        raise InvalidInput("tags.coordinate", value=value[:40])
    return degrees


def _find(connection: Connection, region: str, rows: Sequence[Row], rejects: list[tuple[int, str, str]]) -> dict[int, Row]:
    """Building -> the row that names it. A row that names none, several, or one that a row before it named is rejected."""
    hits = connection.execute(text(FIND), {
        "region": region, "numbers": [row.number for row in rows], "ids": [row.building for row in rows], "codes": [row.code for row in rows],
        "streets": [row.street for row in rows], "houses": [row.house for row in rows]}).all()
    same, found = {hit.n: hit for hit in reversed(hits)}, {}
    for row in rows:
        hit, said = same.get(row.number), str(row.building or row.code or f"{row.street or ''} {row.house or ''}".strip())
        if hit is None or hit.same > 1 or hit.id in found:
            rejects.append((row.number, "building.unknown" if hit is None else "tags.several" if hit.same > 1 else "row.doubled", said))
        else:
            found[hit.id] = row
    return found
