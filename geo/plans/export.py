"""A plan as rows for a file: its precincts with their polygons (EPSG:4326), and what votes where.
Everything a later import needs is in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, RowMapping, text

from geo.crs import shapes_to_lon_lat
from geo.errors import NotFound
from geo.plans.editing.draft import Draft
from geo.plans.editing.precincts import FORMER
from geo.plans.holes import read_holes
from geo.settings import City

PRECINCTS = f"""
    select p.id, p.number, {FORMER} as former, p.kind, d.key as district, p.voters, p.buildings,
        s.name_kk as station_kk, s.name_ru as station_ru,
      s.address as station_address, s.address_kk as addr_kk, s.entrance_kk as entry_kk,
          s.entrance_ru as entry_ru, st_x(s.point_4326) as station_lon,
      st_y(s.point_4326) as station_lat, l.code, l.attributes, st_asbinary(p.geom_4326) as geometry
    from precinct p left join precinct_label l on l.region = p.region and l.plan_id = p.plan_id
        and l.precinct_id = p.id
      left join district d on d.region = p.region and d.id = p.district_id left join station s
          on s.region = p.region and s.id = p.station_id
    where p.region = :region and p.plan_id = :plan order by p.number"""
ASSIGNMENT = """
    select b.id as building, b.register_code, b.street_kk, b.street_ru as street, b.house,
        p.number as precinct, a.source, b.voters
    from assignment a join building b on b.region = a.region and b.id = a.building_id
    join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
    where a.region = :region and a.plan_id = :plan order by p.number, b.street_norm, b.house_norm, b.id"""


def precincts(connection: Connection, city: City, plan: int) -> list[dict[str, Any]]:
    """The precincts in the order of their numbers, each with the columns it came with; behind them, as rows
    of the kind "hole", the holes that were accepted. All rows have the same columns. Raises `NotFound`
    ("plan.unknown")."""
    rows = connection.execute(text(PRECINCTS), {"region": city.region, "plan": plan}).mappings().all()
    if not rows:
        raise NotFound("plan.unknown", plan=plan)
    holes = read_holes(Draft(connection, city, plan))
    found = [flat(row) for row in rows] + [
        {"kind": "hole", "reason": hole.reason, "geometry": shapely.MultiPolygon([shape])}
        for hole, shape in zip(
            holes, shapes_to_lon_lat(city.metric_srid, np.array([hole.shape for hole in holes], dtype=object))
        )
    ]
    columns = [
        name
        for name in dict.fromkeys(name for row in found for name in row)
        if name != "code" or any(row.get("code") for row in found)
    ]
    return [{name: row.get(name) for name in columns} for row in found]


def flat(row: RowMapping) -> dict[str, Any]:
    """The columns that came with a precinct behind our own, which stand where both have the name."""
    own = {name: value for name, value in row.items() if name != "attributes"}
    return {
        **own,
        "geometry": None if row["geometry"] is None else as_multi(shapely.from_wkb(bytes(row["geometry"]))),
        **{name: value for name, value in (row["attributes"] or {}).items() if name not in own},
    }


def assignment(connection: Connection, city: City, plan: int) -> list[dict[str, Any]]:
    rows = [
        dict(row)
        for row in connection.execute(text(ASSIGNMENT), {"region": city.region, "plan": plan}).mappings()
    ]
    if not rows:
        raise NotFound("plan.unknown", plan=plan)
    return rows


def as_multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a shape as one MultiPolygon: a file has one type of geometry."""
    return shapely.MultiPolygon(
        [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    )
