"""What an action changes, written: the incident, its decisions and case, an event for each field, one change
of the feed and one line of the audit. The state is locked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from geo.audit.records import record_audits
from geo.database import AnyRow
from geo.incidents.cases.fields import DECIDED, FIELDS, OF_CASE, moment, written
from geo.incidents.cases.state import State
from geo.incidents.cases.verbs import Changes
from geo.incidents.density import cell
from geo.incidents.payload import RECORD_INCIDENTS
from geo.incidents.pressing import set_pressing
from geo.settings import City

TYPES = {str: "text", int: "bigint", moment: "timestamptz"}
OF_INCIDENT = tuple(what for what in FIELDS if what not in OF_CASE)
ROWS = "jsonb_to_recordset(cast(:rows as jsonb)) as r"
"""Rows come as one document, so that a thousand incidents cost no more statements than one."""


def _columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{what}" {TYPES[FIELDS[what].read]}' for what in names)


ACTIONS = text(f"""
    insert into incident_action (region, incident_id, key, batch, at, who, verb, parameters, before, version,
        undoes)
    select :region, r.incident, r.key, r.batch, r.at, r.who, r.verb, r.parameters, r.before, r.version,
        r.undoes
    from {ROWS} (incident bigint, key uuid, batch uuid, at timestamptz, who text, verb text,
        parameters jsonb, before jsonb, version bigint, undoes bigint)
    order by r.incident returning incident_id, id""")
INCIDENTS = text(f"""
    update incident i set version = r.version, {
    ", ".join(f'{FIELDS[what].column} = r."{what}"' for what in OF_INCIDENT)
}
    from {ROWS} (incident bigint, version bigint, {_columns(OF_INCIDENT)})
    where i.region = :region and i.id = r.incident""")
CASES = text(f"""
    insert into incident_case (region, incident_id, {", ".join(OF_CASE)})
    select :region, r.incident, {", ".join(f'r."{what}"' for what in OF_CASE)}
    from {ROWS} (incident bigint, {_columns(OF_CASE)})
    on conflict (region, incident_id) do update set {
    ", ".join(f"{what} = excluded.{what}" for what in OF_CASE)
}""")
EVENTS = text(f"""
    insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value,
        to_value, version, action_id)
    select :region, r.incident, r.at, r.at, r.who, r.what, r.before, r.after, r.version, r.action
    from {ROWS} (nth bigint, incident bigint, at timestamptz, who text, what text, before text, after text,
        version bigint, action bigint)
    order by r.nth""")
DECISION = (
    *("value", "source_value", "conflict_value", "source_value_now", "source_closed_at", "who"),
    "decided_at",
)
DECIDE = text(f"""
    insert into decision (region, incident_id, field, {", ".join(DECISION)})
    select :region, r.incident, r.field, {", ".join(f"r.{name}" for name in DECISION)}
    from {ROWS} (incident bigint, field text, value text, source_value text, conflict_value text,
        source_value_now text, source_closed_at timestamptz, who text, decided_at timestamptz)
    on conflict (region, incident_id, field) do update set {
    ", ".join(f"{name} = excluded.{name}" for name in DECISION)
}""")
WITHDRAW = text(f"""
    delete from decision d using {ROWS} (incident bigint, field text)
    where d.region = :region and d.incident_id = r.incident and d.field = r.field""")
MOVE_DENSITY = text(f"""
    insert into density_delta (region, x22, y22, kind, category_id, day, n)
    select :region, {cell("st_x(i.point_3857)", "st_y(i.point_3857)")}, i.kind, coalesce(c.category, 0),
        (i.opened_at at time zone :time_zone)::date, c.n
    from {ROWS} (incident bigint, before bigint, after bigint)
    join incident i on i.region = :region and i.id = r.incident
    cross join lateral (values (r.before, -1), (r.after, 1)) c (category, n)
    where i.point_3857 is not null and i.vanished_at is null""")
"""Cells count by category: an incident of another one leaves the one cell and comes into the other."""
RECORD = text(f"{RECORD_INCIDENTS} where i.region = :region and i.id = any(:ids) order by i.id")


@dataclass(frozen=True)
class Action:
    """What is done: `verb` with what it asked for, as JSON."""

    who: str
    verb: str
    key: UUID
    parameters: Mapping[str, Any]
    batch: UUID | None = None
    undoes: int | None = None

    def row(self, incident: int, at: datetime, version: int, before: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of `ACTIONS`."""
        names = ("key", "batch", "who", "verb", "parameters", "undoes")
        about = {"incident": incident, "at": at, "version": version, "before": before}
        return {name: getattr(self, name) for name in names} | about


@dataclass(frozen=True)
class Performed:
    """An action that was done; `version` is the incident's after it, `left_event` the number of the mass
    event that it is part of no more."""

    action: int
    incident: int
    verb: str
    version: int
    at: datetime
    left_event: str | None = None


@dataclass(frozen=True)
class Deed:
    """An action on one incident, whose state is locked. `decisions`: field -> its row of `decision` as it
    shall be, none = no decision on it any more."""

    state: State
    action: Action
    changes: Changes
    decisions: Mapping[str, dict[str, Any] | None]

    @property
    def version(self) -> int:
        return self.state.version + 1

    @property
    def left_event(self) -> str | None:
        leaves = self.changes.get("group", self.state["group"]) is None
        return self.state.event.number if leaves and self.state.event is not None else None

    @property
    def fields(self) -> dict[str, Any]:
        return {what: written(value) for what, value in (self.state.fields | self.changes).items()}

    def row(self) -> dict[str, Any]:
        """The action's row; `before` keeps the values before it, in the form in which an event writes
        them."""
        before: dict[str, Any] = {what: written(self.state[what]) for what in self.changes}
        before["decisions"] = {what: self.state.decisions.get(what) for what in self.decisions}
        return self.action.row(self.state.id, self.state.now, self.version, before)


def write(
    connection: Connection,
    city: City,
    state: State,
    action: Action,
    changes: Changes,
    decisions: Mapping[str, dict[str, Any] | None],
) -> Performed:
    [performed] = write_all(connection, city, [Deed(state, action, changes, decisions)])
    return performed


def write_all(connection: Connection, city: City, deeds: Sequence[Deed]) -> list[Performed]:
    """One deed an incident, in the order that is given."""
    if not deeds:
        return []

    run = partial(write_rows, connection, city)
    ids = {row.incident_id: row.id for row in run(ACTIONS, [deed.row() for deed in deeds])}
    whole = [{"incident": deed.state.id, "version": deed.version, **deed.fields} for deed in deeds]
    run(INCIDENTS, whole)
    run(CASES, whole)
    run(WITHDRAW, [one for deed in deeds for one in _decisions(deed) if len(one) == 2])
    run(DECIDE, [one for deed in deeds for one in _decisions(deed) if len(one) > 2])
    events = [event | {"action": ids[deed.state.id]} for deed in deeds for event in _events(deed)]
    run(EVENTS, [event | {"nth": nth} for nth, event in enumerate(events)])
    run(
        MOVE_DENSITY,
        [
            {"incident": deed.state.id, "before": deed.state["category"], "after": deed.changes["category"]}
            for deed in deeds
            if deed.changes.get("category", deed.state["category"]) != deed.state["category"]
        ],
    )
    moved = [deed for deed in deeds if "due_at" in deed.changes]
    set_pressing(
        connection,
        city,
        [deed.state.id for deed in moved if deed.changes["due_at"] != deed.state["due_at"]],
    )
    connection.execute(RECORD, {"region": city.region, "ids": list(ids)})
    _record_audit(connection, deeds, ids)
    return [
        Performed(
            ids[deed.state.id],
            deed.state.id,
            deed.action.verb,
            deed.version,
            deed.state.now,
            deed.left_event,
        )
        for deed in deeds
    ]


def write_rows(
    connection: Connection, city: City, statement: TextClause, rows: Sequence[Mapping[str, Any]]
) -> Sequence[AnyRow]:
    """Runs a statement over the rows; the rows that it returns, if any."""
    if not rows:
        return ()
    document = json.dumps(rows, ensure_ascii=False, default=_as_text)
    bound = {"region": city.region, "rows": document, "time_zone": city.time_zone.key}
    result = connection.execute(statement, bound)
    return result.all() if result.returns_rows else ()


def _record_audit(connection: Connection, deeds: Sequence[Deed], ids: Mapping[int, int]) -> None:
    acts: dict[tuple[str, str], list[dict[str, object]]] = {}
    for deed in deeds:
        action, incident = deed.action, deed.state.id
        row: dict[str, object] = {"incident": incident, "action": ids[incident], "undoes": action.undoes}
        acts.setdefault((action.who, action.verb), []).append(row)
    for (who, verb), rows in acts.items():
        record_audits(connection, who, f"incident.{verb}", rows)


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


def _as_text(value: object) -> str:
    assert isinstance(value, datetime | UUID)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _decisions(deed: Deed) -> list[dict[str, Any]]:
    """A row for each field that is decided or withdrawn; of the latter only which it is."""
    return [
        {"incident": deed.state.id, "field": FIELDS[what].decision}
        | ({} if row is None else {name: row[name] for name in DECISION})
        for what, row in deed.decisions.items()
    ]


def _events(deed: Deed) -> list[dict[str, Any]]:
    """One for each field that is another now; for an action that changes none, one that is named like it."""
    state, action = deed.state, deed.action
    about = {"incident": state.id, "at": state.now, "who": action.who, "version": deed.version}
    events = [
        {"what": what, "before": written(state[what]), "after": written(value)}
        for what, value in deed.changes.items()
        if state[what] != value
    ] or [{"what": action.verb, "before": None, "after": action.parameters.get("text")}]
    return [about | event for event in events]
