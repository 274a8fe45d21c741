"""Days above what was to be expected: found where they were planted, and seldom where there are none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from geo.statistics.limits import upper_limit
from layers.statistics.expected import LEAST_DAYS, expectations, surges

FIRST = date(2024, 1, 1)
WEEKDAYS = (1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.7)


def year(mean: float, seed: int, days: int = 371) -> dict[date, int]:
    """Poisson counts with a week's rhythm and a season's."""
    chance = np.random.default_rng(seed)
    found = {}
    for i in range(days):
        day = FIRST + timedelta(days=i)
        season = 1 + 0.2 * np.sin(2 * np.pi * day.month / 12)
        found[day] = int(chance.poisson(mean * WEEKDAYS[day.weekday()] * season))
    return found


def test_a_planted_day_is_found_and_a_busy_weekday_is_not() -> None:
    counts = year(6000, 1)
    planted = FIRST + timedelta(days=200)
    counts[planted] = int(1.5 * counts[planted])
    assert [surge.day for surge in surges(counts)] == [planted]
    assert surges(counts)[0].limit < counts[planted]


def test_where_nothing_was_planted_hardly_a_day_is_found() -> None:
    """One in a thousand by chance: of 40 years of 371 days about 15."""
    found = sum(len(surges(year(50, seed))) for seed in range(40))
    assert found <= 45


def test_the_limit_of_known_distributions() -> None:
    """A Poisson of 8 by the table; a negative binomial by a million draws; a large mean by the normal one."""
    assert upper_limit(8, 8, 0.999) == 18
    assert upper_limit(0, 0, 0.999) == 0
    mean, size = 10, 4
    limit = upper_limit(mean, mean + mean**2 / size, 0.999)
    draws = np.random.default_rng(109).negative_binomial(size, size / (size + mean), 1_000_000)
    assert np.mean(draws <= limit) >= 0.999 - 0.0002 and np.mean(draws <= limit - 1) < 0.999 + 0.0002
    assert upper_limit(6000, 6000, 0.999) == pytest.approx(6000 + 3.09 * 6000**0.5, abs=3)


def test_too_few_days_say_nothing() -> None:
    counts = {FIRST + timedelta(days=i): 5 for i in range(LEAST_DAYS - 1)}
    counts[FIRST] = 5000
    assert surges(counts) == [] and surges({}) == []
    assert set(expectations({FIRST: 0}).values()) == {0.0}
