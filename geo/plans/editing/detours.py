"""A border led around the houses it would cut: the shorter way along their walls, else the other way, else
closer to the walls. Metric CRS, metres, on the 1 mm grid.

What a detour leaves on the grid (corners that fall together, spikes, loops) is taken out: a line that went
through once comes out as one that neither touches nor crosses itself.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import shapely
from shapely.ops import substring

from geo.crs import GRID_MM
from geo.errors import InvalidInput
from geo.plans.editing.mesh import Corner, on_grid

CLEARANCES_M = (0.5, 0.2, 0.05, 0.01)
"""How far from a wall a border is led around a house: the first that leaves room."""
TOUCH_M = 0.1
"""A border along a wall may run this far inside the drawn outline."""
MOST_TURNS = 4
"""Up to this many walls in the way, all combinations of ways around them are tried; with more, the shorter
way around each."""
GRID_M = 10.0**-GRID_MM
NOTHING = shapely.MultiLineString()


def cut_by(line: shapely.LineString, houses: dict[int, shapely.Geometry]) -> list[int]:
    """Buildings whose outline the line runs through."""
    ids = list(houses)
    lengths = (
        shapely.length(shapely.intersection(np.array([houses[id_] for id_ in ids], dtype=object), line))
        if ids
        else []
    )
    return [id_ for id_, length in zip(ids, lengths) if length > TOUCH_M]


def led_around(
    line: shapely.LineString,
    houses: dict[int, shapely.Geometry],
    but: Sequence[int] = (),
    others: shapely.Geometry = NOTHING,
) -> shapely.LineString:
    """The line around the houses it cuts, but for those in `but`, meeting `others` nowhere but where it
    met them.

    Raises `InvalidInput` ("plan.cuts_footprint" with the ids of the houses and a "place" (x, y) in one of
    them) where there is no such way, as when it ends inside one.
    """
    in_the_way = {id_: shape for id_, shape in houses.items() if id_ not in but}
    cut = cut_by(line, in_the_way)
    if not cut:
        return line
    for way in ways(line, in_the_way):
        if not cut_by(way, in_the_way) and not meets(way, others, line):
            return way
    point_ = shapely.intersection(in_the_way[cut[0]], line).representative_point()
    raise InvalidInput("plan.cuts_footprint", houses=cut, place=(point_.x, point_.y))


def ways(line: shapely.LineString, houses: dict[int, shapely.Geometry]) -> Iterator[shapely.LineString]:
    """Lines around the houses, the best first."""
    for clearance in CLEARANCES_M:
        walls = shapely.get_parts(
            shapely.union_all(shapely.buffer(list(houses.values()), clearance, join_style="mitre"))
        )
        met = [shapely.Polygon(wall.exterior) for wall in walls[shapely.intersects(walls, line)]]
        for longer in (
            product((False, True), repeat=len(met)) if len(met) <= MOST_TURNS else [(False,) * len(met)]
        ):
            way = line
            for wall, other_way in zip(met, longer):
                way = around(way, wall, other_way)
            found = simplest(way)
            if found is not None:
                yield found


def around(line: shapely.LineString, wall: shapely.Polygon, other_way: bool = False) -> shapely.LineString:
    """The line with what runs through a wall replaced by the shorter way along it, or by the other;
    unchanged where it only touches, or ends inside."""
    inside = shapely.get_coordinates(line.intersection(wall))
    measures = [line.project(shapely.Point(point)) for point in inside]
    if not measures or min(measures) <= 0 or max(measures) >= line.length:
        return line
    ring, enter, leave = (
        wall.exterior,
        *(wall.exterior.project(line.interpolate(point_)) for point_ in (min(measures), max(measures))),
    )
    straight = substring(ring, enter, leave)
    ends = (ring.length, 0) if enter > leave else (0, ring.length)
    over = shapely.LineString(
        [*substring(ring, enter, ends[0]).coords, *substring(ring, ends[1], leave).coords]
    )
    way = straight if (straight.length <= over.length) != other_way else over
    return shapely.LineString(
        [
            *substring(line, 0, min(measures)).coords,
            *way.coords,
            *substring(line, max(measures), line.length).coords,
        ]
    )


def simplest(line: shapely.LineString) -> shapely.LineString | None:
    """The shortest way from the first corner to the last over what a line draws, on the grid: without
    doubled corners, spikes and loops. A ring stays as it is but for its doubles; none where nothing is
    left."""
    corners = on_grid(line.coords)
    if len(corners) < 2 or corners[0] == corners[-1]:
        return shapely.LineString(corners) if len(corners) > 3 else None
    kept = shapely.LineString(corners)
    if kept.is_simple:
        return kept
    beside: dict[Corner, dict[Corner, float]] = defaultdict(dict)
    for part in shapely.get_parts(shapely.union_all([kept], grid_size=GRID_M)):
        drawn = on_grid(part.coords)
        for a, b in zip(drawn, drawn[1:]):
            beside[a][b] = beside[b][a] = float(np.hypot(a[0] - b[0], a[1] - b[1]))
    return shortest(beside, corners[0], corners[-1])


def shortest(
    beside: dict[Corner, dict[Corner, float]], start: Corner, end: Corner
) -> shapely.LineString | None:
    """Dijkstra's."""
    before: dict[Corner, Corner | None] = {}
    waiting: list[tuple[float, Corner, Corner | None]] = [(0.0, start, None)]
    while waiting:
        far, corner, came_from = heapq.heappop(waiting)
        if corner in before:
            continue
        before[corner] = came_from
        if corner == end:
            break
        for other, length in beside[corner].items():
            heapq.heappush(waiting, (far + length, other, corner))
    if end not in before:
        return None
    found: list[Corner] = []
    step: Corner | None = end
    while step is not None:
        found.append(step)
        step = before[step]
    return shapely.LineString(found[::-1])


def meets(way: shapely.LineString, others: shapely.Geometry, line: shapely.LineString) -> bool:
    """Whether a way touches other lines anywhere but at its ends and where `line` did."""
    touched = way.intersection(others)
    return not shapely.is_empty(
        touched.difference(
            shapely.buffer(shapely.union_all([line.boundary, line.intersection(others)]), 2 * GRID_M)
        )
    )
