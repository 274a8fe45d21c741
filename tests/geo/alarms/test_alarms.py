"""Alarms over their life: raised once, acknowledged, shelved and back, gone by themselves, cleared by a
person; what is old raises none, and chatter is one alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine

from geo.accounts.users import Principal
from geo.alarms import respond
from geo.alarms.respond import AlarmClick, FloodAnswer
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.database import connect_engine, transact
from geo.errors import Conflict, IkomekError, InvalidInput, NotFound
from geo.settings import Settings
from layers.alarms import FLOOD, read_alarms, read_journal
from layers.scope import Scope
from tests.support.desk import Desk, officer

SENIOR = Principal("chief", "administrator", frozenset({"mode.set"}))


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=2)
    made.execute("update incident set priority = 2, opened_at = now() - interval '3 minutes'")
    made.execute("update incident set kind = 'police' where id = :id", id=made.incidents[1])
    yield made
    made.close()


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(settings, "jobs")
    yield engine
    engine.dispose()


class Clock:
    """What the watch does at each moment that a test names."""

    def __init__(self, desk: Desk, jobs: Engine) -> None:
        self.desk, self.jobs, self.start = desk, jobs, datetime.now(UTC)

    def at(self, minutes: float, only: str | None = "critical") -> int:
        rules = read_rules()
        chosen = rules if only is None else {only: rules[only]}
        now = self.start + timedelta(minutes=minutes)
        with self.jobs.begin() as connection:
            return watch(connection, self.desk.city, chosen, now)

    def events(self, alarm: int | None = None) -> list[str]:
        wanted = "" if alarm is None else f"where alarm_id = {alarm}"
        return [what for (what,) in self.desk.rows(f"select what from alarm_event {wanted} order by id")]


@pytest.fixture
def clock(desk: Desk, jobs: Engine) -> Clock:
    return Clock(desk, jobs)


def alarms(desk: Desk) -> list[int]:
    return [id_ for (id_,) in desk.rows("select id from alarm where cleared_at is null order by id")]


def version(desk: Desk, alarm: int) -> int:
    rows = desk.rows("select version from alarm where id = :id", id=alarm)
    return rows[0][0] if rows else 1


def answer(
    desk: Desk,
    work: Callable[..., None],
    who: str | Principal,
    alarm: int,
    *more: Any,
    seen: int | None = None,
    key: UUID | None = None,
) -> None:
    """`seen`: none = the alarm as it is now; `key`: none = a click of its own."""
    principal = officer(who) if isinstance(who, str) else who
    click = AlarmClick(alarm, seen or version(desk, alarm), key or uuid4())
    transact(desk.editor, lambda connection: work(connection, desk.city, principal, click, *more))


def answer_all(desk: Desk, who: str, found: Iterable[int], key: UUID | None = None) -> FloodAnswer:
    seen = {alarm: version(desk, alarm) for alarm in found}
    return transact(
        desk.editor,
        lambda connection: respond.acknowledge_all(connection, desk.city, officer(who), seen, key or uuid4()),
    )


def acknowledged(desk: Desk) -> int:
    [(n,)] = desk.rows("select count(*) from alarm where acknowledged_at is not null")
    return n


def refused(code: str, kind: type[IkomekError], work: Callable[[], None]) -> None:
    with pytest.raises(kind, match=code.replace(".", r"\.")):
        work()


def test_raised_once_acknowledged_and_gone_with_its_condition(desk: Desk, clock: Clock) -> None:
    assert (clock.at(0), clock.at(1)) == (2, 0)
    first, second = alarms(desk)
    [(payload,)] = desk.rows("select payload from change where noun = 'alarm' and noun_id = :id", id=second)
    assert (payload["kind"], payload["active"]) == ("police", True)
    for _ in range(2):
        answer(desk, respond.acknowledge, "aidos", first)
    refused("alarm.acknowledged", Conflict, lambda: answer(desk, respond.acknowledge, "gulnar", first))
    desk.execute("update incident set status = 'closed', closed_at = now()")
    clock.at(2)
    assert alarms(desk) == [second], "what nobody has acknowledged stays"
    assert clock.events(first) == ["raised", "acknowledged", "normal", "cleared"]
    answer(desk, respond.acknowledge, "aidos", second)
    clock.at(3)
    assert alarms(desk) == []
    refused("alarm.gone", Conflict, lambda: answer(desk, respond.acknowledge, "aidos", second))
    acts = desk.rows("select who, what from audit where what like 'alarm.%' order by id")
    assert acts == [("aidos", "alarm.acknowledge")] * 2


def test_who_acknowledges_the_incident_has_acknowledged_its_alarms(desk: Desk, clock: Clock) -> None:
    desk.execute("update incident set priority = 1, opened_at = now() - interval '20 minutes'")
    clock.at(0, "unacknowledged")
    first, second = alarms(desk)
    desk.act("aidos", "acknowledge")
    clock.at(1, "unacknowledged")
    assert alarms(desk) == [second], "its condition is gone, and somebody has seen it"
    assert desk.rows("select acknowledged_by, cleared_by from alarm where id = :id", id=first) == [
        ("aidos", None)
    ]
    assert clock.events(first) == ["raised", "acknowledged", "normal", "cleared"]


def test_an_old_one_that_a_person_makes_critical_alarms(desk: Desk, clock: Clock) -> None:
    desk.execute("update incident set priority = 0, opened_at = now() - interval '300 days'")
    clock.at(0)
    assert alarms(desk) == []
    desk.act("aidos", "priority", priority=2)
    clock.at(1)
    assert desk.rows("select incident_id from alarm") == [(desk.incidents[0],)]


def test_chatter_is_one_alarm(desk: Desk, clock: Clock) -> None:
    clock.at(0)
    first = alarms(desk)[0]
    for n in range(1, 4):
        desk.execute("update incident set priority = 1")
        clock.at(n)
        desk.execute("update incident set priority = 2")
        clock.at(n + 0.5)
    assert alarms(desk)[0] == first and len(alarms(desk)) == 2
    assert desk.rows("select chatter, normal_at from alarm where id = :id", id=first) == [(3, None)]


def test_what_is_old_raises_none(desk: Desk, clock: Clock) -> None:
    desk.execute(
        "update incident set opened_at = now() - interval '300 days' where id = :id", id=desk.incidents[0]
    )
    clock.at(0, None)
    assert desk.rows("select rule, incident_id from alarm") == [("critical", desk.incidents[1])]


def test_on_the_shelf_until_its_hour_and_a_critical_one_by_a_senior_alone(desk: Desk, clock: Clock) -> None:
    clock.at(0)
    alarm = alarms(desk)[0]
    until = datetime.now(UTC) + timedelta(minutes=30)
    refused(
        "alarm.critical", Conflict, lambda: answer(desk, respond.shelve, "aidos", alarm, until, "бригада")
    )
    far = until + timedelta(days=1)
    refused("alarm.until", InvalidInput, lambda: answer(desk, respond.shelve, SENIOR, alarm, far, "бригада"))
    answer(desk, respond.shelve, SENIOR, alarm, until, "бригада на месте")
    shown = read_alarms(desk.owner, desk.city, Scope(), "ru")
    assert [row["id"] for row in shown.shelved] == [alarm] and len(shown.active) == 1
    clock.at(29)
    clock.at(31)
    shown = read_alarms(desk.owner, desk.city, Scope(), "ru")
    assert shown.shelved == [] and len(shown.active) == 2
    assert clock.events(alarm) == ["raised", "shelved", "unshelved"]
    refused("alarm.shelf_ended", Conflict, lambda: answer(desk, respond.unshelve, "aidos", alarm))
    other = alarms(desk)[1]
    refused("alarm.not_shelved", Conflict, lambda: answer(desk, respond.unshelve, "aidos", other))


def test_cleared_by_a_person_it_is_not_raised_again_until_its_condition_was_gone(
    desk: Desk, clock: Clock
) -> None:
    clock.at(0)
    first, _ = alarms(desk)
    refused("alarm.reason", InvalidInput, lambda: answer(desk, respond.clear, "aidos", first))
    answer(desk, respond.clear, "aidos", first, "учения")
    clock.at(1)
    assert first not in alarms(desk) and len(alarms(desk)) == 1
    desk.execute("update incident set priority = 0 where id = :id", id=desk.incidents[0])
    clock.at(2)
    desk.execute("update incident set priority = 2 where id = :id", id=desk.incidents[0])
    clock.at(3)
    assert len(alarms(desk)) == 2


def test_each_condition_sees_what_it_is_for(desk: Desk, clock: Clock) -> None:
    desk.execute("update incident set priority = 1, opened_at = now() - interval '20 minutes'")
    desk.act("aidos", "acknowledge")
    desk.execute(
        "update incident set due_at = now() - interval '61 minutes' where id = :id", id=desk.incidents[0]
    )
    desk.execute("""insert into category (id, key, kind, name_kk, name_ru, name_en)
        values (7, 'ice', 'service', 'a', 'b', 'c')""")
    desk.execute("""insert into incident (region, source, source_id, kind, category_id, source_status, status,
            opened_at)
        select '71', 'x', n::text, 'service', 7, 'open', 'open', now() - case when n <= 12
            then interval '30 minutes' else interval '7 days 30 minutes' end from generate_series(1, 24) n""")
    desk.execute("""insert into feed (region, key, alarmed_at) values ('71', 'police', now())""")
    clock.at(0, None)
    raised = {(rule, subject) for rule, subject in desk.rows("select rule, subject from alarm")}
    assert raised == {
        ("unacknowledged", str(desk.incidents[1])),
        ("overdue", str(desk.incidents[0])),
        ("feed_lost", "police"),
        ("surge", "7"),
    }
    desk.execute("delete from incident where category_id = 7 and opened_at > now() - interval '1 day'")
    clock.at(1, "surge")
    assert desk.rows("select normal_at is not null from alarm where rule = 'surge'") == [(True,)]


def test_a_geofence_sees_what_happens_in_its_circle(desk: Desk, clock: Clock, jobs: Engine) -> None:
    for incident, metres in zip(desk.incidents, (450, 550), strict=True):
        desk.execute(
            """update incident set point_4326 = st_setsrid(cast(st_project(cast(st_makepoint(71.43, 51.13)
                as geography), :metres, 1.0) as geometry), 4326) where id = :id""",
            id=incident,
            metres=metres,
        )
    numbers = {"younger_than_h": 24, "least_priority": 1, "lon": 71.43, "lat": 51.13, "radius_m": 500}
    rule = replace(read_rules()["critical"], key="fence", condition="geofence", numbers=numbers)
    with jobs.begin() as connection:
        watch(connection, desk.city, {"fence": rule}, datetime.now(UTC))
    assert desk.rows("select rule, incident_id from alarm") == [("fence", desk.incidents[0])]


def test_who_sees_no_police_sees_no_alarm_of_it_and_cannot_answer_it(desk: Desk, clock: Clock) -> None:
    clock.at(0)
    narrow = officer("daniyar", kinds=("service",))
    shown = read_alarms(desk.owner, desk.city, Scope.of(narrow), "ru")
    assert [row["incident_id"] for row in shown.active] == [desk.incidents[0]]
    police = alarms(desk)[1]
    refused("alarm.unknown", NotFound, lambda: answer(desk, respond.acknowledge, narrow, police))
    refused("alarm.unknown", NotFound, lambda: answer(desk, respond.acknowledge, "aidos", 10**9))


def test_a_flood_is_one_row_and_never_takes_a_critical_one(desk: Desk, clock: Clock) -> None:
    desk.execute(
        """insert into incident (region, source, source_id, kind, source_status, status, priority,
            opened_at)
        select '71', 'x', n::text, 'service', 'open', 'open', 1, now() - interval '20 minutes'
        from generate_series(1, :n) n""",
        n=FLOOD + 5,
    )
    rules = read_rules()
    with clock.jobs.begin() as connection:
        watch(connection, desk.city, rules, datetime.now(UTC) - timedelta(seconds=5))
    shown = read_alarms(desk.owner, desk.city, Scope(), "en")
    by_id = {row["id"]: row for row in shown.active}
    assert len(shown.active) == FLOOD + 7
    [flood] = shown.floods
    assert len(flood.active) == flood.raised == FLOOD + 5
    assert flood.causes == {"unacknowledged": FLOOD + 5}
    assert {by_id[id_]["priority"] for id_ in flood.active} == {1}
    assert [row["priority"] for row in shown.single] == [2, 2] and shown.count == 3
    assert shown.rate.total == FLOOD + 7 and shown.rate.in_flood > 0
    assert shown.rate.priorities == {1: FLOOD + 5, 2: 2}
    assert shown.unacknowledged == 3, "two critical ones and a flood"
    journal = read_journal(
        desk.owner, desk.city, Scope(), "en", shown.rate.begins, shown.read_at + timedelta(seconds=1)
    )
    assert [row["id"] for row in journal] == sorted(by_id, reverse=True)
    critical = shown.single[0]["id"]
    refused(
        "alarm.critical_alone",
        Conflict,
        lambda: answer_all(desk, "aidos", [*flood.active, critical]),
    )
    assert acknowledged(desk) == 0, "all of them or none"
    answer(desk, respond.acknowledge, "gulnar", flood.active[0])
    click = uuid4()
    for _ in range(2):
        flooded = answer_all(desk, "aidos", flood.active, click)
        assert (flooded.done, flooded.left, flooded.who) == (FLOOD + 4, 1, ("gulnar",)) and flooded.at
    assert acknowledged(desk) == FLOOD + 5
    assert desk.rows("select count(*) from audit where who = 'aidos' and what = 'alarm.acknowledge'") == [
        (FLOOD + 4,)
    ]


def test_two_watches_at_once_raise_each_alarm_once(desk: Desk, clock: Clock, jobs: Engine) -> None:
    def rules_at(connection: Connection) -> int:
        return watch(connection, desk.city, read_rules(), clock.start)

    second = connect_engine(desk.settings, "jobs")
    with jobs.begin() as one, second.begin() as other:
        assert rules_at(one) == 2
        assert rules_at(other) == 0
    second.dispose()
    assert len(alarms(desk)) == 2


def test_a_rule_that_is_gone_takes_its_alarms_with_it(desk: Desk, clock: Clock, jobs: Engine) -> None:
    clock.at(0)
    rules = read_rules()
    renamed = {"other": replace(rules["critical"], key="other")}
    with jobs.begin() as connection:
        watch(connection, desk.city, renamed, clock.start)
    assert {rule for (rule,) in desk.rows("select rule from alarm where cleared_at is null")} == {"other"}
