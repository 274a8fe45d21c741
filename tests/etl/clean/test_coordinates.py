import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from etl.clean.coordinates import CoordinateReading, ReadingCounts, likeliest, locate, mercator
from geo.errors import InvalidInput
from geo.settings import DEFAULT_CITY, City

CITY = City.load(DEFAULT_CITY)
WEST, SOUTH, EAST, NORTH = CITY.bbox
POINTS = st.tuples(
    st.floats(WEST + 1e-6, EAST - 1e-6), st.floats(SOUTH + 1e-6, NORTH - 1e-6)
)  # a border turned about may come back outside
SPOILT = [
    CoordinateReading(swapped=True),
    CoordinateReading(scale=100_000),
    CoordinateReading(scale=1_000_000, swapped=True),
    CoordinateReading("EPSG:3857"),
    CoordinateReading("EPSG:32642", swapped=True),
]


def at(first: float, second: float, reading: CoordinateReading = CoordinateReading()):
    return locate(np.array([first]), np.array([second]), CITY, reading)


def written(points: np.ndarray, reading: CoordinateReading) -> tuple[np.ndarray, np.ndarray]:
    """Two columns as a source writes them that is to be read so."""
    x, y = (
        points.T
        if reading.crs is None
        else Transformer.from_crs(4326, reading.crs, always_xy=True).transform(*points.T)
    )
    scale = reading.scale or 1
    return (y * scale, x * scale) if reading.swapped else (x * scale, y * scale)


@given(POINTS)
def test_a_place_in_the_city_is_kept(point: tuple[float, float]) -> None:
    found = at(*point)
    assert (found.lon[0], found.lat[0]) == point


@given(st.lists(POINTS, min_size=3, max_size=20), st.sampled_from(SPOILT))
def test_a_declared_reading_reads_what_was_written_so(
    points: list[tuple[float, float]], reading: CoordinateReading
) -> None:
    first, second = written(np.array(points), reading)
    found = locate(first, second, CITY, reading)
    assert np.column_stack([found.lon, found.lat]) == pytest.approx(np.array(points), abs=1e-7)
    assert likeliest(first, second, CITY, CoordinateReading()) == reading


@given(st.lists(POINTS, min_size=1, max_size=6), st.lists(st.sampled_from(SPOILT), min_size=1, max_size=6))
def test_no_row_is_read_in_another_way_than_its_file(
    points: list[tuple[float, float]], others: list[CoordinateReading]
) -> None:
    """Rows that only another reading would put into the city have no point, and are counted."""
    mixed = [written(np.array([point]), reading) for point, reading in zip(points, others)]
    first, second = (
        np.concatenate([np.array(points)[:, axis], *(pair[axis] for pair in mixed)]) for axis in (0, 1)
    )
    found = locate(first, second, CITY)
    assert np.isfinite(found.lon[: len(points)]).all() and np.isnan(found.lon[len(points) :]).all()
    assert found.outside.tolist() == [False] * len(points) + [True] * len(mixed)


def test_one_reading_for_a_file_is_found_from_all_of_its_rows() -> None:
    """The first hundred whole numbers could be metres as well: the rest tells."""
    counts = ReadingCounts(CITY)
    counts.add(*written(np.array([(71.40, 51.10), (71.45, 51.15)]), CoordinateReading(scale=100_000)))
    counts.add(np.array([71.4, np.nan, 0.0]), np.array([51.1, 51.1, 0.0]))
    assert (counts.best, counts.rows, counts.inside[counts.best], counts.inside[counts.declared]) == (
        CoordinateReading(scale=100_000),
        3,
        2,
        1,
    )
    assert (
        counts.best.keys(counts.declared) == {"scale": 100_000}
        and counts.best.kind(counts.declared) == "scaled"
    )


@pytest.mark.parametrize(
    ("reading", "declared", "keys", "kind"),
    [
        (
            CoordinateReading("EPSG:3857", swapped=True),
            CoordinateReading(),
            {"srid": 3857, "swapped": True},
            "projected",
        ),
        (CoordinateReading(), CoordinateReading("EPSG:32642"), {"srid": 4326}, "degrees"),
        (
            CoordinateReading("EPSG:32642", swapped=True),
            CoordinateReading("EPSG:32642"),
            {"swapped": True},
            "swapped",
        ),
    ],
)
def test_a_reading_is_said_as_a_declaration_says_it(
    reading: CoordinateReading, declared: CoordinateReading, keys: dict, kind: str
) -> None:
    assert reading.keys(declared) == keys and reading.kind(declared) == kind


@given(st.floats(), st.floats(), st.sampled_from([CoordinateReading(), *SPOILT]))
def test_what_is_found_lies_in_the_city(a: float, b: float, reading: CoordinateReading) -> None:
    found = at(a, b, reading)
    inside = WEST <= found.lon[0] <= EAST and SOUTH <= found.lat[0] <= NORTH
    assert inside != bool(found.missing[0] or found.outside[0])
    assert np.isfinite(found.x[0]) == inside


@pytest.mark.parametrize(("a", "b", "missing"), [(np.nan, 51.1, True), (0.0, 0.0, True), (37.6, 55.7, False)])
def test_coordinates_that_are_missing_or_outside_the_city_are_no_point(
    a: float, b: float, missing: bool
) -> None:
    found = at(a, b)
    assert (found.missing[0], found.outside[0]) == (missing, not missing)


def test_an_unknown_projection_is_named() -> None:
    with pytest.raises(InvalidInput, match="source.crs"):
        at(1, 2, CoordinateReading("EPSG:1"))


def test_mercator_is_epsg_3857() -> None:
    x, y = mercator(np.array([71.43]), np.array([51.13]))
    assert (x[0], y[0]) == pytest.approx(
        Transformer.from_crs(4326, 3857, always_xy=True).transform(71.43, 51.13), abs=1e-6
    )
