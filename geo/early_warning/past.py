"""What is expected of a cause where and when, from its reports of the weeks before.

How many the whole city has in the last minutes: those of that hour of the day in the weeks before, times how
the last week went against them. Which part of them comes from a zone: the part of the city's residents who
live in it, times how its past reports went against that, drawn towards 1 where few were to be expected (the
gamma prior of D. G. Clayton, J. Kaldor, "Empirical Bayes estimates of age-standardized relative risks",
Biometrics 43 (1987), 671-681).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.early_warning.scan import SPANS_MIN, Zone

PAST_D = 56
LEVEL_D = 7
PRIOR = 5.0
"""Reports that the residents weigh against the past ones of a zone."""
UNCOUNTED = 1.5
"""People of a house beside its voters."""
LEAST_A_DAY = 1.0
"""Fewer are not expected of any cause: of what hardly ever comes the first three would be a warning."""
DAY_H, HOUR_MIN = 24, 60


@dataclass(frozen=True)
class Past:
    """`xy`: of the past reports, and `houses` of the city with their `residents`; `by_hour`: reports in the
    mean of each hour of the day by the city's clock."""

    xy: np.ndarray
    houses: np.ndarray
    residents: np.ndarray
    by_hour: np.ndarray

    @classmethod
    def of(
        cls, xy: np.ndarray, hours: np.ndarray, ages_d: np.ndarray, houses: np.ndarray, voters: np.ndarray
    ) -> Past:
        """`hours`: of the day, 0..23, and `ages_d` in days, at most `PAST_D`, of the reports at `xy`."""
        counts = np.bincount(hours, minlength=DAY_H)
        smooth = (np.roll(counts, 1) + 2 * counts + np.roll(counts, -1)) / 4 / PAST_D
        late = np.count_nonzero(ages_d < LEVEL_D)
        level = (late / LEVEL_D + LEAST_A_DAY) / (len(hours) / PAST_D + LEAST_A_DAY)
        return cls(xy, houses, voters + UNCOUNTED, np.maximum(smooth * level, LEAST_A_DAY / DAY_H))

    def expected(self, minute: float) -> np.ndarray:
        """In the last `SPANS_MIN`, at so many minutes after midnight."""
        back = (minute - np.arange(SPANS_MIN[-1]) - 0.5) // HOUR_MIN % DAY_H
        total = np.cumsum(self.by_hour[back.astype(int)] / HOUR_MIN)
        return total[np.array(SPANS_MIN) - 1]

    def shares(self, xy: np.ndarray, zones: tuple[Zone, ...]) -> np.ndarray:
        """The shares of the zones around rows (x, y), a column a zone."""
        found = np.empty((len(xy), len(zones)))
        whole = self.residents.sum() + UNCOUNTED
        for row, at in enumerate(xy):
            past = _inside(self.xy, at, zones)
            living = (_inside(self.houses, at, zones, self.residents) + UNCOUNTED) / whole
            found[row] = living * (past + PRIOR) / (len(self.xy) * living + PRIOR)
        return found


def shares_of_owners(past: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """The part of the past reports that each of `owners` had, as a column; one without any has as many as a
    new one would."""
    counted = np.array([np.count_nonzero(past == owner) for owner in owners], float)
    return ((counted + 1) / (len(past) + 1))[:, None]


def _inside(
    points: np.ndarray, at: np.ndarray, zones: tuple[Zone, ...], weights: np.ndarray | None = None
) -> np.ndarray:
    """How many lie in each zone around `at`, or what they weigh."""
    farthest = max(zone.length_m for zone in zones)
    near = np.flatnonzero(np.abs(points - at).max(axis=1, initial=0.0) <= farthest)
    east, north = (points[near] - at).T
    weighed = np.ones(len(near)) if weights is None else weights[near]
    return np.array([weighed[zone.holds(east, north)].sum() for zone in zones])
