"""Scores: an example by hand, what shrinkage and places promise, and intervals that hold what they say."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.rating.scores import STRONGEST, mean_of, score_managers
from geo.rating.strategy import Strategy, strategy_of
from geo.toml import TomlFile
from tests.support.rating_town import MANAGERS, STRATEGY

ON_TIME = """[[indicator]]
key = "on_time"
goal = "quality"
figure = "on_time"
weight = 100
plan = 1.0
zero = 0.0
"""
"""Points are the share in percent."""


def strategy(text: str = STRATEGY) -> Strategy:
    return strategy_of(TomlFile(Path("s.toml"), text, tomllib.loads(text)))


def only_on_time() -> Strategy:
    head, managers = STRATEGY.split("[[indicator]]")[0], STRATEGY[STRATEGY.index("[[manager]]") :]
    return strategy(head + ON_TIME + managers)


def patterns(counts: list[tuple[int, int]]) -> dict[str, Counter[int]]:
    """(part, whole) of each manager."""
    return {f"m{n}": Counter({3: part, 1: whole - part}) for n, (part, whole) in enumerate(counts, 1)}


def test_an_example_by_hand() -> None:
    """Two managers, 90 and 70 of 100: mean (160.5 / 201) = 0.7985, chance 0.1609; spread 100 (0.1015² +
    0.0985²) = 2.0005; between (2.0005 - 0.1609) / (200 - 100) = 0.0184; strength 0.1609 / 0.0184 - 1 =
    7.746."""
    mean = mean_of([(90, 100), (70, 100)])
    assert (mean.share, mean.strength) == (pytest.approx(0.7985, abs=1e-4), pytest.approx(7.746, abs=0.01))
    found = {one.manager: one for one in score_managers(only_on_time(), patterns([(90, 100), (70, 100)]))}
    drawn = (90 + 0.7985 * 7.746) / 107.746
    assert found["m1"].score == pytest.approx(100 * drawn, abs=0.01)
    unknown = (7.746 / 107.746) ** 2 * (2 * 0.1015**2 + 0.0184 / 2)
    half = 1.96 * 100 * (drawn * (1 - drawn) / 108.746 + unknown) ** 0.5
    assert found["m1"].high - found["m1"].score == pytest.approx(half, abs=0.01)
    assert (found["m1"].best, found["m1"].worst) == (1, 1) and (found["m2"].best, found["m2"].worst) == (2, 2)
    assert found["m3"].best is None, "no cases, no place"


def test_a_handful_of_cases_decides_nothing() -> None:
    """Thirty lucky cases beside thousands do not make a first place of one's own."""
    counts = [(30, 30)] + [(900 + 5 * n, 1000) for n in range(7)]
    lucky = next(one for one in score_managers(only_on_time(), patterns(counts)) if one.manager == "m1")
    assert lucky.indicators["on_time"].drawn < 0.97 and lucky.worst > 1


COUNTS = st.lists(
    st.integers(30, 3000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))),
    min_size=MANAGERS,
    max_size=MANAGERS,
)


@given(COUNTS)
def test_what_holds_of_every_rating(counts: list[tuple[int, int]]) -> None:
    scores = score_managers(only_on_time(), patterns(counts))
    assert [one.score for one in scores] == sorted((one.score for one in scores), reverse=True)
    mean = mean_of(counts)
    assert 0 <= mean.strength <= STRONGEST
    for n, one in enumerate(scores, 1):
        indicator = one.indicators["on_time"]
        assert 0 <= one.low <= one.score <= one.high <= 100
        assert sum(part.points for part in one.indicators.values()) == pytest.approx(one.score)
        assert min(mean.share, indicator.value) - 1e-9 <= indicator.drawn
        assert indicator.drawn <= max(mean.share, indicator.value) + 1e-9
        assert one.best <= n <= one.worst
    for one in scores:
        for other in scores:
            apart = one.low > other.high
            assert not apart or one.worst < other.worst or one.best < other.best


def test_errors_of_shared_cases_are_correlated() -> None:
    """Late and returned are the same cases: the interval is wider than if they were others."""
    both = {f"m{n}": Counter({0b0111: 180, 0b1101: 20}) for n in range(1, 9)}
    apart = {f"m{n}": Counter({0b0111: 160, 0b1111: 20, 0b0101: 20}) for n in range(1, 9)}
    width = [score_managers(strategy(), found)[0] for found in (both, apart)]
    assert width[0].score == pytest.approx(width[1].score)
    assert width[0].high - width[0].low > 1.1 * (width[1].high - width[1].low)


def test_intervals_hold_what_they_say() -> None:
    """Over 400 months of eight managers whose true shares differ as managers do, 95 % of the intervals hold
    the true score: between 93 and 98."""
    rng = np.random.default_rng(109)
    inside = 0
    for _ in range(400):
        truth = rng.beta(90, 10, MANAGERS)
        whole = rng.choice([40, 120, 400, 1500], MANAGERS)
        part = rng.binomial(whole, truth)
        found = score_managers(only_on_time(), patterns(list(zip(part.tolist(), whole.tolist()))))
        inside += sum(one.low <= 100 * truth[int(one.manager[1:]) - 1] <= one.high for one in found)
    assert 0.93 <= inside / (400 * MANAGERS) <= 0.98
