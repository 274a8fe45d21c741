"""Precincts of a file as a draft: a whole plan or nothing, and no new draft where the feed has said the same before.

What is in force was decided by people, two of them: a feed never publishes and never overwrites. It puts a draft before them.
"""
from __future__ import annotations

import json
from hashlib import sha256

import shapely
from sqlalchemy import Connection, text

from geo import topology
from geo.loading.staging import Batch, Written, driver_cursor, stage
from geo.plans import PrecinctInput, StationInput, import_plan, plan_in_force
from geo.settings import City

STAGE = """number bigint, kind text, voters bigint, geometry text, station_name_kk text, station_name_ru text, station_address text,
    station_lon float8, station_lat float8"""
LAST_DRAFT = text("""select e.payload -> 'command' as command from plan p
    join plan_event e on e.region = p.region and e.plan_id = p.id and e.what = 'imported'
    where p.region = :region and p.created_by = :who order by p.id desc limit 1""")


def load(connection: Connection, batch: Batch) -> Written:
    """Draft the staged precincts as a new plan, in the caller's transaction, unless the feed's last draft, or without one the plan in force, has the same."""
    cursor = driver_cursor(connection)
    stage(cursor, "precinct_stage", STAGE, batch)
    staged = connection.execute(text("select * from precinct_stage order by number")).mappings().all()
    precincts = [precinct(row) for row in staged]
    digest = digest_of(precincts)
    if is_known(connection, batch, precincts, digest):
        return Written(0, batch.rows)
    who = f"feed:{batch.feed}"
    import_plan(connection, batch.city, f"{batch.feed} {batch.run_id}", precincts, who, state="draft", origin={"digest": digest})
    return Written(batch.rows, 0)


def is_known(connection: Connection, batch: Batch, precincts: list[PrecinctInput], digest: str) -> bool:
    """Whether the feed has said this last, whatever people have made of its draft since."""
    last = connection.execute(LAST_DRAFT, {"region": batch.city.region, "who": f"feed:{batch.feed}"}).scalar()
    if last is not None:
        return last.get("digest") == digest
    return [key(p.number, p.kind, p.geometry, p.station and p.station.name_ru) for p in precincts] == in_force(connection, batch.city)


def digest_of(precincts: list[PrecinctInput]) -> str:
    """A hash of everything that the file says: numbers, kinds, polygons (whatever their first vertex), voters and stations."""
    said = [[p.number, p.kind, p.voters, None if p.geometry is None else normal(p.geometry).hex(), p.station and list(vars(p.station).values())]
            for p in precincts]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


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
    return number, kind, None if geometry is None else normal(geometry), station


def normal(geometry) -> bytes:
    """A polygon as WKB that does not depend on its first vertex, nor on being the only part of a multipolygon."""
    parts = shapely.multipolygons([geometry]) if geometry.geom_type == "Polygon" else geometry
    return shapely.normalize(parts).wkb
