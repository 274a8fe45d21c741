"""Near repeats: none where places and days have nothing to do with each other, and what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from geo.recurrence import near_repeat
from geo.recurrence.near_repeat import BANDS_M, SPANS_D, near_repeats


def town(seed: int, n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    houses = chance.uniform(0, 3000, (300, 2))
    return houses[chance.integers(0, 300, n)], np.sort(chance.uniform(0, 365, n))


def test_chance_makes_none() -> None:
    found = near_repeats(*town(1))
    assert len(found) == len(BANDS_M) * len(SPANS_D)
    assert all(0.6 < one.times < 1.5 for one in found if one.times and one.expected > 20)
    assert sum(one.p <= 0.01 for one in found) <= 1


def test_what_follows_within_a_week_in_the_same_house_is_found() -> None:
    xy, days = town(2)
    chance = np.random.default_rng(3)
    again = chance.choice(len(xy), 60, replace=False)
    xy = np.vstack([xy, xy[again]])
    days = np.concatenate([days, days[again] + chance.uniform(0, 5, 60)])
    order = np.argsort(days)
    found = {(one.metres, one.days): one for one in near_repeats(xy[order], days[order])}
    first = found[0.0, 7]
    assert first.times and first.times > 2 and first.p == pytest.approx(0.01)
    assert first.pairs >= 60 and (found[0.0, 28].times or 0) < first.times
    assert found[200.0, 28].p > 0.01


def test_of_too_many_some_of_the_whole_period_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest alone would all lie within a few days, where nothing can be told from chance."""
    monkeypatch.setattr(near_repeat, "MOST", 400)
    pairs = {(one.metres, one.days): one.pairs for one in near_repeats(*town(4, 4000))}
    assert pairs[200.0, 7] < pairs[200.0, 14] < pairs[200.0, 28]


def test_pairs_by_hand() -> None:
    """Two in one house three days apart, a third 50 m away a month later."""
    xy, days = np.array([(0.0, 0.0), (0.0, 0.0), (50.0, 0.0)]), np.array([0.0, 3.0, 33.0])
    pairs = {(one.metres, one.days): one.pairs for one in near_repeats(xy, days)}
    assert pairs == {
        **{(0.0, span): 1 for span in SPANS_D},
        **{(100.0, span): 0 for span in SPANS_D},
        **{(200.0, span): 0 for span in SPANS_D},
    }
    assert near_repeats(xy[:1], days[:1]) == []
