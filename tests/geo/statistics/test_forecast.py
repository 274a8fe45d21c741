"""A forecast looks at the past alone, is calibrated where its assumptions hold, and beats "as a week ago"
there."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from geo.statistics.day_kinds import kind_of
from geo.statistics.forecast import backtest, forecast, needed, one_step
from geo.statistics.limits import share_reached, upper_limit

CLOCK = np.array(
    [90, 60, 45, 40, 45, 70, 120, 230, 380, 520, 565, 540]
    + [500, 470, 480, 500, 480, 430, 380, 330, 280, 230, 170, 120]
)
WEEKDAYS = np.array([1, 1, 1, 1, 1, 0.65, 0.6])
WEEK_H, TESTED_H = 168, 672


def city(scale: float, seed: int, weeks: int = 30) -> np.ndarray:
    """Hours of a city: a clock, weekdays, days that go better or worse, and chance."""
    chance = np.random.default_rng(seed)
    means = np.tile((WEEKDAYS[:, None] * CLOCK).ravel(), weeks) * scale
    means *= np.repeat(chance.gamma(100, 0.01, weeks * 7), 24)
    return chance.negative_binomial(50, 1 / (1 + 0.02 * means))


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.02, 0.005])
def test_nine_hours_of_ten_are_inside_and_the_week_before_is_beaten(scale: float) -> None:
    found = [backtest(city(scale, seed), WEEK_H, TESTED_H) for seed in range(4)]
    assert all(one is not None and one.error < one.naive for one in found)
    assert 0.87 <= np.mean([one.coverage for one in found if one]) <= 0.93
    assert all(one.plain >= one.coverage - 0.02 for one in found if one)


def test_what_comes_later_changes_nothing() -> None:
    counts = city(0.1, 1)
    before = one_step(counts, WEEK_H, 10)
    changed = counts.copy()
    changed[-5:] = 10_000
    assert one_step(changed, WEEK_H, 10)[:6] == before[:6]
    assert one_step(counts[:-1], WEEK_H, 10)[1:] == before[:-1]


def test_the_next_hour_is_what_one_step_would_say() -> None:
    counts = city(0.1, 2)
    [ahead] = forecast(counts[:-1], WEEK_H, 1)
    [step] = one_step(counts, WEEK_H, 1)
    assert ahead.mean == pytest.approx(step.mean, rel=0.02)
    assert ahead.low <= ahead.mean <= ahead.high and len(forecast(counts, WEEK_H, 12)) == 12


def test_too_short_a_past_says_nothing() -> None:
    assert forecast(np.ones(needed(WEEK_H) - 1), WEEK_H, 1) == []
    assert one_step(np.ones(needed(WEEK_H)), WEEK_H, 1) == []
    assert backtest(np.ones(needed(WEEK_H)), WEEK_H, 1) is None
    assert backtest(np.zeros(needed(7) + 7), 7, 7) is not None


@pytest.mark.parametrize(("mean", "variance"), [(0.3, 0.3), (8, 8), (8, 30), (500, 900)])
def test_a_limit_is_the_first_count_that_is_reached(mean: float, variance: float) -> None:
    for share in (0.05, 0.5, 0.95):
        limit = upper_limit(mean, variance, share)
        assert share_reached(mean, variance, limit) >= share > share_reached(mean, variance, limit - 1)
    assert share_reached(1, 1, 0) == pytest.approx(np.exp(-1)) and share_reached(0, 0, 0) == 1


def test_a_holiday_is_like_the_sundays_and_spoils_no_monday() -> None:
    """A Monday off: with the calendar it is expected as a Sunday, and the Monday after as Mondays were."""
    weeks = np.tile((WEEKDAYS[:, None] * CLOCK).ravel(), 24)
    kinds = np.repeat(np.tile(np.arange(7), 24), 24)
    off = slice(168 * 20, 168 * 20 + 24)
    weeks[off], kinds[off] = weeks[168 * 20 - 24 : 168 * 20], 6
    noon = 168 * 20 + 12
    plain, by_calendar = (one_step(weeks[: noon + 1], WEEK_H, 1, one)[0] for one in (None, kinds[: noon + 1]))
    sunday, monday = WEEKDAYS[6] * CLOCK[12], CLOCK[12]
    assert abs(by_calendar.mean - sunday) < 0.08 * sunday < abs(plain.mean - sunday)
    later = 168 * 21 + 12
    plain, by_calendar = (
        one_step(weeks[: later + 1], WEEK_H, 1, one)[0] for one in (None, kinds[: later + 1])
    )
    assert abs(by_calendar.mean - monday) <= abs(plain.mean - monday)
    ordinary = np.repeat(np.tile(np.arange(7), 24), 24)
    [same] = one_step(weeks[: later + 1], WEEK_H, 1, ordinary[: later + 1])
    assert same.mean == pytest.approx(plain.mean)


def test_the_weekday_that_a_day_is_like() -> None:
    monday, saturday = date(2026, 3, 9), date(2026, 3, 14)
    assert [kind_of(monday, one) for one in (None, True, False)] == [0, 0, 6]
    assert [kind_of(saturday, one) for one in (None, False, True)] == [5, 5, 4]
