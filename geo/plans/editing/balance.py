"""Every precinct of a district under the planning target, one after another, each on the ground that the ones
before left. Nothing is written before it is accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from sqlalchemy import Connection

from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.operations import NEW, give_all
from geo.plans.editing.partition import Option, carve, options
from geo.plans.editing.save import Edited
from geo.plans.editing.site import TRIES, Site, atoms_of, base_of, cut_off, houses_of, near, rooms
from geo.settings import City


@dataclass(frozen=True)
class Balance:
    """`precincts`: those that change: {"id" (none = new), "number", "before", "voters"}; `left`: numbers
    of those that stay over the target."""

    gives: list[dict[str, Any]]
    precincts: list[dict[str, Any]]
    voters_moved: int
    houses_moved: int
    left: list[int]


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
    """Relieve precincts one after another on the site, each on the ground that the ones before left. `drawn`
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
