"""The smallest plan: open precincts as squares in a row, numbered from 1, from west to east. Easting and
northing are EPSG:32642, the metric CRS of the tests' city."""

from __future__ import annotations

import shapely
from sqlalchemy import Connection

from geo.crs import shapes_to_lon_lat
from geo.plans.plan_import import PlanInput, PrecinctInput, import_plan
from geo.settings import City

SRID = 32642
KM = 1000.0
EAST, NORTH = 670_000.0, 5_660_000.0
"""The south-western corner, unless a test has another."""


def import_squares(
    connection: Connection,
    city: City,
    count: int = 2,
    side: float = KM,
    corner: tuple[float, float] = (EAST, NORTH),
    name: str = "2026",
    state: str = "published",
) -> int:
    """The id of the new plan, by "importer"; a building belongs where it stands."""
    east, north = corner
    squares = [shapely.box(east + n * side, north, east + (n + 1) * side, north + side) for n in range(count)]
    precincts = [PrecinctInput(number, "open", 0, square) for number, square in enumerate(squares, 1)]
    return import_plan(connection, city, PlanInput(name, precincts, state), "importer")


def metric_to_lon_lat(x: float, y: float) -> tuple[float, float]:
    """A point in the metric CRS as lon, lat."""
    [point] = shapes_to_lon_lat(SRID, shapely.points([(x, y)]))
    return point.x, point.y


def lon_lat(east: float, north: float = 0.5) -> tuple[float, float]:
    """The point so many km from the south-western corner."""
    return metric_to_lon_lat(EAST + east * KM, NORTH + north * KM)
