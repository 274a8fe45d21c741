"""The formulas against values worked by hand and published ones, and against a queue that is simulated."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest

from geo.staffing.erlang import Traffic, answered, erlang_b, erlang_c

HANDLING_S, PATIENCE_S, WAIT_S = 180.0, 120.0, 15.0


@pytest.mark.parametrize(
    ("operators", "load", "expected"),
    [(1, 1.0, 1 / 2), (2, 1.0, 1 / 5), (3, 2.0, 4 / 19), (10, 5.0, 0.018385), (0, 3.0, 1.0), (5, 0.0, 0.0)],
)
def test_erlang_b_is_what_the_tables_say(operators: int, load: float, expected: float) -> None:
    """By hand (1, 2, 3 lines), and 10 lines with 5 erlangs of the published tables."""
    assert erlang_b(operators, load) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("operators", "load", "expected"),
    [(1, 0.5, 1 / 2), (2, 1.0, 1 / 3), (3, 2.0, 4 / 9), (10, 8.0, 0.409180), (5, 6.0, 1.0)],
)
def test_erlang_c_is_what_the_tables_say(operators: int, load: float, expected: float) -> None:
    """One operator is busy half the time at half an erlang; 2 and 3 by hand: (a^n / n!) n / (n - a) over
    that and the sum of the a^k / k! before it."""
    assert erlang_c(operators, load) == pytest.approx(expected, abs=5e-6)


def by_hand(operators: int, load: float) -> float:
    waiting = load**operators / math.factorial(operators) * operators / (operators - load)
    return waiting / (waiting + sum(load**k / math.factorial(k) for k in range(operators)))


@pytest.mark.parametrize(("operators", "load"), [(4, 2.5), (12, 9.5), (40, 33.0)])
def test_the_recursion_is_the_sum(operators: int, load: float) -> None:
    assert erlang_c(operators, load) == pytest.approx(by_hand(operators, load), rel=1e-9)


def test_who_never_gives_up_is_the_limit_of_patience() -> None:
    traffic = Traffic(0.05, HANDLING_S)
    patient, nearly = (answered(12, one, WAIT_S) for one in (traffic, Traffic(0.05, HANDLING_S, 1e7)))
    assert nearly.within == pytest.approx(patient.within, abs=2e-4)
    assert nearly.waits == pytest.approx(patient.waits, abs=2e-4) and nearly.lost < 1e-4


def test_one_operator_by_hand() -> None:
    """With patience as long as a call a queue of one operator is that of an endless number of them: so many
    calls are there as a Poisson variable of the load says, and all but e^-load of the load is served."""
    load = 1.5
    found = answered(1, Traffic(load / HANDLING_S, HANDLING_S, HANDLING_S), WAIT_S)
    assert found.waits == pytest.approx(1 - math.exp(-load), abs=1e-6)
    assert found.lost == pytest.approx(1 - (1 - math.exp(-load)) / load, abs=1e-6)


@pytest.mark.parametrize(("operators", "calls_s"), [(9, 0.05), (12, 0.05), (3, 0.02), (60, 0.35)])
def test_lost_calls_and_quick_answers_are_those_of_a_simulated_queue(operators: int, calls_s: float) -> None:
    found = answered(operators, Traffic(calls_s, HANDLING_S, PATIENCE_S), WAIT_S)
    within, lost = simulate(operators, calls_s)
    assert found.within == pytest.approx(within, abs=0.02)
    assert found.lost == pytest.approx(lost, abs=0.008)


def simulate(operators: int, calls_s: float, calls: int = 60_000) -> tuple[float, float]:
    """(share of the answered within `WAIT_S`, share of all that gives up), first come first served."""
    chance = np.random.default_rng(109)
    arrivals = np.cumsum(chance.exponential(1 / calls_s, calls))
    lasting, patience = chance.exponential(HANDLING_S, calls), chance.exponential(PATIENCE_S, calls)
    free_at = [0.0] * operators
    served = soon = 0
    for at, lasts, stays in zip(arrivals.tolist(), lasting.tolist(), patience.tolist()):
        # Whoever gives up before an operator is free takes none of their time.
        wait = max(0.0, free_at[0] - at)
        if wait <= stays:
            heapq.heapreplace(free_at, at + wait + lasts)
            served, soon = served + 1, soon + (wait <= WAIT_S)
    return soon / served, 1 - served / calls


def test_more_operators_answer_better_and_nobody_answers_nobody() -> None:
    traffic = Traffic(0.05, HANDLING_S, PATIENCE_S)
    found = [answered(n, traffic, WAIT_S) for n in range(0, 20)]
    assert found[0].lost == 1.0 and answered(3, Traffic(0.0, HANDLING_S), WAIT_S).within == 1.0
    assert all(a.within <= b.within + 1e-9 and a.lost >= b.lost - 1e-9 for a, b in zip(found, found[1:]))
    assert answered(8, Traffic(0.05, HANDLING_S), WAIT_S).within == 0.0, "nine erlangs for eight operators"
