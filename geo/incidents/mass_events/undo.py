"""The last step of a mass event taken back within half a minute, as a step of its own. Incidents that
somebody has acted on since keep what was done; they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.database import AnyRow
from geo.errors import Conflict, Forbidden, IkomekError, NotFound
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.membership import out_of_event
from geo.incidents.cases.state import OwnEvent, State, on_the_clock
from geo.incidents.cases.undo import GRACE_S, UNDO_S, lock_tied, read_actions, taken_back
from geo.incidents.cases.write import Action, Deed, Performed, write_all
from geo.incidents.mass_events.members import (
    OWN,
    Event,
    EventStep,
    StepDone,
    done_before,
    last_step,
    lock_event,
    member_ids,
    settle,
    write_members,
    write_step,
)
from geo.settings import City

ONE = text("""
    select id, event_id, key, at, who, verb, parameters, before, undoes from mass_event_step
    where region = :region and id = :step""")
ACTIONS = text("""
    select id, incident_id from incident_action where region = :region and batch = :batch and who = :who
        and undoes is null order by incident_id""")
REGROUPS = frozenset({"confirm", "join", "leave", "split", "dissolve"})
"""Steps that changed what is part of the event: that is taken back whatever was done since."""


def undo_step(connection: Connection, city: City, principal: Principal, step: int, key: UUID) -> StepDone:
    """Raises `NotFound` ("incident.no_action"), `Forbidden` ("incident.not_yours"), `Conflict`
    ("incident.undo_late", "incident.acted_since")."""
    hold_click(connection, principal.name, key)
    row = connection.execute(ONE, {"region": city.region, "step": step}).first()
    if row is None or row.undoes is not None:
        raise NotFound("incident.no_action", action=step)
    undoing = EventStep(principal.name, "undo", key, {}, row.id)
    event = _own_event(connection, city, principal, row)
    if known := done_before(connection, city, undoing, row.event_id):
        return known
    _need_last(connection, city, event, row)
    fields = {"status": "dissolved"} if row.verb == "confirm" else _as_they_were(row.before)
    other = _split_off(connection, city, principal, row)
    actions = connection.execute(
        ACTIONS, {"region": city.region, "batch": row.key, "who": principal.name}
    ).all()
    after = OwnEvent(event.id, event.number, fields["status"], event.category)
    done, kept = _take_back(connection, city, principal, actions, after, undoing)
    if row.verb in REGROUPS:
        done += _regroup(connection, city, event, after, row, kept, other, undoing)
    left = len(actions) - len(done)
    if other is not None:
        _end_split(connection, city, other, undoing)
    fields, out = settle(connection, city, event, undoing, fields)
    return write_step(connection, city, event, undoing, fields, [*done, *out], left)


def _own_event(connection: Connection, city: City, principal: Principal, row: AnyRow) -> Event:
    """The event of a step, locked. Raises `NotFound` ("incident.no_action") where the caller sees nothing of
    it, `Forbidden` ("incident.not_yours")."""
    try:
        event = lock_event(connection, city, principal, row.event_id)
    except NotFound:
        raise NotFound("incident.no_action", action=row.id) from None
    if row.who != principal.name:
        raise Forbidden("incident.not_yours", who=row.who)
    return event


def _need_last(connection: Connection, city: City, event: Event, row: AnyRow) -> None:
    last = last_step(connection, city, event.id)
    if last.id != row.id:
        raise Conflict("incident.acted_since", who=last.who, at=on_the_clock(city, last.at))
    if event.now - row.at > timedelta(seconds=UNDO_S + GRACE_S):
        raise Conflict("incident.undo_late", seconds=UNDO_S)


def _take_back(
    connection: Connection,
    city: City,
    principal: Principal,
    actions: Sequence[AnyRow],
    event: OwnEvent,
    undoing: EventStep,
) -> tuple[list[Performed], list[State]]:
    """Takes back actions on incidents of the event, which is as it will be. Those that were, and the
    incidents on which somebody has acted since."""
    deeds: list[Deed] = []
    kept: list[State] = []
    known = read_actions(connection, city, [row.id for row in actions])
    members = member_ids(connection, city, event.id)
    locked = lock_tied(connection, city, principal, list(known.values()), members)
    for row in actions:
        if (state := locked.states.get(row.incident_id)) is None:
            continue
        action = Action(undoing.who, "undo", uuid5(undoing.key, f"undo {row.id}"), {}, undoing.key, row.id)
        try:
            events = locked.events | {event.id: event}
            deeds.append(taken_back(connection, city, state, known[row.id], action, events))
        except IkomekError:
            kept.append(state)
    return write_all(connection, city, deeds), kept


def _regroup(
    connection: Connection,
    city: City,
    event: Event,
    after: OwnEvent,
    row: AnyRow,
    kept: Sequence[State],
    other: Event | None,
    undoing: EventStep,
) -> list[Performed]:
    """Incidents on which somebody has acted since go where they were too, if they still are where the step
    left them and the event, as it will be, has a place for them."""
    parts = row.verb in ("confirm", "join")
    left_in = event.id if parts else other and other.id
    group = None if parts else event.id
    back = [
        state
        for state in kept
        if state["group"] == left_in and (group is None or not out_of_event(state, {"group": group}, after))
    ]
    verb = "ungroup" if group is None else "group"
    return write_members(connection, city, event, back, undoing, verb, lambda _: {"group": group})


def _split_off(connection: Connection, city: City, principal: Principal, row: AnyRow) -> Event | None:
    """The event that a step has split off, locked. Raises `Conflict` where somebody has gone on with it."""
    if row.verb != "split":
        return None
    event = lock_event(connection, city, principal, int(row.parameters["event"]))
    if event.version != 1:
        last = last_step(connection, city, event.id)
        raise Conflict("incident.acted_since", who=last.who, at=on_the_clock(city, last.at))
    return event


def _end_split(connection: Connection, city: City, event: Event, undoing: EventStep) -> None:
    step = EventStep(undoing.who, "dissolve", uuid5(undoing.key, "split"), {})
    fields, done = settle(connection, city, event, step, {"status": "dissolved"})
    write_step(connection, city, event, step, fields, done)


def _as_they_were(before: dict[str, Any]) -> dict[str, Any]:
    fields = {name: before[name] for name in OWN}
    if fields["closed_at"] is not None:
        fields["closed_at"] = datetime.fromisoformat(fields["closed_at"])
    return fields
