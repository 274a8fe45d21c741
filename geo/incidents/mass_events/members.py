"""A mass event and its incidents under their locks, what every step checks, and how a step writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.errors import Conflict, Forbidden, InvalidInput, NotFound
from geo.incidents.cases.state import State, lock, need_possible, on_the_clock
from geo.incidents.cases.verbs import Changes
from geo.incidents.cases.write import Action, Deed, Performed, decided, write_all
from geo.settings import City

LEAST = 2
"""Fewer incidents are no event."""
GOES_ON = ("open", "in_progress")
ENDS = ("dissolve", "undo")
"""Steps that say themselves that an event was none."""
OWN = ("status", "answer", "outcome", "closed_at")
"""The fields of an event that a step changes."""
LOCK = text("""
    select id, number, category_id, kind, status, radius_m, window_h, answer, outcome, confirmed_by,
        confirmed_at, closed_at, version, clock_timestamp() as now
    from mass_event where region = :region and id = :event for update""")
LAST = text("""
    select id, who, verb, at from mass_event_step where region = :region and event_id = :event
    order by id desc limit 1""")
FOUND = text("""
    select s.id, s.event_id, s.verb, s.version, s.at, s.undoes, s.parameters, e.number from mass_event_step s
    join mass_event e on e.region = s.region and e.id = s.event_id
    where s.region = :region and s.who = :who and s.key = :key""")
MEMBERS = text("select id from incident where region = :region and group_id = :event order by id")
SCOPE = text("""
    with part as (select id, vanished_at from incident where region = :region and group_id = :event),
    ever as (select id from part union all select named::bigint from mass_event_step s,
        jsonb_array_elements_text(s.parameters -> 'incidents') named
        where s.region = :region and s.event_id = :event)
    select distinct i.kind, d.key as district from incident i
    left join district d on d.region = i.region and d.id = i.district_id
    where i.region = :region and i.id in (select id from part where vanished_at is null
        union all select id from ever where not exists (select from part where vanished_at is null))""")
"""Kinds and districts of what is part of it or, where nothing is any more, was."""
STEP = text("""
    insert into mass_event_step (region, event_id, key, at, who, verb, parameters, before, version, undoes)
    values (:region, :event, :key, :at, :who, :verb, cast(:parameters as jsonb), cast(:before as jsonb),
        :version, :undoes) returning id""")
UPDATE = text("""
    update mass_event set status = :status, answer = :answer, outcome = :outcome, closed_at = :closed_at,
        version = :version
    where region = :region and id = :event""")


@dataclass(frozen=True)
class Event:
    """An event as it stands under its lock; `fields`: the values of `OWN`."""

    id: int
    number: str
    category: int
    kind: str
    version: int
    now: datetime
    fields: dict[str, Any]

    @property
    def status(self) -> str:
        return str(self.fields["status"])


@dataclass(frozen=True)
class EventStep:
    """A step that a person takes with an event; `key`: of their click."""

    who: str
    verb: str
    key: UUID
    parameters: Mapping[str, Any]
    undoes: int | None = None


@dataclass(frozen=True)
class StepDone:
    """A step that was taken. `n`: how many incidents it changed; `left`: how many it left as they were;
    `ended`: too few were left by it, so the event was taken apart."""

    step: int
    event: int
    number: str
    verb: str
    version: int
    at: datetime
    n: int
    left: int = 0
    ended: bool = False


def done_before(connection: Connection, city: City, step: EventStep, event: int | None) -> StepDone | None:
    """The outcome of an earlier step with this key; `event` none = it made one. Raises `InvalidInput`
    ("incident.key_used")."""
    bound = {"region": city.region, "who": step.who, "key": step.key}
    row = connection.execute(FOUND, bound).first()
    if row is None:
        return None
    expected = row.event_id if event is None else event
    if (row.event_id, row.verb, row.undoes) != (expected, step.verb, step.undoes):
        raise InvalidInput("incident.key_used")
    counts = (row.parameters["n"], row.parameters["left"], row.parameters.get("ended", False))
    return StepDone(row.id, row.event_id, row.number, row.verb, row.version, row.at, *counts)


def lock_event(connection: Connection, city: City, principal: Principal, event: int) -> Event:
    """Raises `NotFound` ("mass.unknown"), also for one of which the caller sees nothing."""
    bound = {"region": city.region, "event": event}
    row = connection.execute(LOCK, bound).mappings().first()
    scope = connection.execute(SCOPE, bound).all()
    if row is None or not any(principal.sees(one.kind, one.district) for one in scope):
        raise NotFound("mass.unknown", event=event)
    fields = {name: row[name] for name in OWN}
    return Event(
        row["id"], row["number"], row["category_id"], row["kind"], row["version"], row["now"], fields
    )


def check_current(connection: Connection, city: City, event: Event, seen: int) -> None:
    """Raises `Conflict`: "mass.dissolved", "mass.stale" with who did what since version `seen`; what
    `need_possible` raises."""
    need_possible(seen, event.version)
    if seen == event.version and event.status != "dissolved":
        return
    last = last_step(connection, city, event.id)
    code = "mass.dissolved" if event.status == "dissolved" else "mass.stale"
    raise Conflict(
        code,
        number=event.number,
        who=last.who,
        verb=last.verb,
        at=on_the_clock(city, last.at),
        version=event.version,
    )


def last_step(connection: Connection, city: City, event: int) -> Any:
    return connection.execute(LAST, {"region": city.region, "event": event}).one()


def member_ids(connection: Connection, city: City, event: int) -> list[int]:
    return list(connection.execute(MEMBERS, {"region": city.region, "event": event}).scalars())


def lock_all(connection: Connection, city: City, principal: Principal, ids: Sequence[int]) -> list[State]:
    """Raises `Forbidden` ("mass.outside") where the caller does not see each of them: they would decide on
    what they do not know."""
    states = lock(connection, city, principal, ids)
    if len(states) < len(set(ids)):
        raise Forbidden("mass.outside", n=len(set(ids)) - len(states))
    return [states[incident] for incident in sorted(states)]


def write_step(
    connection: Connection,
    city: City,
    event: Event,
    step: EventStep,
    fields: Mapping[str, Any],
    done: Sequence[Performed],
    left: int = 0,
) -> StepDone:
    """The event's own row, its step, one line of the audit. `fields`: what of `OWN` is another now."""
    version, now = event.version + 1, event.now
    ended = fields.get("status") == "dissolved" and step.verb not in ENDS
    bound = {"region": city.region, "event": event.id, "version": version}
    connection.execute(UPDATE, bound | event.fields | dict(fields))
    parameters = {**step.parameters, "n": len(done), "left": left} | ({"ended": True} if ended else {})
    step_id = connection.execute(
        STEP,
        bound
        | {
            "key": step.key,
            "at": now,
            "who": step.who,
            "verb": step.verb,
            "parameters": json.dumps(parameters, ensure_ascii=False, default=str),
            "before": json.dumps(event.fields, ensure_ascii=False, default=str),
            "undoes": step.undoes,
        },
    ).scalar_one()
    record_audit(connection, step.who, f"mass.{step.verb}", event=event.id, step=step_id, incidents=len(done))
    return StepDone(step_id, event.id, event.number, step.verb, version, now, len(done), left, ended)


def write_members(
    connection: Connection,
    city: City,
    event: Event,
    states: Iterable[State],
    step: EventStep,
    verb: str,
    changes_of: Callable[[State], Changes],
) -> list[Performed]:
    """An action `verb` on each; the step's key is their batch, and each says which event it was for."""
    parameters = {name: value for name, value in step.parameters.items() if name != "incidents"}
    parameters["event"] = event.number
    template = Action(step.who, verb, step.key, parameters, batch=step.key)
    deeds = []
    for state in states:
        action = replace(template, key=uuid5(step.key, f"{verb} {state.id}"))
        changes = changes_of(state)
        deeds.append(Deed(state, action, changes, decided(state, action, changes)))
    return write_all(connection, city, deeds)


def settle(
    connection: Connection, city: City, event: Event, step: EventStep, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Performed]]:
    """What a step leads to at its end: with fewer than `LEAST` incidents an event does not go on, nothing is
    part of one that is dissolved, and nothing open of one that is closed. The fields of the event with that,
    and the actions that took incidents out of it, whoever may see them."""
    status = fields.get("status", event.status)
    everybody = Principal(step.who, "duty", frozenset())
    members = lock(connection, city, everybody, member_ids(connection, city, event.id)).values()
    if status in GOES_ON and sum(state.vanished_at is None for state in members) < LEAST:
        status = "dissolved"
    leaving = [state for state in members if status == "dissolved" or _is_open_in(status, state)]
    done = write_members(connection, city, event, leaving, step, "ungroup", lambda _: {"group": None})
    return {**fields, "status": status}, done


def _is_open_in(status: str, state: State) -> bool:
    return status == "closed" and not state.is_closed and state.vanished_at is None
