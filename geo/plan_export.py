"""A plan as rows for a file: its precincts with their polygons (EPSG:4326), and what votes where. Everything a later import needs is in them."""
from __future__ import annotations

import shapely
from sqlalchemy import Connection, text

from geo.errors import NotFound
from geo.settings import City

PRECINCTS = """
    select p.id, p.number, p.kind, d.key as district, p.voters, p.buildings, s.name_kk as station_kk, s.name_ru as station_ru, s.address as station_address,
      st_asbinary(p.geom_4326) as geometry
    from precinct p left join district d on d.region = p.region and d.id = p.district_id left join station s on s.region = p.region and s.id = p.station_id
    where p.region = :region and p.plan_id = :plan order by p.number"""
ASSIGNMENT = """
    select b.id as building, b.register_code, b.street_kk, b.street_ru as street, b.house, p.number as precinct, a.source, b.voters
    from assignment a join building b on b.region = a.region and b.id = a.building_id
    join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
    where a.region = :region and a.plan_id = :plan order by p.number, b.street_norm, b.house_norm, b.id"""


def precincts(connection: Connection, city: City, plan: int) -> list[dict]:
    """In the order of their numbers. Raises `NotFound` ("plan.unknown")."""
    rows = connection.execute(text(PRECINCTS), {"region": city.region, "plan": plan}).mappings().all()
    if not rows:
        raise NotFound("plan.unknown", plan=plan)
    return [{**row, "geometry": None if row["geometry"] is None else as_multi(shapely.from_wkb(bytes(row["geometry"])))} for row in rows]


def assignment(connection: Connection, city: City, plan: int) -> list[dict]:
    rows = [dict(row) for row in connection.execute(text(ASSIGNMENT), {"region": city.region, "plan": plan}).mappings()]
    if not rows:
        raise NotFound("plan.unknown", plan=plan)
    return rows


def as_multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a shape as one MultiPolygon: a file has one type of geometry."""
    return shapely.MultiPolygon([part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"])
