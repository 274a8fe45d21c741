"""What the passport of a precinct shows: its figures, its station, its streets and houses, and the ground
around it for the map. Shapes in the city's metric CRS, metres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, Engine, text

from geo.errors import NotFound
from geo.plans.decision_text.plans import PrecinctText, plan_texts
from geo.settings import City
from layers.plans.stations import written_in
from layers.reading import snapshot

TIMEOUT_S = 600
MARGIN = 0.08
"""The surroundings that the map shows on each side, as a share of the precinct's larger side."""
LEAST_M = 300.0
"""The least side of the ground that a map shows."""

PLAN = "select id, name, state, in_force_from from plan where region = :region and id = :plan"
HEADS = """
    select p.id, p.number, p.kind, p.voters, p.buildings, d.name_{lang} as district,
        s.name_{station} as station, {former} as former,
      {place} as station_address,
      ST_AsBinary(p.geom) as geom, ST_X(t.g) as station_x, ST_Y(t.g) as station_y
    from precinct p left join district d on d.region = p.region and d.id = p.district_id left join station s
        on s.region = p.region and s.id = p.station_id
      left join lateral (select ST_Transform(s.point_4326, :srid) as g) t on true
    where p.region = :region and p.plan_id = :plan and (cast(:number as bigint) is null
        or p.number = :number) order by p.number"""
BOX = "ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, :srid), 3857)"
ROADS = f"""
    select class, name_{{lang}} as name, ST_AsBinary(ST_Transform(geom_4326, :srid)) as geom
        from basemap_feature
    where region = :region and theme = 'road' and geom_3857 && {BOX} order by id"""
WATER = f"""
    select ST_AsBinary(ST_Transform(geom_4326, :srid)) as geom from basemap_feature
    where region = :region and theme = 'water' and ST_Dimension(geom_4326) = 2 and geom_3857 && {BOX}
        order by id"""
HOUSES = f"""
    select b.id, b.house, a.precinct_id = :id as own, ST_AsBinary(ST_Transform(b.footprint_4326,
        :srid)) as geom, ST_X(t.g) as x, ST_Y(t.g) as y
    from building b left join assignment a on a.region = b.region and a.plan_id = :plan
        and a.building_id = b.id
      left join lateral (select ST_Transform(b.point_4326, :srid) as g) t on true
    where b.region = :region and (b.footprint_3857 && {BOX} or (b.footprint_3857 is null
        and b.point_3857 && {BOX})) order by b.id"""
NEIGHBOURS = f"""
    select number, ST_AsBinary(geom) as geom from precinct where region = :region and plan_id = :plan
        and id <> :id and geom_3857 && {BOX} order by number"""


@dataclass(frozen=True)
class Sheet:
    """`precinct`: its row, `geom` a polygon or none (closed, abroad: then no map); `box`: west, south,
    east, north of the map."""

    plan: dict[str, Any]
    precinct: dict[str, Any]
    text: PrecinctText
    box: tuple[float, float, float, float] | None
    roads: list[dict[str, Any]]
    water: list[dict[str, Any]]
    houses: list[dict[str, Any]]
    neighbours: list[dict[str, Any]]


def read_sheets(
    engine: Engine, city: City, plan: int, lang: str, number: int | None = None
) -> Iterator[Sheet]:
    """The sheets of a plan by number, or of one precinct, all of one moment. Raises `NotFound`
    ("plan.unknown", "plan.unknown_precinct")."""
    street = "kk" if lang == "kk" else "ru"
    with snapshot(engine, TIMEOUT_S) as connection:
        values = {"region": city.region, "plan": plan, "srid": city.metric_srid, "number": number}
        head = connection.execute(text(PLAN), values).mappings().first()
        if head is None:
            raise NotFound("plan.unknown", plan=plan)
        texts = plan_texts(connection, city, plan, street, number)
        rows = connection.execute(text(HEADS.format(lang=lang, **written_in(lang))), values).mappings().all()
        for row in rows:
            yield _sheet(connection, dict(head), _shaped(row), texts[row["number"]], values, street)


def _sheet(
    connection: Connection, plan: dict, precinct: dict, written: PrecinctText, values: dict, street: str
) -> Sheet:
    if precinct["geom"] is None:
        return Sheet(plan, precinct, written, None, [], [], [], [])
    box = _box(precinct["geom"])
    parameters = values | {"id": precinct["id"], **dict(zip(("west", "south", "east", "north"), box))}
    layers = (ROADS.format(lang=street), WATER, HOUSES, NEIGHBOURS)
    found = [
        [_shaped(row) for row in connection.execute(text(statement), parameters).mappings()]
        for statement in layers
    ]
    return Sheet(plan, precinct, written, box, *found)


def _shaped(row: Any) -> dict[str, Any]:
    return {**row, "geom": None if row["geom"] is None else shapely.from_wkb(bytes(row["geom"]))}


def _box(shape: shapely.Geometry) -> tuple[float, float, float, float]:
    west, south, east, north = shape.bounds
    margin = max(MARGIN * max(east - west, north - south), (LEAST_M - max(east - west, north - south)) / 2)
    return west - margin, south - margin, east + margin, north + margin
