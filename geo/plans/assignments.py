"""Assignments and counts that follow the register of buildings, in every plan that is not yet replaced by
a newer one.

A building whose tag moved goes to the precinct that now holds it, unless a person or the decision's text
gave it to one. Borders stay. In a plan that waits for its signature or is in force that is an amendment,
with its author and day. So where a building votes follows from the borders, its tag and what was decided
about it, and not from which of them came first. Counts follow the houses everywhere.

Precincts are locked before it is decided where a tag lies, and it is read again under the locks: no border
moves meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from geo.changes.outbox import announce_reset
from geo.database import BUSY, AnyRow
from geo.errors import Conflict
from geo.plans import voters
from geo.plans.editing.draft import EDITABLE, Area, Draft
from geo.plans.editing.locks import locked
from geo.plans.editing.save import Step, save
from geo.plans.plan_import import AT_BUILDING_M
from geo.plans.register_lock import hold_plans
from geo.settings import City

TRIES = 3
"""How often a border may move while its precincts are waited for."""

STANDING = """select p.id, p.state from plan p where p.region = :region and (p.state not in ('approved',
    'published')
    or coalesce(p.in_force_from > :today, true) or p.id = (select id from plan where region = :region
        and state in ('approved', 'published')
        and in_force_from <= :today order by in_force_from desc, id desc limit 1)) order by p.id"""
"""Plans that are not replaced: in the making, in force, or to come."""

HOLDER = """
    select b.id, a.precinct_id as before, h.id as after, a.source from building b
    left join assignment a on a.region = b.region and a.plan_id = :plan and a.building_id = b.id
    left join lateral (select p.id from precinct p where p.region = b.region and p.plan_id = :plan
        and st_covers(p.geom, st_setsrid(st_transform(b.point_4326, :srid), 0)) order by p.number limit 1) h
            on true
    where b.region = :region and b.id = any(:buildings) order by b.id"""

COUNTED = """
    select p.id from precinct p where p.region = :region and p.plan_id = :plan and p.id in (
        select a.precinct_id from assignment a where a.region = :region and a.plan_id = :plan
            and a.building_id = any(:buildings)) order by p.id for update"""
RECOUNT = f"""
    update precinct p set buildings = n.buildings, voters = {voters.voters("n.voters", "p.voters_given")}
    from (select c.id, counted.* from unnest(cast(:precincts as bigint[])) c (id),
        lateral ({voters.of_one("c.id")}) counted) n
    where p.region = :region and p.plan_id = :plan and p.id = n.id
        and (p.buildings, p.voters) is distinct from (n.buildings,
            {voters.voters("n.voters", "p.voters_given")})
    returning p.id"""


HOUSE_STATIONS = """
    update station s set building_id = n.building, address_kk = coalesce(s.address_kk, n.address_kk)
    from (select t.id, b.id as building, b.address_kk from station t cross join lateral (
            select o.id, o.street_kk || ' ' || o.house as address_kk from building o
            where o.region = :region and o.id = any(:buildings)
                and o.point_3857 && st_expand(st_transform(t.point_4326, 3857), 3)
                and st_dwithin(o.point_4326::geography, t.point_4326::geography, :near_m)
            order by o.point_4326 <-> t.point_4326, o.id limit 1) b
        where t.region = :region and t.building_id is null and t.point_4326 is not null) n
    where s.region = :region and s.id = n.id"""


@dataclass(frozen=True)
class FollowRule:
    """`what` the event is called; `amends`: the plan is no longer edited."""

    what: str
    amends: bool


FOLLOW, AMEND = FollowRule("tags", False), FollowRule("amended", True)


def follow_tags(
    connection: Connection, city: City, buildings: Sequence[int], who: str
) -> list[dict[str, Any]]:
    """{"plan", "building", "from", "to"} (ids of precincts, none = in none) of those that went to another
    precinct, in the caller's transaction."""
    moves = []
    for plan, state in standing(connection, city):
        moves += _follow(
            Draft(connection, city, plan), FOLLOW if state in EDITABLE else AMEND, buildings, who
        )
    return moves


def follow_register(
    connection: Connection, city: City, moved: Sequence[int], changed: Sequence[int], who: str
) -> None:
    """After a load, in its transaction: buildings that are new or whose tag `moved`, and all those
    `changed` (voters too), whose precincts are counted again. A station that no building was known for is in
    that on whose tag it lies."""
    counted = False
    plans = standing(connection, city) if changed else []
    if moved:
        bound = {"region": city.region, "buildings": list(moved), "near_m": AT_BUILDING_M}
        connection.execute(text(HOUSE_STATIONS), bound)
    for plan, state in plans:
        draft = Draft(connection, city, plan)
        _follow(draft, FOLLOW if state in EDITABLE else AMEND, moved, who)
        counted |= recount(draft, changed)
    if counted:
        announce_reset(connection, city.region, "precincts")


def standing(connection: Connection, city: City) -> list[tuple[int, str]]:
    """(plan, state) of those that are not replaced, in the order of their ids. No other is made until the
    caller's transaction ends."""
    hold_plans(connection, city)
    return [
        tuple(row)
        for row in connection.execute(text(STANDING), {"region": city.region, "today": city.today()})
    ]


def recount(draft: Draft, buildings: Sequence[int]) -> bool:
    """Houses and voters of the precincts these buildings vote in; whether any figure changed."""
    precincts = [row.id for row in draft.all(COUNTED, buildings=list(buildings))]
    return bool(precincts and draft.all(RECOUNT, precincts=precincts))


def _follow(draft: Draft, rule: FollowRule, buildings: Sequence[int], who: str) -> list[dict[str, Any]]:
    if not buildings:
        return []
    for _ in range(TRIES):
        attempt = draft.connection.begin_nested()
        moved = _attempt(draft, rule, list(buildings), who)
        if moved is not None:
            attempt.commit()
            return [{"plan": draft.plan, **move} for move in moved]
        attempt.rollback()  # its locks are given back
    raise Conflict(BUSY)


def _attempt(draft: Draft, rule: FollowRule, buildings: list[int], who: str) -> list[dict[str, Any]] | None:
    """The buildings that moved; none where a border moved to where nothing is locked, while locks were waited
    for."""
    draft.hold()
    before = draft.all(HOLDER, buildings=buildings)
    faces = {face for row in before for face in (row.before, row.after) if face is not None}
    if not faces:
        return []
    try:
        area = draft.lock(draft.precincts(faces))
    except Conflict as error:
        if error.code != BUSY:
            raise
        return None
    rows = [row for row in draft.all(HOLDER, buildings=buildings) if follows(row)]
    if not rows:
        return []
    if (
        not {face for row in rows for face in (row.before, row.after) if face is not None}
        <= area.known.keys()
    ):
        return None
    return _move(draft, area, rule, not_agreed(draft, area, rows), who)


def follows(row: AnyRow) -> bool:
    """Whether a building (a row of `HOLDER`) goes with its tag to another precinct, or out of all of them."""
    return (row.source or "geometry") == "geometry" and row.before != row.after


def not_agreed(draft: Draft, area: Area, rows: Sequence[AnyRow]) -> list[Any]:
    """The rows without those of agreed precincts, which keep their houses: a tag that left one shows as a
    mismatch, for people to decide."""
    agreed = set(locked(draft, area.known))
    return [row for row in rows if row.before is None or not agreed & {row.before, row.after}]


def _move(
    draft: Draft, area: Area, rule: FollowRule, rows: Sequence[AnyRow], who: str
) -> list[dict[str, Any]]:
    if not rows:
        return []
    if not rule.amends:
        draft.open()
    decided = {row.id: None if row.after is None else (row.after, "geometry") for row in rows}
    return save(draft, area, Step(rule.what, who, {"buildings": sorted(decided)}, decided=decided)).moved
