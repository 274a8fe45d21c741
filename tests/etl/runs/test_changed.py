"""Rows that say when they changed, and rows that say it wrongly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from etl.registry import FEEDS, find

FEED = replace(find(FEEDS, "police"), changed="updated")
HEAD = "source_id,opened_at,status,updated\n"
STATE = "select status, said_at::text from incident"


def row(status: str, updated: str) -> str:
    return f"x,2024-05-01,{status},{updated}\n"


def clock(ahead_min: int) -> str:
    return f"{datetime.now(UTC) + timedelta(minutes=ahead_min):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("wrong", ["yesterday", "2090-01-01 10:00", "in twenty minutes"])
def test_a_time_of_change_that_cannot_be_is_told_and_later_changes_hold(load, rows, wrong: str) -> None:
    load(FEED, HEAD + row("open", "2024-05-02 10:00"))
    done = load(FEED, HEAD + row("in_progress", clock(20) if wrong == "in twenty minutes" else wrong))
    assert done.written == 1
    assert rows("select mended from run where id = :id", id=done.run_id) == [({"time.changed": 1},)]
    assert load(FEED, HEAD + row("open", "2024-05-02 09:00")).written == 0, "older than what it replaced"
    assert load(FEED, HEAD + row("closed", "2024-05-03 10:00")).written == 1
    assert load(FEED, HEAD + row("open", "2024-05-02 10:00")).written == 0
    assert rows(STATE) == [("closed", "2024-05-03 05:00:00+00")]


def test_a_clock_that_runs_a_little_ahead_is_believed(load, rows) -> None:
    done = load(FEED, HEAD + row("closed", clock(5)))
    assert rows("select mended from run where id = :id", id=done.run_id) == [({},)]
    assert rows("select said_at > now() from incident") == [(True,)]


def test_one_that_does_not_say_when_comes_after_what_stands_before_it(load, rows) -> None:
    first = row("open", "2024-05-02 10:00") + row("in_progress", "") + row("open", "2024-05-02 09:00")
    assert load(FEED, HEAD + first).written == 1
    assert rows(STATE) == [("in_progress", "2024-05-02 05:00:00+00")]
    load(FEED, HEAD + first + row("closed", "2024-05-02 11:00") + first)
    assert rows(STATE) == [("in_progress", "2024-05-02 06:00:00+00")]
    load(FEED, HEAD + first + row("closed", "2024-05-02 11:00"))
    assert rows(STATE) == [("closed", "2024-05-02 06:00:00+00")]


def test_days_of_the_times_of_change_come_first_unless_they_say_otherwise(load, rows) -> None:
    load(FEED, HEAD + row("closed", "02.06.2024 10:00"))
    assert load(FEED, HEAD + row("open", "03.05.2024 10:00")).written == 0
    assert rows(STATE) == [("closed", "2024-06-02 05:00:00+00")]
