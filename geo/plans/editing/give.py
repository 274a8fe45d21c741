"""Giving houses to a precinct: the border of those that lose them is drawn again between the houses, along
streets.

Houses that stay stay; ground without houses goes with what it lies between; where the given houses are cut
off from their new precinct, empty ground joins them to it if it can.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.addresses.buildings import addresses
from geo.crs import to_metric
from geo.errors import InvalidInput
from geo.plans.editing import obstacles
from geo.plans.editing.cells import Cells, VotingHouse, border_lines, cells_of, houses_in, parts_of
from geo.plans.editing.detours import cut_by
from geo.plans.editing.draft import Draft
from geo.plans.editing.mesh import Mesh

REACH_M = 3.0
SMOOTH_M = (4.0, 1.0, 0.0)
"""How far a drawn border may leave the exact middle between houses to be simple: the first that cuts no
house."""


def donors(draft: Draft, buildings: Collection[int], to: int) -> tuple[dict[int, list[int]], list[int]]:
    """Precincts by where the tags are: {precinct: its houses of `buildings`}, without `to`; and all
    precincts the houses are assigned to.

    Raises `InvalidInput` ("plan.unknown_building") for one that does not exist, has no tag, or lies
    outside every precinct.
    """
    rows = draft.all(
        """select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, a.precinct_id from building b
        left join assignment a on a.region = :region and a.plan_id = :plan and a.building_id = b.id
        where b.region = :region and b.id = any(:ids) and b.point_4326 is not null order by b.id""",
        ids=list(buildings),
    )
    points = to_metric(
        draft.city.metric_srid, np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
    )
    held = draft.all(
        """select t.building, min(p.number) as number, (array_agg(p.id order by p.number))[1] as id
        from unnest(cast(:buildings as bigint[]), cast(:xs as float8[]), cast(:ys as float8[])) t (building,
            x, y)
        join precinct p on p.region = :region and p.plan_id = :plan and st_covers(p.geom, st_makepoint(t.x,
            t.y)) group by 1""",
        buildings=[row.id for row in rows],
        xs=points[:, 0].tolist(),
        ys=points[:, 1].tolist(),
    )
    missing = set(buildings) - {row.building for row in held}
    if missing or not buildings:
        raise InvalidInput(
            "plan.unknown_building", buildings=addresses(draft.connection, draft.city.region, sorted(missing))
        )
    found: dict[int, list[int]] = {}
    for row in held:
        if row.id != to:
            found.setdefault(row.id, []).append(row.building)
    return found, sorted({row.precinct_id for row in rows if row.precinct_id is not None})


@dataclass(frozen=True)
class Land:
    """What lies on a precinct: houses with their tag in it, whoever they are assigned to, and the centre
    lines of its streets."""

    houses: list[VotingHouse]
    streets: np.ndarray

    @classmethod
    def read(cls, draft: Draft, polygon: shapely.Geometry) -> Land:
        return cls(houses_in(draft, polygon), obstacles.streets(draft, polygon))


def give_area(
    draft: Draft, mesh: Mesh, donor: int, buildings: Collection[int], to: int, land: Land | None = None
) -> list[shapely.LineString]:
    """Move the ground of some houses of `donor` to `to` (an id that need not exist yet), on the mesh.
    Returns the lines of the new border.

    Raises `InvalidInput` ("plan.no_border" where no line can part the houses, "plan.gives_all" where none
    would be left: that is a merger).
    """
    polygon = mesh.polygon(donor)
    land = land or Land.read(draft, polygon)
    houses = [house for house in land.houses if house.precinct in (donor, None) or house.id in buildings]
    given = np.array([house.id in buildings for house in houses])
    if given.all():
        raise InvalidInput("plan.gives_all", precincts=str(draft.precincts([donor])[donor].number))
    cells = cells_of(polygon, land.streets, houses, lambda own: 0 < given[own].sum() < len(own))
    chosen = chosen_cells(cells, given, mesh, to)
    raw = border_lines(chosen, cells)
    given_area = shapely.coverage_union_all(cells.polygons[chosen])
    outlines = {house.id: house.outline for house in land.houses if house.outline is not None}
    cut_anyway = {id_ for line in raw for id_ in cut_by(line, outlines)}
    for smooth in SMOOTH_M:
        lines = [shapely.simplify(line, smooth) if not line.is_ring else line for line in raw]
        attempt = mesh.copy()
        if {id_ for line in lines for id_ in cut_by(line, outlines)} <= cut_anyway and parted(
            attempt, donor, to, lines, given_area, houses, given
        ):
            mesh.edges, mesh.fresh = attempt.edges, attempt.fresh
            return lines
    raise InvalidInput(
        "plan.no_border",
        houses=addresses(
            draft.connection, draft.city.region, [house.id for house, yes in zip(houses, given) if yes]
        ),
    )


def parted(
    mesh: Mesh,
    donor: int,
    to: int,
    lines: Sequence[shapely.LineString],
    given_area: shapely.Geometry,
    houses: Sequence[VotingHouse],
    given: np.ndarray,
) -> bool:
    """Draw the lines and give the pieces on `ground` to `to`; false where a house ends up on the wrong
    side, or the lines do not part the precinct."""
    shapely.prepare(given_area)
    try:
        mesh.cut(donor, [[(round(x, 3), round(y, 3)) for x, y in line.coords] for line in lines], REACH_M)
        pieces = mesh.pieces(donor)
        goes = [piece.intersection(given_area).area > piece.area / 2 for piece in pieces]
        owners = {piece.wkb: to if yes else donor for piece, yes in zip(pieces, goes)}
        mesh.relabel(donor, lambda piece: owners[piece.wkb])
    except InvalidInput:
        return False
    gone = shapely.union_all([piece for piece, yes in zip(pieces, goes) if yes])
    kept = shapely.union_all([piece for piece, yes in zip(pieces, goes) if not yes])
    points = np.array([house.point for house in houses], dtype=object)
    return bool(shapely.covers(gone, points[given]).all() and shapely.covers(kept, points[~given]).all())


def chosen_cells(cells: Cells, given: np.ndarray, mesh: Mesh, to: int) -> np.ndarray:
    """The cells that go: those of given houses, empty ones that join them to their new precinct, and empty
    ones that would be left behind on their own."""
    takes = np.array([any(given[i] for i in own) for own in cells.houses])
    empty = np.array([not own for own in cells.houses])
    chosen = takes[cells.group]
    if any(to in (edge.left, edge.right) for edge in mesh.edges.values()):
        chosen |= joining(cells, chosen, empty[cells.group], touching(cells, mesh.polygon(to)))
    rest = parts_of(~chosen, cells)
    inhabited = [part for part in rest if not all(empty[cells.group[cell]] for cell in part)]
    kept = inhabited or rest[:1]
    for part in rest:
        if part not in kept:
            chosen[sorted(part)] = True
    return chosen


def touching(cells: Cells, other: shapely.Geometry) -> np.ndarray:
    """Cells with a border along another precinct."""
    near = shapely.dwithin(cells.polygons, other, 0.01)
    near[near] = (
        shapely.length(
            shapely.intersection(shapely.boundary(cells.polygons[near]), shapely.buffer(other, 0.01))
        )
        > 1
    )
    return near


def joining(cells: Cells, chosen: np.ndarray, empty: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Empty cells on the shortest way from each part of the chosen ones that does not touch `goal` to one
    that does."""
    beside: dict[int, set[int]] = {}
    for left, right, _, _ in cells.borders():
        beside.setdefault(left, set()).add(right)
        beside.setdefault(right, set()).add(left)
    added = np.zeros(len(chosen), dtype=bool)
    for part in parts_of(chosen, cells):
        if not any(goal[cell] for cell in part):
            added[way(part, beside, chosen, empty, goal)] = True
    return added


def way(
    start: Iterable[int], beside: dict[int, set[int]], chosen: np.ndarray, empty: np.ndarray, goal: np.ndarray
) -> list[int]:
    before: dict[int, int | None] = dict.fromkeys(start)
    queue = deque(before)
    while queue:
        cell = queue.popleft()
        if goal[cell]:
            found: list[int] = []
            step: int | None = cell
            while step is not None:
                found.append(step)
                step = before[step]
            return found
        for other in beside.get(cell, ()):
            if other not in before and (empty[other] or chosen[other]):
                before[other] = cell
                queue.append(other)
    return []
