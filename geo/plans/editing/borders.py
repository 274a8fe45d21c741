"""Editing the borders of a draft: moved nodes and redrawn edges, each with the version it was read at, or
a line drawn across a border, in one transaction.

The touched precincts and those around them are locked in the order of their ids, so two editors wait for
each other instead of meeting half-way; versions are checked after that; `geo.plans.editing.save` writes.
Coordinates of a caller are EPSG:4326 (lon, lat); everything is decided in the city's metric CRS on its 1
mm grid.

The studio's commands, by module: here `edit` and `redraw`; `plans.nearest` what could be saved of one that
was refused; `plans.editing.operations` give, split, merge, assign; `plans.editing.precincts` numbers,
kinds, precincts without ground; `plans.stations` stations; `plans.editing.locks` what is agreed;
`plans.editing.proposals` propose, accept; `plans.editing.balance` balance; `plans.undo` undo, redo, steps;
`plans.events` history, replay; `plans.lifecycle` new drafts, the way to publication and back from it;
`plans.holes` lawful holes; `plans.checks`, `plans.compare`, `plans.presence`, `plans.assignments`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import shapely
from annotated_types import MaxLen

from geo.errors import InvalidInput
from geo.plans.editing import obstacles
from geo.plans.editing.draft import LOCK_OUTER_BORDER, Area, Author, Draft
from geo.plans.editing.mesh import Corner, Mesh, MeshEdge, line_of
from geo.plans.editing.save import Edited, Step, save
from geo.ranges import Id, Lat, Lon

MOST_CHANGES = 500
MOST_CORNERS = 10_000
REACH_M = 20.0
"""A drawn line that ends this near a border ends on it."""


@dataclass(frozen=True)
class NodeMove:
    """`point`: lon, lat in EPSG:4326."""

    node: Id
    version: Id
    point: tuple[Lon, Lat]


@dataclass(frozen=True)
class EdgeLine:
    """The corners of an edge between its two nodes, which stay where they are: lon, lat in EPSG:4326, in
    the edge's direction; none = a straight line."""

    edge: Id
    version: Id
    corners: Annotated[tuple[tuple[Lon, Lat], ...], MaxLen(MOST_CORNERS)]


def edit(author: Author, changes: Sequence[NodeMove | EdgeLine], snap: bool = False) -> Edited:
    """Apply `changes`, all or none. `snap`: moved points and corners go to a street's centre line within
    reach.

    A border that would newly cut a house is led around it. Raises `NotFound` (plan, node or edge),
    `Conflict` ("plan.frozen"; "plan.stale" for a version that is not the newest), `InvalidInput`
    ("plan.coverage", "plan.polygon" with the precincts' numbers; "plan.cuts_footprint";
    "plan.buildings_outside": each with the "place" where it fails, lon, lat; "plan.changes" for none, too
    many, or one thing twice).
    """
    draft = Draft.opened(author)
    moves, lines = sorted_changes(changes)
    area = lock_changed(draft, moves, lines)
    check_versions(draft, area.mesh, moves, lines)
    drawn = touched_edges(list(area.mesh.edges.values()), moves, lines)
    before = {edge.id: edge.line for edge in drawn}
    draw(draft, drawn, moves, lines, snap)
    keep_off_houses(draft, area.mesh, drawn, before)
    return save(draft, area, Step("edited", author.who, {"changes": [vars(change) for change in changes]}))


def redraw(
    author: Author, precincts: tuple[int, int], line: Sequence[tuple[float, float]], snap: bool = True
) -> Edited:
    """A line drawn from border to border: what it cuts off one of the two precincts goes to the other, and
    junctions are put in and taken out as that needs.

    Raises as `edit`, and `InvalidInput` ("plan.line_open" where an end of it meets no border,
    "plan.line_idle" when it cuts off nothing that touches the other precinct).
    """
    draft = Draft.opened(author)
    points = draft.metric(checked_line(line))
    drawn = line_of(points)
    area = draft.lock(precincts, [drawn], author.seen)
    if snap:
        drawn = line_of(obstacles.snapped(points, obstacles.streets(draft, drawn), draft.rules().snap_m))
    drawn = obstacles.led_around(draft, drawn)
    for one, other in (precincts, precincts[::-1]):
        hand_over(area.mesh, one, other, drawn)
        area.mesh.dissolve()
    if not area.mesh.changed():
        raise InvalidInput("plan.line_idle")
    return save(
        draft,
        area,
        Step("redrawn", author.who, {"precincts": list(precincts), "line": [list(point) for point in line]}),
    )


def sorted_changes(changes: Sequence[NodeMove | EdgeLine]) -> tuple[dict[int, NodeMove], dict[int, EdgeLine]]:
    moves = {change.node: change for change in changes if isinstance(change, NodeMove)}
    lines = {change.edge: change for change in changes if isinstance(change, EdgeLine)}
    if not 1 <= len(changes) <= MOST_CHANGES or len(moves) + len(lines) < len(changes):
        raise InvalidInput("plan.changes", changes=len(changes), most=MOST_CHANGES)
    return moves, lines


def checked_line(line: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if not 2 <= len(line) <= MOST_CORNERS:
        raise InvalidInput("plan.line_points", points=len(line), most=MOST_CORNERS)
    return line


def lock_changed(draft: Draft, moves: dict[int, NodeMove], lines: dict[int, EdgeLine]) -> Area:
    """Lock the precincts of the edges that change, and all that the new lines come near.

    Which precincts an edge parts is read before the lock, and how it runs again under it: an edge that
    another edit took out meanwhile is a conflict.
    """
    edges = draft.edges(
        "from_node = any(:nodes) or to_node = any(:nodes) or id = any(:lines)",
        nodes=list(moves),
        lines=list(lines),
    )
    check_known(draft, edges, moves, lines)
    if any(edge.left is None or edge.right is None for edge in edges):
        draft.take_turns(LOCK_OUTER_BORDER)
    draw(draft, edges, moves, lines, snap=False)
    area = draft.lock(
        {face for edge in edges for face in (edge.left, edge.right) if face is not None},
        [edge.line for edge in edges],
    )
    check_known(draft, list(area.mesh.edges.values()), moves, lines)
    return area


def check_known(
    draft: Draft, edges: Sequence[MeshEdge], moves: dict[int, NodeMove], lines: dict[int, EdgeLine]
) -> None:
    known = {node for edge in edges for node in (edge.from_node, edge.to_node)}
    for part, missing in (
        ("nodes", sorted(set(moves) - known)),
        ("edges", sorted(set(lines) - {edge.id for edge in edges})),
    ):
        if missing:
            raise draft.removed(part, missing)


def touched_edges(
    edges: Sequence[MeshEdge], moves: dict[int, NodeMove], lines: dict[int, EdgeLine]
) -> list[MeshEdge]:
    return [edge for edge in edges if edge.id in lines or edge.from_node in moves or edge.to_node in moves]


def draw(
    draft: Draft,
    edges: Sequence[MeshEdge],
    moves: dict[int, NodeMove],
    lines: dict[int, EdgeLine],
    snap: bool,
) -> None:
    """Give each edge its new line."""
    moved = dict(zip(moves, draft.metric([move.point for move in moves.values()])))
    corners = {id_: draft.metric(line.corners) for id_, line in lines.items()}
    if snap:
        reach, near = (
            draft.rules().snap_m,
            shapely.MultiPoint([*moved.values(), *(corner for line in corners.values() for corner in line)]),
        )
        streets = obstacles.streets(draft, near.buffer(reach))
        moved = {node: obstacles.snapped([point], streets, reach)[0] for node, point in moved.items()}
        corners = {id_: obstacles.snapped(line, streets, reach) for id_, line in corners.items()}
    for edge in edges:
        line = list(edge.line.coords)
        line[1:-1] = corners.get(edge.id, line[1:-1])
        line[0], line[-1] = moved.get(edge.from_node, line[0]), moved.get(edge.to_node, line[-1])
        edge.line = line_of(line)


def keep_off_houses(
    draft: Draft, mesh: Mesh, edges: Sequence[MeshEdge], before: Mapping[int, shapely.LineString]
) -> None:
    """Lead each edge around the houses that it did not cut before, clear of the other edges."""
    for edge in edges:
        others = shapely.MultiLineString([other.line for other in mesh.edges.values() if other is not edge])
        edge.line = obstacles.led_around(draft, edge.line, before[edge.id], others)


def check_versions(draft: Draft, mesh: Mesh, moves: dict[int, NodeMove], lines: dict[int, EdgeLine]) -> None:
    rows = (
        draft.all(
            "select id, version from node where region = :region and plan_id = :plan and id = "
            "any(:nodes) order by id",
            nodes=list(moves),
        )
        if moves
        else []
    )
    stale = [row.version for row in rows if row.version != moves[row.id].version]
    stale += [
        mesh.edges[id_].version for id_, line in lines.items() if mesh.edges[id_].version != line.version
    ]
    if stale:
        raise draft.stale(max(stale))


def hand_over(mesh: Mesh, one: int, other: int, line: shapely.LineString) -> None:
    """Gives `other` what the line cuts off `one`: each piece but the largest that shares a border with it."""
    inside = inner_lines(mesh.polygon(one), line)
    if not inside:
        return
    mesh.cut(one, inside, REACH_M)
    receiver = mesh.polygon(other)
    largest = max(mesh.pieces(one), key=lambda piece: piece.area)
    mesh.relabel(
        one,
        lambda piece: other if not piece.equals(largest) and piece.intersection(receiver).length > 1 else one,
    )


def inner_lines(polygon: shapely.Geometry, line: shapely.LineString) -> list[list[Corner]]:
    """The stretches of a line inside a polygon, ends on its border. A stretch that runs along the border
    is none."""
    reach = polygon.boundary
    parts = shapely.get_parts(shapely.line_merge(polygon.intersection(line)))
    stretches = [
        part
        for part in parts
        if part.geom_type == "LineString"
        and part.length > 1
        and reach.distance(part.interpolate(0.5, normalized=True)) > 0.01
    ]
    return [[(round(x, 3), round(y, 3)) for x, y in part.coords] for part in stretches]
