"""Undo and redo of a plan's edits: a stack for each person and plan, kept in the plan's own events, so it
outlives the page and the server.

An undo restores nodes, edges, precincts and assignments as they were before the edit, bit for bit, or is
refused naming who edited the same parts since. It is an event itself. A house that went by its tag goes by it
again: the tag may have moved since, and the house would be on the wrong side of the border that comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from geo.database import BUSY
from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.assignments import HOLDER
from geo.plans.editing.draft import LOCK_NUMBERS, LOCK_OUTER_BORDER, Area, Author, Draft, PrecinctRow
from geo.plans.editing.rows import row_of
from geo.plans.editing.save import Edited, Step, faces_of, save
from geo.plans.events import PARTS, Changes
from geo.settings import City

NOT_EDITS = (
    "tags",
    "amended",
    "hole_accepted",
    "reassigned",
    "imported",
    "drafted",
    "checked",
    "agreed",
    "approved",
    "published",
    "reopened",
    "withdrawn",
    "locked",
    "unlocked",
)
STACK = """select e.id, e.what, e.of_event, e.recorded_at as at from plan_event e where e.region = :region
    and e.plan_id = :plan and e.who = :who
    and not e.what = any(:not_edits) order by e.id"""


@dataclass(frozen=True)
class Done:
    """An edit on somebody's stack."""

    event: int
    what: str
    at: object


def undo(author: Author) -> Edited:
    """Take back the caller's newest edit that stands. Raises `NotFound` ("plan.nothing_to_undo"),
    `Conflict` ("plan.later_edit", "plan.frozen")."""
    return go_back(author, "undone")


def redo(author: Author) -> Edited:
    """Do again what the caller undid last, unless they edited since. Raises `NotFound`
    ("plan.nothing_to_redo"), `Conflict` ("plan.later_edit", "plan.frozen")."""
    return go_back(author, "redone")


def steps(connection: Connection, city: City, plan_id: int, who: str, most: int = 100) -> dict[str, Any]:
    """The steps that the caller could undo and redo, next first: {"undo": [{"event", "what", "at"}], "redo":
    [...]}."""
    done, undone = stacks(Draft(connection, city, plan_id), who)
    return {
        "undo": [vars(one) for one in done[::-1][:most]],
        "redo": [vars(one) for one in undone[::-1][:most]],
    }


def stacks(draft: Draft, who: str) -> tuple[list[Done], list[Done]]:
    """Somebody's edits that stand, and those undone since their last new one; the newest last.

    A redo recorded after a new edit of the same person (two tabs of an older release) stands all the same:
    what it did again is on top.
    """
    done: list[Done] = []
    undone: list[Done] = []
    known: dict[int, Done] = {}
    for row in draft.all(STACK, who=who, not_edits=list(NOT_EDITS)):
        again = known.get(row.of_event)
        if row.what in ("undone", "redone"):
            done, undone = ([one for one in stack if one is not again] for stack in (done, undone))
            if again is not None:
                (undone if row.what == "undone" else done).append(again)
        else:
            known[row.id] = Done(row.id, row.what, row.at)
            done.append(known[row.id])
            undone = []
    return done, undone


def go_back(author: Author, what: str) -> Edited:
    draft = Draft.opened(author)
    stack = stacks(draft, author.who)[what == "redone"]
    if not stack:
        raise NotFound(
            "plan.nothing_to_undo" if what == "undone" else "plan.nothing_to_redo", plan=author.plan
        )
    target = stack[-1].event
    changes = read_changes(draft, target)
    wanted = changes.reversed() if what == "undone" else changes
    released = by_tag_again(wanted)
    area = lock_changes(draft, wanted, {face for face in holders(draft, released).values() if face})
    refuse_if_edited_since(draft, target, wanted, area)
    area.mesh.put({id_: after for id_, (_, after) in wanted.edges.items()})
    precincts = {id_: PrecinctRow(*after) if after else None for id_, (_, after) in wanted.precincts.items()}
    tagged, decided = parted(wanted)
    decided |= released_to(draft, area, released)
    step = Step(
        what,
        author.who,
        {"event": target},
        precincts=precincts,
        decided=decided,
        of_event=target,
        otherwise=tagged,
    )
    try:
        return save(draft, area, step)
    except InvalidInput as error:
        raise later_edit(draft, target, faces_of(wanted.edges) | wanted.precincts.keys()) from error


def parted(wanted: Changes) -> tuple[dict[int, Any], dict[int, Any]]:
    """Assignments as they shall be: those that go by the tag before and after, and those that somebody or the
    decision's text has set."""
    tagged: dict[int, Any] = {}
    decided: dict[int, Any] = {}
    for building, (before, after) in wanted.assignments.items():
        (tagged if by_tag(before) and by_tag(after) else decided)[building] = after
    return tagged, decided


def by_tag_again(wanted: Changes) -> list[int]:
    """Buildings that somebody gave away, by an edit that moved no border, and that go by their tag again."""
    if wanted.edges:
        return []
    return [
        building
        for building, (before, after) in wanted.assignments.items()
        if by_tag(after) and not by_tag(before)
    ]


def holders(draft: Draft, buildings: Sequence[int]) -> dict[int, int | None]:
    """The precinct that holds the tag of each building, none for one that lies in none."""
    if not buildings:
        return {}
    return {row.id: row.after for row in draft.all(HOLDER, buildings=list(buildings))}


def released_to(draft: Draft, area: Area, buildings: Sequence[int]) -> dict[int, tuple[int, str] | None]:
    """Where these go by their tags, read under the locks. Raises `Conflict` ("plan.busy") where a border has
    moved over one of them meanwhile."""
    held = holders(draft, buildings)
    if not {face for face in held.values() if face} <= area.known.keys():
        raise Conflict(BUSY)
    return {building: (face, "geometry") if face else None for building, face in held.items()}


def by_tag(assignment: Sequence[Any] | None) -> bool:
    return assignment is None or assignment[1] == "geometry"


def read_changes(draft: Draft, event: int) -> Changes:
    return Changes.read(
        draft.all(
            "select payload -> 'changes' as changes from plan_event where region = :region and "
            "plan_id = :plan and id = :event",
            event=event,
        )[0].changes
    )


def lock_changes(draft: Draft, wanted: Changes, more: set[int]) -> Area:
    """Lock every precinct that the changes name and that exists, and `more`."""
    if any(before is None or after is None for before, after in wanted.precincts.values()):
        draft.take_turns(LOCK_NUMBERS)
    if any(None in row[2:4] for pair in wanted.edges.values() for row in pair if row):
        draft.take_turns(LOCK_OUTER_BORDER)
    named = (
        faces_of(wanted.edges)
        | wanted.precincts.keys()
        | {row[0] for pair in wanted.assignments.values() for row in pair if row}
        | more
    )
    return draft.lock(draft.precincts(named))


def refuse_if_edited_since(draft: Draft, target: int, wanted: Changes, area: Area) -> None:
    """Every part must be as the edit left it."""
    now = now_of(draft, wanted, area)
    for part in PARTS:
        other = [
            id_
            for id_, (before, _) in getattr(wanted, part).items()
            if differs(part, now[part].get(id_), before)
        ]
        if other:
            raise later_edit(draft, target, other, part)


def differs(part: str, is_now: tuple[Any, ...] | None, before: tuple[Any, ...] | None) -> bool:
    """Whether a part is no longer as an edit left it, by what people did. Houses go by their tags, and the
    voters that a file gave a precinct (the last of its row) are void once its houses have some."""
    if part == "assignments" and by_tag(is_now) and by_tag(before):
        return False
    if part == "precincts" and is_now is not None and before is not None and is_now[-1] is None:
        return is_now[:-1] != before[:-1]
    return is_now != before


def now_of(draft: Draft, wanted: Changes, area: Area) -> dict[str, Mapping[int, tuple[Any, ...] | None]]:
    nodes = draft.all(
        "select id, st_x(point) as x, st_y(point) as y from node where region = :region and "
        "plan_id = :plan and id = any(:ids)",
        ids=list(wanted.nodes),
    )
    assigned = draft.all(
        """select building_id as id, precinct_id, source from assignment where region = :region
            and plan_id = :plan
        and building_id = any(:ids)""",
        ids=list(wanted.assignments),
    )
    edges = draft.edges("id = any(:ids)", ids=list(wanted.edges))
    return {
        "nodes": {row.id: (row.x, row.y) for row in nodes},
        "edges": {edge.id: edge.row() for edge in edges},
        "precincts": {id_: row_of(row) for id_, row in draft.precincts(wanted.precincts).items()},
        "assignments": {row.id: (row.precinct_id, row.source) for row in assigned},
    }


def later_edit(draft: Draft, target: int, ids: Iterable[int], part: str = "precincts") -> Conflict:
    """The newest edit after `target` of the same parts; for precincts, of any edge or house of theirs."""
    keys = [str(id_) for id_ in ids]
    touching = (
        f"payload -> 'changes' -> '{part}' ?| cast(:keys as text[])"
        if part != "precincts"
        else """exists (
        select from jsonb_each(payload -> 'changes' -> 'edges') e, jsonb_array_elements(e.value) s
        where jsonb_typeof(s) = 'array' and (s ->> 2 = any(:keys) or s ->> 3 = any(:keys)))
            or payload -> 'changes' -> 'precincts' ?| cast(:keys as text[])"""
    )
    rows = draft.all(
        f"""select id, who, what, recorded_at from plan_event where region = :region and plan_id = :plan
            and id > :target
        and payload ? 'changes' and ({touching}) order by id desc limit 1""",
        target=target,
        keys=keys,
    )
    return (
        Conflict("plan.later_edit", event=rows[0].id, **draft.who_changed(rows[0]))
        if rows
        else Conflict("plan.stale_unknown")
    )
