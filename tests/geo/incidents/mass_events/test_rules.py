"""What holds between incidents, their mass events and their duplicates, whatever two officers do: single
actions, selections, steps on events, and all of it undone; and what must hold when two do it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.database import transact
from geo.errors import Conflict, Forbidden, IkomekError, InvalidInput, NotFound
from geo.incidents.cases.act import BatchResult, act_on_selection
from geo.incidents.cases.undo import undo_selection
from geo.incidents.cases.verbs import VERBS
from layers.incidents.mass_events import read_mass_events
from layers.scope import Scope
from tests.support.desk import officer
from tests.support.mass_desk import MassDesk

CHECKS = {
    "nothing is part of an event that was taken apart": """
        select i.id from incident i join mass_event e on e.region = i.region and e.id = i.group_id
        where e.status = 'dissolved'""",
    "nothing open is part of a closed event": """
        select i.id from incident i join mass_event e on e.region = i.region and e.id = i.group_id
        where e.status = 'closed' and i.status <> 'closed'""",
    "an event is of one category": """
        select i.id from incident i join mass_event e on e.region = i.region and e.id = i.group_id
        where i.category_id <> e.category_id""",
    "a duplicate of a duplicate": """
        select k.incident_id from incident_case k join incident_case o on o.region = k.region
            and o.incident_id = k.duplicate_of where o.duplicate_of is not null""",
    "a duplicate of itself, or an open one": """
        select k.incident_id from incident_case k join incident i on i.region = k.region
            and i.id = k.incident_id
        where k.duplicate_of is not null
            and (k.duplicate_of = i.id or i.status <> 'closed' or k.outcome <> 'duplicate')""",
    "an outcome of what is open": """
        select i.id from incident_case k join incident i on i.region = k.region and i.id = k.incident_id
        where k.outcome is not null and i.status <> 'closed'""",
}
"""What is wrong -> the statement that finds it."""
FEW = """select e.id from mass_event e where e.status in ('open', 'in_progress')
    and (select count(*) from incident i where i.region = e.region and i.group_id = e.id) < 2"""
GOES_ON = "select id from mass_event where status in ('open', 'in_progress') order by id"


def check(desk: MassDesk) -> None:
    for wrong, statement in CHECKS.items():
        assert desk.rows(statement) == [], wrong
    listed = {event["id"] for event in read_mass_events(desk.reader, desk.city, Scope(), "en")["events"]}
    assert listed == {row[0] for row in desk.rows(GOES_ON)}, "an event that nobody is shown"


class Town:
    """Two officers over six incidents of two categories; each `do_...` is refused or done."""

    def __init__(self, desk: MassDesk) -> None:
        self.desk = desk
        desk.execute("update incident set group_id = null, vanished_at = now()")
        desk.execute(
            "update mass_event set status = 'dissolved', closed_at = null where status <> 'dissolved'"
        )
        desk.execute("delete from incident_case")
        self.lift = desk.category(f"lift{uuid4()}")
        self.incidents = desk.opened(0, 10, 20, 30) + desk.opened(40, 50, category=self.lift)
        self.events: list[int] = []
        self.undoable: list[Callable[[str], object]] = []
        self.steps = 0

    def wish(self, verb: str, other: int) -> dict[str, Any]:
        duplicate = {"outcome": "duplicate", "duplicate_of": self.incidents[other]}
        return {
            "close": {"outcome": "done"},
            "repeat": duplicate,
            "reopen": {"reason": "снова"},
            "return": {"reason": "не убрано"},
            "classify": {"category": (self.desk.heat, self.lift)[other % 2]},
            "outcome": {"outcome": "not_confirmed", "reason": "проверено"},
            "note": {"text": "едем"},
            "status": {"status": ("open", "in_progress")[other % 2]},
        }[verb]

    def do_act(self, who: str, verb: str, one: int, other: int) -> None:
        wish = self.wish(verb, other)
        done = self.desk.act(who, verb.replace("repeat", "close"), self.incidents[one], **wish)
        self.undoable.append(lambda who: self.desk.undo(who, done))

    def do_many(self, who: str, verb: str, chosen: frozenset[int], other: int) -> None:
        key, seen = uuid4(), {self.incidents[n]: self.desk.version(self.incidents[n]) for n in chosen}
        named, wanted = verb.replace("repeat", "close"), self.wish(verb, other)

        def run(connection: Any) -> BatchResult:
            wish = VERBS[named].wish(**wanted)
            return act_on_selection(connection, self.desk.city, officer(who), named, wish, seen, key)

        transact(self.desk.editor, run)
        self.undoable.append(lambda who: self.undo_many(who, key))

    def undo_many(self, who: str, key: UUID) -> BatchResult:
        return transact(
            self.desk.editor,
            lambda connection: undo_selection(connection, self.desk.city, officer(who), key, uuid4()),
        )

    def do_confirm(self, who: str, chosen: frozenset[int]) -> None:
        done = self.desk.confirm([self.incidents[n] for n in sorted(chosen)], who)
        self.events.append(done.event)
        self.undoable.append(lambda who: self.desk.undo_step(done, who))

    def do_step(self, who: str, verb: str, nth: int, chosen: frozenset[int]) -> None:
        if not self.events:
            return
        incidents = tuple(self.incidents[n] for n in sorted(chosen))
        wish: dict[str, Any] = {
            "close": {"outcome": "done", "answer": "готово"},
            "reopen": {"reason": "снова"},
            "status": {"status": "in_progress"},
            "dissolve": {},
        }.get(verb, {"incidents": incidents})
        event = self.events[nth % len(self.events)]
        before = {row[0] for row in self.desk.rows(FEW)}
        done = self.desk.step(event, verb, who, **wish)
        assert event not in {row[0] for row in self.desk.rows(FEW)} - before, "a step that left too few"
        known = {row[0] for row in self.desk.rows("select id from mass_event")}
        self.events += sorted(known - set(self.events) - {event} - self.old(known))
        self.undoable.append(lambda who: self.desk.undo_step(done, who))

    def old(self, known: set[int]) -> set[int]:
        return {one for one in known if self.events and one < min(self.events)}

    def do_undo(self, who: str) -> None:
        if self.undoable:
            self.undoable.pop()(who)


WHO = st.sampled_from(("aidos", "gulnar"))
SINGLE = ("close", "repeat", "repeat", "reopen", "return", "classify", "outcome", "note", "status")
ONE = st.integers(0, 5)
SOME = st.frozensets(ONE, min_size=1, max_size=5)
STEP = st.one_of(
    st.tuples(st.just("act"), WHO, st.sampled_from(SINGLE), ONE, ONE),
    st.tuples(st.just("many"), WHO, st.sampled_from(("close", "repeat", "reopen", "classify")), SOME, ONE),
    st.tuples(st.just("confirm"), WHO, SOME),
    st.tuples(
        st.just("step"),
        WHO,
        st.sampled_from(("join", "leave", "split", "close", "reopen", "status", "dissolve")),
        st.integers(0, 3),
        SOME,
    ),
    st.tuples(st.just("undo"), WHO),
)
REFUSED = (Conflict, InvalidInput, NotFound, Forbidden)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
    deadline=None,
)
@given(st.frozensets(st.integers(0, 3), min_size=2), st.lists(STEP, min_size=6, max_size=24))
def test_the_rules_hold_after_everything_that_two_officers_do(
    desk: MassDesk, first: frozenset[int], steps: list[tuple[Any, ...]]
) -> None:
    town = Town(desk)
    for name, *arguments in [("confirm", "aidos", first), *steps]:
        try:
            getattr(town, f"do_{name}")(*arguments)
        except REFUSED:
            pass
        check(desk)


FEW_ARE = st.integers(0, 3)
OF_DUPLICATES = st.one_of(
    st.tuples(
        st.just("act"),
        WHO,
        st.sampled_from(("repeat", "repeat", "repeat", "reopen", "outcome")),
        FEW_ARE,
        FEW_ARE,
    ),
    st.tuples(
        st.just("many"), WHO, st.just("repeat"), st.frozensets(FEW_ARE, min_size=1, max_size=2), FEW_ARE
    ),
    st.tuples(st.just("undo"), WHO),
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
    deadline=None,
)
@given(st.lists(OF_DUPLICATES, min_size=8, max_size=20))
def test_no_duplicate_of_a_duplicate_arises(desk: MassDesk, steps: list[tuple[Any, ...]]) -> None:
    town = Town(desk)
    for name, *arguments in steps:
        try:
            getattr(town, f"do_{name}")(*arguments)
        except REFUSED:
            pass
        check(desk)


def both(*works: Callable[[], object]) -> list[object]:
    """What each gives that is begun at the same moment, or the error that it raises."""
    together = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        together.wait()
        try:
            return work()
        except IkomekError as error:
            return error

    with ThreadPoolExecutor(len(works)) as officers:
        return list(officers.map(run, works))


def test_two_incidents_never_become_duplicates_of_each_other(desk: MassDesk) -> None:
    for _ in range(10):
        one, other = desk.opened(0, 10)

        def close(who: str, incident: int, original: int) -> Callable[[], object]:
            wish = {"outcome": "duplicate", "duplicate_of": original}
            return lambda: desk.act(who, "close", incident, seen=1, **wish)

        ends = both(close("aidos", one, other), close("gulnar", other, one))
        [error] = [end for end in ends if isinstance(end, IkomekError)]
        assert error.code == "incident.duplicate_mutual"
        check(desk)


def test_an_original_that_becomes_a_duplicate_takes_its_duplicates_along(desk: MassDesk) -> None:
    first, second, third, fourth = desk.opened(0, 10, 20, 30)
    desk.act("aidos", "close", first, outcome="duplicate", duplicate_of=second)
    done = desk.act("gulnar", "close", second, outcome="duplicate", duplicate_of=third)
    assert [desk.case(one)["duplicate_of"] for one in (first, second)] == [third, third]
    assert desk.rows(
        "select who, what, from_value, to_value from incident_event where incident_id = :id order by id desc"
        " limit 1",
        id=first,
    ) == [("gulnar", "duplicate_of", str(second), str(third))]
    desk.act("aidos", "note", first, text="едем")
    desk.undo("gulnar", done)
    assert desk.case(first)["duplicate_of"] == second and desk.incident(second)["status"] == "open"
    check(desk)
    desk.act("aidos", "reopen", second, reason="снова") if desk.incident(second)[
        "status"
    ] == "closed" else None
    closed = desk.act("aidos", "close", second, outcome="done")
    desk.act("aidos", "reopen", second, reason="снова")
    assert desk.case(first)["duplicate_of"] == second, "a reopened original keeps its duplicates"
    assert desk.incident(first)["status"] == "closed" and closed.left_event is None
    reopened = desk.act("aidos", "reopen", first, reason="это другое")
    desk.act("gulnar", "close", fourth, outcome="duplicate", duplicate_of=first)
    with pytest.raises(Conflict, match="incident.undo_duplicate"):
        desk.undo("aidos", reopened)
    check(desk)


def test_duplicates_that_the_caller_does_not_see_are_not_taken_along(desk: MassDesk) -> None:
    first, second, third = desk.opened(0, 10, 20)
    desk.act("aidos", "close", first, outcome="duplicate", duplicate_of=second)
    desk.execute("update incident set kind = 'police' where id = :id", id=first)
    of_service = officer("saule", kinds=("service",))
    with pytest.raises(Forbidden, match="incident.duplicates_outside"):
        desk.act(of_service, "close", second, outcome="duplicate", duplicate_of=third)
    check(desk)


def test_a_click_that_comes_twice_at_once_is_answered_twice_and_done_once(desk: MassDesk) -> None:
    for _ in range(10):
        incidents, key, end = desk.opened(0, 10, 20), uuid4(), uuid4()
        made = both(*[lambda: desk.confirm(incidents, "asel", key)] * 2)
        assert made[0] == made[1] and not isinstance(made[0], IkomekError), made
        event = desk.incident(incidents[0])["group_id"]
        closed = both(*[lambda: desk.step(event, "close", "asel", 1, end, outcome="done")] * 2)
        assert closed[0] == closed[1] and not isinstance(closed[0], IkomekError), closed
        undone = both(*[lambda: desk.undo_step(closed[0], "asel", key=uuid5_of(end))] * 2)
        assert undone[0] == undone[1] and not isinstance(undone[0], IkomekError), undone


def uuid5_of(key: UUID) -> UUID:
    return UUID(int=key.int ^ 7)


def test_a_click_used_for_two_incidents_at_once_is_one_of_them(desk: MassDesk) -> None:
    one, other = desk.opened(0, 10)
    key = uuid4()
    ends = both(
        *(lambda n=n: desk.act("asel", "note", n, seen=1, key=key, text="едем") for n in (one, other))
    )
    [error] = [end for end in ends if isinstance(end, IkomekError)]
    assert error.code == "incident.key_used"


def test_what_is_reopened_alone_leaves_a_closed_event_and_can_join_another(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents).event
    desk.step(event, "close", outcome="done")
    reopened = desk.act("gulnar", "reopen", incidents[0], reason="снова холодно")
    assert reopened.left_event == desk.event(event)["number"]
    assert desk.incident(incidents[0])["group_id"] is None
    desk.undo("gulnar", reopened)
    assert desk.members(event) == incidents
    desk.act("gulnar", "return", incidents[0], reason="не убрано")
    other = desk.confirm([incidents[0], *desk.opened(30)]).event
    assert incidents[0] in desk.members(other)
    check(desk)


def test_what_a_feed_reopens_in_a_closed_event_is_not_held_there(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents).event
    desk.step(event, "close", outcome="done")
    desk.execute(
        "update incident set status = 'open', closed_at = null where id = any(:ids)", ids=incidents[:2]
    )
    desk.step(event, "leave", incidents=(incidents[0],))
    assert desk.members(event) == incidents[2:], "nothing open stays in it"
    with pytest.raises(Conflict, match="mass.closed"):
        desk.step(event, "leave", incidents=(incidents[2],))
    assert desk.event(event)["status"] == "closed"


def test_another_category_leaves_the_event_and_undo_brings_it_back(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents).event
    lift = desk.category("lift")
    done = desk.act("gulnar", "classify", incidents[0], category=lift)
    assert done.left_event == desk.event(event)["number"] and desk.members(event) == incidents[1:]
    desk.undo("gulnar", done)
    assert desk.members(event) == incidents
    again = [desk.act("gulnar", "classify", one, category=lift) for one in incidents]
    check(desk)
    desk.undo("gulnar", again[0])
    assert desk.members(event) == incidents[:1]
    desk.step(event, "dissolve", "aidos")
    check(desk)


def test_an_event_with_too_few_left_is_taken_apart_and_comes_back_by_undo(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents).event
    desk.step(event, "status", status="in_progress")
    left = desk.step(event, "leave", incidents=tuple(incidents[:2]))
    assert (left.n, left.ended, desk.members(event)) == (3, True, [])
    assert desk.event(event)["status"] == "dissolved"
    desk.undo_step(left)
    assert (desk.event(event)["status"], desk.members(event)) == ("in_progress", incidents)
    with pytest.raises(InvalidInput, match="mass.split_rest"):
        desk.step(event, "split", incidents=tuple(incidents[:2]))
    check(desk)


def test_undo_takes_nothing_from_the_event_that_it_has_joined_since(desk: MassDesk) -> None:
    incidents = desk.opened(0, 10, 20)
    event = desk.confirm(incidents).event
    apart = desk.step(event, "dissolve")
    other = desk.confirm(incidents[:2], "gulnar").event
    desk.undo_step(apart)
    assert desk.members(other) == incidents[:2]
    assert desk.members(event) == [] and desk.event(event)["status"] == "dissolved"
    check(desk)


def test_a_version_that_is_not_yet_is_refused(desk: MassDesk) -> None:
    [one, other] = desk.opened(0, 10)
    with pytest.raises(InvalidInput, match="request.version_ahead"):
        desk.act("aidos", "note", one, seen=2, text="едем")
    event = desk.confirm([one, other]).event
    with pytest.raises(InvalidInput, match="request.version_ahead"):
        desk.step(event, "answer", seen=2**63 - 1, text="едем")


def test_who_sees_nothing_of_it_is_told_nothing_of_it(desk: MassDesk) -> None:
    """Neither who nor what: as of one that is not there."""
    incidents = desk.opened(0, 10)
    done = desk.confirm(incidents)
    note = desk.act("aidos", "note", incidents[0], text="едем")
    narrow = officer("daniyar", kinds=("police",))
    for event, seen in ((done.event, 1), (done.event, 0), (10**9, 1)):
        with pytest.raises(NotFound) as unknown:
            desk.step(event, "answer", narrow, seen=seen, text="едем")
        assert unknown.value.parameters == {"event": event}
    with pytest.raises(NotFound, match="incident.no_action"):
        desk.undo(narrow, note)
    with pytest.raises(NotFound, match="incident.no_action"):
        desk.undo_step(done, narrow)
    desk.step(done.event, "dissolve")
    with pytest.raises(NotFound, match="mass.unknown"):
        desk.step(done.event, "answer", narrow, seen=1, text="едем")
