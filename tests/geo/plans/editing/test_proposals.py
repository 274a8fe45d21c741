"""Proposals: under the target, contiguous, few voters moved, no main road crossed; and what is accepted is
what was proposed.

Six precincts of four blocks; number 2 has twice the voters. A main street runs through the middle of 2, at
600 m.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
import shapely
from sqlalchemy import Connection, text

from geo.election_law import ElectionLaw
from geo.errors import InvalidInput
from geo.plans.editing.balance import accept_balance, balance
from geo.plans.editing.draft import Author
from geo.plans.editing.partition import Atoms, carve, cuts, options
from geo.plans.editing.proposals import accept, propose
from geo.plans.undo import undo
from geo.settings import City, PrecinctRules, Settings
from tests.support.plan_town import Town

LAW = ElectionLaw(date(2000, 1, 1), 1200, ((1, 1),), {}, {}, {})
RULES = PrecinctRules(
    laws=(LAW,),
    time_zone=ZoneInfo("Asia/Almaty"),
    warning_share=0.9,
    target=900,
    smallest=200,
    snap_m=15,
    barriers=("primary",),
)


@pytest.fixture
def town() -> Town:
    return Town(crowded=((2, 2.0), (5, 4.0)), main_street=3)


@pytest.fixture
def city(settings: Settings) -> City:
    return replace(settings.city, precincts=RULES)


def voters(connection: Connection, plan: int) -> dict[int, int]:
    return dict(
        tuple(row)
        for row in connection.execute(
            text("select number, voters from precinct where plan_id = :plan order by number"), {"plan": plan}
        )
    )


def test_an_overfull_precinct_is_brought_under_the_target_in_several_ways(
    connection: Connection, city: City, draft: int
) -> None:
    before = voters(connection, draft)
    found = propose(connection, city, draft, 2)
    assert 2 <= len(found) <= 3
    assert {one.kind for one in found} >= {"split"}
    for one in found:
        assert sum(part["voters"] for part in one.parts) == before[2] + (
            before[one.parts[1]["number"]] if one.kind == "neighbours" else 0
        )
        assert all(
            part["voters"] <= RULES.target and part["geometry"]["type"] == "Polygon" for part in one.parts
        )
        assert one.voters_moved == before[2] - one.parts[0]["voters"]
    assert found == sorted(found, key=lambda one: (one.crosses, one.voters_moved))
    assert voters(connection, draft) == before


def test_what_is_accepted_is_what_was_proposed(connection: Connection, city: City, draft: int) -> None:
    before = voters(connection, draft)
    for one in propose(connection, city, draft, 2):
        edited = accept(Author(connection, city, draft, "aigerim"), 2, one.gives)
        now = {row["id"]: row["voters"] for row in edited.precincts}
        for part in one.parts:
            assert part["voters"] == (
                now[part["precinct"]]
                if part["precinct"]
                else next(row["voters"] for row in edited.precincts if row["number"] not in before)
            )
        undo(Author(connection, city, draft, "aigerim"))
    assert voters(connection, draft) == before


def test_a_precinct_under_the_target_needs_no_proposal(
    connection: Connection, city: City, draft: int
) -> None:
    assert propose(connection, city, draft, 1) == []


def test_more_than_two_precincts_voters_are_carved_into_several(
    connection: Connection, city: City, draft: int
) -> None:
    assert voters(connection, draft)[5] > 2 * RULES.target
    [one] = propose(connection, city, draft, 5)
    assert len(one.parts) >= 3
    assert all(part["voters"] <= RULES.target for part in one.parts)


def test_a_city_without_rules_says_so(connection: Connection, settings: Settings, draft: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        propose(connection, replace(settings.city, precincts=None), draft, 2)
    assert refused.value.code == "city.precincts"


def test_a_district_is_balanced_in_one_edit(connection: Connection, city: City, draft: int) -> None:
    connection.execute(text("update precinct set district_id = 7 where plan_id = :plan"), {"plan": draft})
    before = voters(connection, draft)
    made = balance(connection, city, draft, 7)
    assert (made.left, {row["number"] for row in made.precincts} >= {2, 5}) == ([], True)
    accept_balance(Author(connection, city, draft, "aigerim"), made.gives)
    after = voters(connection, draft)
    assert (max(after.values()) <= RULES.target, sum(after.values())) == (True, sum(before.values()))
    shapes = [
        shapely.from_wkb(bytes(wkb))
        for wkb in connection.execute(
            text("select st_asbinary(geom) from precinct where plan_id = :plan"), {"plan": draft}
        ).scalars()
    ]
    assert shapely.coverage_is_valid(shapes)
    assert all(shapely.get_num_geometries(shapes) == 1)
    undo(Author(connection, city, draft, "aigerim"))
    assert voters(connection, draft) == before


LINE = Atoms(
    [300, 300, 300, 300],
    {(0, 1): (100.0, False), (1, 2): (100.0, True), (2, 3): (100.0, False)},
    {8: 0b1000},
    0b1111,
)
"""Four blocks in a row, a main road between the second and the third; a neighbour at the fourth."""


def test_the_main_road_is_the_border_where_it_can_be() -> None:
    best = options(LINE, 0, {}, RULES)[0]
    assert (best.bits in (0b0011, 0b1100), best.crosses, best.moved) == (True, 0, 600)


def test_a_neighbour_takes_only_what_touches_it_and_fits() -> None:
    taken = [one for one in options(LINE, 0, {8: 300}, RULES) if one.to == 8]
    assert [(one.bits, one.moved) for one in taken] == [(0b1000, 300)]


def test_every_cut_of_a_row_is_found() -> None:
    assert {bits for bits, _, _ in cuts(LINE, 1)} == {0b0001, 0b1110, 0b0011, 0b1100, 0b0111, 0b1000}


def test_the_largest_part_that_fits_is_carved_off() -> None:
    assert carve(LINE, 0, RULES).moved == 900
    assert carve(replace(LINE, weight=[2000, 2000, 2000, 2000]), 0, RULES) is None
