"""Officers who answer one alarm at once: the first is heard, the other is told who that was, what they did
and when; a click that comes twice is done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from geo.alarms import respond
from geo.alarms.respond import AlarmClick
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.database import connect_engine, transact
from geo.errors import Conflict, IkomekError, InvalidInput
from geo.settings import Settings
from tests.support.desk import Desk, officer

TIMES = 6
REASON = {"aidos": "учения", "gulnar": "бригада едет"}
UNTIL = {"aidos": timedelta(minutes=30), "gulnar": timedelta(hours=4)}
ANSWERS = ("acknowledge", "shelve", "unshelve", "clear")
REFUSALS = {
    "acknowledge": "alarm.acknowledged",
    "shelve": "alarm.shelved",
    "unshelve": "alarm.unshelved",
    "clear": "alarm.cleared",
}


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=TIMES)
    made.execute("""update incident set priority = 1, opened_at = now() - interval '20 minutes',
        due_at = null""")
    jobs = connect_engine(settings, "jobs")
    with jobs.begin() as connection:
        rules = {"unacknowledged": read_rules()["unacknowledged"]}
        watch(connection, made.city, rules, datetime.now(UTC))
    jobs.dispose()
    yield made
    made.close()


def answer(
    desk: Desk, who: str, verb: str, alarm: int, seen: int, key: UUID, together: Barrier | None = None
) -> IkomekError | None:
    """What it is refused with; none where it is done."""
    more = {"shelve": (datetime.now(UTC) + UNTIL[who], REASON[who]), "clear": (REASON[who],)}.get(verb, ())
    work: Callable[..., None] = getattr(respond, verb)

    def do(connection: Any) -> None:
        if together is not None:
            together.wait(10)
        work(connection, desk.city, officer(who), AlarmClick(alarm, seen, key), *more)

    try:
        transact(desk.editor, do)
    except IkomekError as error:
        return error
    return None


def at_once(desk: Desk, alarm: int, seen: int, *clicks: tuple[str, str, UUID]) -> list[IkomekError | None]:
    together = Barrier(len(clicks))
    with ThreadPoolExecutor(len(clicks)) as pool:
        return list(
            pool.map(lambda click: answer(desk, click[0], click[1], alarm, seen, click[2], together), clicks)
        )


def alarms(desk: Desk) -> list[tuple[int, int]]:
    return [tuple(row) for row in desk.rows("select id, version from alarm order by id")]


def events(desk: Desk, alarm: int) -> list[tuple[str, str]]:
    return [
        tuple(row)
        for row in desk.rows(
            "select who, what from alarm_event where alarm_id = :id and who is not null order by id", id=alarm
        )
    ]


@pytest.mark.parametrize("verb", ANSWERS)
def test_of_two_officers_one_is_heard_and_the_other_told(desk: Desk, verb: str) -> None:
    assert len(alarms(desk)) == TIMES
    for alarm, seen in alarms(desk):
        if verb == "unshelve":
            assert answer(desk, "aidos", "shelve", alarm, seen, uuid4()) is None
            seen += 1
        began = datetime.now(UTC).replace(microsecond=0)
        before = len(events(desk, alarm))
        answers = at_once(desk, alarm, seen, ("aidos", verb, uuid4()), ("gulnar", verb, uuid4()))
        [error] = [one for one in answers if one is not None]
        [(first, what)] = events(desk, alarm)[before:]
        assert isinstance(error, Conflict) and error.code == REFUSALS[verb]
        assert (error.parameters["who"], what) == (first, respond.EVENTS[verb])
        assert began <= datetime.fromisoformat(error.parameters["at"]) <= datetime.now(UTC)
    kept = desk.rows("""select shelved_by, shelved_reason from alarm where shelved_by is not null
        order by id""")
    firsts = desk.rows("""select who from alarm_event where what = 'shelved' order by alarm_id""")
    if verb == "shelve":
        assert [tuple(row) for row in kept] == [(who, REASON[who]) for (who,) in firsts]


@pytest.mark.parametrize("first", ANSWERS)
@pytest.mark.parametrize("second", ANSWERS)
def test_who_has_not_seen_what_another_did_is_told_before_anything_is_written(
    desk: Desk, first: str, second: str
) -> None:
    alarm, seen = alarms(desk)[0]
    if "unshelve" in (first, second):
        assert answer(desk, "gulnar", "shelve", alarm, seen, uuid4()) is None
        seen += 1
    done = answer(desk, "aidos", first, alarm, seen, uuid4())
    if first == "shelve" and done is not None:
        assert done.code == "alarm.shelved" and done.parameters["who"] == "gulnar"
        return
    before = events(desk, alarm)
    error = answer(desk, "gulnar", second, alarm, seen, uuid4())
    assert isinstance(error, Conflict), (first, second)
    assert error.parameters["who"] == "aidos" and error.parameters["at"]
    same = {"acknowledge": "alarm.acknowledged", "shelve": "alarm.shelved", "unshelve": "alarm.unshelved"}
    expected = "alarm.cleared" if first == "clear" else same[first] if first == second else "alarm.stale"
    assert error.code == expected
    assert expected != "alarm.stale" or error.parameters["verb"] == first
    assert events(desk, alarm) == before


@pytest.mark.parametrize("verb", ANSWERS)
def test_a_click_that_comes_twice_is_done_once_and_is_no_refusal(desk: Desk, verb: str) -> None:
    for alarm, seen in alarms(desk):
        if verb == "unshelve":
            assert answer(desk, "aidos", "shelve", alarm, seen, uuid4()) is None
            seen += 1
        key, before = uuid4(), len(events(desk, alarm))
        assert at_once(desk, alarm, seen, ("aidos", verb, key), ("aidos", verb, key)) == [None, None]
        assert answer(desk, "aidos", verb, alarm, seen, key) is None, "however late"
        assert events(desk, alarm)[before:] == [("aidos", respond.EVENTS[verb])]
        other = answer(desk, "aidos", "acknowledge" if verb != "acknowledge" else "shelve", alarm, seen, key)
        assert isinstance(other, InvalidInput) and other.code == "incident.key_used"
    assert desk.rows("select count(*) from audit where what = :what", what=f"alarm.{verb}") == [(TIMES,)]


def test_a_version_that_is_not_yet_is_nobody_s_look(desk: Desk) -> None:
    alarm, seen = alarms(desk)[0]
    error = answer(desk, "aidos", "acknowledge", alarm, seen + 1, uuid4())
    assert isinstance(error, InvalidInput) and error.code == "alarm.version_ahead"


def test_what_a_rule_does_meanwhile_stops_nobody(desk: Desk) -> None:
    alarm, seen = alarms(desk)[0]
    desk.execute("update alarm set chatter = 1, version = version + 2 where id = :id", id=alarm)
    assert answer(desk, "aidos", "acknowledge", alarm, seen, uuid4()) is None


def test_two_floods_at_once_acknowledge_each_alarm_once(desk: Desk) -> None:
    seen, together = dict(alarms(desk)), Barrier(2)

    def flood(who: str) -> respond.FloodAnswer:
        def do(connection: Any) -> respond.FloodAnswer:
            together.wait(10)
            return respond.acknowledge_all(connection, desk.city, officer(who), seen, uuid4())

        return transact(desk.editor, do)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(flood, ("aidos", "gulnar"))
    assert one.done + other.done == TIMES and one.left + other.left == TIMES
    assert desk.rows("select count(*) from alarm_event where what = 'acknowledged'") == [(TIMES,)]
    loser = one if one.left else other
    assert loser.who in (("aidos",), ("gulnar",)) and loser.at is not None
