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
