"""What stands at a place of the map: the building with its geo-tag, and the precinct in force with its
station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.settings import City
from layers.plans.stations import written_in
from layers.reading import snapshot
from layers.scope import Scope
from layers.tiles.precincts import IN_FORCE

REACH_M = 40.0
"""How far from the place asked for a geo-tag may stand, metres on the ground, when no outline holds the
place."""
REACH_MERCATOR_M = REACH_M * 1.6
"""The same in EPSG:3857, which stretches by 1 / cos(latitude): 1.6 serves up to 51 degrees."""

BUILDING = """
    select b.id, b.street_kk, b.street_ru, b.house, b.use, b.floors, b.voters, b.tag_quality, b.tagged_by,
        b.register_code, b.district_id, d.name_{lang} as district,
      ST_X(b.point_4326) as lon, ST_Y(b.point_4326) as lat
    from building as b left join district as d on d.region = b.region and d.id = b.district_id
    where b.region = :region and {which}"""
AT_POINT = """
    (ST_Intersects(b.footprint_3857, {place}) or ST_DWithin(b.point_3857, {place}, :reach))
    order by ST_Intersects(b.footprint_3857, {place}) desc nulls last, b.point_3857 <-> {place} limit 1"""
POINT = "ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 3857)"
PRECINCT = """
    select p.id, p.number, p.kind, p.voters, p.buildings, d.name_{lang} as district,
        s.name_{station} as station, {place} as station_address
    from precinct as p left join district as d on d.region = p.region and d.id = p.district_id
      left join station as s on s.region = p.region and s.id = p.station_id
    where p.{in_force} and {which}"""
ASSIGNED = (
    "p.id = (select a.precinct_id from assignment as a where a.region = p.region and a.plan_id = "
    "p.plan_id and a.building_id = :building)"
)


@dataclass(frozen=True)
class Location:
    """Each part none where there is none. The precinct is the one the building is assigned to, else the
    one whose polygon holds the place."""

    building: dict[str, Any] | None
    precinct: dict[str, Any] | None
    incidents: int
    """The number of the building's incidents of all times, within the caller's scope."""


def read_location(engine: Engine, city: City, scope: Scope, lang: str, lon: float, lat: float) -> Location:
    """What is at a point (EPSG:4326). Raises `InvalidInput` ("place.outside") for a point outside the
    city's box."""
    west, south, east, north = city.bbox
    if not (west <= lon <= east and south <= lat <= north):
        raise InvalidInput("place.outside", lon=lon, lat=lat)
    with snapshot(engine) as connection:
        values = {
            "region": city.region,
            "today": city.today(),
            "lon": lon,
            "lat": lat,
            "reach": REACH_MERCATOR_M,
        }
        building = _first(
            connection, BUILDING.format(lang=_known(city, lang), which=AT_POINT.format(place=POINT)), values
        )
        return _found(connection, city, scope, lang, building, values, f"ST_Intersects(p.geom_3857, {POINT})")


def read_building(engine: Engine, city: City, scope: Scope, lang: str, building_id: int) -> Location:
    """The same for a building by its id."""
    with snapshot(engine) as connection:
        values = {"region": city.region, "today": city.today(), "id": building_id}
        building = _first(connection, BUILDING.format(lang=_known(city, lang), which="b.id = :id"), values)
        return _found(connection, city, scope, lang, building, values, "false")


def _found(
    connection: Connection,
    city: City,
    scope: Scope,
    lang: str,
    building: dict | None,
    values: dict,
    holds: str,
) -> Location:
    statement = PRECINCT.format(lang=lang, **written_in(lang), in_force=IN_FORCE, which="{which}")
    precinct, incidents = None, 0
    if building:
        values = values | {"building": building["id"]}
        precinct = _first(connection, statement.format(which=ASSIGNED), values)
        incidents = _incidents(connection, scope, values)
    return Location(
        building, precinct or _first(connection, statement.format(which=holds), values), incidents
    )


def _incidents(connection: Connection, scope: Scope, values: dict) -> int:
    allowed, scoped = scope.where()
    return connection.execute(
        text(
            f"select count(*) from incident as i where i.region = :region and i.building_id = "
            f":building and i.vanished_at is null and {allowed}"
        ),
        {**values, **scoped},
    ).scalar_one()


def _known(city: City, lang: str) -> str:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    return lang


def _first(connection: Connection, statement: str, values: dict) -> dict | None:
    row = connection.execute(text(statement), values).mappings().first()
    return None if row is None else dict(row)
