"""What an action changes, written: the incident, its decisions and case, an event for each field, one change
of the feed and one line of the audit. The state is locked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.incidents.cases.fields import DECIDED, FIELDS, OF_CASE, written
from geo.incidents.cases.state import State
from geo.incidents.cases.verbs import Changes
from geo.incidents.payload import RECORD_INCIDENTS
from geo.incidents.pressing import set_pressing
from geo.settings import City

ACTION = text("""
    insert into incident_action (region, incident_id, key, batch, at, who, verb, parameters, before, version,
    undoes)
    values (:region, :incident, :key, :batch, :at, :who, :verb, cast(:parameters as jsonb), cast(:before as
    jsonb),
        :version, :undoes) returning id""")
OF_INCIDENT = tuple(what for what in FIELDS if what not in OF_CASE)
INCIDENT = text(f"""
    update incident set version = :version, {
    ", ".join(f"{FIELDS[what].column} = :{what}" for what in OF_INCIDENT)
}
    where region = :region and id = :incident""")
CASE = text(f"""
    insert into incident_case (region, incident_id, {", ".join(OF_CASE)})
    values (:region, :incident, {", ".join(f":{what}" for what in OF_CASE)})
    on conflict (region, incident_id) do update set {
    ", ".join(f"{what} = excluded.{what}" for what in OF_CASE)
}""")
EVENT = text("""
    insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value,
    to_value,
        version, action_id)
    values (:region, :incident, :at, :at, :who, :what, :before, :after, :version, :action)""")
DECIDE = text("""
    insert into decision (region, incident_id, field, value, source_value, conflict_value,
        source_value_now, source_closed_at, who, decided_at)
    values (:region, :incident, :field, :value, :source_value, :conflict_value,
        :source_value_now, :source_closed_at, :who, :decided_at)
    on conflict (region, incident_id, field) do update set value = excluded.value, who = excluded.who,
        source_value = excluded.source_value, conflict_value = excluded.conflict_value,
        source_value_now = excluded.source_value_now, source_closed_at = excluded.source_closed_at,
        decided_at = excluded.decided_at""")
WITHDRAW = text(
    "delete from decision where region = :region and incident_id = :incident and field = any(:fields)"
)
RECORD = text(f"{RECORD_INCIDENTS} where i.region = :region and i.id = :incident")


@dataclass(frozen=True)
class Action:
    """What is done: `verb` with what it asked for, as JSON."""

    who: str
    verb: str
    key: UUID
    parameters: Mapping[str, Any]
    batch: UUID | None = None
    undoes: int | None = None

    def described(self, before: dict[str, Any]) -> dict[str, Any]:
        """What `ACTION` binds of it; `before` as its row keeps it."""
        return {
            "key": self.key,
            "batch": self.batch,
            "verb": self.verb,
            "parameters": json.dumps(self.parameters, ensure_ascii=False, default=str),
            "before": json.dumps(before, ensure_ascii=False, default=_as_text),
            "undoes": self.undoes,
        }


@dataclass(frozen=True)
class Performed:
    """An action that was done; `version` is the incident's after it."""

    action: int
    incident: int
    verb: str
    version: int
    at: datetime


def write(
    connection: Connection,
    city: City,
    state: State,
    action: Action,
    changes: Changes,
    decisions: Mapping[str, dict[str, Any] | None],
) -> Performed:
    """`decisions`: field -> its row of `decision` as it shall be, none = no decision on it any more."""
    version = state.version + 1
    bound = {
        "region": city.region,
        "incident": state.id,
        "version": version,
        "at": state.now,
        "who": action.who,
    }
    action_id = connection.execute(
        ACTION, bound | action.described(_before(state, changes, decisions))
    ).scalar_one()
    fields = state.fields | changes
    connection.execute(INCIDENT, bound | {what: fields[what] for what in OF_INCIDENT})
    connection.execute(CASE, bound | {what: fields[what] for what in OF_CASE})
    _decide(connection, bound, decisions)
    events = _events(state, action, changes)
    connection.execute(EVENT, [bound | {"action": action_id, **event} for event in events])
    if fields["due_at"] != state.fields["due_at"]:
        set_pressing(connection, city, state.id)
    connection.execute(RECORD, bound)
    record_audit(
        connection,
        action.who,
        f"incident.{action.verb}",
        incident=state.id,
        action=action_id,
        undoes=action.undoes,
    )
    return Performed(action_id, state.id, action.verb, version, state.now)


def decided(state: State, action: Action, changes: Changes) -> dict[str, dict[str, Any] | None]:
    """The decisions that stand after a person set `changes`."""
    return {
        what: {
            "value": written(changes[what]) or "",
            "source_value": written(state.source[what]),
            "conflict_value": None,
            "source_value_now": written(state.source[what]),
            "source_closed_at": (state.decisions.get(what) or {}).get("source_closed_at"),
            "who": action.who,
            "decided_at": state.now,
        }
        for what in DECIDED
        if what in changes
    }


def _before(state: State, changes: Changes, decisions: Mapping[str, dict[str, Any] | None]) -> dict[str, Any]:
    before: dict[str, Any] = {what: written(state[what]) for what in changes}
    before["decisions"] = {what: state.decisions.get(what) for what in decisions}
    return before


def _as_text(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _decide(
    connection: Connection, bound: dict[str, Any], decisions: Mapping[str, dict[str, Any] | None]
) -> None:
    for what, row in decisions.items():
        field = FIELDS[what].decision
        if row is None:
            connection.execute(WITHDRAW, bound | {"fields": [field]})
        else:
            connection.execute(DECIDE, bound | row | {"field": field})


def _events(state: State, action: Action, changes: Changes) -> list[dict[str, Any]]:
    """One for each field that is another now; for an action that changes none, one that is named like it."""
    events = [
        {"what": what, "before": written(state[what]), "after": written(value)}
        for what, value in changes.items()
        if state[what] != value
    ]
    return events or [{"what": action.verb, "before": None, "after": action.parameters.get("text")}]
