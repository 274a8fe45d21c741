"""The estimate of Kaplan and Meier: a published example, one by hand, and what holds of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.statistics.survival import kaplan_meier

REMISSION = [(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)]
STILL_IN_REMISSION = [
    (6, 1),
    (9, 1),
    (10, 1),
    (11, 1),
    (17, 1),
    (19, 1),
    (20, 1),
    (25, 1),
    (32, 2),
    (34, 1),
    (35, 1),
]
"""Weeks of remission of 21 patients on 6-MP (Freireich and others, Blood 21, 1963), the example of the
textbooks."""
LEFT = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
"""The shares as Cox and Oakes print them ("Analysis of Survival Data", 1984, table 4.2)."""


def test_the_published_example() -> None:
    found = kaplan_meier(REMISSION, STILL_IN_REMISSION)
    assert list(found.times) == [time for time, _ in REMISSION]
    assert np.round(1 - found.ended, 3) == pytest.approx(LEFT)
    assert (found.events, found.censored) == (9, 12)
    assert found.quantile(0.5) == 23 and found.quantile(0.9) is None
    assert found.at(5) == 0 and found.at(6) == pytest.approx(1 / 7) and found.at(100) == found.ended[-1]


def test_by_hand() -> None:
    """Five: one ends at 1 (of 5), one is aged 2, two end at 3 (of 3), one is aged 3."""
    found = kaplan_meier([(3, 2), (1, 1)], [(2, 1), (3, 1)])
    assert found.ended == pytest.approx([1 / 5, 1 - 4 / 5 * 1 / 3])
    greenwood = 1 / (5 * 4)
    spread = 1.959964 * greenwood**0.5 / abs(np.log(0.8))
    assert found.low[0] == pytest.approx(1 - 0.8 ** np.exp(-spread), abs=1e-6)
    assert found.high[0] == pytest.approx(1 - 0.8 ** np.exp(spread), abs=1e-6)


def test_nothing_ended_and_nothing_at_all() -> None:
    assert kaplan_meier([], [(4, 7)]).quantile(0.5) is None
    assert kaplan_meier([]).is_empty and not kaplan_meier([], [(1, 1)]).is_empty


TIMES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), max_size=12)


@given(ended=TIMES.filter(bool), still_open=TIMES)
def test_what_holds_of_any(ended: list, still_open: list) -> None:
    found = kaplan_meier(ended, still_open)
    assert (np.diff(found.ended) >= 0).all() and (0 <= found.ended).all() and (found.ended <= 1 + 1e-12).all()
    assert (found.low <= found.ended + 1e-12).all() and (found.ended <= found.high + 1e-12).all()
    alone = kaplan_meier(ended)
    total = sum(n for _, n in ended)
    plain = [sum(n for time, n in ended if time <= at) / total for at in alone.times]
    assert alone.ended == pytest.approx(plain), "with nothing open it is the plain share"
    for at in alone.times:
        assert found.at(at) <= alone.at(at) + 1e-12, "what is open never makes the rest look quicker"
