"""What is wrong with polygons, place by place, and what cleaning does: squares of 100 m side by side, precincts 1, 2, 3 from west to east."""
from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.plan_coverage import clean, difference, faults

NUMBERS = [1, 2, 3]


def squares(**changed: shapely.Geometry) -> np.ndarray:
    found = {f"p{n}": shapely.box(100 * (n - 1), 0, 100 * n, 100) for n in NUMBERS} | changed
    return np.array([found[f"p{n}"] for n in NUMBERS], dtype=object)


def told(polygons: np.ndarray) -> list[tuple]:
    return [(fault.kind, fault.numbers, round(fault.size, 2)) for fault in faults(polygons, NUMBERS)]


def test_nothing_is_wrong_with_a_coverage() -> None:
    assert faults(squares(), NUMBERS) == [] and difference(squares(), clean(squares()), NUMBERS) == []
    assert faults(np.array([], dtype=object), []) == []


def test_an_overlap_is_told_with_both_its_area_and_its_place() -> None:
    polygons = squares(p2=shapely.box(98, 0, 200, 100))
    assert told(polygons) == [("overlap", (1, 2), 200.0)]
    assert shapely.box(98, 0, 100, 100).covers(shapely.Point(faults(polygons, NUMBERS)[0].place))


def test_a_gap_is_told_and_a_wide_one_is_nobodys() -> None:
    assert told(squares(p2=shapely.box(102, 0, 200, 100))) == [("gap", (1, 2), 200.0)]
    assert told(squares(p2=shapely.box(130, 0, 200, 100))) == []


def test_a_vertex_that_the_neighbour_lacks_and_a_ring_that_crosses_itself() -> None:
    bent = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.0, 50.0)])
    assert {(kind, numbers) for kind, numbers, _ in told(squares(p2=bent))} == {("mismatch", (1, 2)), ("mismatch", (2, 1))}
    bow = shapely.Polygon([(200, 0), (300, 100), (300, 0), (200, 100)])
    assert told(squares(p3=bow))[0][:2] == ("polygon", (3,))


@pytest.mark.parametrize("second", [shapely.box(98, 0, 200, 100), shapely.box(102, 0, 200, 100), shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.0, 50.0)])])
def test_what_is_cleaned_is_a_coverage_and_says_what_changed(second: shapely.Polygon) -> None:
    polygons = squares(p2=second)
    mended = clean(polygons)
    assert faults(mended, NUMBERS) == [] and shapely.coverage_is_valid(mended)
    assert shapely.union_all(mended).area == pytest.approx(30_000)
    changes = difference(polygons, mended, NUMBERS)
    assert sum(change.gained_m2 + change.lost_m2 for change in changes) == pytest.approx(abs(second.area - 10_000), abs=1)
    assert {change.number for change in changes} <= {1, 2}


def test_a_wide_hole_is_left_open() -> None:
    polygons = squares(p2=shapely.box(130, 0, 200, 100))
    assert shapely.union_all(clean(polygons)).area == pytest.approx(27_000)
