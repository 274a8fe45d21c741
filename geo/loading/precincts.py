"""Precincts of a file as a published plan: a whole plan or nothing, and no new plan where the one in force says the same."""
from __future__ import annotations

import shapely
from sqlalchemy import Connection, text

from geo import topology
from geo.loading.staging import Batch, Written, driver_cursor, stage
from geo.plans import PrecinctInput, StationInput, import_plan, plan_in_force
from geo.settings import City

STAGE = """number bigint, kind text, voters bigint, geometry text, station_name_kk text, station_name_ru text, station_address text,
    station_lon float8, station_lat float8"""


def load(connection: Connection, batch: Batch) -> Written:
    """Publish the staged precincts as a new plan, in the caller's transaction, unless the plan in force has the same ones."""
    cursor = driver_cursor(connection)
    stage(cursor, "precinct_stage", STAGE, batch)
    staged = connection.execute(text("select * from precinct_stage order by number")).mappings().all()
    precincts = [precinct(row) for row in staged]
    if [key(p.number, p.kind, p.geometry, p.station and p.station.name_ru) for p in precincts] == in_force(connection, batch.city):
        return Written(0, batch.rows)
    import_plan(connection, batch.city, f"{batch.feed} {batch.run_id}", precincts, f"feed:{batch.feed}")
    return Written(batch.rows, 0)


def precinct(row) -> PrecinctInput:
    geometry = None if row["geometry"] is None else topology.on_grid(shapely.from_wkb(row["geometry"]))
    name_ru, name_kk = row["station_name_ru"] or row["station_name_kk"], row["station_name_kk"] or row["station_name_ru"]
    station = StationInput(name_kk, name_ru, row["station_address"], row["station_lon"], row["station_lat"]) if name_ru else None
    return PrecinctInput(row["number"], row["kind"], row["voters"], geometry, station)


def in_force(connection: Connection, city: City) -> list[tuple]:
    rows = connection.execute(
        text("""select p.number, p.kind, st_asbinary(p.geom) as wkb, s.name_ru from precinct p
            left join station s on s.region = p.region and s.id = p.station_id where p.region = :region and p.plan_id = :plan order by p.number"""),
        {"region": city.region, "plan": plan_in_force(connection, city)}).all()
    return [key(row.number, row.kind, row.wkb and shapely.from_wkb(bytes(row.wkb)), row.name_ru) for row in rows]


def key(number: int, kind: str, geometry, station: str | None) -> tuple:
    """What makes two precincts the same: number, kind, polygon (whatever its first vertex), station."""
    if geometry is None:
        return number, kind, None, station
    parts = shapely.multipolygons([geometry]) if geometry.geom_type == "Polygon" else geometry
    return number, kind, shapely.normalize(parts).wkb, station
