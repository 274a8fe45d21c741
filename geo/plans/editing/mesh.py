"""The edges around some precincts as a planar map in memory: nodes are moved, lines cut a face into
pieces, pieces change hands, borders that part nothing any more are taken out and junctions that join
nothing dissolved. Metric CRS on the 1 mm grid; the database is not seen from here.

A new node or edge has a negative id until it is saved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.crs import GRID_MM
from geo.errors import InvalidInput
from geo.plans.editing import topology

Corner = tuple[float, float]
NEAREST_FIRST = 1e-7
"""Metres off the line that are worth a metre along it: where the line runs along the grid, the place
itself is taken."""
NEAR_M = 1.0
"""A corner of the border this near to where a line meets it is taken for the junction; else a new corner
is put on the border within this reach."""


@dataclass
class MeshEdge:
    """`left`, `right`: precincts on either side in the edge's direction, none = outside the plan."""

    id: int
    from_node: int
    to_node: int
    left: int | None
    right: int | None
    version: int
    line: shapely.LineString

    def row(self) -> tuple[int, int, int | None, int | None, tuple[Corner, ...]]:
        """The columns of the edge: its nodes, its sides, its corners."""
        return self.from_node, self.to_node, self.left, self.right, tuple(self.line.coords)

    def turned(self) -> MeshEdge:
        return MeshEdge(
            self.id, self.to_node, self.from_node, self.right, self.left, self.version, self.line.reverse()
        )


class Mesh:
    """`anchored`: nodes where an edge that is not in the mesh ends; they stay."""

    def __init__(self, edges: Iterable[MeshEdge], anchored: Iterable[int]) -> None:
        self.edges = {edge.id: edge for edge in edges}
        self.anchored = set(anchored)
        self.before = {edge.id: edge.row() for edge in self.edges.values()}
        self.fresh = 0

    def copy(self) -> Mesh:
        twin = Mesh((replace(edge) for edge in self.edges.values()), self.anchored)
        twin.before, twin.fresh = self.before, self.fresh
        return twin

    def new_id(self) -> int:
        self.fresh -= 1
        return self.fresh

    def around(self, face: int) -> list[MeshEdge]:
        return [edge for edge in self.edges.values() if face in (edge.left, edge.right)]

    def changed(self) -> dict[int, tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
        """Edges whose row differs: id -> (before, after); none where the edge did not or does not exist."""
        after = {edge.id: edge.row() for edge in self.edges.values()}
        return {
            id_: (self.before.get(id_), after.get(id_))
            for id_ in self.before.keys() | after.keys()
            if self.before.get(id_) != after.get(id_)
        }

    def changed_nodes(self) -> dict[int, tuple[Corner | None, Corner | None]]:
        before, after = (
            corners_of(self.before.values()),
            corners_of(edge.row() for edge in self.edges.values()),
        )
        return {
            id_: (before.get(id_), after.get(id_))
            for id_ in before.keys() | after.keys()
            if before.get(id_) != after.get(id_)
        }

    def polygon(self, face: int, number: int | None = None) -> shapely.Polygon | shapely.MultiPolygon:
        """A precinct from its edges. Raises `InvalidInput` ("plan.polygon", with the number that people
        know it by) when they form none."""
        parts = self.pieces(face, number)
        return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)

    def pieces(self, face: int, number: int | None = None) -> list[shapely.Polygon]:
        """The polygons of a face: the rings formed by its edges that have the face on their left.

        Raises `InvalidInput` ("plan.polygon") where an edge is left over: a part drawn inside out, say,
        whose ground its neighbour would swallow.
        """
        own = self.around(face)
        left_of = {segment for edge in own for segment in segments_with(edge, face)}
        rings, cuts, dangles, invalid = shapely.polygonize_full([edge.line for edge in own])
        parts = [
            part
            for part in shapely.get_parts(shapely.orient_polygons(rings))
            if tuple(part.exterior.coords[:2]) in left_of
        ]
        whole = all(shapely.is_empty(rest) for rest in (cuts, dangles, invalid))
        if not parts or not whole or topology.sides_of_segments(np.array(parts)).keys() != left_of:
            raise (
                InvalidInput("plan.polygon", precincts=str(number))
                if number
                else InvalidInput("plan.polygon_drawn")
            )
        return parts

    def attach(self, face: int, point: Corner, reach_m: float) -> tuple[int, Corner]:
        """The node on the border of a face nearest to a point, put in where there is none. Raises
        `InvalidInput` ("plan.line_open") where the border is farther."""
        own, at = self.around(face), shapely.Point(point)
        distances = shapely.distance([edge.line for edge in own], at)
        if not own or distances.min() > reach_m:
            raise InvalidInput("plan.line_open")
        edge = own[int(distances.argmin())]
        corners = list(edge.line.coords)
        index = corner_at(corners, edge.line.project(at))
        edge.line = shapely.LineString(corners)
        return self.split(edge, index), corners[index]

    def split(self, edge: MeshEdge, index: int) -> int:
        """The node at a corner of an edge; in its middle a new one, and the edge becomes two."""
        corners = list(edge.line.coords)
        if index in (0, len(corners) - 1):
            return edge.from_node if index == 0 else edge.to_node
        node, rest = self.new_id(), self.new_id()
        self.edges[rest] = MeshEdge(
            rest, node, edge.to_node, edge.left, edge.right, 0, shapely.LineString(corners[index:])
        )
        edge.to_node, edge.line = node, shapely.LineString(corners[: index + 1])
        return node

    def cut(self, face: int, lines: Sequence[Sequence[Corner]], reach_m: float) -> None:
        """Draw lines through a face: each from border to border, to the end of another, or a ring. They
        must not cross."""
        ends = Counter(corner for line in lines for corner in (line[0], line[-1]))
        inside: dict[Corner, int] = {}
        for line in lines:
            corners, nodes = list(line), []
            for which_end in (0, -1):
                corner = corners[which_end]
                if ends[corner] > 1 and corner not in inside and not self.on_border(face, corner):
                    inside[corner] = self.new_id()
                node, corners[which_end] = (
                    (inside[corner], corner) if corner in inside else self.attach(face, corner, reach_m)
                )
                nodes.append(node)
            added = self.new_id()
            self.edges[added] = MeshEdge(added, nodes[0], nodes[1], face, face, 0, line_of(corners))

    def on_border(self, face: int, corner: Corner) -> bool:
        return any(
            edge.line.distance(shapely.Point(corner)) <= 2 * 10**-GRID_MM
            for edge in self.around(face)
            if edge.left != edge.right
        )

    def relabel(self, face: int, owner: Callable[[shapely.Polygon], int]) -> None:
        """Give each piece of a face to the precinct that `owner` names (itself, to stay)."""
        pieces = np.array(self.pieces(face))
        owners = [owner(piece) for piece in pieces]
        side = topology.sides_of_segments(pieces)
        for edge in self.around(face):
            first, second = edge.line.coords[0], edge.line.coords[1]
            sides = [
                owners[side[segment]] if now == face else now
                for now, segment in ((edge.left, (first, second)), (edge.right, (second, first)))
            ]
            edge.left, edge.right = sides

    def dissolve(self) -> None:
        """Take out borders with one precinct on both sides, then the junctions where only two edges are
        left."""
        for edge in [edge for edge in self.edges.values() if edge.left == edge.right]:
            del self.edges[edge.id]
        degree = Counter(node for edge in self.edges.values() for node in (edge.from_node, edge.to_node))
        for node in [node for node, ends in degree.items() if ends == 2 and node not in self.anchored]:
            meeting = [edge for edge in self.edges.values() if node in (edge.from_node, edge.to_node)]
            if len(meeting) == 2:
                self.join(node, *sorted(meeting, key=lambda edge: (edge.id < 0, -edge.line.length)))

    def join(self, node: int, kept: MeshEdge, other: MeshEdge) -> None:
        """Two edges that meet at a node become one, under the id and in the direction of the first."""
        if kept.to_node == node:
            second = other if other.from_node == node else other.turned()
            kept.line, kept.to_node = (
                shapely.LineString([*kept.line.coords, *second.line.coords[1:]]),
                second.to_node,
            )
        else:
            second = other if other.to_node == node else other.turned()
            kept.line, kept.from_node = (
                shapely.LineString([*second.line.coords, *kept.line.coords[1:]]),
                second.from_node,
            )
        del self.edges[other.id]

    def fault_corner(self) -> Corner | None:
        """Where lines of changed edges cross or touch what they do not end at; in the middle of one where
        they do not; none where nothing changed."""
        changed = [self.edges[id_].line for id_ in self.changed() if id_ in self.edges]
        if not changed:
            return None
        near = shapely.union_all(changed).envelope
        around = [edge for edge in self.edges.values() if edge.line.intersects(near)]
        ends = Counter(corner for edge in around for corner in (edge.line.coords[0], edge.line.coords[-1]))
        meeting: Counter[Corner] = Counter()
        for part in shapely.get_parts(shapely.union_all([edge.line for edge in around])):
            corners = list(part.coords)
            meeting.update(corners[:-1])
            meeting.update(corners[1:])
        wrong = [corner for corner, times in meeting.items() if times != ends.get(corner, 2)]
        reach = shapely.union_all(changed)
        return (
            min(wrong, key=lambda corner: (reach.distance(shapely.Point(corner)), corner))
            if wrong
            else changed[0].interpolate(0.5, normalized=True).coords[0]
        )

    def put(self, rows: dict[int, tuple[Any, ...] | None]) -> None:
        """Edges as they shall be: id -> row, none = gone."""
        for id_, row in rows.items():
            if row is None:
                self.edges.pop(id_, None)
            else:
                from_node, to_node, left, right, corners = row
                line = shapely.LineString(corners)
                self.edges[id_] = MeshEdge(id_, from_node, to_node, left, right, 0, line)


def segments_with(edge: MeshEdge, face: int) -> list[tuple[Corner, Corner]]:
    """The edge's segments in the direction that has the face on their left."""
    corners = list(edge.line.coords)
    segments: list[tuple[Corner, Corner]] = []
    if edge.left == face:
        segments += zip(corners, corners[1:])
    if edge.right == face:
        segments += zip(corners[:0:-1], corners[-2::-1])
    return segments


def corners_of(rows: Iterable[tuple[Any, ...]]) -> dict[int, Corner]:
    return {node: corner for row in rows for node, corner in ((row[0], row[4][0]), (row[1], row[4][-1]))}


def on_grid(corners: Sequence[Corner]) -> list[Corner]:
    """Corners rounded to the grid; of those that then fall together, one."""
    rounded = [(round(x, GRID_MM), round(y, GRID_MM)) for x, y in corners]
    return [corner for corner, before in zip(rounded, [None, *rounded]) if corner != before]


def line_of(corners: Sequence[Corner]) -> shapely.LineString:
    """The line through the corners, on the grid. Raises `InvalidInput` ("plan.line_open") when nothing of a
    line is left."""
    kept = on_grid(corners)
    if len(kept) < 2:
        raise InvalidInput("plan.line_open")
    return shapely.LineString(kept)


def corner_at(corners: list[Corner], along_m: float) -> int:
    """The index of the corner nearest to a place along a line; where none is within `NEAR_M` a new one is
    put into `corners`."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(np.array(corners), axis=0).T))])
    nearest = int(np.abs(lengths - along_m).argmin())
    if abs(lengths[nearest] - along_m) <= NEAR_M:
        return nearest
    segment = int(np.searchsorted(lengths, along_m)) - 1
    corners.insert(segment + 1, point_on(corners[segment], corners[segment + 1], along_m - lengths[segment]))
    return segment + 1


def point_on(start: Corner, end: Corner, along_m: float) -> Corner:
    """The point of the grid nearest to the segment, at most `NEAR_M` along it from the place asked for.

    Of the two thousand rows of the grid that a segment crosses there, it passes one within a thousandth of
    its cell: so the border stays straight, and the areas on both sides the same to a square centimetre.
    """
    (x0, y0), (x1, y1) = start, end
    steep = abs(y1 - y0) > abs(x1 - x0)
    a0, b0, a1, b1 = (y0, x0, y1, x1) if steep else (x0, y0, x1, y1)
    slope, half = (b1 - b0) / (a1 - a0), NEAR_M * abs(a1 - a0) / np.hypot(x1 - x0, y1 - y0)
    middle = a0 + (a1 - a0) * along_m / np.hypot(x1 - x0, y1 - y0)
    a = np.round(np.arange(middle - half, middle + half, 10**-GRID_MM), GRID_MM)
    b = b0 + (a - a0) * slope
    best = int((np.abs(b - np.round(b, GRID_MM)) + NEAREST_FIRST * np.abs(a - middle)).argmin())
    found = float(a[best]), float(np.round(b[best], GRID_MM))
    return found[::-1] if steep else found
