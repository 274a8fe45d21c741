"""Where the people of an address vote, in the plan in force: precinct, station, and how far it is.
Addresses only: nobody is looked up, and nothing personal is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.errors import NotFound
from geo.settings import City
from layers.plans.stations import written_in
from layers.reading import snapshot
from layers.tiles.precincts import PLAN

BUILDING = """
    select b.id, b.street_kk, b.street_ru, b.house, d.name_{lang} as district, ST_X(b.point_4326) as lon,
        ST_Y(b.point_4326) as lat
    from building b left join district d on d.region = b.region and d.id = b.district_id
        where b.region = :region and b.id = :building"""
IN_FORCE = f"select id, name, in_force_from from plan where region = :region and id = ({PLAN})"
COMING = """
    select id, name, in_force_from from plan where region = :region and state = 'published'
        and in_force_from > :today
    order by in_force_from, id limit 1"""
PRECINCT = """
    select p.number, {former} as former, p.kind, s.name_{station} as station, {place} as station_address,
      ST_X(s.point_4326) as lon, ST_Y(s.point_4326) as lat,
      ST_Distance(s.point_4326::geography, b.point_4326::geography) as distance_m, ST_AsGeoJSON(p.geom_4326,
          6)::json as outline
    from assignment a join precinct p on p.region = a.region and p.plan_id = a.plan_id
        and p.id = a.precinct_id
      join building b on b.region = a.region and b.id = a.building_id left join station s
          on s.region = p.region and s.id = p.station_id
    where a.region = :region and a.plan_id = :plan and a.building_id = :building"""


@dataclass(frozen=True)
class Vote:
    """`precinct` none: the building is in none (or no plan is in force). Points are EPSG:4326,
    `distance_m` straight over the ground, none without either point. `coming`: the next published plan
    ({"name", "in_force_from", "number"}) where it gives the address another precinct."""

    building: dict[str, Any]
    plan: dict[str, Any] | None
    precinct: dict[str, Any] | None
    coming: dict[str, Any] | None


def read_vote(engine: Engine, city: City, lang: str, building: int) -> Vote:
    """Raises `NotFound` ("building.unknown")."""
    values = {"region": city.region, "building": building, "today": city.today()}
    with snapshot(engine, timeout_s=3) as connection:
        row = _first(connection, BUILDING.format(lang=lang), values)
        if row is None:
            raise NotFound("building.unknown", building=building)
        plan, coming = _first(connection, IN_FORCE, values), _first(connection, COMING, values)
        precinct = _precinct(connection, lang, plan, values)
        later = _precinct(connection, lang, coming, values)
    differs = coming and later and later["number"] != (precinct and precinct["number"])
    return Vote(row, plan, precinct, {**coming, "number": later["number"]} if differs else None)


def _precinct(connection: Connection, lang: str, plan: dict | None, values: dict) -> dict | None:
    if plan is None:
        return None
    return _first(connection, PRECINCT.format(**written_in(lang)), values | {"plan": plan["id"]})


def _first(connection: Connection, statement: str, values: dict) -> dict | None:
    row = connection.execute(text(statement), values).mappings().first()
    return None if row is None else dict(row)
