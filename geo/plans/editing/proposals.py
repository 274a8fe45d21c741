"""Proposals for an overfull precinct: contiguous, under the planning target, the
fewest voters moved, main roads and rivers not crossed.

A proposal is a list of gives; its border is drawn by `geo.plans.editing.give`, so what is
shown is what accepting it makes. Nothing is written before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.crs import shapes_to_lon_lat
from geo.errors import NotFound
from geo.plans.editing.balance import balance_each
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.give import Land
from geo.plans.editing.operations import NEW, give_all
from geo.plans.editing.partition import Option, options
from geo.plans.editing.save import Edited
from geo.plans.editing.site import TRIES, Site, atoms_of, base_of, cut_off, houses_of, near, rooms
from geo.settings import City

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
