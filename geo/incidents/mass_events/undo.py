"""The last step of a mass event taken back within half a minute, as a step of its own. Incidents that
somebody has acted on since keep what was done; they are counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import Conflict, Forbidden, IkomekError, NotFound
from geo.incidents.cases.state import State, lock, on_the_clock
from geo.incidents.cases.undo import GRACE_S, UNDO_S, read_actions, taken_back
from geo.incidents.cases.write import Action, Deed, Performed, write_all
from geo.incidents.mass_events.members import (
    OWN,
    EventStep,
    StepDone,
    done_before,
    last_step,
    lock_event,
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
    row = connection.execute(ONE, {"region": city.region, "step": step}).first()
    if row is None or row.undoes is not None:
        raise NotFound("incident.no_action", action=step)
    if row.who != principal.name:
        raise Forbidden("incident.not_yours", who=row.who)
    undoing = EventStep(principal.name, "undo", key, {}, row.id)
    event = lock_event(connection, city, row.event_id)
    if known := done_before(connection, city, undoing, row.event_id):
        return known
    last = last_step(connection, city, row.event_id)
    if last.id != row.id:
        raise Conflict("incident.acted_since", who=last.who, at=on_the_clock(city, last.at))
    if event.now - row.at > timedelta(seconds=UNDO_S + GRACE_S):
        raise Conflict("incident.undo_late", seconds=UNDO_S)
    if row.verb == "split":
        _end_split(connection, city, int(row.parameters["event"]), undoing)
    actions = connection.execute(
        ACTIONS, {"region": city.region, "batch": row.key, "who": principal.name}
    ).all()
    states = lock(connection, city, principal, [action.incident_id for action in actions])
    done, kept = _take_back(connection, city, actions, states, undoing)
    if row.verb in REGROUPS:
        group = None if row.verb in ("confirm", "join") else event.id
        verb = "ungroup" if group is None else "group"
        done += write_members(connection, city, event, kept, undoing, verb, lambda _: {"group": group})
    left = len(actions) - len(done)
    fields = {"status": "dissolved"} if row.verb == "confirm" else _as_they_were(row.before)
    return write_step(connection, city, event, undoing, fields, done, left)


def _take_back(
    connection: Connection, city: City, actions: Any, states: dict[int, State], undoing: EventStep
) -> tuple[list[Performed], list[State]]:
    """Takes back actions. Those that were, and the incidents on which somebody has acted since."""
    deeds: list[Deed] = []
    kept: list[State] = []
    known = read_actions(connection, city, [row.id for row in actions])
    for row in actions:
        if (state := states.get(row.incident_id)) is None:
            continue
        action = Action(undoing.who, "undo", uuid5(undoing.key, f"undo {row.id}"), {}, undoing.key, row.id)
        try:
            deeds.append(taken_back(city, state, known[row.id], action))
        except IkomekError:
            kept.append(state)
    return write_all(connection, city, deeds), kept


def _end_split(connection: Connection, city: City, other: int, undoing: EventStep) -> None:
    """Ends the event that was split off. Raises `Conflict` where somebody has gone on with it."""
    event = lock_event(connection, city, other)
    if event.version != 1:
        last = last_step(connection, city, other)
        raise Conflict("incident.acted_since", who=last.who, at=on_the_clock(city, last.at))
    step = EventStep(undoing.who, "dissolve", uuid5(undoing.key, "split"), {})
    write_step(connection, city, event, step, {"status": "dissolved"}, [])


def _as_they_were(before: dict[str, Any]) -> dict[str, Any]:
    fields = {name: before[name] for name in OWN}
    if fields["closed_at"] is not None:
        fields["closed_at"] = datetime.fromisoformat(fields["closed_at"])
    return fields
