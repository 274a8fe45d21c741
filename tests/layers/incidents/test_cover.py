"""The squares of an area: none that it touches is missing, none lies in it that does not, and the database
numbers them alike."""

from __future__ import annotations

from math import hypot

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from sqlalchemy import Connection, text

from geo.incidents.squares import HALF_WORLD_M, PER_ROW, SIDE_M, SQUARE
from layers.incidents.cover import MOST_SQUARES, cover, cover_circle, polygon, rings, to_map

ASTANA, EQUATOR, NORTH = (71.43, 51.13, 32642), (69.5, 0.2, 32642), (71.0, 69.0, 32642)
CENTRES = st.sampled_from((ASTANA, EQUATOR, NORTH))
OFF = st.floats(-0.02, 0.02)
TURN, SHARE = st.floats(0, 360), st.floats(0.9, 1.1)
TO_MAP = Transformer.from_crs(4326, 3857, always_xy=True).transform


def square(x: float, y: float) -> int:
    return int((HALF_WORLD_M - y) // SIDE_M) * PER_ROW + int((x + HALF_WORLD_M) // SIDE_M)


@given(st.floats(-179, 179), st.floats(-84, 84))
def test_degrees_become_metres_of_the_map(lon: float, lat: float) -> None:
    assert to_map(lon, lat) == pytest.approx(TO_MAP(lon, lat), abs=1e-3)


@given(CENTRES, OFF, OFF, st.integers(10, 1_500), TURN, SHARE)
def test_a_circle_is_measured_where_it_must_be(
    centre: tuple[float, float, int], east: float, north: float, metres: int, turn: float, share: float
) -> None:
    """A point near its border is told in or out as the city's metric CRS has it."""
    lon, lat, metric = centre[0] + east, centre[1] + north, centre[2]
    there = Transformer.from_crs(4326, metric, always_xy=True)
    x, y = there.transform(lon, lat)
    at = shapely.affinity.rotate(shapely.Point(x + metres * share, y), turn, origin=(x, y))
    point = TO_MAP(*there.transform(at.x, at.y, direction="INVERSE"))
    circle = rings(lon, lat, metres)
    away = hypot(point[0] - circle.x, point[1] - circle.y)
    found = cover_circle(circle)
    assert found is not None
    if share <= 1:
        assert away <= circle.perhaps and square(*point) in found.touched
    if away <= circle.surely:
        assert share <= 1


@given(CENTRES, st.lists(st.tuples(OFF, OFF), min_size=3, max_size=9, unique=True), OFF, OFF)
def test_squares_of_a_polygon_are_those_of_its_points(
    centre: tuple[float, float, int], corners: list[tuple[float, float]], east: float, north: float
) -> None:
    """A point in it has a square that is touched, and one whose square lies in it is in it."""
    area = polygon([(centre[0] + lon, centre[1] + lat) for lon, lat in corners])
    found, point = cover(area), to_map(centre[0] + east, centre[1] + north)
    assert found is not None and len(found.touched) <= MOST_SQUARES
    assert set(found.inside) <= set(found.touched)
    if area.intersects(shapely.Point(point)):
        assert square(*point) in found.touched
    if square(*point) in found.inside:
        assert area.contains(shapely.Point(point))


def test_a_large_area_has_no_cover() -> None:
    assert cover(polygon([(71, 51), (72, 51), (72, 52)])) is None
    assert cover_circle(rings(71.43, 51.13, 20_000)) is None


def test_the_database_numbers_squares_alike(connection: Connection) -> None:
    points = [(71.43, 51.13), (71.43001, 51.13001), (-0.5, -33.2), (179.9, 69.0)]
    for lon, lat in points:
        x, y = to_map(lon, lat)
        row = "(select st_setsrid(st_makepoint(:x, :y), 3857) as point_3857) as i"
        numbered = f"select {SQUARE.format(row='i.')} from {row}"
        assert connection.scalar(text(numbered), {"x": x, "y": y}) == square(x, y)
