"""How long something lasts where some of it has not ended yet: the estimate of Kaplan and Meier.

What is still open has lasted at least until now. To leave it out would make the rest look quick, to count it
as ended would be invented; it counts among those at risk until its age, and no longer.

Sources: E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", J. Am. Stat. Assoc.
53 (1958), 457-481, for the estimate; M. Greenwood, "The natural duration of cancer" (1926), for its variance;
J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of Failure Time Data" (2002), 1.4, for the
interval on the scale of log(-log S), which never leaves 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: two sides of 95 %."""


@dataclass(frozen=True)
class Survival:
    """After each of `times` (ascending) at which something ended: the share that has `ended` (0..1), with its
    95 % interval. `events` and `censored` are how many of each there are in all."""

    times: np.ndarray
    ended: np.ndarray
    low: np.ndarray
    high: np.ndarray
    events: int
    censored: int

    def quantile(self, share: float) -> float | None:
        """The time by which at least `share` have ended; none where so many have not, for all that is
        known."""
        reached = np.flatnonzero(self.ended >= share - 1e-12)
        return float(self.times[reached[0]]) if len(reached) else None

    def at(self, time: float) -> float:
        """The share that has ended by `time`."""
        index = int(np.searchsorted(self.times, time, side="right"))
        return float(self.ended[index - 1]) if index else 0.0

    @cached_property
    def is_empty(self) -> bool:
        return self.events + self.censored == 0


def kaplan_meier(
    ended: Sequence[tuple[float, int]], still_open: Sequence[tuple[float, int]] = ()
) -> Survival:
    """(how long it lasted, how many) of what has ended, (its age, how many) of what has not; any unit, in any
    order. One that is still open at the very time at which another ended is at risk then.

    kaplan_meier([(1, 1), (3, 1)], [(2, 1)]) has ended = [1/3, 1.0]: a third at 1, and at 3 the one that was
    left.
    """
    lasted, deaths = _merged(ended)
    ages, open_ones = _merged(still_open)
    # At risk at t: whatever lasted or is aged t or more.
    at_risk = (
        deaths[::-1].cumsum()[::-1]
        + np.concatenate([open_ones[::-1].cumsum()[::-1], [0]])[np.searchsorted(ages, lasted)]
    )
    left = np.cumprod(1 - deaths / at_risk)
    low, high = _interval(left, deaths, at_risk)
    return Survival(lasted, 1 - left, 1 - high, 1 - low, int(deaths.sum()), int(open_ones.sum()))


def _merged(rows: Sequence[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Distinct times ascending, and how many there are of each."""
    table = np.array(rows, float).reshape(-1, 2)
    times, index = np.unique(table[:, 0], return_inverse=True)
    return times, np.bincount(index, weights=table[:, 1], minlength=len(times))


def _interval(left: np.ndarray, deaths: np.ndarray, at_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of what is left. Where nothing is left the variance is not defined: there it is the
    point itself."""
    inside = (left > 0) & (left < 1)
    survivors = np.where(at_risk > deaths, at_risk - deaths, 1)
    greenwood = np.cumsum(deaths / (at_risk * survivors))
    safe = np.where(inside, left, 0.5)
    spread = Z_95 * np.sqrt(greenwood) / np.abs(np.log(safe))
    return (
        np.where(inside, safe ** np.exp(spread), left),
        np.where(inside, safe ** np.exp(-spread), left),
    )
