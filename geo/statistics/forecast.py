"""How many come in a step (an hour, a day), with the interval that holds nine steps of ten, from the steps
before it alone; and how well that would have done.

The expectation is what the same step of the last weeks had on average (the steps beside it counting half; a
holiday is like the Sundays before it where the caller tells which days are), times how the last day or week
went against its own expectation, drawn towards 1 where it had few. The interval is of a negative binomial
distribution (`geo.statistics.limits`) whose variance is that of the last weeks around their expectations. It
is written in numpy: a library of time series would fit a model for each topic and district anew each hour,
and its normal intervals are wrong for counts near 0.

Counts of 0 and 1 have no interval of exactly 90 %. Whether the model is right is measured as for counts (C.
Czado, T. Gneiting, L. Held, "Predictive model assessment for count data", Biometrics 65 (2009), 1254-1261): a
count on the edge is inside by the share of its probability that is. `plain` is what a reader of whole numbers
sees: at least as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.statistics.limits import share_reached, upper_limit

WEEKS = 8
"""How many past weeks are averaged for a step."""
LEVEL = {168: 24, 7: 7}
"""Steps a week -> of how many of the last steps it is asked how they went."""
PRIOR = 20.0
"""Cases by which that is drawn towards 1."""
POOLED = 2.0
"""Weeks that the same hour of every day weighs in the average of its weekday: eight counts say little where
they are few."""
OWN_NOISE = 1 / 20
"""The variance that the average of eight weeks, with the steps beside it, adds to a count, as a share of its
mean."""
MOST_DISPERSION = 5.0
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Expected:
    mean: float
    low: int
    high: int


@dataclass(frozen=True)
class Backtest:
    """Over `steps`, each forecast from those before it. `error` and `naive`: mean absolute error, of the
    forecast and of "as many as in that step a week ago". `coverage`: how often the 90 % interval held it;
    `plain`: counting the edges whole."""

    steps: int
    error: float
    naive: float
    coverage: float
    plain: float


def needed(season: int) -> int:
    """How many steps of the past a forecast takes."""
    return 2 * WEEKS * season + LEVEL[season]


def forecast(counts: np.ndarray, season: int, steps: int, kinds: np.ndarray | None = None) -> list[Expected]:
    """The expected counts of the next `steps`, at most a week; `counts` of every step up to now, the oldest
    first, `season` steps a week (168 or 7). `kinds`: the weekday that each step's day is like
    (`geo.statistics.day_kinds`), of these and of the next ones; none = its own. Empty where there are fewer
    than `needed`."""
    if len(counts) < needed(season):
        return []
    means, dispersion = _ahead(counts, season, steps, kinds)
    return [_interval(mean, dispersion) for mean in means]


def upper_ends(
    counts: np.ndarray, season: int, steps: int, shares: Sequence[float], kinds: np.ndarray | None = None
) -> list[tuple[float, list[int]]]:
    """The mean of each of the next `steps`, and for each of `shares` the count that no more than 1 minus it
    of such steps exceed. Empty like `forecast`."""
    if len(counts) < needed(season):
        return []
    means, dispersion = _ahead(counts, season, steps, kinds)
    return [
        (float(mean), [upper_limit(mean, _variance(mean, dispersion), share) for share in shares])
        for mean in means
    ]


def one_step(counts: np.ndarray, season: int, steps: int, kinds: np.ndarray | None = None) -> list[Expected]:
    """The expectations of the last `steps`, each from the steps before it. Empty like `forecast`."""
    known = np.asarray(counts, float)
    if len(known) < needed(season) + steps:
        return []
    means, dispersion = _one_step(known, season, kinds)
    return [_interval(mean, excess) for mean, excess in zip(means[-steps:], dispersion[-steps:])]


def backtest(counts: np.ndarray, season: int, steps: int, kinds: np.ndarray | None = None) -> Backtest | None:
    """How forecasts of the last `steps` would have done; none where there are too few before them."""
    known = np.asarray(counts, float)
    if len(known) < needed(season) + steps:
        return None
    means, dispersion = _one_step(known, season, kinds)
    at = np.arange(len(known) - steps, len(known))
    inside, plain = 0.0, 0
    for n, mean, excess in zip(known[at], means[at], dispersion[at]):
        variance = _variance(mean, excess)
        below, reached = (share_reached(mean, variance, int(n) - one) for one in (1, 0))
        if reached > below:
            inside += max(0.0, min(reached, HIGH) - max(below, LOW)) / (reached - below)
        expected = _interval(mean, excess)
        plain += bool(expected.low <= n <= expected.high)
    return Backtest(
        steps,
        float(np.abs(known[at] - means[at]).mean()),
        float(np.abs(known[at] - known[at - season]).mean()),
        inside / steps,
        plain / steps,
    )


def _ahead(counts: np.ndarray, season: int, steps: int, kinds: np.ndarray | None) -> tuple[np.ndarray, float]:
    """Means of the next `steps`, and by how much their variance exceeds them."""
    known = np.asarray(counts, float)
    longer = np.concatenate([known, np.zeros(steps)])
    profile = _profile(longer, season, kinds)
    known_profile, ahead = profile[: len(known)], profile[len(known) :]
    means = _means(known, known_profile, season)
    level = _level(known, known_profile, season)[-1]
    return ahead * level, float(_dispersion(known, means, season)[-1])


def _profile(counts: np.ndarray, season: int, kinds: np.ndarray | None) -> np.ndarray:
    """For each step, the mean of the same step in the weeks before, smoothed with its neighbours; nan for the
    first weeks."""
    padded = np.concatenate([counts[:1], counts, counts[-1:]])
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4 if season > LEVEL[season] else counts
    found = np.full(len(counts), np.nan)
    begins = WEEKS * season + 1
    pooled = np.mean(_days_before(smooth, season, begins)[6:], axis=0)
    own = _same_kind(smooth, season, begins, kinds, pooled)
    found[begins:] = (WEEKS * own + POOLED * pooled) / (WEEKS + POOLED)
    return found


def _same_kind(
    smooth: np.ndarray, season: int, begins: int, kinds: np.ndarray | None, pooled: np.ndarray
) -> np.ndarray:
    """From step `begins` on: the mean of the days before that are like its own; where none was, of all."""
    days = _days_before(smooth, season, begins)
    if kinds is None:
        return np.mean(days[6::7], axis=0)
    like = _days_before(kinds[: len(smooth)], season, begins) == kinds[begins : len(smooth)]
    n = like.sum(axis=0)
    return np.where(n, (days * like).sum(axis=0) / np.maximum(n, 1), pooled)


def _days_before(values: np.ndarray, season: int, begins: int) -> np.ndarray:
    """For each step from `begins` on, the same time of the 56 days before it, a row a day, the last first."""
    back = season // 7 * np.arange(1, 7 * WEEKS + 1)
    return values[np.arange(begins, len(values)) - back[:, None]]


def _level(counts: np.ndarray, profile: np.ndarray, season: int) -> np.ndarray:
    """How the last steps went against their profile, after each step."""
    span = LEVEL[season]
    known = np.isfinite(profile)
    now = _sums(np.where(known, counts, 0.0), span)
    expected = _sums(np.where(known, profile, 0.0), span)
    return (now + PRIOR) / (expected + PRIOR)


def _means(counts: np.ndarray, profile: np.ndarray, season: int) -> np.ndarray:
    """The expected count of each step, from those before it."""
    before = np.concatenate([[1.0], _level(counts, profile, season)[:-1]])
    return profile * before


def _one_step(counts: np.ndarray, season: int, kinds: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Means and dispersions of each step, from those before it."""
    means = _means(counts, _profile(counts, season, kinds), season)
    return means, np.concatenate([[0.0], _dispersion(counts, means, season)[:-1]])


def _dispersion(counts: np.ndarray, means: np.ndarray, season: int) -> np.ndarray:
    """The dispersion after each step: how far the variance of the last weeks exceeds the mean, over the
    mean's square."""
    known = np.isfinite(means)
    excess = np.where(known, (counts - means) ** 2 - means, 0.0)
    squares = _sums(np.where(known, means**2, 0.0), WEEKS * season)
    return np.clip(_sums(excess, WEEKS * season) / np.maximum(squares, 1e-9), 0.0, MOST_DISPERSION)


def _sums(values: np.ndarray, span: int) -> np.ndarray:
    """The sum of the last `span` values up to each."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    return total[ends] - total[np.maximum(0, ends - span)]


def _variance(mean: float, dispersion: float) -> float:
    return mean * (1 + OWN_NOISE) + dispersion * mean * mean


def _interval(mean: float, dispersion: float) -> Expected:
    variance = _variance(mean, dispersion)
    low, high = (upper_limit(mean, variance, share) for share in (LOW, HIGH))
    return Expected(float(mean), low, high)
