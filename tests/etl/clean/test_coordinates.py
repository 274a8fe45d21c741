import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from etl.clean.coordinates import locate, mercator
from geo.errors import InvalidInput
from geo.settings import DEFAULT_CITY, City

CITY = City.load(DEFAULT_CITY)
WEST, SOUTH, EAST, NORTH = CITY.bbox
PLACES = st.tuples(st.floats(WEST + 1e-6, EAST - 1e-6), st.floats(SOUTH + 1e-6, NORTH - 1e-6))  # a border turned about may come back outside


def at(first: float, second: float, crs: str | None = None):
    return locate(np.array([first]), np.array([second]), CITY, crs)


@given(PLACES)
def test_a_place_in_the_city_is_kept(place: tuple[float, float]) -> None:
    found = at(*place)
    assert (found.lon[0], found.lat[0]) == place and not found.mended


@given(PLACES, st.sampled_from(["swapped", "scaled_1e+05", "scaled_1e+06_swapped", "projected_EPSG:3857", "projected_EPSG:32642_swapped"]))
def test_spoilt_ones_are_mended(place: tuple[float, float], how: str) -> None:
    a, b = place
    if "scaled" in how:
        a, b = a * float(how.split("_")[1]), b * float(how.split("_")[1])
    if "EPSG" in how:
        a, b = Transformer.from_crs(4326, how.split("_")[1], always_xy=True).transform(a, b)
    found = at(b, a) if how.endswith("swapped") else at(a, b)
    assert (found.lon[0], found.lat[0]) == pytest.approx(place, abs=1e-7) and found.mended == {how: 1}


@given(st.floats(), st.floats())
def test_what_is_found_lies_in_the_city(a: float, b: float) -> None:
    found = at(a, b)
    inside = WEST <= found.lon[0] <= EAST and SOUTH <= found.lat[0] <= NORTH
    assert inside != bool(found.missing[0] or found.outside[0])
    assert np.isfinite(found.x[0]) == inside


@pytest.mark.parametrize(("a", "b", "missing"), [(np.nan, 51.1, True), (0.0, 0.0, True), (37.6, 55.7, False)])
def test_missing_and_outside(a: float, b: float, missing: bool) -> None:
    found = at(a, b)
    assert (found.missing[0], found.outside[0]) == (missing, not missing)


def test_a_declared_projection() -> None:
    x, y = Transformer.from_crs(4326, 32642, always_xy=True).transform(71.43, 51.13)
    found = at(x, y, "EPSG:32642")
    assert (found.lon[0], found.lat[0]) == pytest.approx((71.43, 51.13)) and not found.mended


def test_an_unknown_projection_is_named() -> None:
    with pytest.raises(InvalidInput, match="feed.crs"):
        at(1, 2, "EPSG:1")


def test_mercator_is_epsg_3857() -> None:
    x, y = mercator(np.array([71.43]), np.array([51.13]))
    assert (x[0], y[0]) == pytest.approx(Transformer.from_crs(4326, 3857, always_xy=True).transform(71.43, 51.13), abs=1e-6)
