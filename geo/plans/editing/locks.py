"""Precincts agreed with the commission: while one is locked its border, houses, number and station stay as
agreed, whoever edits.

A lock belongs to one plan and is not copied into a draft of it. Taking it off needs a reason; both are events
of the plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import shapely
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.changes.outbox import record
from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.editing.draft import EDITABLE, Area, Author, Draft, PrecinctRow
from geo.plans.events import next_event, write_event

MOST_WORDS = 500
SAME_M = 0.002
"""A junction put into a border lies on the plan's grid, up to a millimetre beside the line: the border has
not moved."""


class PrecinctLock(Base):
    """`document`: the commission's protocol, where it is known."""

    __tablename__ = "precinct_lock"
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    precinct_id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str]
    document: Mapped[str | None]
    locked_at: Mapped[Now]


def lock(author: Author, precinct: int, document: str | None = None) -> dict[str, Any]:
    """Lock a precinct of a plan that is still edited. Returns {"event", "precinct"}.

    Raises `NotFound`, `Conflict` ("plan.frozen", "plan.stale", "plan.locked" where it is already).
    """
    draft, row = taken(author, precinct)
    held = draft.all(
        """insert into precinct_lock (region, plan_id, precinct_id, who, document)
        values (:region, :plan, :precinct, :who, :document) on conflict do nothing returning precinct_id""",
        precinct=precinct,
        who=author.who,
        document=(document or "").strip()[:MOST_WORDS] or None,
    )
    if not held:
        raise refusal(draft, {precinct: row})
    return write_change(draft, author, "locked", precinct, row, {"precinct": precinct, "document": document})


def unlock(author: Author, precinct: int, reason: str) -> dict[str, Any]:
    """Take a lock off. Returns as `lock`. Raises `NotFound` ("plan.not_locked"), `InvalidInput`
    ("plan.reason"), `Conflict` ("plan.frozen", "plan.stale")."""
    if not reason.strip() or len(reason) > MOST_WORDS:
        raise InvalidInput("plan.reason")
    draft, row = taken(author, precinct)
    gone = draft.all(
        "delete from precinct_lock where region = :region and plan_id = :plan and precinct_id = "
        ":precinct returning who",
        precinct=precinct,
    )
    if not gone:
        raise NotFound("plan.not_locked", precinct=row.number)
    return write_change(
        draft,
        author,
        "unlocked",
        precinct,
        row,
        {"precinct": precinct, "reason": reason.strip(), "of": gone[0].who},
    )


def taken(author: Author, precinct: int) -> tuple[Draft, PrecinctRow]:
    """The precinct's row, locked in the database. A checked plan stays checked: nothing of it changes."""
    draft = Draft(author.connection, author.city, author.plan)
    states = draft.all("select state from plan where region = :region and id = :plan for share")
    if not states:
        raise NotFound("plan.unknown", plan=author.plan)
    if states[0].state not in EDITABLE:
        raise Conflict("plan.frozen", plan=author.plan, state=states[0].state)
    return draft, draft.lock([precinct], seen=author.seen).known[precinct]


def write_change(
    draft: Draft, author: Author, what: str, precinct: int, row: PrecinctRow, command: dict[str, Any]
) -> dict[str, Any]:
    """The event, and a new version of the precinct, so that every open studio reads it again."""
    event = next_event(draft.connection)
    draft.run(
        "update precinct set version = :event where region = :region and plan_id = :plan and id = :precinct",
        event=event,
        precinct=precinct,
    )
    write_event(draft.connection, draft.city, draft.plan, event, author.who, what, {"command": command})
    payload = {"id": precinct, "plan": draft.plan, "version": event, "number": row.number}
    record(draft.connection, draft.city.region, "precinct", precinct, event, payload)
    return {"event": event, "precinct": precinct}


def locked(draft: Draft, precincts: Collection[int]) -> list[int]:
    """The ids of `precincts` that are locked."""
    rows = draft.all(
        "select precinct_id from precinct_lock where region = :region and plan_id = :plan and "
        "precinct_id = any(:ids)",
        ids=list(precincts),
    )
    return [row.precinct_id for row in rows]


def refuse_locked(
    draft: Draft,
    area: Area,
    rows: Mapping[int, PrecinctRow | None],
    polygons: Mapping[int, shapely.Geometry],
    assignments: Mapping[int, tuple[Any, ...]],
) -> None:
    """Before an edit is written: `rows` and `polygons` as they would be (none: the precinct would be gone),
    `assignments` as {building: (before, after)}.

    A house that was in no precinct may come to a locked one. The locks are read after the precincts' rows are
    locked, so none comes between. Raises
    `Conflict` ("plan.locked") with who locked which precinct when.
    """
    leaving = {
        face
        for before, after in assignments.values()
        if before
        for face in (before[0], after and after[0])
        if face is not None
    }
    broken = [
        id_
        for id_ in locked(draft, rows.keys() | leaving)
        if id_ in leaving
        or (id_ in rows and rows[id_] != area.known.get(id_))
        or border_moves(area, polygons, id_)
    ]
    if broken:
        raise refusal(draft, {id_: area.known[id_] for id_ in sorted(broken)})


def border_moves(area: Area, polygons: Mapping[int, shapely.Geometry], precinct: int) -> bool:
    if precinct not in polygons:
        return False
    return shapely.hausdorff_distance(area.polygons[precinct].boundary, polygons[precinct].boundary) > SAME_M


def refusal(draft: Draft, rows: Mapping[int, PrecinctRow]) -> Conflict:
    first = draft.all(
        """select who, locked_at from precinct_lock where region = :region and plan_id = :plan and precinct_id
        = any(:ids)
        order by locked_at limit 1""",
        ids=list(rows),
    )[0]
    return Conflict(
        "plan.locked",
        precincts=", ".join(str(row.number) for row in rows.values()),
        who=first.who,
        at=first.locked_at.astimezone(draft.city.time_zone).isoformat(timespec="seconds"),
        locked=sorted(rows),
    )
