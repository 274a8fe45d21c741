"""Borders led around houses, and corners dragged at random: what is a coverage as drawn is saved, else the
refusal says where."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.errors import InvalidInput
from geo.plans.editing.borders import EdgeLine, edit
from geo.plans.editing.detours import cut_by, led_around, simplest
from geo.plans.editing.draft import Author
from geo.plans.editing.mesh import on_grid
from geo.settings import Settings
from tests.support.plan_drags import Drags
from tests.support.plan_town import Town, lon_lat

HOUSE = shapely.box(40, -5, 60, 5)


def test_random_drags_are_saved_or_say_where(
    connection: Connection, settings: Settings, draft: int, town: Town
) -> None:
    """Straight borders between houses twelve metres wide, a corner in the middle of each dragged by up to
    50 m."""
    drags = Drags(connection, settings.city, draft)
    drags.run(60)
    assert not drags.wrong, (drags.wrong, drags.seen)
    assert drags.seen["valid", "saved"] > 30, drags.seen


def test_a_corner_that_falls_on_the_next_one_is_one_corner(
    connection: Connection, settings: Settings, draft: int
) -> None:
    """Less than a millimetre apart: the same place of the grid, and no edge of no length."""
    edge, version = connection.execute(
        text("""select id, version from edge where plan_id = :plan and left_precinct is not null
            and right_precinct is not null
        order by id limit 1"""),
        {"plan": draft},
    ).one()
    [line] = connection.execute(
        text("select st_asbinary(geom) from edge where plan_id = :plan and id = :id"),
        {"plan": draft, "id": edge},
    ).scalars()
    (x0, y0), (x1, y1) = (shapely.from_wkb(bytes(line)).coords[end] for end in (0, -1))
    middle = (x0 + x1) / 2 - 670_000.0 + 3.0, (y0 + y1) / 2 - 5_660_000.0 + 3.0
    corners = lon_lat(middle, (middle[0] + 0.0002, middle[1]), (middle[0] + 0.0003, middle[1] + 0.0001))
    edit(Author(connection, settings.city, draft, "aigerim"), [EdgeLine(edge, version, tuple(corners))])
    saved = connection.execute(
        text("select st_npoints(geom), st_issimple(geom) from edge where plan_id = :plan and id = :id"),
        {"plan": draft, "id": edge},
    ).one()
    assert tuple(saved) == (3, True)


def test_a_refused_line_says_where_it_crosses(connection: Connection, settings: Settings, draft: int) -> None:
    """The border between 1 and 2 drawn beyond the one between 2 and 3: they meet 800 m from the town's
    west."""
    edge, version = connection.execute(
        text(
            """select id, version from edge where plan_id = :plan and (left_precinct, right_precinct) in ((1,
                2), (2, 1))"""
        ),
        {"plan": draft},
    ).one()
    with pytest.raises(InvalidInput) as refused:
        edit(
            Author(connection, settings.city, draft, "aigerim"),
            [EdgeLine(edge, version, tuple(lon_lat((900, 150), (900, 250))))],
        )
    lon, lat = refused.value.parameters["place"]
    [west, east] = lon_lat((790, 100), (810, 300))
    assert west[0] < lon < east[0] and west[1] < lat < east[1]


@pytest.mark.parametrize(
    ("line", "least", "most"),
    [
        ([(0, 0), (100, 0)], 100, 115),
        ([(0, 4.9), (100, 4.9)], 100, 102),
        ([(39.8, 0), (100, 0)], 60, 90),
        ([(0, 0), (50, 4.95), (100, 0)], 100, 115),
    ],
)
def test_a_line_goes_around_a_house(line: list, least: float, most: float) -> None:
    way = led_around(shapely.LineString(line), {7: HOUSE})
    assert (
        not cut_by(way, {7: HOUSE})
        and way.is_simple
        and way.coords[0] == tuple(map(float, line[0]))
        and least <= way.length <= most
    )


def test_the_other_way_is_taken_where_a_border_stands_in_the_shorter() -> None:
    border = shapely.MultiLineString([[(50, 5.2), (50, 100)]])
    way = led_around(shapely.LineString([(0, 1), (100, 1)]), {7: HOUSE}, others=border)
    assert not cut_by(way, {7: HOUSE}) and not way.intersects(border) and min(y for _, y in way.coords) < -5


def test_a_line_that_ends_in_a_house_is_refused_with_the_house_and_the_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        led_around(shapely.LineString([(0, 0), (50, 0)]), {7: HOUSE})
    assert refused.value.parameters["houses"] == [7] and HOUSE.covers(
        shapely.Point(refused.value.parameters["place"])
    )


@hypothesis_settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=12))
def test_what_is_left_of_a_line_touches_itself_nowhere(corners: list[tuple[int, int]]) -> None:
    """Corners on a coarse grid: doubles, spikes and loops are frequent."""
    line = shapely.LineString(corners)
    found = simplest(line)
    if corners[0] == corners[-1]:
        return
    assert found.is_simple and on_grid(found.coords) == list(found.coords)
    assert (found.coords[0], found.coords[-1]) == (
        line.coords[0],
        line.coords[-1],
    ) and found.length <= line.length + 0.01
