"""Ways to look better, each on a fifth of a manager's cases of the month: none moves a place by more than
one, and each is listed with its cases. What a count of the rows as they stand would say stands beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.rating.strategy import Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town

HARMLESS = {"bulk closing of late cases", "removing from the feed"}
"""What a count of the rows as they stand would not reward by more than a place."""
ME = f"m{town.CHEAT}"


@pytest.fixture
def strategy() -> Strategy:
    return strategy_of(TomlFile(Path("s.toml"), town.STRATEGY, tomllib.loads(town.STRATEGY)))


def test_the_order_is_that_of_the_lateness(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    town.build(connection)
    scores, cases = town.rate(connection, settings.city, strategy)
    assert [one.manager for one in scores] == [f"m{n}" for n in range(1, 9)]
    assert [one.indicators["on_time"].part for one in scores] == [200 - 8 * n for n in range(1, 9)]
    assert len(cases) == town.MANAGERS * town.CASES
    assert {mark for case in cases for mark in case.marks} == {"sample"}
    assert 10 < sum("sample" in case.marks for case in cases) < 60, "one in fifty of 1600"


@pytest.mark.parametrize("cheat", town.CHEATS)
def test_a_cheat_moves_no_place_by_more_than_one(
    connection: Connection, settings: Settings, strategy: Strategy, cheat: str
) -> None:
    town.build(connection)
    before = town.position(town.rate(connection, settings.city, strategy)[0], ME)
    loose_before = town.loose_position(connection, ME)
    ids = town.late_cases(connection)
    assert len(ids) == town.CASES // 5
    mark, statements = town.CHEATS[cheat]
    town.do(connection, statements, ids)
    scores, cases = town.rate(connection, settings.city, strategy)
    assert abs(town.position(scores, ME) - before) <= 1
    listed = {case.incident for case in cases if mark in case.marks}
    assert listed == set(ids), f"{cheat}: marked {len(listed)} as {mark}"
    gained = loose_before - town.loose_position(connection, ME)
    assert gained > 1 or cheat in HARMLESS, f"a loose count would give {gained} places"


def test_marks_of_friends_count_nowhere(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    """No figure reads what people are asked to say; `test_strategy` shows that none can be declared."""
    town.build(connection)
    before = town.rate(connection, settings.city, strategy)
    ids = town.late_cases(connection)
    town.do(
        connection, ["""update incident set attributes = '{"satisfaction": 5}' where id = any(:ids)"""], ids
    )
    assert town.rate(connection, settings.city, strategy) == before


PACES = ("5 seconds", "14 minutes", "3 hours", "20 hours")


@pytest.mark.parametrize(
    ("pace", "closer", "times"),
    [*((pace, "op", 1) for pace in PACES), ("5 seconds", "op", 6), ("5 seconds", "friend", 6)],
)
def test_what_one_person_makes_and_closes_raises_nothing(
    connection: Connection, settings: Settings, strategy: Strategy, pace: str, closer: str, times: int
) -> None:
    """The thirteenth way: invented cases, all at once or at a slow pace; of two people only a slow one."""
    town.build(connection)
    before, _ = town.rate(connection, settings.city, strategy)
    loose_before = town.loose_position(connection, ME)
    ids = town.late_cases(connection)
    assert len(ids) == town.CASES // 5
    town.do(connection, town.padding(pace, "op", closer, times), ids)
    scores, cases = town.rate(connection, settings.city, strategy)
    assert scores == before
    marked = {case.incident for case in cases if "self_made" in case.marks}
    assert marked == {id_ + n * 100_000 for id_ in ids for n in range(1, times + 1)}
    assert times == 1 or loose_before - town.loose_position(connection, ME) > 1


def test_a_slow_pace_of_two_people_moves_no_place_by_more_than_one(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    town.build(connection)
    before = town.position(town.rate(connection, settings.city, strategy)[0], ME)
    town.do(connection, town.padding("20 hours", "op", "friend"), town.late_cases(connection))
    assert abs(town.position(town.rate(connection, settings.city, strategy)[0], ME) - before) <= 1


CHECK = """insert into case_check (region, incident_id, queue, who, recorded_at)
    select region, id, 'sample', '{who}', closed_at + interval '1 hour' from incident where source = 'desk'"""
SHOW = """insert into incident_action (region, incident_id, key, at, who, verb, parameters, before, version)
    select region, id, gen_random_uuid(), closed_at, 'friend', 'attach', '{"stage": "after"}', '{}', 2
    from incident where source = 'desk'"""


@pytest.mark.parametrize(
    ("pace", "closer", "then", "marked"),
    [
        ("3 hours", "op", CHECK.format(who="inspector"), 0),
        ("3 hours", "op", CHECK.format(who="op"), 40),
        ("3 hours", "op", SHOW, 40),
        ("3 hours", "friend", "select 1", 0),
        ("5 seconds", "friend", CHECK.format(who="friend"), 40),
        ("5 seconds", "friend", SHOW, 0),
    ],
)
def test_it_counts_once_another_person_has_looked(
    connection: Connection,
    settings: Settings,
    strategy: Strategy,
    pace: str,
    closer: str,
    then: str,
    marked: int,
) -> None:
    """A check by neither of the two; a picture only tells that a repair was done, not by whom."""
    town.build(connection)
    town.do(connection, [*town.padding(pace, "op", closer), then], town.late_cases(connection))
    scores, cases = town.rate(connection, settings.city, strategy)
    assert sum("self_made" in case.marks for case in cases) == marked
    assert scores[town.position(scores, ME)].cases == town.CASES + 40 - marked


def test_nobody_hides_a_late_case_by_closing_their_own(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    town.build(connection)
    town.do(connection, town.padding("30 hours", "op", "op"), town.late_cases(connection))
    scores, cases = town.rate(connection, settings.city, strategy)
    own = scores[town.position(scores, ME)]
    assert sum("self_made" in case.marks for case in cases) == 40
    assert (own.indicators["on_time"].part, own.indicators["on_time"].whole) == (160, 240)


def test_a_closing_told_within_the_hours_but_after_the_deadline_is_marked(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    """It counts from the moment that is told for it, as any told in time; the inspector sees that it was
    told when it was late already."""
    town.build(connection)
    ids = town.late_cases(connection)
    town.do(connection, town.closing(town.later(23), town.later(24.9)), ids[:20])
    town.do(connection, town.closing(town.later(21), town.later(22.9)), ids[20:])
    _, cases = town.rate(connection, settings.city, strategy)
    assert {case.incident for case in cases if "late_record" in case.marks} == set(ids[:20])
