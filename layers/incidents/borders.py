"""Areas that have a border of their own, for the map that asks of them: which house, precinct or district
lies at a point, and the outline of one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, text

from geo.errors import InvalidInput
from geo.ranges import Id, Lat, Lon
from geo.settings import City
from layers.buildings.location import AT_POINT, POINT, REACH_MERCATOR_M
from layers.executors import CARDS
from layers.incidents.area import CityArea
from layers.reading import snapshot
from layers.tiles.districts import IN_FORCE as DISTRICT_IN_FORCE
from layers.tiles.precincts import IN_FORCE

router = APIRouter()
DIGITS = 5
SIMPLER_M = 3.0
"""Web Mercator metres by which a border that is drawn may differ from the one that is wanted of."""
AT = {
    "building": f"""select b.id from building as b where b.region = :region
        and {AT_POINT.format(place=POINT)}""",
    "precinct": f"""select p.id from precinct as p where p.{IN_FORCE}
        and st_intersects(p.geom_3857, {POINT}) order by p.id limit 1""",
    "district": f"""select id from district where {DISTRICT_IN_FORCE}
        and st_intersects(geom_3857, {POINT}) order by id limit 1""",
}
FOOTPRINT = "(select b.footprint_3857 from building as b where b.region = :region and b.id = :building)"
ADDRESS = text("""select nullif(concat_ws(', ', coalesce(street_ru, street_kk), house), '')
    from building where region = :region and id = :building""")
OUTLINE = """select
        st_asgeojson(st_transform(st_simplifypreservetopology(border.geom, :simpler), 4326), {digits})
    from (select {outline} as geom) as border"""


@dataclass(frozen=True)
class Bordered:
    """What the address of the map says of it: an area, or a building with its own address."""

    area: CityArea | None = None
    building: int | None = None
    address: str | None = field(default=None, compare=False)


def read_at(engine: Engine, city: City, shape: str, lon: float, lat: float) -> Bordered:
    """`shape`: of `AT`; the point in EPSG:4326. Neither where nothing of it is there. Raises
    `InvalidInput`, `Unavailable`."""
    if shape not in AT:
        raise InvalidInput("filter.value", filter="shape", value=shape[:40])
    values = {"region": city.region, "today": city.today(), "lon": lon, "lat": lat, "reach": REACH_MERCATOR_M}
    with snapshot(engine) as connection:
        found = connection.execute(text(AT[shape]), values).scalar()
    if found is None:
        return Bordered()
    if shape == "building":
        return Bordered(building=found, address=_address(engine, city, found))
    return Bordered(CityArea.read(f"{shape},{found}"))


def _address(engine: Engine, city: City, building: int) -> str | None:
    with snapshot(engine) as connection:
        return connection.execute(ADDRESS, {"region": city.region, "building": building}).scalar()


def read_outline(engine: Engine, city: City, wanted: Bordered) -> dict[str, Any] | None:
    """GeoJSON (EPSG:4326); none where it has no border: a street, a building whose outline is not known, one
    that is not there. Raises `Unavailable`."""
    if wanted.building is None and (wanted.area is None or wanted.area.shape == "street"):
        return None
    outline, values = FOOTPRINT, {"building": wanted.building}
    if wanted.area is not None:
        outline, values = wanted.area.outline(city)
    with snapshot(engine) as connection:
        found = connection.execute(
            text(OUTLINE.format(outline=outline, digits=DIGITS)),
            {"region": city.region, "simpler": SIMPLER_M} | values,
        ).scalar()
    return None if found is None else json.loads(found)


@router.get("/layers/borders/at.json")
async def at(request: Request, shape: str, lon: Lon, lat: Lat) -> JSONResponse:
    """{"area": "precinct,412"}, as the address of the map says it, or {"building": 7, "address": "…"}; {}
    where none is."""
    servers = request.app.state.servers
    found = await servers.executors.run(
        CARDS, read_at, servers.engine, servers.settings.city, shape, lon, lat
    )
    named = {"area": found.area and found.area.write(), "building": found.building, "address": found.address}
    return _answer({name: value for name, value in named.items() if value is not None})


@router.get("/layers/borders/outline.json")
async def outline(request: Request, area: str = "", building: Id | None = None) -> JSONResponse:
    """{"outline": GeoJSON, or null}."""
    wanted = Bordered(CityArea.read(area) if area else None, None if area else building)
    servers = request.app.state.servers
    found = await servers.executors.run(CARDS, read_outline, servers.engine, servers.settings.city, wanted)
    return _answer({"outline": found})


def _answer(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers={"Cache-Control": "private, no-store"})
