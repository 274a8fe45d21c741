"""The scan: by hand, what it finds of a planted failure, and what it expects."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from geo.early_warning.past import LEAST_A_DAY, PAST_D, Past, shares_of_owners
from geo.early_warning.scan import SPANS_MIN, Zone, same_owner, scan, surprise, within_of, zones_of

CIRCLES = zones_of(500, is_line=False)


def test_the_surprise_by_hand() -> None:
    found = surprise(np.array([3.0, 1.0, 0.0]), np.array([0.1, 2.0, 0.0]))
    assert found == pytest.approx([3 * log(30) - 2.9, 0, 0])


def test_the_circle_and_the_span_with_most_beyond_what_is_expected() -> None:
    """Four within 120 m and 20 minutes, three strewn over the city and the two hours."""
    xy = np.array([(0, 0), (100, 0), (0, 120), (60, 60), (5000, 0), (0, 9000), (7000, 7000)], float)
    ages = np.array([2.0, 8.0, 12.0, 18.0, 5.0, 50.0, 110.0])
    expected = np.array(SPANS_MIN) * 0.1
    shares = np.full((len(xy), len(CIRCLES)), 0.001) * [(zone.length_m / 150) ** 2 for zone in CIRCLES]
    houses = np.arange(len(xy))
    found = scan(within_of(xy, CIRCLES), ages, shares, expected, 3, houses)
    assert found and found.rows.tolist() == [0, 1, 2, 3] and found.minutes == 20
    assert CIRCLES[found.zone].length_m == 150 and found.expected == pytest.approx(0.001 * 2.0)
    assert found.surprise == pytest.approx(4 * log(4 / 0.002) - (4 - 0.002))
    assert scan(within_of(xy, CIRCLES), ages, shares, expected, 5, houses) is None
    nobody = np.empty((0, 2))
    assert scan(within_of(nobody, CIRCLES), ages[:0], shares[:0], expected, 2, houses[:0]) is None


def test_a_house_that_calls_again_is_one() -> None:
    """Three calls of one house and one of another are two houses, however many call; all are named."""
    xy = np.array([(0, 0), (0, 0), (100, 0), (0, 0)], float)
    ages, expected = np.array([12.0, 2.0, 4.0, 8.0]), np.array(SPANS_MIN) * 0.1
    shares = np.full((len(xy), len(CIRCLES)), 0.001)
    houses = np.array([7, 7, 9, 7])
    assert scan(within_of(xy, CIRCLES), ages, shares, expected, 3, houses) is None
    found = scan(within_of(xy, CIRCLES), ages, shares, expected, 2, houses)
    assert found and found.minutes == 10 and found.rows.tolist() == [1, 2, 3]
    assert found.surprise == pytest.approx(2 * log(2 / 0.001) - (2 - 0.001))


def test_what_lies_along_a_line_is_in_a_zone_that_holds_little_else() -> None:
    """Six every 300 m towards 60 degrees, and as many strewn around."""
    step = np.arange(6) * 300.0
    line = np.column_stack([step * np.cos(np.pi / 3), step * np.sin(np.pi / 3)])
    xy = np.vstack([line, np.random.default_rng(4).uniform(-2000, 4000, (6, 2))])
    zones = zones_of(2000, is_line=True)
    shares = np.array([[zone.length_m * zone.width_m * 1e-8 for zone in zones]] * len(xy))
    found = scan(within_of(xy, zones), np.arange(12.0), shares, np.array(SPANS_MIN) * 0.1, 3, np.arange(12))
    assert found and set(range(6)) <= set(found.rows.tolist())
    assert zones[found.zone].turn == pytest.approx(np.pi / 3)
    assert zones[found.zone].width_m < zones[found.zone].length_m
    upright = Zone(1000.0, 200.0, np.pi / 2)
    held = upright.holds(np.array([0.0, 0.0, 150.0, 250.0]), np.array([900.0, 1100.0, 100.0, 0.0]))
    assert held.tolist() == [True, False, True, False]


def test_one_owner_is_a_zone_of_its_own() -> None:
    owners = np.array([4, 4, 7, 4, -1, -1])
    ages = np.array([1.0, 2.0, 3.0, 4.0, 1.0, 1.0])
    shares = shares_of_owners(np.array([4] * 10 + [7] * 89), owners)
    assert shares[0, 0] == pytest.approx(11 / 100)
    found = scan(same_owner(owners), ages, shares, np.array(SPANS_MIN) * 0.02, 3, np.arange(len(owners)))
    assert found and found.rows.tolist() == [0, 1, 3]


def test_what_is_expected_adds_up_over_the_day_and_the_city() -> None:
    chance = np.random.default_rng(1)
    n = 20 * PAST_D
    xy, houses = chance.uniform(0, 10_000, (n, 2)), chance.uniform(0, 10_000, (2000, 2))
    hours = chance.choice(24, n, p=np.arange(1, 25) / 300)
    past = Past.of(xy, hours, np.arange(n) % PAST_D + 0.5, houses, np.full(2000, 40.0))
    assert past.by_hour.sum() == pytest.approx(20, rel=0.02)
    hour = past.expected(14 * 60)[SPANS_MIN.index(60)]
    assert hour == pytest.approx(past.by_hour[13], rel=1e-6)
    across = past.expected(60)[SPANS_MIN.index(120)]
    assert across == pytest.approx(past.by_hour[0] + past.by_hour[23], rel=1e-6)
    [whole] = past.shares(np.array([(5000.0, 5000.0)]), (Zone(20_000.0, 20_000.0),))
    assert whole[0] == pytest.approx(1.0, abs=0.001)
    [circle] = past.shares(np.array([(5000.0, 5000.0)]), (Zone(1000.0, 1000.0),))
    assert circle[0] == pytest.approx(np.pi / 100, rel=0.3)


def test_what_hardly_ever_comes_is_expected_a_little() -> None:
    nobody = Past.of(np.empty((0, 2)), np.empty(0, int), np.empty(0), np.zeros((10, 2)), np.ones(10))
    assert nobody.by_hour.sum() == pytest.approx(LEAST_A_DAY)
    assert 0 < nobody.shares(np.zeros((1, 2)), (Zone(150.0, 150.0),))[0, 0] <= 1
