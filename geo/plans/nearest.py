"""The nearest line to one that was refused: as far from where the border is towards where it was drawn as it
can be saved. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.crs import shapes_to_lon_lat
from geo.errors import InvalidInput
from geo.plans.editing.borders import EdgeLine, NodeMove, check_known, edit
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.mesh import MeshEdge

STEPS = 6
"""Halvings of the way to the drawn line: down to a 64th of it."""


@dataclass(frozen=True)
class Nearest:
    """`change`: to be asked of `geo.plans.editing.borders.edit`; `lines`: how its edges would then run,
    lon, lat."""

    change: NodeMove | EdgeLine
    lines: tuple[tuple[tuple[float, float], ...], ...]


def nearest(author: Author, change: NodeMove | EdgeLine) -> Nearest:
    """Raises as `geo.plans.editing.borders.edit` for what is no drawing (a plan that is frozen, an old
    version), and
    `InvalidInput` ("plan.nothing_nearer")."""
    draft = Draft.opened(author)
    edges = edges_of(draft, change)
    drawn = draft.metric([change.point] if isinstance(change, NodeMove) else change.corners)
    start = starting(edges, change, drawn)
    found, least, most = None, 0.0, 1.0
    for _ in range(STEPS):
        middle = (least + most) / 2
        tried = tried_at(author, change, placed(draft, start, drawn, middle))
        found, least, most = (tried, middle, most) if tried else (found, least, middle)
    if found is None:
        raise InvalidInput("plan.nothing_nearer")
    return found


def edges_of(draft: Draft, change: NodeMove | EdgeLine) -> list[MeshEdge]:
    """The edges that the change draws anew."""
    moves = {change.node: change} if isinstance(change, NodeMove) else {}
    lines = {change.edge: change} if isinstance(change, EdgeLine) else {}
    edges = draft.edges(
        "from_node = any(:nodes) or to_node = any(:nodes) or id = any(:lines)",
        nodes=list(moves),
        lines=list(lines),
    )
    check_known(draft, edges, moves, lines)
    return edges


def starting(edges: list[MeshEdge], change: NodeMove | EdgeLine, drawn: list[Any]) -> np.ndarray:
    """Where each drawn corner comes from: the node's place, or the point of the border as it is that lies as
    far along it."""
    line = edges[0].line
    if isinstance(change, NodeMove):
        return np.array([line.coords[0 if edges[0].from_node == change.node else -1]])
    walked = np.cumsum(np.hypot(*np.diff([line.coords[0], *drawn, line.coords[-1]], axis=0).T))
    return shapely.get_coordinates(
        shapely.line_interpolate_point(line, walked[:-1] / walked[-1], normalized=True)
    )


def placed(draft: Draft, start: np.ndarray, drawn: list[Any], share: float) -> list[tuple[float, float]]:
    if not len(drawn):
        return []
    points = shapely.points(start + share * (np.asarray(drawn) - start))
    return lon_lat(draft, points)


def lon_lat(draft: Draft, shapes: np.ndarray) -> list[tuple[float, float]]:
    shapes = shapes_to_lon_lat(draft.city.metric_srid, np.atleast_1d(shapes))
    return [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(shapes)]


def tried_at(
    author: Author, wanted: NodeMove | EdgeLine, points: list[tuple[float, float]]
) -> Nearest | None:
    """Saved, read and taken back; none where it cannot be saved."""
    change = (
        replace(wanted, point=points[0])
        if isinstance(wanted, NodeMove)
        else replace(wanted, corners=tuple(points))
    )
    attempt = author.connection.begin_nested()
    try:
        edit(author, [change])
        draft = Draft(author.connection, author.city, author.plan)
        return Nearest(change, tuple(tuple(lon_lat(draft, edge.line)) for edge in edges_of(draft, wanted)))
    except InvalidInput:
        return None
    finally:
        attempt.rollback()
