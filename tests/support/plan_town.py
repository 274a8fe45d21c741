"""A town made of squares, for tests and measurements of plans: precincts of blocks between streets, houses
with outlines and voters in every block.

Metric positions are EPSG:32642. Precinct 1 is the south-western one, numbers run east, then north.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

import numpy as np
import psycopg2.extras
import shapely
from sqlalchemy import Connection, text

from geo.crs import shapes_to_lon_lat
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.settings import City

EAST, NORTH = 670_000.0, 5_660_000.0
SRID = 32642


@dataclass(frozen=True)
class Town:
    """`blocks`: to a side of a precinct; `houses`: to a side of a block. `voters`: of a house, from and
    to; a precinct in `crowded` has that many times as many."""

    columns: int = 3
    rows: int = 2
    blocks: int = 2
    block_m: float = 200.0
    houses: int = 2
    voters: tuple[int, int] = (20, 60)
    crowded: tuple[tuple[int, float], ...] = ()
    main_street: int | None = None
    """The block line (from the west) whose street is a main road."""

    @property
    def side_m(self) -> float:
        return self.blocks * self.block_m

    def squares(self) -> list[shapely.Polygon]:
        return [
            shapely.box(
                EAST + c * self.side_m,
                NORTH + r * self.side_m,
                EAST + (c + 1) * self.side_m,
                NORTH + (r + 1) * self.side_m,
            )
            for r in range(self.rows)
            for c in range(self.columns)
        ]

    def streets(self) -> list[tuple[str, shapely.LineString]]:
        width, height = self.columns * self.side_m, self.rows * self.side_m
        across = [
            (
                "residential",
                shapely.LineString(
                    [(EAST, NORTH + n * self.block_m), (EAST + width, NORTH + n * self.block_m)]
                ),
            )
            for n in range(1, self.rows * self.blocks)
        ]
        along = [
            (
                "primary" if n == self.main_street else "residential",
                shapely.LineString(
                    [(EAST + n * self.block_m, NORTH), (EAST + n * self.block_m, NORTH + height)]
                ),
            )
            for n in range(1, self.columns * self.blocks)
        ]
        return across + along

    def house_points(self) -> np.ndarray:
        """Middles of the houses, row by row from the south."""
        step = self.block_m / self.houses
        xs = EAST + step / 2 + step * np.arange(self.columns * self.blocks * self.houses)
        ys = NORTH + step / 2 + step * np.arange(self.rows * self.blocks * self.houses)
        return np.array([(x, y) for y in ys for x in xs])

    def precinct_of(self, at: np.ndarray) -> int:
        return int((at[1] - NORTH) // self.side_m) * self.columns + int((at[0] - EAST) // self.side_m) + 1

    def build(
        self,
        connection: Connection,
        city: City,
        name: str = "in force",
        who: str = "importer",
        seed: int = 109,
    ) -> int:
        """Write the town and its plan in force; returns the plan. Buildings get ids in the order of
        `places`."""
        write_streets(connection, city, self.streets())
        self.write_houses(connection, city, random.Random(seed))
        precincts = [
            PrecinctInput(n + 1, "open", 0, square, station_in(square, n + 1))
            for n, square in enumerate(self.squares())
        ]
        plan = import_plan(connection, city, PlanInput(name, precincts, in_force_from=date(2024, 1, 1)), who)
        connection.commit()
        return plan

    def write_houses(self, connection: Connection, city: City, chance: random.Random) -> None:
        house_points = self.house_points()
        crowded = dict(self.crowded)
        outlines = shapes_to_lon_lat(
            SRID,
            shapely.box(
                house_points[:, 0] - 12,
                house_points[:, 1] - 8,
                house_points[:, 0] + 12,
                house_points[:, 1] + 8,
            ),
        )
        points = shapely.get_coordinates(shapes_to_lon_lat(SRID, shapely.points(house_points)))
        across = self.columns * self.blocks * self.houses
        rows = [
            (
                city.region,
                "town",
                str(n),
                "көше",
                f"улица {n // across}",
                str(2 * (n % across) + 2),
                f"улица {n // across}",
                str(2 * (n % across) + 2),
                round(chance.randint(*self.voters) * crowded.get(self.precinct_of(at), 1.0)),
                float(lon),
                float(lat),
                outline.wkb,
            )
            for n, (at, (lon, lat), outline) in enumerate(zip(house_points, points, outlines))
        ]
        cursor = connection.connection.cursor()
        psycopg2.extras.execute_values(
            cursor,
            """
            insert into building (region, source, source_id, street_kk, street_ru, house, street_norm,
                house_norm, voters, point_4326, point_3857,
            footprint_4326, footprint_3857)
            select r, s, i, kk, ru, h, sn, hn, v, p, st_transform(p, 3857), o, st_transform(o, 3857)
                from (select r, s, i, kk, ru, h, sn, hn, v,
                st_setsrid(st_makepoint(lon, lat), 4326) p, st_multi(st_geomfromwkb(wkb, 4326)) o
                    from (values %s) t (r, s, i, kk, ru, h, sn, hn, v,
                lon, lat, wkb)) g""",
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bytea)",
            page_size=5000,
        )


def station_in(square: shapely.Polygon, number: int) -> StationInput:
    """A school in the middle of a precinct."""
    lon, lat = shapely.get_coordinates(shapes_to_lon_lat(SRID, np.array([square.centroid])))[0]
    return StationInput(
        f"№ {number} мектеп", f"Школа № {number}", f"улица {number}, 1", float(lon), float(lat)
    )


def write_streets(connection: Connection, city: City, streets: list[tuple[str, shapely.LineString]]) -> None:
    lines = shapes_to_lon_lat(SRID, np.array([line for _, line in streets]))
    connection.execute(
        text("""insert into basemap_feature (region, source, source_id, theme, class, geom_4326, geom_3857)
        select :region, 'town', :id, 'road', :class, g, st_transform(g, 3857)
            from (select st_geomfromwkb(:wkb, 4326) g) t"""),
        [
            {"region": city.region, "id": str(n), "class": class_, "wkb": line.wkb}
            for n, ((class_, _), line) in enumerate(zip(streets, lines))
        ],
    )


def lon_lat(*house_points: tuple[float, float]) -> list[tuple[float, float]]:
    """Places in metres east and north of the town's south-western corner, as lon, lat."""
    shapes = shapes_to_lon_lat(SRID, shapely.points([(EAST + x, NORTH + y) for x, y in house_points]))
    return [tuple(map(float, point)) for point in shapely.get_coordinates(shapes)]
