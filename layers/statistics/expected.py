"""Finds the days that had more than their weekday and month explain.

A day's expectation is the mean of all days, times what its weekday has of it, times what its month has;
the limit is that of a negative binomial distribution with the variance that the days have around their
expectations (`geo.statistics.limits`). A surge among the days counts as `CAPPED` times its expectation in
that variance, or it would hide itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import TypeVar

from geo.statistics.limits import upper_limit

Key = TypeVar("Key", bound=Hashable)
SHARE = 0.999
CAPPED = 2
LEAST_DAYS = 56
"""Fewer days say too little of their weekdays."""


@dataclass(frozen=True)
class Surge:
    """A day with `n`, of which no more than `limit` was to be expected."""

    day: date
    n: int
    limit: int


def surges(counts: Mapping[date, int]) -> list[Surge]:
    """Oldest first; none where there are too few days to say so."""
    if len(counts) < LEAST_DAYS:
        return []
    expected = expectations(counts)
    # Variance of a negative binomial: m + m²/size. 1/size is estimated by moments over all days.
    excess = [
        ((min(n, CAPPED * expected[day]) - expected[day]) ** 2 - expected[day]) / expected[day] ** 2
        for day, n in counts.items()
        if expected[day] > 0
    ]
    dispersion = max(0.0, fmean(excess)) if excess else 0.0
    found = []
    for day, n in sorted(counts.items()):
        mean = expected[day]
        variance = mean + dispersion * mean * mean
        # Two deviations are well inside the limit: it is only looked for beyond them.
        if n > mean + 2 * variance**0.5 and n > (limit := upper_limit(mean, variance, SHARE)):
            found.append(Surge(day, n, limit))
    return found


def expectations(counts: Mapping[date, int]) -> dict[date, float]:
    """The expectations by weekday and month, as factors of the mean of all days."""
    mean = fmean(counts.values())
    weekday, month = _means(counts, date.isoweekday), _means(counts, lambda day: (day.year, day.month))
    if mean == 0:
        return dict.fromkeys(counts, 0.0)
    return {day: weekday[day.isoweekday()] * month[day.year, day.month] / mean for day in counts}


def _means(counts: Mapping[date, int], key: Callable[[date], Key]) -> dict[Key, float]:
    groups: dict[Key, list[int]] = defaultdict(list)
    for day, n in counts.items():
        groups[key(day)].append(n)
    return {group: fmean(values) for group, values in groups.items()}
