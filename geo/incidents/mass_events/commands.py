"""What a person does with a mass event, each in the caller's transaction and once for a key.

Every command takes the version of the event that the officer looked at, and raises `Conflict` ("mass.stale")
with who did what where another was first. Raised besides: `NotFound` ("mass.unknown"), `Forbidden`
("mass.outside"), `InvalidInput` ("mass.members", "incident.key_used").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Len
from sqlalchemy import Connection

from geo.accounts.users import Principal
from geo.errors import Conflict, InvalidInput
from geo.incidents.cases import verbs
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State
from geo.incidents.cases.verbs import Because, SetStatus, Wish, Words
from geo.incidents.mass_events.confirm import MOST, common_category, new_event, open_ones
from geo.incidents.mass_events.members import (
    LEAST,
    Event,
    EventStep,
    StepDone,
    check_current,
    done_before,
    lock_all,
    lock_event,
    member_ids,
    settle,
    write_members,
    write_step,
)
from geo.ranges import Id
from geo.settings import City

Members = Annotated[tuple[Id, ...], Len(1, MOST)]


@dataclass(frozen=True)
class ChosenIncidents(Wish):
    """The incidents that a command on a mass event concerns: some of its own, or others to be added."""

    incidents: Members


@dataclass(frozen=True)
class AnswerAll(Wish):
    """The answer for every caller."""

    text: Words


@dataclass(frozen=True)
class CloseAll(Wish):
    """The fields of `geo.incidents.cases.verbs.Close`, for all incidents of a mass event. `answer`: the text
    for every caller; none = the one that they were given before."""

    outcome: Literal["done", "not_confirmed", "refused", "not_ours"]
    answer: Words | None = None
    reason: Words | None = None
    handed_to: Words | None = None


@dataclass(frozen=True)
class EventDesk:
    """Where a step is taken: the event is locked, and so are its `members` and `others`, the incidents that
    a wish names besides; the caller sees all of them."""

    connection: Connection
    city: City
    principal: Principal
    event: Event
    step: EventStep
    members: list[State]
    others: list[State]

    def chosen(self, wish: ChosenIncidents) -> list[State]:
        """Those of its incidents that are named. Raises `InvalidInput` ("mass.not_member")."""
        members = {state.id: state for state in self.members}
        if foreign := sorted(set(wish.incidents) - set(members)):
            raise InvalidInput("mass.not_member", incident=foreign[0], number=self.event.number)
        return [members[incident] for incident in sorted(set(wish.incidents))]

    def need_open(self) -> None:
        if self.event.status == "closed":
            raise Conflict("mass.closed", number=self.event.number)

    def finish(
        self,
        states: list[State],
        verb: str,
        changes_of: Callable[[State], verbs.Changes],
        left: int = 0,
        **fields: Any,
    ) -> StepDone:
        """An action `verb` on each of the incidents; `fields` of the event are another now."""
        where = (self.connection, self.city, self.event)
        done = write_members(*where, states, self.step, verb, changes_of)
        settled, out = settle(*where, self.step, fields)
        return write_step(*where, self.step, settled, [*done, *out], left)


def join(desk: EventDesk, wish: ChosenIncidents) -> StepDone:
    """More open incidents of its category become part of it, and are worked on if it is."""
    desk.need_open()
    named = set(wish.incidents)
    states = [state for state in open_ones([*desk.members, *desk.others]) if state.id in named]
    if not states:
        raise Conflict("mass.few", n=0)
    if common_category(desk.connection, desk.city, states) != desk.event.category:
        raise InvalidInput("mass.category")
    if len(desk.members) + len(states) > MOST:
        raise InvalidInput("mass.members", n=len(states), least=1, most=MOST)
    worked_on: verbs.Changes = {"status": "in_progress"} if desk.event.status == "in_progress" else {}
    left = len(wish.incidents) - len(states)
    return desk.finish(states, "group", lambda _: {"group": desk.event.id} | worked_on, left)


def leave(desk: EventDesk, wish: ChosenIncidents) -> StepDone:
    """Some of its incidents are on their own again, and all where too few would be left; of a closed event
    those that are open."""
    chosen = desk.chosen(wish)
    if any(state.is_closed for state in chosen):
        desk.need_open()
    return desk.finish(chosen, "ungroup", lambda _: {"group": None})


def split(desk: EventDesk, wish: ChosenIncidents) -> StepDone:
    """Some of its incidents become an event of their own, with its status and answer."""
    desk.need_open()
    states, step = desk.chosen(wish), desk.step
    rest = _living(desk.members) - _living(states)
    if len(states) < LEAST:
        raise InvalidInput("mass.members", n=len(states), least=LEAST, most=MOST)
    if len(rest) < LEAST:
        raise InvalidInput("mass.split_rest", n=len(rest), least=LEAST)
    other = new_event(desk.connection, desk.city, step.who, states[0], desk.event.category)
    where = (desk.connection, desk.city)
    done = write_members(*where, other, states, step, "group", lambda _: {"group": other.id})
    born = EventStep(step.who, "confirm", _other_key(step.key), {"incidents": list(wish.incidents)})
    carried = {"status": desk.event.status, "answer": desk.event.fields["answer"]}
    write_step(*where, other, born, carried, done)
    step = EventStep(step.who, step.verb, step.key, {**step.parameters, "event": other.id})
    return write_step(*where, desk.event, step, {}, done)


def answer(desk: EventDesk, wish: AnswerAll) -> StepDone:
    return desk.finish(desk.members, "answer", lambda _: {}, answer=wish.text)


def set_status(desk: EventDesk, wish: SetStatus) -> StepDone:
    desk.need_open()
    if desk.event.status == wish.status:
        raise Conflict("incident.same")
    return desk.finish(
        open_ones(desk.members), "status", lambda _: {"status": wish.status}, status=wish.status
    )


def close(desk: EventDesk, wish: CloseAll) -> StepDone:
    """The event and every incident of it that is still open, with one outcome and one answer."""
    desk.need_open()
    members = desk.members
    states = open_ones(members)
    each = verbs.Close(wish.outcome, wish.reason, wish.handed_to)
    return desk.finish(
        states,
        "close",
        lambda state: verbs.close(state, each, desk.step.who),
        len(members) - len(states),
        status="closed",
        outcome=wish.outcome,
        closed_at=desk.event.now,
        answer=wish.answer or desk.event.fields["answer"],
    )


def reopen(desk: EventDesk, wish: Because) -> StepDone:
    """Reopens the event with every incident that was closed with it; one that was closed before or otherwise
    stays so."""
    if desk.event.status != "closed":
        raise Conflict("mass.not_closed", number=desk.event.number)
    if len(_living(desk.members)) < LEAST:
        raise Conflict("mass.few", n=len(_living(desk.members)))
    closed_at = desk.event.fields["closed_at"]
    states = [
        state
        for state in desk.members
        if state.is_closed and state["closed_at"] >= closed_at and state.vanished_at is None
    ]
    return desk.finish(
        states,
        "reopen",
        lambda state: verbs.reopen(state, wish, desk.step.who),
        status="in_progress",
        outcome=None,
        closed_at=None,
    )


def dissolve(desk: EventDesk, wish: Wish) -> StepDone:
    """It was none: its incidents are on their own again, as they are by now."""
    desk.need_open()
    return desk.finish(desk.members, "ungroup", lambda _: {"group": None}, status="dissolved")


@dataclass(frozen=True)
class EventVerb:
    wish: type[Wish]
    run: Callable[[EventDesk, Any], StepDone]


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
    hold_click(connection, principal.name, key)
    step = EventStep(principal.name, verb, key, _stated(wish))
    locked = lock_event(connection, city, principal, event)
    members = member_ids(connection, city, event)
    named = wish.incidents if verb == "join" and isinstance(wish, ChosenIncidents) else ()
    states = lock_all(connection, city, principal, [*members, *named])
    if done := done_before(connection, city, step, event):
        return done
    check_current(connection, city, locked, seen)
    own = [state for state in states if state["group"] == event]
    others = [state for state in states if state["group"] != event]
    return EVENT_VERBS[verb].run(EventDesk(connection, city, principal, locked, step, own, others), wish)


def _living(states: list[State]) -> set[int]:
    return {state.id for state in states if state.vanished_at is None}


def _stated(wish: Wish) -> dict[str, Any]:
    """The wish as a step's row keeps it."""
    return {name: value for name, value in asdict(wish).items() if value is not None}


def _other_key(key: UUID) -> UUID:
    """The key of the step that opens the mass event made of what was split off."""
    return UUID(int=key.int ^ 1)
