"""Precincts of a file as a draft: a whole plan or nothing, and no new draft where the feed has said the
same before.

What is in force was decided by people, two of them: a feed never publishes and never overwrites. It puts a
draft before them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import shapely
from sqlalchemy import Connection, RowMapping, text

from geo.loading.staging import Batch, Written, driver_cursor, stage
from geo.plans.editing import topology
from geo.plans.model import plan_in_force
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.settings import City

STAGE = """number bigint, kind text, voters bigint, geometry text, station_name_kk text,
    station_name_ru text, station_address text, station_lon float8, station_lat float8"""
LAST_DRAFT = text("""select e.payload -> 'command' as command from plan p
    join plan_event e on e.region = p.region and e.plan_id = p.id and e.what = 'imported'
    where p.region = :region and p.created_by = :who order by p.id desc limit 1""")


def load(connection: Connection, batch: Batch) -> Written:
    """Draft the staged precincts as a new plan, in the caller's transaction, unless the feed's last draft,
    or without one the plan in force, has the same."""
    cursor = driver_cursor(connection)
    stage(cursor, "precinct_stage", STAGE, batch)
    staged = connection.execute(text("select * from precinct_stage order by number")).mappings().all()
    precincts = [precinct(row) for row in staged]
    digest = digest_of(precincts)
    if is_known(connection, batch, precincts, digest):
        return Written(0, batch.rows)
    import_plan(
        connection,
        batch.city,
        PlanInput(
            f"{batch.feed} {batch.run_id}",
            precincts,
            "draft",
            origin={"digest": digest, "delivery": batch.delivery_id},
        ),
        f"feed:{batch.feed}",
    )
    return Written(batch.rows, 0)


def is_known(connection: Connection, batch: Batch, precincts: list[PrecinctInput], digest: str) -> bool:
    """Whether the feed has said this last, or something later, whatever people have made of its draft
    since."""
    last = connection.execute(LAST_DRAFT, {"region": batch.city.region, "who": f"feed:{batch.feed}"}).scalar()
    if last is not None:
        return last.get("digest") == digest or last.get("delivery", 0) > batch.delivery_id
    held = in_force(connection, batch.city)
    given = {number for number, known in held.items() if known[-1] is not None}
    return {
        p.number: key(p.kind, p.geometry, p.station, p.voters if p.number in given else None)
        for p in precincts
    } == held


def digest_of(precincts: list[PrecinctInput]) -> str:
    """A hash of everything that the file says: numbers, kinds, polygons (whatever their first vertex),
    voters and stations."""
    content = [
        [
            p.number,
            p.kind,
            p.voters,
            None if p.geometry is None else normal(p.geometry).hex(),
            p.station and list(vars(p.station).values()),
        ]
        for p in precincts
    ]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def precinct(row: RowMapping) -> PrecinctInput:
    geometry = None if row["geometry"] is None else topology.on_grid(shapely.from_wkb(row["geometry"]))
    name_ru, name_kk = (
        row["station_name_ru"] or row["station_name_kk"],
        row["station_name_kk"] or row["station_name_ru"],
    )
    station = (
        StationInput(name_kk, name_ru, row["station_address"], row["station_lon"], row["station_lat"])
        if name_ru
        else None
    )
    return PrecinctInput(row["number"], row["kind"], row["voters"], geometry, station)


def in_force(connection: Connection, city: City) -> dict[int, tuple[Any, ...]]:
    """The precincts of the plan in force by number, as `key` has them."""
    rows = connection.execute(
        text("""select p.number, p.kind, st_asbinary(p.geom) as wkb, p.voters_given, s.id as station,
            s.name_kk, s.name_ru, s.address,
                st_x(s.point_4326) as lon, st_y(s.point_4326) as lat
            from precinct p left join station s on s.region = p.region and s.id = p.station_id
                where p.region = :region and p.plan_id = :plan"""),
        {"region": city.region, "plan": plan_in_force(connection, city)},
    ).all()
    return {
        row.number: key(
            row.kind,
            row.wkb and shapely.from_wkb(bytes(row.wkb)),
            row.station and StationInput(row.name_kk, row.name_ru, row.address, row.lon, row.lat),
            row.voters_given,
        )
        for row in rows
    }


def key(
    kind: str, geometry: shapely.Geometry | None, station: StationInput | None, voters: int | None
) -> tuple[Any, ...]:
    """The parts that make two precincts of one number the same: kind, polygon (whatever its first vertex),
    station, and the voters given, where no house has any: else they are counted, and a file's figure says
    nothing."""
    return kind, None if geometry is None else normal(geometry), station, voters


def normal(geometry: shapely.Geometry) -> bytes:
    """A polygon as WKB that does not depend on its first vertex, nor on being the only part of a
    multipolygon."""
    parts = shapely.multipolygons([geometry]) if geometry.geom_type == "Polygon" else geometry
    return shapely.normalize(parts).wkb
