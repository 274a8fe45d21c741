"""Hot spots: by hand, by what a planted one is, and by how few are named where there is none."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest

from geo.recurrence.hotspots import (
    FALSE_SHARE,
    excess_p,
    gi_star,
    named,
    permuted_p,
    residuals,
    trend_p,
)

SIDE = 15


def grid() -> list[np.ndarray]:
    """The neighbours, by side and corner, of a square of cells."""
    found = []
    for at in range(SIDE * SIDE):
        x, y = divmod(at, SIDE)
        beside = [
            (x + dx) * SIDE + y + dy
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            if (dx or dy) and 0 <= x + dx < SIDE and 0 <= y + dy < SIDE
        ]
        found.append(np.array(beside))
    return found


def test_an_excess_is_the_poisson_tail() -> None:
    by_hand = 1 - exp(-1) * (1 + 1 + 1 / 2)
    assert excess_p(np.array([3, 2]), np.array([1.0, 0.1])) == pytest.approx([by_hand, 1.0])
    assert excess_p(np.array([40]), np.array([2.0]))[0] < 1e-12


def test_gi_star_by_hand() -> None:
    """Four places in a row with 0, 0, 3, 5: of the last, its own and its neighbour's against the mean of
    2."""
    values, near = np.array([0.0, 0.0, 3.0, 5.0]), [np.array(one) for one in ([1], [0, 2], [1, 3], [2])]
    spread = sqrt((4 + 4 + 1 + 9) / 4)
    by_hand = (8 - 2 * 2) / (spread * sqrt((4 * 2 - 2**2) / 3))
    assert gi_star(values, near)[3] == pytest.approx(by_hand)
    assert gi_star(np.ones(4), near).tolist() == [0.0] * 4


def test_permutations_agree_with_every_order_there_is() -> None:
    """The last place: the one beside it can have three values, one of them as large."""
    values, near = np.array([0.0, 0.0, 3.0, 5.0]), [np.array(one) for one in ([1], [0, 2], [1, 3], [2])]
    assert permuted_p(values, near, 4999)[3] == pytest.approx(1 / 3, abs=0.03)


def test_a_planted_hot_spot_is_found_and_nothing_else() -> None:
    chance, near = np.random.default_rng(1), grid()
    means = np.full(SIDE * SIDE, 4.0)
    centre = 7 * SIDE + 7
    means[[centre, *near[centre]]] = 14.0
    n = chance.poisson(means)
    hot = named(permuted_p(residuals(n, np.full(SIDE * SIDE, n.mean())), near))
    assert hot[centre] and hot[near[centre]].sum() >= 4
    around = {centre, *near[centre].tolist()}
    around |= {one for at in list(around) for one in near[at].tolist()}
    assert not set(np.flatnonzero(hot).tolist()) - around


def test_where_there_is_none_hardly_any_is_named() -> None:
    """A city of chance has a hot spot in no more than one case of twenty or so."""
    chance, near = np.random.default_rng(2), grid()
    cities = 60
    false = sum(
        named(permuted_p(residuals(n, np.full(len(n), 4.0)), near, seed=seed)).any()
        for seed, n in enumerate(chance.poisson(4.0, (cities, SIDE * SIDE)))
    )
    assert false / cities <= FALSE_SHARE + 0.07


def test_the_first_of_the_draws_are_as_random_as_all() -> None:
    """A place in the corner of few neighbours is compared with the whole city, not with its beginning."""
    values = np.arange(200.0)
    near = [np.array([1]), *(np.array([n - 1, (n + 1) % 200]) for n in range(1, 199)), np.arange(150)]
    p = permuted_p(values, near, 1999)
    assert p[0] == pytest.approx(1.0, abs=0.02)
    assert p[100] == pytest.approx(0.5, abs=0.06)


def test_false_ones_are_held_under_their_share() -> None:
    assert named(np.array([0.01, 0.02, 0.9])).tolist() == [True, True, False]
    assert named(np.array([0.04, 0.04, 0.9])).tolist() == [False, False, False]
    assert not named(np.array([])).any()


def test_emerging_and_fading() -> None:
    assert trend_p(3, 3, 0.5) == (pytest.approx(0.125), pytest.approx(1.0))
    assert trend_p(0, 3, 0.5) == (pytest.approx(1.0), pytest.approx(0.125))
    more, fewer = trend_p(18, 20, 1 / 3)
    assert more < 1e-5 and fewer > 0.99 and trend_p(1, 2, 0.0) == (1.0, 1.0)
