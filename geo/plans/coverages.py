"""What is wrong with precincts, place by place, of a file before any of them becomes a plan and of a plan;
and cleaning, which says what it changed. Metric CRS, metres.

A coverage has no overlap, no gap, and each vertex of a common border in both polygons. A gap is a bounded
hole of the union of all precincts, whole, but for what was accepted with a reason (a lake, a foreign
territory). A notch of the outer border is none, however narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.plans.editing import topology

GAP_M = 20.0
"""Cleaning closes a gap at most so wide (the largest circle in it); a wider one may be a lake that belongs
to nobody: it is named."""
LEAST_M2 = 1e-4
TRIES = 4


@dataclass(frozen=True)
class Fault:
    """`kind`: polygon (crosses itself, or empty), overlap, gap, mismatch (a border that its neighbour does
    not share vertex by vertex). `numbers`: the precincts of it; `size`: m2 of an overlap or gap, m of a
    mismatch; `at`: a point in it (x, y)."""

    kind: str
    numbers: tuple[int, ...]
    size: float
    at: tuple[float, float]


@dataclass(frozen=True)
class CleaningChange:
    """A precinct changed by cleaning; areas in m2."""

    number: int
    gained_m2: float
    lost_m2: float
    shape: shapely.Geometry
    """Its gains and losses as one shape."""


@dataclass(frozen=True)
class Gap:
    """`near`: indices of the polygons around it; `width_m`: across the largest circle in it."""

    shape: shapely.Polygon
    near: tuple[int, ...]
    width_m: float


def faults(
    polygons: np.ndarray, numbers: Sequence[int], accepted: Sequence[shapely.Geometry] = ()
) -> list[Fault]:
    """Each fault once, the kinds in the order of `Fault`, the largest first. Nothing is wrong: an empty
    list. `accepted`: holes that are lawful."""
    bad = ~shapely.is_valid(polygons) | shapely.is_empty(polygons)
    found = [
        Fault("polygon", (number,), 0.0, _point_in(polygon))
        for number, polygon in zip(np.array(numbers)[bad].tolist(), polygons[bad])
    ]
    whole = repaired(polygons)
    overlaps = _overlaps(whole, numbers)
    holes = [
        Fault("gap", tuple(sorted(numbers[i] for i in gap.near)), gap.shape.area, _point_in(gap.shape))
        for gap in gaps(whole, accepted)
    ]
    return (
        found
        + overlaps
        + holes
        + _mismatches(polygons[~bad], np.array(numbers)[~bad].tolist(), whole, overlaps, holes)
    )


def gaps(polygons: np.ndarray, accepted: Sequence[shapely.Geometry] = ()) -> list[Gap]:
    """The bounded holes of the union of valid polygons, the largest first, but those that lie in an
    accepted one. What stands alone in a hole is no part of it."""
    if not len(polygons):
        return []
    union = (
        shapely.coverage_union_all(polygons)
        if shapely.coverage_is_valid(polygons)
        else shapely.union_all(polygons)
    )
    rings = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    # A hole may hold precincts that touch nothing outside of it, and they holes of their own.
    shapes = shapely.get_parts(shapely.difference(shapely.union_all(rings), union)) if rings else []
    lawful, tree, found = shapely.union_all(list(accepted)), shapely.STRtree(polygons), []
    for shape in shapes:
        if shape.area > LEAST_M2 and shape.difference(lawful).area > LEAST_M2:
            near = tree.query(shape, predicate="dwithin", distance=1e-6).tolist()
            found.append(
                Gap(
                    shape,
                    tuple(sorted(near)),
                    2 * shapely.maximum_inscribed_circle(shape, tolerance=0.01).length,
                )
            )
    return sorted(found, key=lambda gap: -gap.shape.area)


def clean(
    polygons: np.ndarray, gap_m: float = GAP_M, accepted: Sequence[shapely.Geometry] = ()
) -> np.ndarray:
    """A coverage on the grid as near to the polygons as it can be: an overlap goes to the neighbour it has
    the longest border with, and so does, whole, a gap of at most `gap_m`. Wider ones stay: `gaps` names
    them."""
    if not len(polygons):
        return polygons
    whole = repaired(polygons)
    for _ in range(TRIES):
        # What the grid moves may cross again.
        whole = topology.on_grid(shapely.coverage_clean(topology.on_grid(whole), gap_width=0))
        if shapely.coverage_is_valid(whole):
            break
    for gap in gaps(whole, accepted):
        if gap.width_m <= gap_m:
            near = list(gap.near)
            shared = shapely.length(
                shapely.intersection(shapely.boundary(gap.shape), shapely.boundary(whole[near]))
            )
            taker = near[int(np.argmax(shared))]
            whole[taker] = shapely.coverage_union(whole[taker], gap.shape)
    return whole


def repaired(polygons: np.ndarray) -> np.ndarray:
    """Polygons that cross themselves as those that their rings enclose; the others as they are: to repair a
    whole city's sound ones takes five times as long as to see that they are."""
    crossing = ~shapely.is_valid(polygons)
    whole = np.array(polygons, dtype=object)
    whole[crossing] = shapely.make_valid(whole[crossing], method="structure")
    return whole


def difference(before: np.ndarray, after: np.ndarray, numbers: Sequence[int]) -> list[CleaningChange]:
    """The precincts that changed, the largest change first."""
    whole = repaired(before)
    gained, lost = shapely.difference(after, whole), shapely.difference(whole, after)
    changes = [
        CleaningChange(number, plus.area, minus.area, shapely.union(plus, minus))
        for number, plus, minus in zip(numbers, gained, lost)
    ]
    return sorted(
        (change for change in changes if change.gained_m2 + change.lost_m2 > LEAST_M2),
        key=lambda change: -change.gained_m2 - change.lost_m2,
    )


def _overlaps(polygons: np.ndarray, numbers: Sequence[int]) -> list[Fault]:
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = [(a, b) for a, b in zip(first.tolist(), second.tolist()) if a < b]
    shared = (
        shapely.intersection([polygons[a] for a, _ in pairs], [polygons[b] for _, b in pairs])
        if pairs
        else []
    )
    found = [
        Fault("overlap", (numbers[a], numbers[b]), shape.area, _point_in(shape))
        for (a, b), shape in zip(pairs, shared)
        if shape.area > LEAST_M2
    ]
    return sorted(found, key=lambda fault: -fault.size)


def _mismatches(
    polygons: np.ndarray, numbers: Sequence[int], whole: np.ndarray, overlaps: list[Fault], gaps: list[Fault]
) -> list[Fault]:
    """Edges that their neighbour does not share, of precincts that have no overlap and no gap: those
    explain them."""
    explained = {number for fault in overlaps + gaps for number in fault.numbers}
    found = []
    for number, edges in zip(numbers, shapely.coverage_invalid_edges(polygons) if len(polygons) else []):
        if edges.is_empty or number in explained:
            continue
        near = sorted(numbers_near(edges, whole, numbers) - {number})
        found.append(
            Fault(
                "mismatch",
                (number, *near),
                edges.length,
                edges.interpolate(0.5, normalized=True).coords[0]
                if edges.geom_type == "LineString"
                else _point_in(edges),
            )
        )
    return sorted(found, key=lambda fault: -fault.size)


def numbers_near(shape: shapely.Geometry, polygons: np.ndarray, numbers: Sequence[int]) -> set[int]:
    return {
        numbers[i]
        for i in shapely.STRtree(polygons).query(shape, predicate="dwithin", distance=0.01).tolist()
        if i < len(numbers)
    }


def _point_in(shape: shapely.Geometry) -> tuple[float, float]:
    """A point of the shape; of an empty one the origin."""
    point = shapely.point_on_surface(shape)
    return (0.0, 0.0) if point.is_empty else (round(point.x, 3), round(point.y, 3))
