"""The squares of the city's grid (`geo.incidents.squares`) that a drawn area touches, so that its incidents
are read from an index by square, and those that lie wholly in it, so that none of their incidents is
measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, log, pi, radians, tan

import numpy as np
import shapely

from geo.incidents.squares import HALF_WORLD_M, PER_ROW, SIDE_M

MOST_LOOKED_AT, MOST_SQUARES = 40_000, 8_000
"""A larger area has so many incidents that counting them is what takes long, not finding them: 8,000 squares
are some 70 km2 at 51 degrees north."""
DEVIATION = 0.015
"""By how much the scale of a city's metric CRS differs from that of a Mercator map on a sphere, at most."""
SLACK_M = 1.0
"""Further than any two ways to reckon a border lie apart."""
DEGREE_M = 100_000
"""A degree of latitude is longer."""


@dataclass(frozen=True)
class Cover:
    """Numbers of squares: those that the area touches, and of these those that lie in it."""

    touched: list[int]
    inside: list[int]


@dataclass(frozen=True)
class Rings:
    """EPSG:3857: within `surely` metres of the centre everything is in a circle, beyond `perhaps` nothing."""

    x: float
    y: float
    surely: float
    perhaps: float


def rings(lon: float, lat: float, metres: float) -> Rings:
    """The rings of a circle with a radius in metres on the ground (centre EPSG:4326)."""
    x, y = to_map(lon, lat)
    spread = metres / DEGREE_M
    nearest, furthest = (cos(radians(min(abs(lat) + off, 89))) for off in (-spread, spread))
    return Rings(x, y, metres / nearest * (1 - DEVIATION), metres / furthest * (1 + DEVIATION))


def to_map(lon: float, lat: float) -> tuple[float, float]:
    """EPSG:4326 to EPSG:3857."""
    return lon / 180 * HALF_WORLD_M, log(tan(pi / 4 + radians(lat) / 2)) / pi * HALF_WORLD_M


def polygon(corners: Sequence[tuple[float, float]]) -> shapely.Geometry:
    """EPSG:3857, of corners in EPSG:4326; of a ring that crosses itself what it goes round an odd number of
    times."""
    return shapely.make_valid(shapely.Polygon([to_map(*corner) for corner in corners]))


def cover_circle(circle: Rings) -> Cover | None:
    """None of an area that is too large for it. What lies in it is told by its rings."""
    return _cover(shapely.Point(circle.x, circle.y).buffer(circle.perhaps + SLACK_M, quad_segs=64), None)


def cover(area: shapely.Geometry) -> Cover | None:
    """`area` in EPSG:3857. None of one that is too large for it."""
    return _cover(area.buffer(SLACK_M), area.buffer(-SLACK_M))


def _cover(outer: shapely.Geometry, inner: shapely.Geometry | None) -> Cover | None:
    west, south, east, north = outer.bounds
    columns = np.arange(_steps(west), _steps(east) + 1)
    rows = np.arange(_steps(-north), _steps(-south) + 1)
    if len(columns) * len(rows) > MOST_LOOKED_AT:
        return None
    column, row = (axis.ravel() for axis in np.meshgrid(columns, rows))
    left, top = column * SIDE_M - HALF_WORLD_M, HALF_WORLD_M - row * SIDE_M
    squares, numbers = shapely.box(left, top - SIDE_M, left + SIDE_M, top), row * PER_ROW + column
    shapely.prepare(outer)
    touched = numbers[shapely.intersects(outer, squares)].tolist()
    if len(touched) > MOST_SQUARES:
        return None
    if inner is None:
        return Cover(touched, [])
    shapely.prepare(inner)
    return Cover(touched, numbers[shapely.contains(inner, squares)].tolist())


def _steps(metres: float) -> int:
    """How many squares lie to the west (or north)."""
    return int((metres + HALF_WORLD_M) // SIDE_M)
