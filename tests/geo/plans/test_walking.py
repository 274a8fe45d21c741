"""Distances on foot: along streets, round what has none, through what only nearly meets; and the candidates
of a precinct by them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.errors import InvalidInput, NotFound
from geo.plans.station_walks import candidates, through_yards, walk, weighted_median
from geo.plans.walking import Network
from geo.settings import City, Settings

GRID = np.array(
    [
        shapely.LineString(line)
        for n in range(0, 500, 100)
        for line in (((0, n), (400, n)), ((n, 0), (n, 400)))
    ]
)
"""Streets every 100 m."""


def metres(lines: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> float:
    network = Network(lines)
    first, last = network.points_on(shapely.points([start, end]))
    return float(network.walks(first, network.reached(first), [last])[0])


@given(st.tuples(*[st.integers(0, 400)] * 4))
def test_between_the_blocks_people_walk_round_the_corners(ends: tuple[int, ...]) -> None:
    """Both ends on streets: at least as far as along the two axes, and no farther than round the two blocks
    they stand at."""
    (x1, y1), (x2, y2) = (ends[0], round(ends[1], -2)), (round(ends[2], -2), ends[3])
    assert (
        abs(x1 - x2) + abs(y1 - y2) - 1
        <= metres(GRID, (x1, y1), (x2, y2))
        <= abs(x1 - x2) + abs(y1 - y2) + 101
    )


def test_what_lies_off_the_street_walks_to_it_first() -> None:
    """By its front, or through the yard where that is not much farther; never shorter than the bird flies."""
    assert metres(np.array([shapely.LineString([(0, 0), (400, 0)])]), (50, 20), (150, -30)) == pytest.approx(
        20 + 100 + 30
    )
    assert 111.8 < metres(GRID, (50, 20), (150, -30)) < 150


def test_both_on_one_stretch_do_not_go_round() -> None:
    assert metres(GRID, (20, 0), (80, 0)) == pytest.approx(60)


def test_streets_that_nearly_meet_do_and_a_path_that_leads_nowhere_is_no_way() -> None:
    """Maps are drawn like this: the second street ends half a metre before the first; the path in the yard is
    nearer than any street."""
    lines = np.array(
        [
            shapely.LineString(line)
            for line in (((0, 0), (200, 0)), ((100, 0.4), (100, 200)), ((30, 90), (40, 90)))
        ]
    )
    assert metres(lines, (100, 200), (0, 0)) == pytest.approx(300, abs=1.5)
    assert metres(lines, (35, 91), (100, 91)) == pytest.approx(65, abs=1.5)


def test_without_streets_there_is_no_walk() -> None:
    assert Network(np.array([])).points_on(shapely.points([(0, 0)])) == []


@pytest.mark.parametrize("within", [150, 250])
def test_a_ring_holds_what_is_reached_in_time_and_nothing_much_beyond(within: int) -> None:
    network = Network(GRID)
    start = network.points_on(shapely.points([(200, 200)]))[0]
    ring = network.ring(start, network.reached(start), within)
    for x in range(0, 401, 20):
        reached = abs(x - 200) <= within
        assert ring.covers(shapely.Point(x, 200)) == reached or abs(abs(x - 200) - within) <= 45, x


def test_the_median_is_that_of_the_voters_not_of_the_houses() -> None:
    assert weighted_median(np.array([100.0, 300.0, 900.0]), np.array([10, 10, 1000])) == 900.0


def test_near_by_people_walk_through_the_yards_but_over_no_main_road() -> None:
    """Along the streets it is 900 m to each: the near one is reached straight, not the one across an
    avenue, nor the far one."""
    houses = shapely.points([(0, 300), (300, 0), (0, 500)])
    avenue = np.array([shapely.LineString([(150, -50), (150, 50)])])
    walks = through_yards(np.full(3, 900.0), shapely.Point(0, 0), houses, avenue)
    assert walks.tolist() == [390.0, 900.0, 900.0]
    assert through_yards(np.array([310.0]), shapely.Point(0, 0), houses[:1], avenue[:0]).tolist() == [310.0]


@pytest.fixture
def city(settings: Settings) -> City:
    return settings.city


def test_candidates_come_nearest_first_with_who_shares_them(
    connection: Connection, city: City, draft: int
) -> None:
    """Around precinct 1, with houses every 100 m: a school in it, one 450 m off across a main road, one
    beyond reach, and a house that holds a station."""
    connection.execute(
        text(
            "update building set use = 'school' where id in (18, 23, 140); update building set use "
            "= 'flat' where use is null"
        )
    )
    connection.execute(
        text("""insert into basemap_feature (region, source, source_id, theme, class, geom_4326, geom_3857)
        select '71', 't', 'main', 'road', 'primary', g, st_transform(g, 3857) from (select
        st_makeline(st_translate(point_4326, 0.0007, -0.1),
            st_translate(point_4326, 0.0007, 0.1)) g from building where id = 8) t""")
    )
    connection.execute(text("update station set building_id = 7 where id = 2"))
    connection.execute(
        text("update precinct set station_id = 2 where plan_id = :plan and id = 2"), {"plan": draft}
    )
    found = candidates(connection, city, draft, 1)["candidates"]
    distances = [one["farthest_m"] for one in found]
    assert distances == sorted(distances) and all(one["median_m"] <= one["farthest_m"] for one in found)
    assert {
        one["building"]: (one["across"], [(other["number"], other["name_ru"]) for other in one["shared"]])
        for one in found
        if one["building"] in (7, 18, 23)
    } == {18: (False, []), 7: (False, [(2, "Школа № 2")]), 23: (True, [])}
    walked = walk(connection, city, draft, 1, 18)
    assert (walked["farthest_m"], walked["median_m"]) == next(
        (one["farthest_m"], one["median_m"]) for one in found if one["building"] == 18
    )
    assert set(walked["rings"]) == {250, 500} and shapely.area(
        shapely.geometry.shape(walked["rings"][250])
    ) < shapely.area(shapely.geometry.shape(walked["rings"][500]))
    assert len(walked["farthest"]) == 2


def test_a_precinct_without_voters_has_no_candidates_yet_a_clicked_building_is_told(
    connection: Connection, city: City, draft: int
) -> None:
    connection.execute(text("update building set voters = 0, use = 'school'"))
    assert candidates(connection, city, draft, 1) == {"candidates": [], "origin": None}
    assert walk(connection, city, draft, 1, 5)["farthest_m"] is None
    with pytest.raises(NotFound):
        candidates(connection, city, draft, 99)
    with pytest.raises(NotFound):
        walk(connection, city, draft, 1, 999_999)
    connection.execute(text("update building set point_4326 = null, point_3857 = null where id = 5"))
    with pytest.raises(InvalidInput):
        walk(connection, city, draft, 1, 5)
