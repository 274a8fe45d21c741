"""What is wrong with polygons, place by place, and what cleaning does: squares of 100 m side by side,
precincts 1, 2, 3 from west to east."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.plans.coverages import clean, difference, faults, gaps

NUMBERS = [1, 2, 3]


def squares(**changed: shapely.Geometry) -> np.ndarray:
    found = {f"p{n}": shapely.box(100 * (n - 1), 0, 100 * n, 100) for n in NUMBERS} | changed
    return np.array([found[f"p{n}"] for n in NUMBERS], dtype=object)


def described(polygons: np.ndarray) -> list[tuple]:
    return [(fault.kind, fault.numbers, round(fault.size, 2)) for fault in faults(polygons, NUMBERS)]


def test_nothing_is_wrong_with_a_coverage() -> None:
    assert faults(squares(), NUMBERS) == [] and difference(squares(), clean(squares()), NUMBERS) == []
    assert faults(np.array([], dtype=object), []) == []


def test_an_overlap_is_told_with_both_its_area_and_its_place() -> None:
    polygons = squares(p2=shapely.box(98, 0, 200, 100))
    assert described(polygons) == [("overlap", (1, 2), 200.0)]
    assert shapely.box(98, 0, 100, 100).covers(shapely.Point(faults(polygons, NUMBERS)[0].at))


def holed(width: float, height: float = 40.0) -> np.ndarray:
    """A lens in the common border of 1 and 2."""
    lens = [(100, 50 - height / 2), (100 - width / 2, 50), (100, 50 + height / 2)]
    west = shapely.Polygon([(0, 0), (100, 0), *lens, (100, 100), (0, 100)])
    east = shapely.Polygon(
        [(100, 0), (200, 0), (200, 100), (100, 100), lens[2], (100 + width / 2, 50), lens[0]]
    )
    return squares(p1=west, p2=east)


def test_a_gap_is_a_bounded_hole_whole_however_wide() -> None:
    for width in (0.02, 2, 12, 60):
        assert described(holed(width)) == [("gap", (1, 2), round(width * 20, 2))]
        assert [round(gap.width_m, 1) <= round(width, 1) for gap in gaps(holed(width))] == [True]
    assert described(holed(12))[0] == ("gap", (1, 2), 240.0), "not as two slivers at its ends"


def test_a_notch_of_the_outer_border_is_no_gap() -> None:
    """2 cm between neighbours, open to the outside; and a strip open at both ends."""
    notched = shapely.Polygon([(100.02, 0), (200, 0), (200, 100), (100, 100), (100, 10)])
    west = shapely.Polygon([(0, 0), (100, 0), (100, 10), (100, 100), (0, 100)])
    assert described(squares(p1=west, p2=notched)) == []
    assert described(squares(p2=shapely.box(102, 0, 200, 100))) == []
    assert shapely.equals(clean(squares(p1=west, p2=notched)), squares(p1=west, p2=notched)).all()


def test_what_stands_alone_in_a_hole_is_no_part_of_it() -> None:
    ring = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 200, 200))
    island = shapely.box(140, 140, 160, 160)
    assert [(round(gap.shape.area), gap.near) for gap in gaps(np.array([ring, island], dtype=object))] == [
        (9600, (0, 1))
    ]


def test_a_lawful_hole_is_accepted_until_it_grows() -> None:
    lake = gaps(holed(60))[0].shape
    assert faults(holed(60), NUMBERS, [lake]) == [] and faults(holed(50), NUMBERS, [lake]) == []
    assert [fault.kind for fault in faults(holed(70), NUMBERS, [lake])] == ["gap"]
    assert shapely.union_all(clean(holed(12), accepted=[lake])).area == pytest.approx(30_000 - 240)


@pytest.mark.parametrize(("width", "left"), [(0.02, 0), (12, 0), (19, 0), (60, 1)])
def test_cleaning_closes_a_gap_whole_or_leaves_it_whole(width: float, left: int) -> None:
    repaired = clean(holed(width))
    assert shapely.coverage_is_valid(repaired) and len(gaps(repaired)) == left
    assert shapely.union_all(repaired).area == pytest.approx(30_000 - left * width * 20)


def test_a_vertex_that_the_neighbour_lacks_and_a_ring_that_crosses_itself_are_found() -> None:
    bent = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.0, 50.0)])
    assert {(kind, numbers) for kind, numbers, _ in described(squares(p2=bent))} == {
        ("mismatch", (1, 2)),
        ("mismatch", (2, 1)),
    }
    bow = shapely.Polygon([(200, 0), (300, 100), (300, 0), (200, 100)])
    assert described(squares(p3=bow))[0][:2] == ("polygon", (3,))


@pytest.mark.parametrize(
    "second",
    [
        shapely.box(98, 0, 200, 100),
        shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.0, 50.0)]),
    ],
)
def test_what_is_cleaned_is_a_coverage_and_says_what_changed(second: shapely.Polygon) -> None:
    polygons = squares(p2=second)
    repaired = clean(polygons)
    assert faults(repaired, NUMBERS) == [] and shapely.coverage_is_valid(repaired)
    assert shapely.union_all(repaired).area == pytest.approx(30_000)
    changes = difference(polygons, repaired, NUMBERS)
    assert sum(change.gained_m2 + change.lost_m2 for change in changes) == pytest.approx(
        abs(second.area - 10_000), abs=1
    )
    assert {change.number for change in changes} <= {1, 2}
