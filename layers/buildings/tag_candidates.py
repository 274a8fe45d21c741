"""Where an address could stand: what the register says elsewhere, its own outline, outlines without an
address, the nearest first; then between its neighbours.

Near to what: to where its neighbours on the street say it should be, else to its tag. Points are
EPSG:4326, lon, lat; distances metres on the ground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import cos, hypot, radians
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.addresses.house_numbers import house_key, natural, side
from geo.errors import NotFound
from geo.settings import City
from layers.reading import snapshot

MOST = 8
"""Candidates that are shown: one key each, with one left for the tag as it is."""
REACH_M = 250.0
"""How far from where the address should be an outline without one is still a candidate."""
METRES_A_DEGREE = 111_320.0

BUILDING = """
    select b.id, b.version, b.street_kk, b.street_ru, b.house, b.street_norm, b.house_norm, b.register_code,
        b.use, b.floors, b.voters, b.tag_quality as quality,
      b.tagged_by, b.source, b.source_id, d.name_{lang} as district, ST_X(b.point_4326) as lon,
          ST_Y(b.point_4326) as lat,
      ST_AsGeoJSON(b.footprint_4326, 6)::json as footprint, ST_X(ST_PointOnSurface(b.footprint_4326)) as
          inside_lon, ST_Y(ST_PointOnSurface(b.footprint_4326)) as inside_lat
    from building b left join district d on d.region = b.region and d.id = b.district_id
        where b.region = :region and b.id = :id"""
SAME = """
    select id, source, source_id, ST_X(point_4326) as lon, ST_Y(point_4326) as lat from building
    where region = :region and id <> :id and point_4326 is not null
      and ((street_norm = :street and house_norm = :house) or register_code = :code)
          order by id limit 10"""
STREET = """
    select id, house, ST_X(point_4326) as lon, ST_Y(point_4326) as lat from building
    where region = :region and id <> :id and street_norm = :street and point_4326 is not null
        and house is not null and tag_quality <> 'geocoded'"""
OUTLINES = """
    select id, source, source_id, ST_X(inside) as lon, ST_Y(inside) as lat from (
        select id, source, source_id, ST_PointOnSurface(footprint_4326) as inside from building
        where region = :region and id <> :id and street_norm is null and footprint_3857 is not null
          and ST_DWithin(footprint_3857, ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 3857),
              :reach)
        order by footprint_3857 <-> ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326),
            3857) limit 10) o"""
HISTORY = """
    select t.id, t.recorded_at, t.who, t.action, t.quality, t.to_quality, t.undoes, t.version,
        ST_Distance(t.point_4326::geography, t.to_point_4326::geography) as moved_m
    from building_tag t where t.region = :region and t.building_id = :id order by t.id desc limit 20"""


@dataclass(frozen=True)
class Candidate:
    """`kind`: register, own_outline, outline, between (two neighbours, their houses in `note`), beside
    (one neighbour); `quality` is what the tag would get.
    `distance_m` from where it should be; none for that place itself."""

    kind: str
    quality: str
    lon: float
    lat: float
    note: str = ""
    distance_m: float | None = None


@dataclass(frozen=True)
class TagCase:
    """One building on the desk. `expected`: where its neighbours say it stands, none without any.
    `history`: decisions, the newest first."""

    building: dict[str, Any]
    candidates: list[Candidate]
    expected: tuple[float, float] | None
    history: list[dict[str, Any]] = field(default_factory=list)


def read_case(engine: Engine, city: City, lang: str, building_id: int) -> TagCase:
    """Raises `NotFound` ("building.unknown")."""
    with snapshot(engine) as connection:
        values = {"region": city.region, "id": building_id}
        row = connection.execute(text(BUILDING.format(lang=lang)), values).mappings().first()
        if row is None:
            raise NotFound("building.unknown", building=building_id)
        building = dict(row)
        between = _by_neighbours(connection, building, values)
        found = _known(connection, building, values)
        expected = (between[0].lon, between[0].lat) if between else None
        near = expected or _lon_lat(building) or ((found[0].lon, found[0].lat) if found else None)
        if near:
            found += _outlines(connection, near, values)
        history = [dict(line) for line in connection.execute(text(HISTORY), values).mappings()]
    return TagCase(building, [*_nearest_first(found, near)[: MOST - 1], *between], expected, history)


def _known(connection: Connection, building: dict, values: dict) -> list[Candidate]:
    """The same address or register code in another source, and the building's own outline."""
    parameters = values | {
        "street": building["street_norm"],
        "house": building["house_norm"],
        "code": building["register_code"],
    }
    found = [
        Candidate("register", "register", row["lon"], row["lat"], f"{row['source']} {row['source_id']}")
        for row in connection.execute(text(SAME), parameters).mappings()
    ]
    if building["inside_lon"] is not None:
        found.append(Candidate("own_outline", "footprint", building["inside_lon"], building["inside_lat"]))
    return found


def _by_neighbours(connection: Connection, building: dict, values: dict) -> list[Candidate]:
    """Between the next lower and the next higher number of its side; beside the one there is; beside the
    house whose fraction or letter it is."""
    if not building["street_norm"] or not building["house"]:
        return []
    own = house_key(building["house"])
    rows = connection.execute(text(STREET), values | {"street": building["street_norm"]}).mappings()
    street = sorted(
        (
            (natural(house_key(row["house"])), row)
            for row in rows
            if side(house_key(row["house"])) == side(own)
        ),
        key=lambda pair: pair[0],
    )
    lower = next((row for key, row in reversed(street) if key < natural(own)), None)
    higher = next((row for key, row in street if key > natural(own)), None)
    if lower and higher and _number(lower) != _number({"house": own}):
        share = _share(_number(lower), _number({"house": own}), _number(higher))
        lon, lat = (lower[axis] + share * (higher[axis] - lower[axis]) for axis in ("lon", "lat"))
        return [Candidate("between", "geocoded", lon, lat, f"{lower['house']} – {higher['house']}")]
    beside = lower or higher
    return [Candidate("beside", "geocoded", beside["lon"], beside["lat"], beside["house"])] if beside else []


def _number(row: Mapping[Any, Any]) -> int:
    key = natural(house_key(row["house"]))[0]
    return key[0][1] if key else 0


def _share(low: int, own: int, high: int) -> float:
    """How far from the lower to the higher number, 0 to 1; in the middle where their figures say nothing.

    >>> _share(10, 12, 18)
    0.25
    """
    return min(1.0, max(0.0, (own - low) / (high - low))) if high > low else 0.5


def _outlines(connection: Connection, near: tuple[float, float], values: dict) -> list[Candidate]:
    parameters = values | {"lon": near[0], "lat": near[1], "reach": REACH_M / cos(radians(near[1]))}
    return [
        Candidate("outline", "footprint", row["lon"], row["lat"], f"{row['source']} {row['source_id']}")
        for row in connection.execute(text(OUTLINES), parameters).mappings()
    ]


def _nearest_first(found: list[Candidate], near: tuple[float, float] | None) -> list[Candidate]:
    if near is None:
        return found
    measured = [
        replace(candidate, distance_m=distance_m((candidate.lon, candidate.lat), near)) for candidate in found
    ]
    return sorted(measured, key=lambda candidate: (round(candidate.distance_m), candidate.kind))


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Between two near points (lon, lat), good to a thousandth within a city."""
    return METRES_A_DEGREE * hypot((a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2)), a[1] - b[1])


def _lon_lat(building: dict) -> tuple[float, float] | None:
    return None if building["lon"] is None else (building["lon"], building["lat"])
