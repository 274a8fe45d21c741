"""Figures of the three levels: what misses a goal is as long as its list, teams add up to what is somebody's,
the weeks are those of the period, and a ring is never a small number's."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

import pytest
from sqlalchemy import Connection, Engine

from geo.database import connect_engine
from geo.settings import Settings
from geo.statistics.counting import Counted, Period, count_rows
from geo.statistics.definitions import ANSWER, BY_KEY, LEVELS, LOST_CALLS, ON_TIME, RETURNED
from layers.statistics.levels import WEEKS, LevelFigure, is_beyond, read_level
from layers.statistics.requests import StatisticsRequest
from layers.statistics.rows import RowsRequest, read_rows_page

REQUEST = StatisticsRequest(date(2025, 2, 12), date(2025, 3, 13), "before")


@pytest.fixture(scope="module")
def reading(demo_settings: Settings) -> Engine:
    engine = connect_engine(demo_settings, "reader")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def levels(reading: Engine, demo_settings: Settings) -> dict[str, LevelFigure]:
    with reading.connect() as connection:
        read = [read_level(connection, demo_settings.city, REQUEST, level, "ru") for level in LEVELS]
    return {one.figure.key: one for one in chain(*read)}


def total(connection: Connection, settings: Settings, request: StatisticsRequest, **query: str) -> int:
    return read_rows_page(connection, settings.city, request, RowsRequest.parse(query), "ru").total


def test_what_misses_the_goal_is_the_length_of_its_list(
    reading: Engine, demo_settings: Settings, levels: dict[str, LevelFigure]
) -> None:
    assert set(levels) == {
        *("one_take", "lost_calls", "answer", "answered_15", "answered_20"),
        *("classified", "escalated", "on_time", "returned"),
    }
    with reading.connect() as connection:
        for key, one in levels.items():
            assert one.now.missed == total(connection, demo_settings, REQUEST, figure=key, part="missed"), key
            for team in one.teams[:2]:
                query = {"figure": key, "part": "missed", "team": team.key}
                assert team.counted.missed == total(connection, demo_settings, REQUEST, **query), team
        assert levels["one_take"].now.missed > 0


def test_teams_add_up_and_weeks_are_the_days_before(
    reading: Engine, demo_settings: Settings, levels: dict[str, LevelFigure]
) -> None:
    assert levels["escalated"].now.value is None and not levels["escalated"].teams, "nobody records it"
    for key in ("one_take", "answered_20", "classified", "on_time", "returned"):
        one = levels[key]
        assert sum(team.counted.whole for team in one.teams) <= one.now.whole, key
        assert sum(team.counted.missed for team in one.teams) <= one.now.missed, key
        assert len(one.teams) > 1, key
        assert all(team.name != team.key for team in one.teams) or key in ("one_take", "answered_20")
    with reading.connect() as connection:
        for key, one in levels.items():
            assert len(one.weeks) == WEEKS
            for n in (0, WEEKS - 1):
                last = REQUEST.last - timedelta(weeks=WEEKS - 1 - n)
                week = Period.of_days(demo_settings.city, last - timedelta(6), last)
                population = REQUEST.population(demo_settings.city)
                counted = count_rows(connection, [BY_KEY[key]], population, week)[key]
                assert one.weeks[n] == pytest.approx(counted.value), (key, n)


def test_a_list_says_whose_its_cases_are(
    reading: Engine, demo_settings: Settings, levels: dict[str, LevelFigure]
) -> None:
    """The circles of the view say the same; with what is nobody's they are the whole list."""
    n = 0
    for key, one in levels.items():
        rows_request = RowsRequest.parse({"figure": key, "part": "missed"})
        with reading.connect() as connection:
            page = read_rows_page(connection, demo_settings.city, REQUEST, rows_request, "ru")
        if not one.teams:
            continue
        assert sum(team.n for team in page.teams) == page.total, key
        circles = {(team.key, team.name): team.counted.missed for team in one.teams if team.counted.missed}
        assert {(team.key, team.name): team.n for team in page.teams if team.key} == circles, key
        n += len(circles)
    assert n > 5


def test_a_ring_is_no_small_numbers() -> None:
    """At a share of 0.9 of all, 3 of 5 are within the funnel, 600 of 1,000 are not; what reaches its goal has
    none, however much worse than all it is."""
    everybody = Counted(0.9, 90_000, 100_000)
    assert not is_beyond(ON_TIME, Counted(0.6, 3, 5), everybody)
    assert is_beyond(ON_TIME, Counted(0.6, 600, 1000), everybody)
    assert not is_beyond(ON_TIME, Counted(0.96, 9600, 10_000), Counted(0.99, 99_000, 100_000))
    assert is_beyond(RETURNED, Counted(0.2, 200, 1000), Counted(0.1, 1, 10))
    assert not is_beyond(ANSWER, Counted(60.0, 1, 1), Counted(13.0, 1, 1))


def test_a_goal_that_is_missed_says_by_how_much() -> None:
    assert ON_TIME.goal and ON_TIME.goal.lacks(0.9) == pytest.approx(0.05)
    assert LOST_CALLS.goal and LOST_CALLS.goal.lacks(0.07) == pytest.approx(0.02)
    assert ON_TIME.goal.lacks(0.97) == ON_TIME.goal.lacks(None) == 0
