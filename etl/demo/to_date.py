"""The year of which figures are published up to a day alone: what came until then is as published, in number
and by channel; the rest of the year is carried on.

Only where that year is over, or at the full scale: at a lesser one the days around the last moment come at
the full rate, and take what they need from the rest of their year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from etl.demo.facts import yearly
from etl.demo.rhythm import HOUR_US, Clock
from etl.demo.scales import Scale


@dataclass(frozen=True)
class ToDate:
    """`cut`: when the day after the last published one begins. `end`: of the year, or the last moment."""

    cut: int
    end: int
    scale: Scale

    def split(self, at: np.ndarray, movable: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """The instants, `scale.of(n)` of them before `cut`: what is too many there takes the time of others
        after it, give or take an hour, and the other way round."""
        before, out = at < self.cut, at.copy()
        surplus = int(before.sum()) - self.scale.of(n)
        if surplus == 0:
            return out
        of, low, high = (before, self.cut, self.end) if surplus > 0 else (~before, int(at.min()), self.cut)
        rows = rng.choice(np.flatnonzero(of & movable), abs(surplus), replace=False)
        times = rng.choice(at[~of & movable], abs(surplus))
        shift = rng.integers(-HOUR_US, HOUR_US, abs(surplus))
        out[rows] = np.clip(times + shift, low, high - 1)
        return out


def to_date(year: int, scale: Scale, clock: Clock) -> ToDate | None:
    """None: of this year nothing is published so, or its scale cannot be kept."""
    cut = clock.day_start(yearly.PUBLISHED_TO + timedelta(1))
    if year != yearly.PUBLISHED_TO.year or cut >= clock.until:
        return None
    if scale.factor < 1 and clock.year_passed(year) < 1:
        return None
    following = yearly.PUBLISHED_TO.replace(year=year + 1, month=1, day=1)
    return ToDate(cut, min(clock.day_start(following), clock.until), scale)
