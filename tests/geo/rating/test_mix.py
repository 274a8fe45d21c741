"""The adjustment for the mix of cases: an example by hand, what it promises whatever the mix, and that a case
stays in the stratum in which it was first written down."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.audit.keys import open_signer, publish_key
from geo.rating import months, versions
from geo.rating.cases import strata_of
from geo.rating.mix import adjust
from geo.rating.strategy import Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town

ADJUSTED = town.STRATEGY.replace(
    'figure = "on_time"', 'figure = "on_time"\nadjusted_by = ["category", "kind"]', 1
)
EASY, HARD = ("easy",), ("hard",)
LEAST = 30
FROM_TWO = """update incident_event set from_value = '2'
    where what = 'category' and incident_id % 10 < 4"""
"""The town's cheats say that all were of category 1 before."""


def read(written: str) -> Strategy:
    return strategy_of(TomlFile(Path("s.toml"), written, tomllib.loads(written)))


def test_an_example_by_hand() -> None:
    """Easy 40 of 400 missed, hard 150 of 500, the city 190 of 900 = 0.2111. The first manager is expected to
    miss 100 × 0.1 + 200 × 0.3 = 70 and misses 82: 82 / 70 × 0.2111 = 0.2473, where the plain share is
    0.2733; the second 200 × 0.1 + 100 × 0.3 = 50 and misses 43: 0.1816 and not 0.1433."""
    strata = {
        "m1": {EASY: (12, 100), HARD: (70, 200)},
        "m2": {EASY: (18, 200), HARD: (25, 100)},
        "m3": {EASY: (10, 100), HARD: (55, 200)},
    }
    found = adjust(strata, True, LEAST)
    assert [one.expected for one in found.values()] == pytest.approx([70, 50, 70])
    assert [one.share for one in found.values()] == pytest.approx([0.2473, 0.1816, 0.1960], abs=1e-4)
    # 300 cases of which 50 are expected to miss tell as much as 300 × (50 / 250) / (190 / 710) of the city's.
    assert [one.known for one in found.values()] == pytest.approx([300, 224.2, 300], abs=0.1)
    done = {key: {s: (n - miss, n) for s, (miss, n) in own.items()} for key, own in strata.items()}
    for key, one in adjust(done, False, LEAST).items():
        assert one.share == pytest.approx(1 - found[key].share), "the same told by what was not missed"
        assert one.expected == pytest.approx(300 - found[key].expected)


def test_what_nobody_else_has_excuses_nothing() -> None:
    """The city misses 140 of 1000. Alone with a stratum, 50 of 100 stay 50 %; with 10 cases of others in it,
    it counts by a tenth: 100 × (0.1 × 55 / 110 + 0.9 × rate)."""
    alone = adjust({"m1": {HARD: (50, 100)}, "m2": {EASY: (90, 900)}}, True, LEAST)
    assert (alone["m1"].expected, alone["m1"].share) == pytest.approx((14, 0.5))
    nearly = adjust({"m1": {HARD: (50, 100)}, "m2": {EASY: (90, 900), HARD: (5, 10)}}, True, LEAST)
    assert nearly["m1"].expected == pytest.approx(100 * (0.1 * 0.5 + 0.9 * 145 / 1010))


def test_where_nothing_is_missed_nothing_is_adjusted() -> None:
    assert adjust({"m1": {EASY: (0, 50)}, "m2": {HARD: (0, 70)}}, True, LEAST) == {}
    assert adjust({}, True, LEAST) == {}
    spared = adjust({"m1": {EASY: (0, 50)}, "m2": {EASY: (0, 50), HARD: (9, 90)}}, True, LEAST)["m1"]
    assert (spared.share, spared.known) == (pytest.approx(9 / 190), 1.0), "it says nothing of them"


CITY = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 60), st.integers(3, 200), st.floats(0, 1)),
    min_size=1,
    max_size=6,
)
"""Strata: how many of ten cases miss, tens of cases of the manager, tens more of the others (as many
at least as a place needs), and which part of these misses the first of the two others has."""


@given(CITY, st.booleans())
def test_who_performs_like_the_city_has_its_rate_whatever_the_mix(
    city: list[tuple[int, int, int, float]], is_less_better: bool
) -> None:
    mine = {(str(n),): (of_ten * own, 10 * own) for n, (of_ten, own, _, _) in enumerate(city) if own}
    strata = {"m2": {}, "m3": {}, **({"m1": mine} if mine else {})}
    for n, (of_ten, own, more, part) in enumerate(city):
        others = own + more
        misses = of_ten * others
        first = min(round(part * misses), 5 * others)
        first = max(first, misses - 5 * others)
        strata["m2"][str(n),] = first, 5 * others
        strata["m3"][str(n),] = misses - first, 5 * others
    whole, missed = (sum(pair[k] for own in strata.values() for pair in own.values()) for k in (1, 0))
    found = adjust(strata, is_less_better, LEAST)
    assert bool(found) == (0 < missed < whole)
    if "m1" in found:
        assert found["m1"].share == pytest.approx(missed / whole)
    assert all(0 <= one.share <= 1 and one.known >= 1 for one in found.values())


def test_a_case_stays_in_the_stratum_in_which_it_was_first_written_down(
    connection: Connection, settings: Settings
) -> None:
    town.build(connection)
    strategy = read(ADJUSTED)
    connection.execute(text("update incident set category_id = 2 where id % 10 < 4"))
    scores, cases = town.rate(connection, settings.city, strategy)
    before = strata_of(strategy, cases)
    assert list(before) == [0] and set(before[0]["m5"]) == {("1", "service"), ("2", "service")}
    ids = town.late_cases(connection)
    town.do(connection, town.CHEATS["reclassifying to a longer period"][1], ids)
    connection.execute(text(FROM_TWO))
    again, cases = town.rate(connection, settings.city, strategy)
    assert strata_of(strategy, cases) == before and again == scores


def test_a_closed_month_tells_both_shares_and_is_counted_again_to_the_same_bytes(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    keys, strategy = tmp_path / "keys-of-months", read(ADJUSTED)
    signer = open_signer(keys)
    publish_key(signer, keys)
    town.build(connection)
    connection.execute(text("update incident set category_id = 2 where id % 1000 > 20 * performer_id"))
    versions.adopt(connection, settings.city, strategy, "aigerim")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, counted, who, signer)
    assert months.verify(connection, settings.city, town.MONTH, keys) == []
    managers = {one["manager"]: one["indicators"] for one in json.loads(counted.body)["managers"]}
    on_time = managers["m5"]["on_time"]
    assert on_time["value"] == 0.8 and on_time["adjusted"] != 0.8
    observed, expected = 40, 200 - on_time["expected"]
    rate = sum(8 * n for n in range(1, 9)) / 1600
    assert on_time["adjusted"] == pytest.approx(1 - observed / expected * rate, abs=1e-4)
    assert "adjusted" not in managers["m5"]["returned"], "what is not adjusted says nothing of it"
    connection.execute(text("alter table rating_case disable trigger keep_closed"))
    connection.execute(text("update rating_case set strata = '{2,service}' where incident_id = 5001"))
    assert "rows" in [one.key for one in months.verify(connection, settings.city, town.MONTH, keys)]
