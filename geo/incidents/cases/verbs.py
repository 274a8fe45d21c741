"""The actions: what each asks for (a frozen dataclass, its types checked at the edge), when it is refused,
and which fields it sets. Pure: the state goes in, the changes come out.

To add a verb: its dataclass and function here, with a line in `VERBS`; its words under "duty.act.VERB" and
"duty.done.VERB"; its button in `dashboard/pages/map/actions.py`, or in `dashboard/pages/desk`. Routes
follow from `VERBS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Len

from geo.deadlines.clock import RegulatoryClock
from geo.errors import Conflict, InvalidInput
from geo.incidents.cases.fields import Value
from geo.incidents.cases.model import TOP_ESCALATION
from geo.incidents.cases.state import State
from geo.ranges import Id, Moment

Words = Annotated[str, Len(1, 2000)]
Changes = dict[str, Value]
LONGEST_SHELF = timedelta(days=7)
LONGEST_EXTENSION = timedelta(days=366)


@dataclass(frozen=True)
class Wish:
    """What an action asks for. A text in it is the officer's own words."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "str_strip_whitespace": True}


@dataclass(frozen=True)
class Nothing(Wish):
    """The verb says it all."""


@dataclass(frozen=True)
class Note(Wish):
    text: Words


@dataclass(frozen=True)
class Because(Wish):
    reason: Words


@dataclass(frozen=True)
class Escalate(Wish):
    reason: Words | None = None


@dataclass(frozen=True)
class SetPriority(Wish):
    priority: Literal[0, 1, 2]


@dataclass(frozen=True)
class SetStatus(Wish):
    status: Literal["open", "in_progress"]


@dataclass(frozen=True)
class Assign(Wish):
    performer: Id


@dataclass(frozen=True)
class Classify(Wish):
    category: Id


@dataclass(frozen=True)
class SetOutcome(Wish):
    outcome: Literal["done", "not_confirmed", "refused", "not_ours"]
    reason: Words


@dataclass(frozen=True)
class Until(Wish):
    until: Moment
    reason: Words


@dataclass(frozen=True)
class Close(Wish):
    """`reason`: why it was refused; `handed_to`: whose it is. Of a duplicate the incident that it repeats, by
    its id or by its number as people know it."""

    outcome: Literal["done", "not_confirmed", "refused", "not_ours", "duplicate"]
    reason: Words | None = None
    handed_to: Words | None = None
    duplicate_of: Id | None = None
    duplicate_number: Words | None = None


@dataclass(frozen=True)
class Settle(Wish):
    """`take`: what the source says now, or what was decided."""

    field: Literal["status", "priority", "category", "performer", "due_at"]
    take: Literal["source", "decision"]


def acknowledge(state: State, wish: Nothing, who: str) -> Changes:
    need_open(state)
    if state["acknowledged_by"] is not None:
        raise Conflict("incident.acknowledged", who=state["acknowledged_by"])
    return {"acknowledged_by": who, "acknowledged_at": state.now}


def note(state: State, wish: Note, who: str) -> Changes:
    return {}


def set_priority(state: State, wish: SetPriority, who: str) -> Changes:
    need_open(state)
    return changed(state, priority=wish.priority)


def set_status(state: State, wish: SetStatus, who: str) -> Changes:
    need_open(state)
    return changed(state, status=wish.status)


def assign(state: State, wish: Assign, who: str) -> Changes:
    need_open(state)
    return changed(state, performer=wish.performer)


def classify(state: State, wish: Classify, who: str) -> Changes:
    """A closed one can be too: what it was counts after it is over."""
    return changed(state, category=wish.category)


def set_outcome(state: State, wish: SetOutcome, who: str) -> Changes:
    """A closed one stays closed: what came of it was something else."""
    need_closed(state)
    return {**changed(state, outcome=wish.outcome), "duplicate_of": None}


def escalate(state: State, wish: Escalate, who: str) -> Changes:
    need_open(state)
    if state["escalation"] >= TOP_ESCALATION:
        raise Conflict("incident.top_escalation")
    return {"escalation": state["escalation"] + 1}


def more_time(state: State, wish: Until, who: str) -> Changes:
    need_open(state)
    if state["paused_at"] is not None:
        raise Conflict("incident.paused")
    if state["due_at"] is None:
        raise Conflict("incident.no_deadline")
    check_until(wish.until, max(state.now, state["due_at"]), state.now + LONGEST_EXTENSION)
    return {"due_at": wish.until}


def pause(state: State, wish: Because, who: str) -> Changes:
    """Only in time: a pause would hide that it is late. What is left is counted as the clock counts: of work,
    where it runs in working time."""
    need_open(state)
    if state["paused_at"] is not None:
        raise Conflict("incident.paused")
    if state["due_at"] is None:
        raise Conflict("incident.no_deadline")
    if state["due_at"] <= state.now:
        raise Conflict("incident.late")
    left_s = RegulatoryClock.of_due(state.now, state["due_at"], (), state.calendar).period.total_seconds()
    if left_s < 1:
        raise Conflict("incident.no_time_left")
    return {"paused_at": state.now, "left_s": int(left_s), "due_at": None}


def resume(state: State, wish: Nothing, who: str) -> Changes:
    if state["paused_at"] is None:
        raise Conflict("incident.not_paused")
    return running(state)


def shelve(state: State, wish: Until, who: str) -> Changes:
    need_open(state)
    check_until(wish.until, state.now, state.now + LONGEST_SHELF)
    return changed(state, shelved_until=wish.until)


def unshelve(state: State, wish: Nothing, who: str) -> Changes:
    if state["shelved_until"] is None:
        raise Conflict("incident.not_shelved")
    return {"shelved_until": None}


def close(state: State, wish: Close, who: str) -> Changes:
    need_open(state)
    if (wish.outcome == "refused") != (wish.reason is not None):
        raise InvalidInput("incident.refused_reason")
    if (wish.outcome == "not_ours") != (wish.handed_to is not None):
        raise InvalidInput("incident.handed_to")
    if (wish.outcome == "duplicate") != (wish.duplicate_of is not None) or wish.duplicate_of == state.id:
        raise InvalidInput("incident.duplicate_of")
    return {
        "status": "closed",
        "closed_at": state.now,
        "outcome": wish.outcome,
        "duplicate_of": wish.duplicate_of,
        "shelved_until": None,
        **running(state),
    }


def reopen(state: State, wish: Because, who: str) -> Changes:
    need_closed(state)
    return {**opened_again(state), "reopened": state["reopened"] + 1}


def return_for_revision(state: State, wish: Because, who: str) -> Changes:
    """The performer's work, whether it is still open or was closed as done."""
    again = opened_again(state) if state.is_closed else {"status": "in_progress"}
    return {**again, "returned": state["returned"] + 1}


def settle(state: State, wish: Settle, who: str) -> Changes:
    """The decision on the field stands again, or gives way to what the source says
    (`geo.incidents.cases.write` keeps or deletes its row)."""
    if wish.field not in state.conflicts:
        raise Conflict("incident.no_conflict")
    if wish.take == "decision":
        return {}
    changes: Changes = {wish.field: state.source[wish.field]}
    if wish.field == "status":
        closes = changes["status"] == "closed"
        closed_at = state.decisions["status"]["source_closed_at"]
        changes["closed_at"] = (closed_at or state.now) if closes else None
        if not closes:
            changes |= {"outcome": None, "duplicate_of": None}
    return changes


def need_open(state: State) -> None:
    if state.is_closed:
        raise Conflict("incident.closed")


def need_closed(state: State) -> None:
    if not state.is_closed:
        raise Conflict("incident.not_closed")


def changed(state: State, **fields: Value) -> Changes:
    """Raises `Conflict` ("incident.same") where the incident is so already."""
    if all(state[what] == value for what, value in fields.items()):
        raise Conflict("incident.same")
    return fields


def check_until(until: datetime, after: datetime, latest: datetime) -> None:
    if not after < until <= latest:
        raise InvalidInput("incident.until", first=after.isoformat(), last=latest.isoformat())


def running(state: State) -> Changes:
    """The clock as it runs on after a pause; nothing where it runs."""
    if state["paused_at"] is None:
        return {}
    left = timedelta(seconds=state["left_s"])
    return {
        "due_at": RegulatoryClock(state.now, left, (), state.calendar).due_at,
        "paused_at": None,
        "left_s": None,
    }


def opened_again(state: State) -> Changes:
    return {"status": "in_progress", "closed_at": None, "outcome": None, "duplicate_of": None}


@dataclass(frozen=True)
class Verb:
    """`changes(state, wish, who)` gives the fields that the action sets, and raises where it is refused."""

    key: str
    wish: type[Wish]
    changes: Callable[[State, Any, str], Changes]


VERBS: Mapping[str, Verb] = {
    verb.key: verb
    for verb in (
        Verb("acknowledge", Nothing, acknowledge),
        Verb("note", Note, note),
        Verb("priority", SetPriority, set_priority),
        Verb("status", SetStatus, set_status),
        Verb("assign", Assign, assign),
        Verb("classify", Classify, classify),
        Verb("outcome", SetOutcome, set_outcome),
        Verb("escalate", Escalate, escalate),
        Verb("more_time", Until, more_time),
        Verb("pause", Because, pause),
        Verb("resume", Nothing, resume),
        Verb("shelve", Until, shelve),
        Verb("unshelve", Nothing, unshelve),
        Verb("close", Close, close),
        Verb("reopen", Because, reopen),
        Verb("return", Because, return_for_revision),
        Verb("settle", Settle, settle),
    )
}
