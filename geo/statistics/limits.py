"""The limit that a count exceeds by chance alone only so seldom: of a Poisson distribution, or of a negative
binomial one where counts vary more than a Poisson's."""

from __future__ import annotations

import numpy as np

MEASURABLY_MORE = 1.01
"""Variance over mean from which counts vary by more than chance."""


def upper_limit(mean: float, variance: float, share: float) -> int:
    """The smallest count whose cumulated probability is at least `share`. upper_limit(8, 8, 0.999) is 18."""
    if mean == 0:
        return 0
    size = _size(mean, variance)
    longest = int(mean + 12 * max(variance, mean) ** 0.5) + 20
    while True:
        reached = np.flatnonzero(_probabilities(mean, size, longest).cumsum() >= share)
        if len(reached):
            return int(reached[0])
        longest *= 2


def share_reached(mean: float, variance: float, n: int) -> float:
    """How likely a count is `n` at most. share_reached(1, 1, 0) is 0.368."""
    if n < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    return min(1.0, float(_probabilities(mean, _size(mean, variance), n).sum()))


def shares_reached(means: np.ndarray, n: int) -> np.ndarray:
    """How likely each of many Poisson counts is `n` at most, by its mean. shares_reached([1, 0], 0) =
    [0.368, 1.0]."""
    k = np.arange(n + 1)
    ways = np.log(np.maximum(k, 1)).cumsum()
    safe = np.where(means > 0, means, 1.0)[:, None]
    reached = np.exp(k * np.log(safe) - safe - ways).sum(axis=1)
    return np.where(means > 0, np.minimum(1.0, reached), 1.0)


def _size(mean: float, variance: float) -> float | None:
    """The size of a negative binomial distribution; none = the variance is that of a Poisson distribution."""
    return mean * mean / (variance - mean) if variance > mean * MEASURABLY_MORE else None


def _probabilities(mean: float, size: float | None, longest: int) -> np.ndarray:
    """The probabilities of 0..longest - 1. Each follows from the one before by their ratio; in logarithms,
    where the first of a large mean is not yet zero."""
    k = np.arange(longest)
    if size is None:
        first, ratios = -mean, np.log(mean / (k + 1))
    else:
        first = size * np.log(size / (size + mean))
        ratios = np.log((k + size) / (k + 1) * (mean / (size + mean)))
    return np.exp(first + np.concatenate([[0.0], ratios.cumsum()]))
