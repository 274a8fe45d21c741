"""What a preventive measure changed: reports of its place before and after, against those of comparable
places in the same days, so that a season or a trend of the whole city is not taken for its work.

The change is (after / before) of the place over (after / before) of the others, with the 95 % interval of the
logarithm of a ratio of Poisson counts (half a report is added to each, J. B. S. Haldane, "The estimation and
significance of the logarithm of a ratio of frequencies", Ann. Hum. Genet. 20 (1956), 309-311). Comparable are
the places of the same kind that had about as many reports before: what was chosen because it was at its worst
gets better by itself, and so do they.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

from geo.statistics.survival import Z_95

COMPARABLE = 20
"""So many of the nearest by their reports before."""
LEAST_BEFORE = 3
"""Fewer reports of the place before say nothing of a change."""


@dataclass(frozen=True)
class Effect:
    """`before`, `after`: reports of the place; `others_before`, `others_after`: of `others` comparable ones.
    `times`: 0.6 = four in ten fewer than they would be; with the 95 % interval `low`..`high`."""

    before: int
    after: int
    others: int
    others_before: int
    others_after: int
    times: float
    low: float
    high: float

    @property
    def is_proven(self) -> bool:
        return self.high < 1.0 or self.low > 1.0


def effect_of(location: str, before: Mapping[str, int], after: Mapping[str, int]) -> Effect | None:
    """Reports by place in as many days before the measure and after it; none = too few to say."""
    own = before.get(location, 0)
    if own < LEAST_BEFORE:
        return None
    ranked = sorted(
        (key for key in before if key != location and before[key] >= 1),
        key=lambda key: (abs(log(before[key] / own)), key),
    )[:COMPARABLE]
    if not ranked:
        return None
    then, now = (sum(counts.get(key, 0) for key in ranked) for counts in (before, after))
    counted = (own, after.get(location, 0), then, now)
    a, b, c, d = (count + 0.5 for count in counted)
    ratio, half = log(b / a) - log(d / c), Z_95 * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Effect(own, counted[1], len(ranked), then, now, exp(ratio), exp(ratio - half), exp(ratio + half))
