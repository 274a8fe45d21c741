"""The state of a feed in one word, and its age in the largest unit that says enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import words
from dashboard.commands import ages

MISSING = "a.csv was not found. Check its path and permissions."
NOW = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = words.language.set("en")
    yield
    words.language.reset(before)


def feed(
    polled_s: float | None,
    failed_s: float | None = None,
    alarmed_s: float | None = None,
    waiting_s: float | None = None,
) -> dict:
    """A feed polled, failed, and alarmed so many seconds ago, or for whose pushed rows there is an alarm."""
    at = [
        None if seconds is None else NOW - timedelta(seconds=seconds)
        for seconds in (polled_s, failed_s, alarmed_s, waiting_s)
    ]
    return {
        "interval_s": 60,
        "polled_at": at[0],
        "failed_at": at[1],
        "alarmed_at": at[2],
        "backlog_alarmed_at": at[3],
        "waiting_since": at[3],
        "error_parameters": {"source": "a.csv"},
        "error_code": "source.missing"
        if failed_s is not None and failed_s < (polled_s or failed_s + 1)
        else None,
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (feed(30), "on time"),
        (feed(119), "on time"),
        (feed(121), "late"),
        (feed(None), "waiting for its first data"),
        (feed(30, failed_s=10), "failed: " + MISSING),
        (feed(10, failed_s=30), "on time"),
        (feed(None, failed_s=30), "failed: " + MISSING),
        (feed(30, failed_s=10, alarmed_s=5), "ALARM: " + MISSING),
        (feed(600, failed_s=10, alarmed_s=5), f"ALARM: {MISSING}; late"),
        (feed(30, waiting_s=180), "ALARM: pushed rows are waiting, the oldest for 3 min"),
    ],
)
def test_the_state_of_a_feed_is_said_in_words(state: dict, expected: str) -> None:
    assert ages.state_words(state, NOW).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-0.4, "0 s"),
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (172_800, "2 days"),
        (604_800, "7 days"),
    ],
)
def test_a_length_of_time_is_written_for_people(seconds: float, expected: str) -> None:
    assert ages.span(seconds).replace("\u00a0", " ") == expected
