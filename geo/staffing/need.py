"""The fewest operators that reach the goals of answering, and how patient callers are.

The goals are those of the figures (`geo.statistics.definitions`): of the answered calls 90 % within 15 s and
95 % within 20 s, and at most 5 % lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

from geo.staffing.erlang import Traffic, answered
from geo.statistics.definitions import ANSWERED_15, ANSWERED_20, LOST_CALLS, Figure

HOUR_S = 3600
LEAST_CALLS, LEAST_LOST = 500, 5
"""Fewer tell nothing of patience."""
SHORTEST_S, LONGEST_S = 10.0, 3600.0
"""A patience outside is no person's: the telephony counts otherwise than is thought here."""


@dataclass(frozen=True)
class AnswerGoals:
    """`within`: (seconds, share of the answered calls that wait no longer). `lost`: at most so many of
    all."""

    within: tuple[tuple[float, float], ...]
    lost: float


def _goal(figure: Figure) -> float:
    assert figure.goal is not None, figure.key
    return figure.goal.value


GOALS = AnswerGoals(((15.0, _goal(ANSWERED_15)), (20.0, _goal(ANSWERED_20))), _goal(LOST_CALLS))


def reached(operators: int, traffic: Traffic, goals: AnswerGoals = GOALS) -> bool:
    """Whether so many reach every goal."""
    for wait_s, share in goals.within:
        found = answered(operators, traffic, wait_s)
        if found.within < share or found.lost > goals.lost:
            return False
    return True


@lru_cache(maxsize=4096)
def operators_needed(traffic: Traffic, goals: AnswerGoals = GOALS) -> int:
    """The fewest operators taking calls that reach the goals; none are needed where nobody calls. Each more
    makes it better, so they are halved in on."""
    if traffic.calls_s <= 0:
        return 0
    low, high = 0, max(1, ceil(traffic.load))
    while not reached(high, traffic, goals):
        low, high = high, high + max(1, ceil(traffic.load**0.5))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle, traffic, goals) else (middle, high)
    return high


def on_the_roster(operators: int, away: float) -> int:
    """How many have to be on duty so that so many take calls, where each is away from the telephone for a
    share of their time. on_the_roster(17, 0.15) = 20."""
    return ceil(round(operators / (1.0 - away), 6))


def taking_calls(on_duty: int, away: float) -> int:
    """How many of those on duty take calls. taking_calls(20, 0.15) = 17."""
    return floor(round(on_duty * (1.0 - away), 6))


def patience_of(hours: Sequence[tuple[int, int, float | None]]) -> float | None:
    """The mean patience in seconds, of (offered, lost, mean seconds until answered) of hours; none = too few
    calls tell of it.

    Where patience is exponential, lost calls are waiting time divided by patience (Mandelbaum and Zeltyn
    2007, "P{Ab} = theta E[W]"). Telephony tells no waits of lost calls: they are taken to have waited as long
    as the answered ones of their hour. patience_of([(1000, 20, 12.0)]) = 600.
    """
    offered = lost = 0
    waited_s = 0.0
    for calls, gave_up, answer_s in hours:
        if answer_s is not None:
            offered, lost, waited_s = offered + calls, lost + gave_up, waited_s + calls * answer_s
    if offered < LEAST_CALLS or lost < LEAST_LOST:
        return None
    return min(LONGEST_S, max(SHORTEST_S, waited_s / lost))
