"""Precincts at hand as a plan in the making: the ground of each as a graph of blocks, and the cuts that it
allows. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.errors import InvalidInput
from geo.plans.editing import obstacles
from geo.plans.editing.cells import Cells, cells_of, houses_in
from geo.plans.editing.draft import Draft
from geo.plans.editing.give import Land, give_area
from geo.plans.editing.mesh import Mesh
from geo.plans.editing.partition import Atoms

LARGE_BLOCK = 0.1
"""A block with more than this share of the target is taken house by house."""
ON_BARRIER_M = 1.0
TRIES = 6
"""How many cuts are drawn before a proposal is given up: a drawn border may fail where the arithmetic did
not."""


@dataclass
class Site:
    """The precincts at hand, as a plan in the making: `voters` and `district` by id, `numbers` of those
    that exist, the mesh, and who would own which house (where it changed)."""

    draft: Draft
    mesh: Mesh
    voters: dict[int, int]
    district: dict[int, int | None]
    numbers: dict[int, int]
    owner: dict[int, int]

    @classmethod
    def read(cls, draft: Draft, mesh: Mesh) -> Site:
        faces = {face for edge in mesh.edges.values() for face in (edge.left, edge.right) if face is not None}
        rows = draft.all(
            "select id, number, voters, district_id from precinct where region = :region and "
            "plan_id = :plan and id = any(:ids)",
            ids=sorted(faces),
        )
        return cls(
            draft,
            mesh,
            {row.id: row.voters for row in rows},
            {row.id: row.district_id for row in rows},
            {row.id: row.number for row in rows},
            {},
        )

    def land(self, polygon: shapely.Geometry) -> Land:
        houses = [
            replace(house, precinct=self.owner.get(house.id, house.precinct))
            for house in houses_in(self.draft, polygon)
        ]
        return Land(houses, obstacles.streets(self.draft, polygon))


def near(draft: Draft, precincts: Sequence[int]) -> list[int]:
    """Precincts and those that share a border with one of them."""
    edges = draft.edges("left_precinct = any(:faces) or right_precinct = any(:faces)", faces=list(precincts))
    return sorted({face for edge in edges for face in (edge.left, edge.right) if face is not None})


def atoms_of(site: Site, precinct: int) -> tuple[Land, Atoms, list[list[int]]]:
    """The ground of a precinct as a graph; with the ids of the houses of each atom that vote in it."""
    polygon = site.mesh.polygon(precinct)
    land = site.land(polygon)
    barriers = obstacles.barriers(site.draft, polygon)
    rivers = barriers[shapely.get_dimensions(barriers) == 2] if len(barriers) else barriers
    own = [house for house in land.houses if house.precinct == precinct]
    large = LARGE_BLOCK * site.draft.rules().target
    lines = np.concatenate([land.streets, shapely.boundary(rivers)])
    cells = cells_of(polygon, lines, own, lambda members: sum(own[i].voters for i in members) > large)
    weight = [sum(own[i].voters for i in members) for members in cells.houses]
    houses = [[own[i].id for i in members] for members in cells.houses]
    inhabited = sum(1 << atom for atom, ids in enumerate(houses) if ids)
    return (
        land,
        Atoms(weight, beside(cells, barriers, rivers), touches(site, precinct, cells, barriers), inhabited),
        houses,
    )


def beside(
    cells: Cells, barriers: np.ndarray, rivers: np.ndarray
) -> dict[tuple[int, int], tuple[float, bool]]:
    """Common borders of groups of cells; a barrier where most of it runs along a main road, or one side is
    water."""
    borders = [
        (left, right, a, b)
        for left, right, a, b in cells.borders()
        if cells.group[left] != cells.group[right]
    ]
    if not borders:
        return {}
    ends = np.array([(a, b) for _, _, a, b in borders])
    lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    along = on_barrier(ends.mean(axis=1), barriers)
    wet = (
        shapely.intersects(shapely.union_all(rivers), shapely.point_on_surface(cells.polygons))
        if len(rivers)
        else np.zeros(len(cells.polygons), dtype=bool)
    )
    sums: dict[tuple[int, int], list[float]] = {}
    for (left, right, _, _), length, barrier in zip(borders, lengths, along):
        one, two = sorted((int(cells.group[left]), int(cells.group[right])))
        pair = sums.setdefault((one, two), [0.0, 0.0])
        pair[0] += length
        pair[1] += length * (barrier or wet[left] or wet[right])
    return {pair: (length, of_it > length / 2) for pair, (length, of_it) in sums.items()}


def on_barrier(points: np.ndarray, barriers: np.ndarray) -> np.ndarray:
    roads = barriers[shapely.get_dimensions(barriers) == 1] if len(barriers) else barriers
    return (
        shapely.dwithin(shapely.points(points), shapely.union_all(roads), ON_BARRIER_M)
        if len(roads)
        else np.zeros(len(points), dtype=bool)
    )


def touches(site: Site, precinct: int, cells: Cells, barriers: np.ndarray) -> dict[int, int]:
    """Neighbour -> mask of the groups along its border, but for borders on a main road."""
    out: dict[int, int] = {}
    outlines = shapely.boundary(cells.polygons)
    for edge in site.mesh.around(precinct):
        other = edge.right if edge.left == precinct else edge.left
        if (
            other is None
            or on_barrier(np.array([edge.line.interpolate(0.5, normalized=True).coords[0]]), barriers)[0]
        ):
            continue
        close = np.flatnonzero(shapely.dwithin(outlines, edge.line, 0.01))
        shared = shapely.length(shapely.intersection(outlines[close], edge.line.buffer(0.01))) > 5
        for cell in close[shared]:
            out[other] = out.get(other, 0) | 1 << int(cells.group[cell])
    return out


def base_of(site: Site, precinct: int, atoms: Atoms) -> int:
    """Voters of houses that stand elsewhere and vote here by hand: they stay."""
    return site.voters[precinct] - sum(atoms.weight)


def rooms(site: Site, precinct: int) -> dict[int, int]:
    """How many voters each neighbour of the same district may take."""
    target = site.draft.rules().target
    return {
        other: target - voters
        for other, voters in site.voters.items()
        if site.district[other] == site.district[precinct]
    }


def houses_of(bits: int, houses: Sequence[Sequence[int]]) -> list[int]:
    return sorted(id_ for atom, ids in enumerate(houses) if bits >> atom & 1 for id_ in ids)


@dataclass(frozen=True)
class Cut:
    """A mesh after a cut, the lines that were drawn (metric CRS), and both parts by precinct."""

    mesh: Mesh
    lines: list[shapely.LineString]
    shapes: dict[int, shapely.Geometry]


def cut_off(site: Site, precinct: int, land: Land, given: Sequence[int], to: int) -> Cut | None:
    """The plan after `given`, houses of a precinct, have gone to another; the site stays as it is. None where
    the border cannot be drawn, or a part would not hang together."""
    mesh = site.mesh.copy()
    try:
        lines = give_area(site.draft, mesh, precinct, set(given), to, land)
        mesh.dissolve()
        shapes = {face: mesh.polygon(face) for face in (precinct, to)}
    except InvalidInput:
        return None
    whole = all(shape.geom_type == "Polygon" for shape in shapes.values())
    return Cut(mesh, lines, shapes) if whole else None
