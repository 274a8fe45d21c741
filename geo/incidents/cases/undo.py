"""An action undone within half a minute, as an action of its own: fields and decisions are as they were, the
events of both stay. A note that was undone stays in the record, marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.database import AnyRow
from geo.errors import Conflict, Forbidden, IkomekError, NotFound
from geo.incidents.cases.act import BatchResult, Refused, done_before
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.duplicates import need_no_chain, return_followers, tied
from geo.incidents.cases.fields import read
from geo.incidents.cases.membership import out_of_event
from geo.incidents.cases.state import OwnEvent, State, lock, lock_events, on_the_clock
from geo.incidents.cases.verbs import Changes
from geo.incidents.cases.write import Action, Deed, Performed, write_all
from geo.settings import City

UNDO_S = 30
"""How long an action can be undone."""
GRACE_S = 3
"""Allows for the way of the click from the page: an offer stays good this much longer."""

THESE = text("""select a.id, a.incident_id, a.key, a.who, a.at, a.verb, a.before, a.undoes,
        exists (select from incident_action u where u.region = a.region and u.undoes = a.id) as undone,
        s.who as since_by, s.at as since_at
    from incident_action a
    left join lateral (select s.who, s.at from incident_action s
        where s.region = a.region and s.incident_id = a.incident_id and s.id > a.id and s.undoes is null
            and not exists (select from incident_action u where u.region = s.region and u.undoes = s.id)
        order by s.id desc limit 1) s on true
    where a.region = :region and a.id = any(:actions)""")
"""With who has acted on the incident since."""
OF_BATCH = text("""select id, incident_id from incident_action where region = :region and batch = :batch
    and who = :who and undoes is null order by incident_id""")


def undo(connection: Connection, city: City, principal: Principal, action: int, key: UUID) -> Performed:
    """Raises `NotFound` ("incident.no_action": also of an incident outside the caller's scope), `Forbidden`
    ("incident.not_yours"), `Conflict` ("incident.undone", "incident.undo_late", "incident.acted_since":
    somebody acted on it after; "incident.undo_duplicate")."""
    hold_click(connection, principal.name, key)
    rows = read_actions(connection, city, [action])
    locked = lock_tied(connection, city, principal, list(rows.values()))
    row = rows.get(action)
    if row is None or row.undoes is not None or row.incident_id not in locked.states:
        raise NotFound("incident.no_action", action=action)
    if row.who != principal.name:
        raise Forbidden("incident.not_yours", who=row.who)
    undoing = Action(principal.name, "undo", key, {}, undoes=row.id)
    return undo_locked(connection, city, locked, row.incident_id, undoing)


def undo_selection(
    connection: Connection, city: City, principal: Principal, batch: UUID, key: UUID
) -> BatchResult:
    """All that the caller did under a batch's key. Incidents that somebody has acted on since are left
    unchanged and listed as refused. Raises `NotFound` ("incident.no_batch")."""
    hold_click(connection, principal.name, key)
    rows = connection.execute(OF_BATCH, {"region": city.region, "batch": batch, "who": principal.name}).all()
    if not rows:
        raise NotFound("incident.no_batch")
    selection = BatchResult(key)
    actions = read_actions(connection, city, [row.id for row in rows])
    locked = lock_tied(connection, city, principal, list(actions.values()))
    for row in rows:
        action = Action(principal.name, "undo", uuid5(key, str(row.id)), {}, key, row.id)
        try:
            if row.incident_id not in locked.states:
                raise NotFound("incident.unknown", incident=row.incident_id)
            selection.done.append(undo_locked(connection, city, locked, row.incident_id, action))
        except IkomekError as error:
            selection.refused.append(Refused(row.incident_id, error))
    return selection


@dataclass(frozen=True)
class Locked:
    """What takes part in an undo, locked: the incidents that the caller may see, and the mass events that
    they may come back to."""

    states: dict[int, State]
    events: dict[int, OwnEvent]


def lock_tied(
    connection: Connection,
    city: City,
    principal: Principal,
    rows: Sequence[AnyRow],
    others: Sequence[int] = (),
) -> Locked:
    """The incidents of actions with what takes part in their undo, and `others`."""
    groups = [int(group) for row in rows if (group := row.before.get("group"))]
    events = lock_events(connection, city, groups)
    incidents = [*(row.incident_id for row in rows), *tied(connection, city, rows), *others]
    return Locked(lock(connection, city, principal, incidents), events)


def read_actions(connection: Connection, city: City, actions: Sequence[int]) -> dict[int, AnyRow]:
    """The actions by id, as `THESE` gives them; read under the locks of their incidents, before they are
    undone."""
    rows = connection.execute(THESE, {"region": city.region, "actions": list(actions)})
    return {row.id: row for row in rows}


def undo_locked(
    connection: Connection, city: City, locked: Locked, incident: int, action: Action
) -> Performed:
    if before := done_before(connection, city, action, incident):
        return before
    assert action.undoes is not None
    row = read_actions(connection, city, [action.undoes])[action.undoes]
    deed = taken_back(connection, city, locked.states[incident], row, action, locked.events)
    back = return_followers(connection, city, row, action, locked.states)
    return write_all(connection, city, [deed, *back])[0]


def taken_back(
    connection: Connection,
    city: City,
    state: State,
    row: AnyRow,
    action: Action,
    events: Mapping[int, OwnEvent],
) -> Deed:
    """The deed that takes back an action (`row`, of `read_actions`) of an incident that is locked. It comes
    back to none of the mass `events` that has no place for it any more. Raises what `undo` raises."""
    if row.verb == "create":
        raise Conflict("incident.undo_create")
    if row.undone:
        raise Conflict("incident.undone")
    if state.now - row.at > timedelta(seconds=UNDO_S + GRACE_S):
        raise Conflict("incident.undo_late", seconds=UNDO_S)
    if row.since_by is not None:
        raise Conflict("incident.acted_since", who=row.since_by, at=on_the_clock(city, row.since_at))
    decisions = {what: _as_it_was(state, what, was) for what, was in row.before["decisions"].items()}
    changes = _changes(state, row, decisions)
    need_no_chain(connection, city, state.id, changes.get("duplicate_of"))
    group = changes.get("group", state["group"])
    event = events.get(group, state.event if group == state["group"] else None)
    return Deed(state, action, changes | out_of_event(state, changes, event), decisions)


def _as_it_was(state: State, what: str, was: dict[str, Any] | None) -> dict[str, Any] | None:
    """The decision that stood before, beside what the source says by now."""
    if was is None:
        return None
    source_now = (state.decisions.get(what) or was)["source_value_now"]
    return was | {
        "source_value_now": source_now,
        "conflict_value": source_now if source_now not in (was["value"], was["source_value"]) else None,
    }


def _changes(state: State, row: AnyRow, decisions: dict[str, dict[str, Any] | None]) -> Changes:
    """The fields as they were; one that no person had decided is what its source says now."""
    changes: Changes = {what: read(what, value) for what, value in row.before.items() if what != "decisions"}
    changes |= {what: state.source[what] for what, was in decisions.items() if was is None}
    if changes.get("status") == "closed" and changes.get("closed_at", state["closed_at"]) is None:
        changes["closed_at"] = (state.decisions.get("status") or {}).get("source_closed_at") or state.now
    return changes
