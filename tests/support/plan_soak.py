"""`python -m tests.support.plan_soak [--operations N] [--precincts FILE --voters COLUMN --srid EPSG]
[--seed N] [--among N]`: random operations of several editors on a whole city's precincts.

Without a file: the demo city's ground, 500 precincts and 20,000 buildings. With one (any vector file of
precinct polygons, gaps and overlaps are cleaned away first): its precincts, five houses in each that share
its voters. After each operation everything is checked as in `tests.support.plan_editors`; the replay every
tenth. A cluster of its own, thrown away afterwards.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import shapely
from sqlalchemy import Connection, text

from etl.demo.city import make_city
from etl.demo.reference import load_basemap, publish_plan
from etl.demo.scales import find_scale
from geo.crs import shapes_to_lon_lat
from geo.database import connect_engine
from geo.plans.editing.cells import faces_of
from geo.plans.editing.topology import first_holder
from geo.plans.lifecycle import draft_from
from geo.plans.model import plan_in_force
from geo.plans.plan_import import PlanInput, PrecinctInput, import_plan
from geo.settings import City, Settings
from tests.bench._cluster import own_cluster
from tests.support.plan_editors import OPERATIONS, Editors

HOUSES = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.plan_soak", description=__doc__)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--precincts", type=Path)
    parser.add_argument("--voters", default="voters")
    parser.add_argument("--srid", type=int, default=32642)
    parser.add_argument("--seed", type=int, default=109)
    parser.add_argument("--among", type=int, help="the editors keep to so many precincts, and meet")
    args = parser.parse_args()
    with own_cluster() as settings:
        run(settings, args)


def run(settings: Settings, args: argparse.Namespace) -> None:
    city = replace(settings.city, metric_srid=args.srid)
    engine, plan = (
        connect_engine(settings, "editor"),
        drafted(settings, city, args.precincts, args.voters, args.seed, "soak"),
    )
    editors = Editors(engine, city, plan, among=args.among)
    chance = random.Random(args.seed)
    start = time.monotonic()
    for n in range(args.operations):
        name, seed = chance.choice(OPERATIONS), chance.randrange(2**32)
        if n % 50 == 0:
            print(f"{n} of {args.operations} after {time.monotonic() - start:.0f} s", flush=True)
        try:
            editors.act(name, seed, whole=n % 10 == 9 or n == args.operations - 1)
        except AssertionError:
            print(f"operation {n}: {name} {seed}")
            raise
    print(f"{args.operations} operations in {time.monotonic() - start:.0f} s, all sound")
    for (name, outcome), times in sorted(editors.done.items()):
        print(f"  {name:8} {outcome:24} {times}")
    engine.dispose()


def drafted(settings: Settings, city: City, precincts: Path | None, voters: str, seed: int, name: str) -> int:
    """A draft of the precincts of a file, or without one of the demo city's 500."""
    owner = connect_engine(settings, "owner")
    if precincts is None:
        made = make_city(find_scale("tenth"), city.metric_srid)
        load_basemap(settings, made, lambda *progress: None)
        publish_plan(settings, made)
    with owner.begin() as connection:
        source = (
            plan_in_force(connection, city)
            if precincts is None
            else load(connection, city, precincts, voters, seed)
        )
        plan = draft_from(connection, city, source, name, "importer")
    with owner.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze"))
    owner.dispose()
    return plan


def load(connection: Connection, city: City, precincts: Path, voters: str, seed: int) -> int:
    """The file's precincts as a plan in force, cleaned, with houses."""
    frame = geopandas.read_file(precincts).to_crs(city.metric_srid)
    polygons = clean(frame.geometry.to_numpy())
    kept = [
        (polygon, int(n)) for polygon, n in zip(polygons, frame[voters].fillna(0)) if not polygon.is_empty
    ]
    chance = random.Random(seed)
    for n, (polygon, voters) in enumerate(kept):
        points = shapes_to_lon_lat(city.metric_srid, shapely.points(inside(polygon, chance)))
        connection.execute(
            text("""insert into building (region, source, source_id, voters, point_4326, point_3857)
            select :region, 'soak', :id, :voters, p, st_transform(p, 3857)
                from (select st_setsrid(st_makepoint(:lon, :lat), 4326) p) t"""),
            [
                {
                    "region": city.region,
                    "id": f"{n}/{i}",
                    "voters": voters // HOUSES,
                    "lon": float(x),
                    "lat": float(y),
                }
                for i, (x, y) in enumerate(shapely.get_coordinates(points))
            ],
        )
    precincts = [PrecinctInput(n + 1, "open", voters, polygon) for n, (polygon, voters) in enumerate(kept)]
    return import_plan(connection, city, PlanInput("file", precincts), "importer")


def clean(shapes: np.ndarray) -> list[shapely.Geometry]:
    """A coverage on the 1 mm grid: the faces of all borders noded on the grid, each to the first polygon
    that covers its middle."""
    faces = faces_of(
        [shapely.boundary(shape) for shape in shapely.coverage_clean(shapes)],
        shapely.box(*shapely.total_bounds(shapes)),
    )
    owner = first_holder(shapely.point_on_surface(faces), shapes)
    return [shapely.coverage_union_all(faces[owner == n]) for n in range(len(shapes))]


def inside(polygon: shapely.Geometry, chance: random.Random) -> list[tuple[float, float]]:
    """Points inside a polygon, none nearer than it must be to its border."""
    west, south, east, north = polygon.bounds
    found = [polygon.representative_point().coords[0]]
    for _ in range(400):
        point = chance.uniform(west, east), chance.uniform(south, north)
        if len(found) < HOUSES and polygon.contains(shapely.Point(point)):
            found.append(point)
    return found


if __name__ == "__main__":
    main()
