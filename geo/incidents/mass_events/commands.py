"""What a person does with a mass event, each in the caller's transaction and once for a key.

Every command takes the version of the event that the officer looked at, and raises `Conflict` ("mass.stale")
with who did what where another was first. Raised besides: `NotFound` ("mass.unknown"), `Forbidden`
("mass.outside"), `InvalidInput` ("mass.members", "incident.key_used").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Len
from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput
from geo.incidents.cases import verbs
from geo.incidents.cases.state import State, on_the_clock
from geo.incidents.cases.verbs import Because, SetStatus, Wish, Words
from geo.incidents.mass_events.members import (
    Event,
    EventStep,
    StepDone,
    check_current,
    done_before,
    lock_all,
    lock_event,
    lock_members,
    write_members,
    write_step,
)
from geo.incidents.mass_events.rules import rule_of
from geo.ranges import Id
from geo.settings import City

MOST = 1000
"""Incidents of one event: they are locked and written together, and each is told to every screen."""
LEAST = 2
NUMBERS = 8109_51
"""The advisory lock under which a number of the year is given."""
NEW = text("""
    insert into mass_event (region, number, category_id, kind, status, radius_m, window_h, confirmed_by,
        confirmed_at, version)
    values (:region, :number, :category, :kind, 'open', :radius_m, :window_h, :who, :at, 0) returning id""")
LAST_NUMBER = text("""
    select coalesce(max(substr(number, 6)::int), 0) from mass_event
    where region = :region and number like :year || '%'""")
ABOUT = text("""
    select i.id, i.category_id, e.number, s.who, s.at
    from incident i left join mass_event e on e.region = i.region and e.id = i.group_id
    left join lateral (select who, at from mass_event_step s where s.region = i.region
        and s.event_id = i.group_id order by id desc limit 1) s on true
    where i.region = :region and i.id = any(:ids)""")
DISMISS = text("""
    insert into mass_dismissal (region, incident_id, who)
    select :region, i.id, :who from incident i where i.region = :region and i.id = any(:ids)
    on conflict (region, incident_id) do update set who = excluded.who, at = now()""")

Members = Annotated[tuple[Id, ...], Len(1, MOST)]


@dataclass(frozen=True)
class ChosenIncidents(Wish):
    """Which of its incidents, or which others."""

    incidents: Members


@dataclass(frozen=True)
class AnswerAll(Wish):
    """What every caller is told."""

    text: Words


@dataclass(frozen=True)
class CloseAll(Wish):
    """As `geo.incidents.cases.verbs.Close`; `answer`: what every caller is told, else what they were told
    before."""

    outcome: Literal["done", "not_confirmed", "refused", "not_ours"]
    answer: Words | None = None
    reason: Words | None = None
    handed_to: Words | None = None


def confirm(
    connection: Connection, city: City, principal: Principal, incidents: Collection[int], key: UUID
) -> StepDone:
    """Make one event of open incidents of one category. Raises `Conflict` ("mass.taken": another made one of
    them, who and when; "mass.few": too few are open by now)."""
    step = EventStep(principal.name, "confirm", key, {"incidents": sorted(incidents)})
    if known := done_before(connection, city, step, None):
        return known
    if not LEAST <= len(incidents) <= MOST:
        raise InvalidInput("mass.members", n=len(incidents), least=LEAST, most=MOST)
    states = [
        state for state in lock_all(connection, city, principal, list(incidents)) if not state.is_closed
    ]
    if len(states) < LEAST:
        raise Conflict("mass.few", n=len(states))
    category = _common_category(connection, city, states)
    event = _new_event(connection, city, principal.name, states[0], category)
    done = write_members(connection, city, event, states, step, "group", lambda _: {"group": event.id})
    return write_step(connection, city, event, step, {}, done, len(incidents) - len(states))


def join(
    connection: Connection, city: City, principal: Principal, event: Event, wish: ChosenIncidents, step: EventStep
) -> StepDone:
    """More open incidents of its category become part of it."""
    _need_open(event)
    states = [state for state in lock_all(connection, city, principal, wish.incidents) if not state.is_closed]
    if not states:
        raise Conflict("mass.few", n=0)
    if _common_category(connection, city, states) != event.category:
        raise InvalidInput("mass.category")
    if len(lock_members(connection, city, principal, event.id)) + len(states) > MOST:
        raise InvalidInput("mass.members", n=len(states), least=1, most=MOST)
    done = write_members(
        connection, city, event, states, step, "group", lambda _: {"group": event.id} | _status_of(event)
    )
    return write_step(connection, city, event, step, {}, done, len(wish.incidents) - len(states))


def leave(
    connection: Connection, city: City, principal: Principal, event: Event, wish: ChosenIncidents, step: EventStep
) -> StepDone:
    """Some of its incidents are on their own again."""
    states = _chosen(connection, city, principal, event, wish)
    done = write_members(connection, city, event, states, step, "ungroup", lambda _: {"group": None})
    return write_step(connection, city, event, step, {}, done)


def split(
    connection: Connection, city: City, principal: Principal, event: Event, wish: ChosenIncidents, step: EventStep
) -> StepDone:
    """Some of its incidents become an event of their own, with its answer."""
    states = _chosen(connection, city, principal, event, wish)
    if len(states) < LEAST:
        raise InvalidInput("mass.members", n=len(states), least=LEAST, most=MOST)
    other = _new_event(connection, city, principal.name, states[0], event.category)
    done = write_members(connection, city, other, states, step, "group", lambda _: {"group": other.id})
    born = EventStep(step.who, "confirm", _other_key(step.key), {"incidents": list(wish.incidents)})
    carried = {"status": event.status, "answer": event.fields["answer"]}
    write_step(connection, city, other, born, carried, done)
    step = EventStep(step.who, step.verb, step.key, {**step.parameters, "event": other.id})
    return write_step(connection, city, event, step, {}, done)


def answer(
    connection: Connection, city: City, principal: Principal, event: Event, wish: AnswerAll, step: EventStep
) -> StepDone:
    states = lock_members(connection, city, principal, event.id)
    done = write_members(connection, city, event, states, step, "answer", lambda _: {})
    return write_step(connection, city, event, step, {"answer": wish.text}, done)


def set_status(
    connection: Connection, city: City, principal: Principal, event: Event, wish: SetStatus, step: EventStep
) -> StepDone:
    _need_open(event)
    if event.status == wish.status:
        raise Conflict("incident.same")
    states = _open_members(connection, city, principal, event)
    done = write_members(connection, city, event, states, step, "status", lambda _: {"status": wish.status})
    return write_step(connection, city, event, step, {"status": wish.status}, done)


def close(
    connection: Connection, city: City, principal: Principal, event: Event, wish: CloseAll, step: EventStep
) -> StepDone:
    """The event and every incident of it that is still open, with one outcome and one answer."""
    _need_open(event)
    states = lock_members(connection, city, principal, event.id)
    still_open = [state for state in states if not state.is_closed and state.vanished_at is None]
    each = verbs.Close(wish.outcome, wish.reason, wish.handed_to)
    done = write_members(
        connection, city, event, still_open, step, "close", lambda state: verbs.close(state, each, step.who)
    )
    fields = {"status": "closed", "outcome": wish.outcome, "closed_at": event.now}
    if wish.answer:
        fields["answer"] = wish.answer
    return write_step(connection, city, event, step, fields, done, len(states) - len(still_open))


def reopen(
    connection: Connection, city: City, principal: Principal, event: Event, wish: Because, step: EventStep
) -> StepDone:
    """With every incident that was closed with it; one that was closed before or otherwise stays so."""
    if event.status != "closed":
        raise Conflict("mass.not_closed", number=event.number)
    states = [
        state
        for state in lock_members(connection, city, principal, event.id)
        if state.is_closed and state["closed_at"] >= event.fields["closed_at"] and state.vanished_at is None
    ]
    done = write_members(
        connection, city, event, states, step, "reopen", lambda state: verbs.reopen(state, wish, step.who)
    )
    fields = {"status": "in_progress", "outcome": None, "closed_at": None}
    return write_step(connection, city, event, step, fields, done)


def dissolve(
    connection: Connection, city: City, principal: Principal, event: Event, wish: Wish, step: EventStep
) -> StepDone:
    """It was none: its incidents are on their own again, as they are by now."""
    _need_open(event)
    states = lock_members(connection, city, principal, event.id)
    done = write_members(connection, city, event, states, step, "ungroup", lambda _: {"group": None})
    return write_step(connection, city, event, step, {"status": "dissolved"}, done)


@dataclass(frozen=True)
class EventVerb:
    wish: type[Wish]
    run: Any
    """As the functions above: (connection, city, principal, event, wish, step) -> StepDone."""


EVENT_VERBS: Mapping[str, EventVerb] = {
    "join": EventVerb(ChosenIncidents, join),
    "leave": EventVerb(ChosenIncidents, leave),
    "split": EventVerb(ChosenIncidents, split),
    "answer": EventVerb(AnswerAll, answer),
    "status": EventVerb(SetStatus, set_status),
    "close": EventVerb(CloseAll, close),
    "reopen": EventVerb(Because, reopen),
    "dissolve": EventVerb(verbs.Nothing, dissolve),
}


def act_on_event(
    connection: Connection,
    city: City,
    principal: Principal,
    event: int,
    verb: str,
    wish: Wish,
    seen: int,
    key: UUID,
) -> StepDone:
    """One of `EVENT_VERBS`, for the event as the officer saw it at version `seen`."""
    step = EventStep(principal.name, verb, key, _stated(wish))
    if done := done_before(connection, city, step, event):
        return done
    locked = lock_event(connection, city, event)
    check_current(connection, city, locked, seen)
    done = EVENT_VERBS[verb].run(connection, city, principal, locked, wish, step)
    assert isinstance(done, StepDone)
    return done


def dismiss(
    connection: Connection, city: City, principal: Principal, incidents: Collection[int]
) -> dict[str, int]:
    """These are no mass event: they are suggested no more, until enough others join them."""
    states = lock_all(connection, city, principal, list(incidents))
    bound = {"region": city.region, "who": principal.name, "ids": [state.id for state in states]}
    connection.execute(DISMISS, bound)
    record_audit(connection, principal.name, "mass.dismissed", incidents=len(states))
    return {"n": len(states)}


def _new_event(connection: Connection, city: City, who: str, first: State, category: int) -> Event:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": NUMBERS})
    year = f"M-{first.now.astimezone(city.time_zone):%y}-"
    last = connection.execute(LAST_NUMBER, {"region": city.region, "year": year}).scalar_one()
    number, rule = f"{year}{last + 1:04}", rule_of(connection, category)
    bound = {"region": city.region, "number": number, "category": category, "kind": first.kind}
    size = {"radius_m": rule.radius_m, "window_h": rule.window_h}
    event = connection.execute(NEW, bound | size | {"who": who, "at": first.now}).scalar_one()
    fields: dict[str, Any] = {"status": "open", "answer": None, "outcome": None, "closed_at": None}
    return Event(event, number, category, first.kind, 0, first.now, fields)


def _common_category(connection: Connection, city: City, states: list[State]) -> int:
    bound = {"region": city.region, "ids": [state.id for state in states]}
    rows = connection.execute(ABOUT, bound).all()
    for row in rows:
        if row.number is not None:
            raise Conflict("mass.taken", number=row.number, who=row.who, at=_clock(city, row.at))
    categories = {row.category_id for row in rows}
    if len(categories) != 1 or None in categories:
        raise InvalidInput("mass.category")
    return int(categories.pop())


def _stated(wish: Wish) -> dict[str, Any]:
    """What is asked for, as a step's row keeps it."""
    return {name: value for name, value in asdict(wish).items() if value is not None}


def _clock(city: City, at: datetime | None) -> str | None:
    return None if at is None else on_the_clock(city, at)


def _chosen(
    connection: Connection, city: City, principal: Principal, event: Event, wish: ChosenIncidents
) -> list[State]:
    """Those of its incidents that are named. Raises `InvalidInput` ("mass.not_member")."""
    _need_open(event)
    members = {state.id: state for state in lock_members(connection, city, principal, event.id)}
    if foreign := sorted(set(wish.incidents) - set(members)):
        raise InvalidInput("mass.not_member", incident=foreign[0], number=event.number)
    return [members[incident] for incident in sorted(set(wish.incidents))]


def _open_members(connection: Connection, city: City, principal: Principal, event: Event) -> list[State]:
    states = lock_members(connection, city, principal, event.id)
    return [state for state in states if not state.is_closed and state.vanished_at is None]


def _status_of(event: Event) -> verbs.Changes:
    """What joins an event that is being worked on is worked on too."""
    return {"status": "in_progress"} if event.status == "in_progress" else {}


def _need_open(event: Event) -> None:
    if event.status == "closed":
        raise Conflict("mass.closed", number=event.number)


def _other_key(key: UUID) -> UUID:
    """Of the step by which what was split off begins."""
    return UUID(int=key.int ^ 1)
