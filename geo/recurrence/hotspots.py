"""Locations with more reports than their residents explain.

Of a building or a street: how likely so many reports are where each falls on a resident by chance (Poisson).
Of a cell of the city's grid: whether it lies among cells with more than that (Getis and Ord's G*), by
permutations. Among thousands of places some are far out by chance: which are named is decided with the share
of false ones among them held under `FALSE_SHARE`.

Sources: A. Getis, J. K. Ord, "The analysis of spatial association by use of distance statistics", Geogr.
Anal. 24 (1992), 189-206; J. K. Ord, A. Getis, "Local spatial autocorrelation statistics", Geogr. Anal. 27
(1995), 286-306, for G* with its own place; L. Anselin, "Local indicators of spatial association", Geogr.
Anal. 27 (1995), 93-115, for conditional permutations, as `esda` does them; Y. Benjamini, Y. Hochberg,
"Controlling the false discovery rate", J. R. Stat. Soc. B 57 (1995), 289-300; F. J. Anscombe, "The
transformation of Poisson, binomial and negative-binomial data", Biometrika 35 (1948), 246-254.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import lgamma, log

import numpy as np

from geo.statistics.limits import shares_reached

FALSE_SHARE = 0.05
PERMUTATIONS = 999
SEED = 109
ROUNDING = 1e-9
LEAST = 3
"""Fewer reports of a place in the whole period are no return."""


def excess_p(n: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """How likely at least `n` is where `expected` is the mean (Poisson); 1 for fewer than `LEAST`.
    excess_p([3], [1.0]) = [0.0803]."""
    found = np.ones(len(n))
    for least in np.unique(n[n >= LEAST]):
        at = np.flatnonzero(n == least)
        found[at] = 1.0 - shares_reached(expected[at], int(least) - 1)
    return found


def residuals(n: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """By how much counts exceed their means, of about unit variance whatever the mean (Anscombe)."""
    return 2 * (np.sqrt(n + 3 / 8) - np.sqrt(expected + 3 / 8))


def gi_star(values: np.ndarray, near: Sequence[np.ndarray]) -> np.ndarray:
    """G* of each place as a standard score; `near`: the others beside it. 0 where all values are equal."""
    n, mean, spread = len(values), values.mean(), values.std()
    sums = _sums(values, near)
    sizes = np.array([len(others) + 1 for others in near])
    room = spread * np.sqrt(np.maximum(n * sizes - sizes**2, 0) / max(1, n - 1))
    return np.divide(sums - mean * sizes, room, out=np.zeros(n), where=room > 0)


def permuted_p(
    values: np.ndarray, near: Sequence[np.ndarray], permutations: int = PERMUTATIONS, seed: int = SEED
) -> np.ndarray:
    """How often the places beside one would have as much if the other values were dealt out anew, the place's
    own staying where it is: one-sided. The same draws serve every place."""
    n, most = len(values), max((len(others) for others in near), default=0)
    if n < 2 or most == 0:
        return np.ones(n)
    dealt, order, ends = _dealt(n, most, permutations, seed)
    sums, found = _sums(values, near), np.ones(n)
    # What the first k draws add up to, a row each k. Drawn are positions among the others: from a place on
    # each stands for the next value, and as places go by they stand for their own, one after another.
    rest = np.cumsum(values[dealt + 1], axis=1).T.copy()
    for at, others in enumerate(near):
        if at:
            for drawn_at in order[ends[at - 1] : ends[at]].tolist():
                draw, column = divmod(drawn_at, dealt.shape[1])
                rest[column:, draw] -= values[at] - values[at - 1]
        if len(others):
            as_much = rest[len(others) - 1] + values[at] >= sums[at] - ROUNDING
            found[at] = (1 + np.count_nonzero(as_much)) / (permutations + 1)
    return found


@lru_cache(maxsize=4)
def _dealt(n: int, most: int, permutations: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is dealt to one place of `n`: `most` positions among the others, a row each permutation; all of
    them from the lowest position on, and where in that order each begins. They depend on no value, and cost
    more than all that is done with them."""
    drawn = np.random.default_rng(seed).random((permutations, n - 1))
    dealt = np.argpartition(drawn, min(most, n - 2), axis=1)[:, :most]
    # In the order of what was drawn: the first few of them are then as random as all are.
    dealt = np.take_along_axis(dealt, np.take_along_axis(drawn, dealt, 1).argsort(axis=1), 1)
    order = np.argsort(dealt, axis=None, kind="stable")
    return dealt, order, np.searchsorted(dealt.ravel()[order], np.arange(n))


def named(p: np.ndarray, false_share: float = FALSE_SHARE) -> np.ndarray:
    """Whether each is named, so that at most that share of the named is false (Benjamini and Hochberg).
    named([0.01, 0.02, 0.9]) = [True, True, False]."""
    order = np.argsort(p)
    limits = false_share * np.arange(1, len(p) + 1) / max(1, len(p))
    below = np.flatnonzero(p[order] <= limits)
    found = np.zeros(len(p), bool)
    if len(below):
        found[order[: below[-1] + 1]] = True
    return found


def trend_p(late: int, n: int, share: float) -> tuple[float, float]:
    """How likely as many or more (it emerges), and as few or fewer (it fades), as `late` of `n` reports come
    in the last part of the period, which has `share` of those of the whole city.
    trend_p(3, 3, 0.5)[0] = 0.125."""
    if not 0 < share < 1:
        return 1.0, 1.0
    k = np.arange(n + 1)
    ways = np.array([lgamma(n + 1) - lgamma(one + 1) - lgamma(n - one + 1) for one in range(n + 1)])
    chances = np.exp(ways + k * log(share) + (n - k) * log(1 - share))
    return min(1.0, float(chances[late:].sum())), min(1.0, float(chances[: late + 1].sum()))


def _sums(values: np.ndarray, near: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([values[at] + values[others].sum() for at, others in enumerate(near)])
