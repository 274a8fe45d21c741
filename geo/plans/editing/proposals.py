"""Proposals for an overfull precinct, and for a whole district: contiguous, under the planning target, the
fewest voters moved, main roads and rivers not crossed.

A proposal is a list of gives; its border is drawn by the same hand as `plan_operations.give`, so what is
shown is what accepting it makes. Nothing is written before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.crs import shapes_to_lon_lat
from geo.errors import InvalidInput, NotFound
from geo.plans.editing import obstacles
from geo.plans.editing.cells import Cells, cells_of, houses_in
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.give import Land, give_area
from geo.plans.editing.mesh import Mesh
from geo.plans.editing.operations import NEW, give_all
from geo.plans.editing.partition import Atoms, Option, carve, options
from geo.plans.editing.save import Edited
from geo.settings import City

LARGE_BLOCK = 0.1
"""A block with more than this share of the target is taken house by house."""
ON_BARRIER_M = 1.0
TRIES = 6
"""How many cuts are drawn before a proposal is given up: a drawn border may fail where the arithmetic did
not."""
ALIKE = 0.8
"""Proposals that share more than this of what they move are one."""


@dataclass(frozen=True)
class Proposal:
    """`kind`: 'neighbours' (no new precinct) or 'split'. `parts`: each precinct as it would be:
    {"precinct" (none = new), "number", "voters", "geometry" GeoJSON in EPSG:4326}; `gives`: what `accept`
    takes; `crosses`: main roads and rivers that still run through a part; `lines`: the new border, GeoJSON
    MultiLineString."""

    kind: str
    voters_moved: int
    houses_moved: int
    crosses: int
    parts: list[dict[str, Any]]
    gives: list[dict[str, Any]]
    lines: dict[str, Any]


@dataclass(frozen=True)
class Balance:
    """`precincts`: those that change: {"id" (none = new), "number", "before", "voters"}; `left`: numbers
    of those that stay over the target."""

    gives: list[dict[str, Any]]
    precincts: list[dict[str, Any]]
    voters_moved: int
    houses_moved: int
    left: list[int]


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


def propose(connection: Connection, city: City, plan_id: int, precinct: int, most: int = 3) -> list[Proposal]:
    """At most `most` different ways to bring a precinct under the target, best first; none where it is
    under it, has no ground, or no cut would do. Raises `NotFound` ("plan.precinct_gone")."""
    draft = Draft(connection, city, plan_id)
    rules = draft.rules()
    site = Site.read(draft, draft.mesh(near(draft, [precinct])))
    if precinct not in site.voters:
        if not draft.precincts([precinct]):
            raise NotFound("plan.precinct_gone")
        return []
    if site.voters[precinct] <= rules.target:
        return []
    land, atoms, houses = atoms_of(site, precinct)
    if site.voters[precinct] > 2 * rules.target:
        made = several(site, precinct)
        return [made] if made else []
    chosen: list[tuple[Option, Proposal]] = []
    for option in varied(
        options(atoms, base_of(site, precinct, atoms), rooms(site, precinct), rules), atoms.inhabited
    ):
        if len(chosen) == most:
            break
        if not any(alike(option, other, atoms.inhabited) for other, _ in chosen):
            drawn = draw(site, precinct, land, houses, option)
            chosen += [(option, drawn)] if drawn else []
    return sorted((proposal for _, proposal in chosen), key=lambda one: (one.crosses, one.voters_moved))


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


def varied(found: Sequence[Option], inhabited: int) -> Iterator[Option]:
    """The best of either kind first, then others unlike the ones before, no more than are worth drawing."""
    kinds = [next((one for one in found if (one.to is None) == new), None) for new in (False, True)]
    kept = sorted((one for one in kinds if one is not None), key=Option.rank)
    for one in found:
        if len(kept) < TRIES and not any(alike(one, other, inhabited) for other in kept):
            kept.append(one)
    yield from kept


def alike(one: Option, other: Option, inhabited: int) -> bool:
    """Whether two cuts of one kind move nearly the same houses; of a split it is one whichever side
    becomes the new precinct."""
    a, b = one.bits & inhabited, other.bits & inhabited
    sides = (b, inhabited & ~b) if one.to is None else (b,)
    return (one.to is None) == (other.to is None) and any(
        (a & side).bit_count() > ALIKE * (a | side).bit_count() for side in sides
    )


def houses_of(bits: int, houses: Sequence[Sequence[int]]) -> list[int]:
    return sorted(id_ for atom, ids in enumerate(houses) if bits >> atom & 1 for id_ in ids)


@dataclass(frozen=True)
class Cut:
    """A mesh after a cut, the lines that were drawn (metric CRS), and both parts by precinct."""

    mesh: Mesh
    lines: list[shapely.LineString]
    shapes: dict[int, shapely.Geometry]


def cut_off(site: Site, precinct: int, land: Land, given: Sequence[int], to: int) -> Cut | None:
    """What the plan is once `given`, houses of a precinct, are another's; the site stays as it is. None where
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


def draw(
    site: Site, precinct: int, land: Land, houses: Sequence[Sequence[int]], option: Option
) -> Proposal | None:
    """The proposal of a cut; none where its border cannot be drawn, or a part would not hang together."""
    given, to = houses_of(option.bits, houses), NEW if option.to is None else option.to
    cut = cut_off(site, precinct, land, given, to)
    if cut is None:
        return None
    voters = {precinct: site.voters[precinct] - option.moved, to: site.voters.get(to, 0) + option.moved}
    return Proposal(
        "split" if option.to is None else "neighbours",
        option.moved,
        len(given),
        option.crosses,
        parts_of_plan(site, cut.shapes, voters),
        [{"to": option.to, "buildings": given}],
        geojson(site, shapely.MultiLineString(cut.lines)),
    )


def parts_of_plan(
    site: Site, shapes: Mapping[int, shapely.Geometry], voters: Mapping[int, int]
) -> list[dict[str, Any]]:
    return [
        {
            "precinct": face if face > 0 else None,
            "number": site.numbers.get(face),
            "voters": voters[face],
            "geometry": geojson(site, shape),
        }
        for face, shape in shapes.items()
    ]


def geojson(site: Site, shape: shapely.Geometry) -> dict[str, Any]:
    return shapely.geometry.mapping(shapes_to_lon_lat(site.draft.city.metric_srid, np.array([shape]))[0])


def several(site: Site, precinct: int) -> Proposal | None:
    """More than two precincts' voters: new ones are carved off until the rest fits."""
    before, lines, gives = site.mesh.copy(), [], []
    made = balance_each(site, [precinct], lambda step: lines.extend(step))
    if made.left:
        site.mesh = before
        return None
    gives = made.gives
    faces = [precinct, *(face for face in site.voters if face <= NEW)]
    shapes = {face: site.mesh.polygon(face) for face in faces}
    return Proposal(
        "split",
        made.voters_moved,
        made.houses_moved,
        0,
        parts_of_plan(site, shapes, site.voters),
        gives,
        geojson(site, shapely.MultiLineString(lines)),
    )


def accept(author: Author, precinct: int, gives: Sequence[Mapping[str, Any]]) -> Edited:
    """Do what a proposal says: one edit, one undo."""
    return give_all(
        author, [(one["to"], one["buildings"]) for one in gives], "proposal", {"precinct": precinct}
    )


def balance(connection: Connection, city: City, plan_id: int, district_id: int) -> Balance:
    """Bring every precinct of a district under the target, largest first: houses go to neighbours with
    room, else a new precinct is cut off. Nothing is written."""
    draft = Draft(connection, city, plan_id)
    rows = draft.all(
        """select id from precinct where region = :region and plan_id = :plan and district_id = :district
            and kind = 'open' and geom is not null
        and voters > :target order by voters desc, id""",
        district=district_id,
        target=draft.rules().target,
    )
    over = [row.id for row in rows]
    site = Site.read(draft, draft.mesh(near(draft, near(draft, over))))
    before = dict(site.voters)
    made = balance_each(site, over, lambda lines: None)
    changed = [face for face in site.voters if site.voters[face] != before.get(face, 0)]
    return replace(
        made,
        precincts=[
            {
                "id": face if face > 0 else None,
                "number": site.numbers.get(face),
                "before": before.get(face, 0),
                "voters": site.voters[face],
            }
            for face in changed
        ],
    )


def accept_balance(author: Author, gives: Sequence[Mapping[str, Any]]) -> Edited:
    """Do what a balance says: one edit, one undo."""
    return give_all(
        author, [(one["to"], one["buildings"]) for one in gives], "balanced", {"gives": len(gives)}
    )


def balance_each(
    site: Site, over: Sequence[int], drawn: Callable[[list[shapely.LineString]], object]
) -> Balance:
    """Mend precincts one after another on the site, each on the ground that the ones before left. `drawn`
    is told the lines of each new border."""
    gives: list[dict[str, Any]] = []
    left: list[int] = []
    moved = 0
    target = site.draft.rules().target
    for precinct in over:
        while site.voters[precinct] > target:
            done = balance_step(site, precinct, NEW - len(gives))
            if done is None:
                left.append(site.numbers[precinct])
                break
            option, buildings, lines = done
            gives.append({"to": option.to, "from": precinct, "buildings": buildings})
            moved += option.moved
            drawn(lines)
    return Balance(gives, [], moved, sum(len(one["buildings"]) for one in gives), left)


def balance_step(
    site: Site, precinct: int, new: int
) -> tuple[Option, list[int], list[shapely.LineString]] | None:
    """One step for one precinct, done on the site: what leaves it. None where nothing can."""
    land, atoms, houses = atoms_of(site, precinct)
    rules, base = site.draft.rules(), base_of(site, precinct, atoms)
    found = options(atoms, base, rooms(site, precinct), rules)
    found = sorted(found, key=lambda one: (one.to is None, one.rank()))[:TRIES] or [
        one for one in [carve(atoms, base, rules)] if one
    ]
    for option in found:
        buildings, to = houses_of(option.bits, houses), new if option.to is None else option.to
        cut = cut_off(site, precinct, land, buildings, to)
        if cut is not None:
            site.mesh.edges, site.mesh.fresh = cut.mesh.edges, cut.mesh.fresh
            site.voters[precinct] -= option.moved
            site.voters[to] = site.voters.get(to, 0) + option.moved
            site.district.setdefault(to, site.district[precinct])
            site.owner.update(dict.fromkeys(buildings, to))
            return option, buildings, cut.lines
    return None
