"""Queues of a contact centre: how many callers wait, how long, and how many give up.

Calls come by chance (a Poisson process) and last exponentially. In Erlang C everybody waits until answered;
in Erlang A each gives up after an exponential time of their own.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges", Elektroteknikeren 13 (1917), 5-13, for the formulas B and C; C. Palm, "Research on
telephone traffic carried by full availability groups", Tele 1 (1957), for impatience; F. Baccelli, G.
Hebuterne, "On queues with impatient customers", Performance '81 (1981), 159-179, for the density of the wait
that is offered; A. Mandelbaum, S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with
applications to call centers", Advances in Services Innovations (2007), 17-45, for the form used here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS = 1200
"""The steps of each integral, by Simpson's rule."""
NEGLIGIBLE = 40.0
"""A density that many e-folds below its peak adds nothing more."""


@dataclass(frozen=True)
class Traffic:
    """`calls_s`: calls a second. `handling_s`: how long one takes an operator, in the mean. `patience_s`: how
    long a caller waits before giving up, in the mean; none = for ever."""

    calls_s: float
    handling_s: float
    patience_s: float | None = None

    @property
    def load(self) -> float:
        """In erlangs: so many operators are busy at any moment, if nobody gives up."""
        return self.calls_s * self.handling_s


@dataclass(frozen=True)
class Answered:
    """`within`: of the calls that are answered, the share that waits no longer than was asked. `lost`: of
    all, the share that gives up. `waits`: of all, the share that is not answered at once."""

    within: float
    lost: float
    waits: float


def erlang_b(operators: int, load: float) -> float:
    """How likely all are busy where nobody waits. erlang_b(10, 5) = 0.0184. By the recursion of its
    inverse, which never leaves the numbers that a computer has."""
    if load <= 0:
        return 0.0 if operators else 1.0
    inverse = 1.0
    for n in range(1, operators + 1):
        inverse = 1.0 + inverse * n / load
    return 1.0 / inverse


def erlang_c(operators: int, load: float) -> float:
    """How likely a call waits where everybody does until answered; 1 where the queue grows without end.
    erlang_c(10, 8) = 0.409."""
    if operators <= load:
        return 1.0
    blocked = erlang_b(operators, load)
    return blocked / (1.0 - load / operators * (1.0 - blocked))


def answered(operators: int, traffic: Traffic, wait_s: float) -> Answered:
    """How a centre with so many operators answers within `wait_s`. Without operators nobody is answered."""
    if traffic.calls_s <= 0:
        return Answered(1.0, 0.0, 0.0)
    if operators <= 0:
        return Answered(0.0, 1.0, 1.0)
    if traffic.patience_s is None:
        return _patient(operators, traffic, wait_s)
    return _impatient(operators, traffic, traffic.patience_s, wait_s)


def _patient(operators: int, traffic: Traffic, wait_s: float) -> Answered:
    waits = erlang_c(operators, traffic.load)
    if operators <= traffic.load:
        return Answered(0.0, 0.0, waits)
    longer = np.exp(-(operators - traffic.load) * wait_s / traffic.handling_s)
    return Answered(float(1.0 - waits * longer), 0.0, waits)


def _impatient(operators: int, traffic: Traffic, patience_s: float, wait_s: float) -> Answered:
    """The wait offered to a caller who would never give up is 0 with probability `1 / weight`, else it has
    the density that `_offered` is proportional to; a caller gives up when it exceeds their patience."""
    peak, end_s = _extent(operators, traffic, patience_s)

    def density(at_s: np.ndarray) -> np.ndarray:
        return traffic.calls_s * np.exp(_offered(at_s, operators, traffic, patience_s) - peak)

    def staying(at_s: np.ndarray) -> np.ndarray:
        return np.exp(-at_s / patience_s)

    every = np.linspace(0.0, end_s, STEPS + 1)
    early = np.linspace(0.0, min(wait_s, end_s), STEPS + 1)
    free = np.exp(-peak) / erlang_b(operators - 1, traffic.load)
    weight = free + _integral(density(every), every)
    served = free + _integral(density(every) * staying(every), every)
    soon = free + _integral(density(early) * staying(early), early)
    return Answered(
        min(1.0, soon / served), max(0.0, 1.0 - served / weight), min(1.0, max(0.0, 1.0 - free / weight))
    )


def _offered(at_s: np.ndarray, operators: int, traffic: Traffic, patience_s: float) -> np.ndarray:
    """The logarithm of the density of the wait that is offered, up to a constant."""
    stays = traffic.calls_s * patience_s * -np.expm1(-at_s / patience_s)
    return stays - operators * at_s / traffic.handling_s


def _extent(operators: int, traffic: Traffic, patience_s: float) -> tuple[float, float]:
    """The largest value of that logarithm, and from when on it is negligible against it."""
    top_s = max(0.0, patience_s * float(np.log(traffic.load / operators)))
    peak = float(_offered(np.array(top_s), operators, traffic, patience_s))
    end_s = top_s + traffic.handling_s / operators
    while _offered(np.array(end_s), operators, traffic, patience_s) > peak - NEGLIGIBLE:
        end_s *= 1.3
    return peak, end_s


def _integral(values: np.ndarray, at: np.ndarray) -> float:
    """By Simpson's rule; an even number of equal steps."""
    step = (at[-1] - at[0]) / (len(at) - 1)
    return float(step / 3 * (values[0] + values[-1] + 4 * values[1:-1:2].sum() + 2 * values[2:-2:2].sum()))
