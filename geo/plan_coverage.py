"""What is wrong with a file's precincts, place by place, before any of them becomes a plan; and cleaning, which says what it changed. Metric CRS, metres.

A coverage has no overlap, no gap between neighbours, and each vertex of a common border in both polygons.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo import topology

GAP_M = 5.0
"""Neighbours that stand apart by at most this are meant to touch; a wider hole may be a lake that belongs to nobody."""
LEAST_M2 = 1e-4


@dataclass(frozen=True)
class Fault:
    """`kind`: polygon (crosses itself, or empty), overlap, gap, mismatch (a border that its neighbour does not share vertex by vertex). `numbers`:
    the precincts of it;
    `size`: m2 of an overlap or gap, m of a mismatch; `place`: a point in it (x, y)."""

    kind: str
    numbers: tuple[int, ...]
    size: float
    place: tuple[float, float]


@dataclass(frozen=True)
class Change:
    """What cleaning did to one precinct, m2."""

    number: int
    gained_m2: float
    lost_m2: float
    shape: shapely.Geometry
    """What it gained and lost, as one shape."""


def faults(polygons: np.ndarray, numbers: Sequence[int], gap_m: float = GAP_M) -> list[Fault]:
    """Each fault once, the kinds in the order of `Fault`, the largest first. Nothing is wrong: an empty list."""
    bad = ~shapely.is_valid(polygons) | shapely.is_empty(polygons)
    found = [Fault("polygon", (number,), 0.0, _place(polygon)) for number, polygon in zip(np.array(numbers)[bad].tolist(), polygons[bad])]
    whole = shapely.make_valid(polygons, method="structure")
    overlaps, gaps = _overlaps(whole, numbers), _gaps(whole, numbers, gap_m)
    return found + overlaps + gaps + _mismatches(polygons[~bad], np.array(numbers)[~bad].tolist(), whole, overlaps, gaps)


def clean(polygons: np.ndarray, gap_m: float = GAP_M) -> np.ndarray:
    """A coverage as near to the polygons as it can be: an overlap goes to the neighbour it has the longest border with, a gap of at most `gap_m`
    too, also one that is open
    to the outside (which `shapely.coverage_clean` leaves)."""
    if not len(polygons):
        return polygons
    whole = shapely.make_valid(polygons, method="structure")
    for shape, near in _slivers(whole, gap_m):
        beside = near[int(np.argmax(shapely.length(shapely.intersection(shapely.boundary(shape), shapely.boundary(whole[near])))))]
        whole[beside] = shapely.union(whole[beside], shape)
    mended = topology.on_grid(shapely.coverage_clean(topology.on_grid(whole), gap_width=gap_m))
    return mended if shapely.coverage_is_valid(mended) else shapely.coverage_clean(mended)


def difference(before: np.ndarray, after: np.ndarray, numbers: Sequence[int]) -> list[Change]:
    """What became of each precinct that changed, the most first."""
    whole = shapely.make_valid(before, method="structure")
    gained, lost = shapely.difference(after, whole), shapely.difference(whole, after)
    changes = [Change(number, plus.area, minus.area, shapely.union(plus, minus)) for number, plus, minus in zip(numbers, gained, lost)]
    return sorted((change for change in changes if change.gained_m2 + change.lost_m2 > LEAST_M2), key=lambda change: -change.gained_m2 - change.lost_m2)


def _overlaps(polygons: np.ndarray, numbers: Sequence[int]) -> list[Fault]:
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = [(a, b) for a, b in zip(first.tolist(), second.tolist()) if a < b]
    shared = shapely.intersection([polygons[a] for a, _ in pairs], [polygons[b] for _, b in pairs]) if pairs else []
    found = [Fault("overlap", (numbers[a], numbers[b]), shape.area, _place(shape)) for (a, b), shape in zip(pairs, shared) if shape.area > LEAST_M2]
    return sorted(found, key=lambda fault: -fault.size)


def _gaps(polygons: np.ndarray, numbers: Sequence[int], gap_m: float) -> list[Fault]:
    found = [Fault("gap", tuple(sorted(numbers[i] for i in near)), shape.area, _place(shape)) for shape, near in _slivers(polygons, gap_m)]
    return sorted(found, key=lambda fault: -fault.size)


def _slivers(polygons: np.ndarray, gap_m: float) -> list[tuple[shapely.Geometry, list[int]]]:
    """What lies between neighbours and is at most so wide: what closing by half the width fills; with the indices of the polygons around it."""
    joined = shapely.union_all(polygons)
    closed = shapely.buffer(shapely.buffer(joined, gap_m / 2, join_style="mitre"), -gap_m / 2, join_style="mitre")
    tree, found = shapely.STRtree(polygons), []
    for shape in shapely.get_parts(shapely.difference(closed, joined)):
        near = sorted(tree.query(shape, predicate="dwithin", distance=1e-6).tolist())
        if shape.area > LEAST_M2 and len(near) > 1:
            found.append((shape, near))
    return found


def _mismatches(polygons: np.ndarray, numbers: Sequence[int], whole: np.ndarray, overlaps: list[Fault], gaps: list[Fault]) -> list[Fault]:
    """Edges that their neighbour does not share, of precincts that have no overlap and no gap: those explain them."""
    explained = {number for fault in overlaps + gaps for number in fault.numbers}
    found = []
    for number, edges in zip(numbers, shapely.coverage_invalid_edges(polygons) if len(polygons) else []):
        if edges.is_empty or number in explained:
            continue
        near = sorted(numbers_near(edges, whole, numbers) - {number})
        found.append(Fault("mismatch", (number, *near), edges.length, edges.interpolate(0.5, normalized=True).coords[0]
                           if edges.geom_type == "LineString" else _place(edges)))
    return sorted(found, key=lambda fault: -fault.size)


def numbers_near(shape: shapely.Geometry, polygons: np.ndarray, numbers: Sequence[int]) -> set[int]:
    return {numbers[i] for i in shapely.STRtree(polygons).query(shape, predicate="dwithin", distance=0.01).tolist() if i < len(numbers)}


def _place(shape: shapely.Geometry) -> tuple[float, float]:
    """A point of the shape; of an empty one the origin."""
    point = shapely.point_on_surface(shape)
    return (0.0, 0.0) if point.is_empty else (round(point.x, 3), round(point.y, 3))
