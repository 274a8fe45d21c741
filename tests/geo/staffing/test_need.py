"""The fewest operators reach the goals and one fewer does not; patience follows from lost calls."""

from __future__ import annotations

import pytest

from geo.staffing.erlang import Traffic, answered
from geo.staffing.need import (
    GOALS,
    HOUR_S,
    on_the_roster,
    operators_needed,
    patience_of,
    reached,
    taking_calls,
)


@pytest.mark.parametrize("patience_s", [None, 60.0, 400.0])
@pytest.mark.parametrize("calls", [1, 12, 56, 565])
def test_one_fewer_would_miss_a_goal(calls: int, patience_s: float | None) -> None:
    traffic = Traffic(calls / HOUR_S, 190.0, patience_s)
    n = operators_needed(traffic)
    assert reached(n, traffic) and not reached(n - 1, traffic)
    assert answered(n, traffic, 15).within >= 0.9 and answered(n, traffic, 20).within >= 0.95


def test_whoever_gives_up_frees_the_line() -> None:
    patient, not_so = (operators_needed(Traffic(565 / HOUR_S, 190.0, one)) for one in (None, 60.0))
    assert not_so < patient
    assert operators_needed(Traffic(0.0, 190.0)) == 0
    assert GOALS.within == ((15.0, 0.9), (20.0, 0.95)) and GOALS.lost == 0.05


def test_time_without_calls_takes_more_people() -> None:
    assert on_the_roster(17, 0.15) == 20 and taking_calls(20, 0.15) == 17
    for n in range(1, 60):
        assert taking_calls(on_the_roster(n, 0.2), 0.2) >= n > taking_calls(on_the_roster(n, 0.2) - 1, 0.2)


def test_patience_is_waiting_over_lost_calls() -> None:
    assert patience_of([(1000, 20, 12.0)]) == pytest.approx(600)
    assert patience_of([(600, 20, 10.0), (400, 10, 15.0), (50, 50, None)]) == pytest.approx(400)
    assert patience_of([(100, 50, 12.0)]) is None and patience_of([(1000, 4, 12.0)]) is None


def test_it_is_the_patience_of_a_queue_that_loses_so_many() -> None:
    """In a centre whose callers wait 300 s, the estimate from its own lost calls and waits is near that. It
    is a little short: lost calls waited less than the answered ones are taken to."""
    traffic = Traffic(0.15, 190.0, 300.0)
    lost = answered(26, traffic, 15).lost
    waited_s = 300.0 * lost
    assert patience_of([(100_000, round(100_000 * lost), waited_s)]) == pytest.approx(300.0, rel=0.01)
