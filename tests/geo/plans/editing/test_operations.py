"""Giving houses, splitting, merging, assigning: the border follows the houses, nobody's house is lost, and
a stale view is refused naming who was faster.

The town is three by two precincts of 400 m; streets every 200 m, houses every 100 m, the first 50 m from
the corner.
"""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.editing.borders import EdgeLine, edit, redraw
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import assign, give, merge, preview, split
from geo.plans.editing.save import Edited
from geo.plans.events import difference
from geo.settings import City, Settings
from tests.support.plan_town import lon_lat


@pytest.fixture
def city(settings: Settings) -> City:
    return settings.city


def house_at(connection: Connection, x: float, y: float) -> int:
    """The building whose tag is so many metres from the town's corner."""
    lon, lat = lon_lat((x, y))[0]
    return connection.execute(
        text(
            "select id from building order by point_4326 <-> st_setsrid(st_makepoint(:lon, :lat), "
            "4326) limit 1"
        ),
        {"lon": lon, "lat": lat},
    ).scalar_one()


def precinct_of(connection: Connection, plan: int, building: int) -> tuple[int, str]:
    return tuple(
        connection.execute(
            text("""select p.number, a.source from assignment a join precinct p on p.region = a.region
                and p.plan_id =
        a.plan_id and p.id = a.precinct_id
        where a.plan_id = :plan and a.building_id = :building"""),
            {"plan": plan, "building": building},
        ).one()
    )


def numbers(connection: Connection, plan: int) -> dict[int, int]:
    """Voters by number."""
    return dict(
        tuple(row)
        for row in connection.execute(
            text("select number, voters from precinct where plan_id = :plan order by number"), {"plan": plan}
        )
    )


def id_of(connection: Connection, plan: int, number: int) -> int:
    return connection.execute(
        text("select id from precinct where plan_id = :plan and number = :number"),
        {"plan": plan, "number": number},
    ).scalar_one()


def area_km2(connection: Connection, plan: int) -> float:
    return connection.execute(
        text("select sum(st_area(geom)) / 1e6 from precinct where plan_id = :plan"), {"plan": plan}
    ).scalar_one()


def sound(connection: Connection, city: City, plan: int) -> None:
    """The coverage is one, the area is the town's, every house votes somewhere, voters are those of the
    houses, and the events tell the same."""
    shapes = [
        shapely.from_wkb(bytes(wkb))
        for wkb in connection.execute(
            text("select st_asbinary(geom) from precinct where plan_id = :plan"), {"plan": plan}
        ).scalars()
    ]
    assert shapely.coverage_is_valid(shapes)
    assert area_km2(connection, plan) == pytest.approx(0.96, abs=1e-10)
    assert (
        connection.execute(
            text("""select count(*) from building b left join assignment a on a.building_id = b.id
                and a.plan_id = :plan where a is
        null"""),
            {"plan": plan},
        ).scalar_one()
        == 0
    )
    assert (
        connection.execute(
            text("""select count(*) from precinct p where plan_id = :plan and format('%s %s', voters,
                buildings) <> (
        select format('%s %s', coalesce(sum(b.voters), 0), count(*)) from assignment a join building b
            on b.id = a.building_id where a.plan_id =
        p.plan_id and a.precinct_id = p.id)"""),
            {"plan": plan},
        ).scalar_one()
        == 0
    )
    assert difference(connection, city, plan) == []


def test_given_houses_take_the_border_with_them(connection: Connection, city: City, draft: int) -> None:
    """Two houses of 2 beside its border with 1: the border bends around them, between the houses."""
    houses = [house_at(connection, 450, 50), house_at(connection, 450, 150)]
    edited = give(Author(connection, city, draft, "aigerim"), houses, 1)
    assert {one["building"] for one in edited.moved} == set(houses)
    assert [precinct_of(connection, draft, house) for house in houses] == [(1, "geometry")] * 2
    assert connection.execute(
        text("select st_area(geom) from precinct where plan_id = :plan and number = 1"), {"plan": draft}
    ).scalar_one() == pytest.approx(160_000 + 100 * 200, rel=0.02)
    sound(connection, city, draft)


def test_a_house_in_the_middle_brings_the_ground_that_joins_it(
    connection: Connection, city: City, draft: int
) -> None:
    """A whole block goes along its streets, exactly."""
    houses = [house_at(connection, x, y) for x in (450, 550) for y in (50, 150)]
    give(Author(connection, city, draft, "aigerim"), houses, 1)
    assert connection.execute(
        text("select st_area(geom) from precinct where plan_id = :plan and number = 1"), {"plan": draft}
    ).scalar_one() == pytest.approx(200_000, abs=0.01)
    sound(connection, city, draft)


def test_what_a_give_would_draw_is_shown_without_writing(
    connection: Connection, city: City, draft: int
) -> None:
    before = numbers(connection, draft)
    shown = preview(connection, city, draft, [house_at(connection, 450, 50)], 1)
    assert (shown["precincts"], shown["lines"]["type"]) == ([2], "MultiLineString")
    assert numbers(connection, draft) == before


@pytest.mark.parametrize(
    ("buildings", "code"), [([], "plan.unknown_building"), ([999_999], "plan.unknown_building")]
)
def test_a_house_that_is_not_there_cannot_be_given(
    connection: Connection, city: City, draft: int, buildings: list[int], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        give(Author(connection, city, draft, "aigerim"), buildings, 1)
    assert refused.value.code == code


def test_the_last_houses_are_a_merger(connection: Connection, city: City, draft: int) -> None:
    houses = (
        connection.execute(
            text("select building_id from assignment where plan_id = :plan and precinct_id = 2"),
            {"plan": draft},
        )
        .scalars()
        .all()
    )
    with pytest.raises(InvalidInput) as refused:
        give(Author(connection, city, draft, "aigerim"), houses, 1)
    assert (refused.value.code, refused.value.parameters) == ("plan.gives_all", {"precincts": "2"})


def test_a_drawn_line_splits_a_precinct(connection: Connection, city: City, draft: int) -> None:
    before = numbers(connection, draft)
    edited = split(Author(connection, city, draft, "aigerim"), 2, lon_lat((500, -30), (500, 430)))
    after = numbers(connection, draft)
    assert (set(after), after[2] + after[7]) == (set(range(1, 8)), before[2])
    assert after[7] <= after[2]
    assert {row["number"] for row in edited.precincts} >= {2, 7}
    sound(connection, city, draft)


def test_the_new_precinct_may_be_given_a_number_that_is_free(
    connection: Connection, city: City, draft: int
) -> None:
    with pytest.raises(Conflict) as refused:
        split(Author(connection, city, draft, "aigerim"), 2, lon_lat((500, -30), (500, 430)), number=5)
    assert refused.value.code == "plan.number_taken"
    connection.rollback()
    split(Author(connection, city, draft, "aigerim"), 2, lon_lat((500, -30), (500, 430)), number=501)
    assert 501 in numbers(connection, draft)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (((500, 100), (500, 300)), "plan.line_open"),  # both ends inside
        (((1000, 500), (1000, 700)), "plan.line_idle"),  # elsewhere
    ],
)
def test_a_line_that_does_not_part_is_refused(
    connection: Connection, city: City, draft: int, line: tuple, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        split(Author(connection, city, draft, "aigerim"), 2, lon_lat(*line))
    assert refused.value.code == code


def test_a_drawn_line_is_led_around_a_house(connection: Connection, city: City, draft: int) -> None:
    """Straight through the houses at 450 m."""
    split(Author(connection, city, draft, "aigerim"), 2, lon_lat((450, -30), (450, 430)))
    cut = connection.execute(
        text("""select count(*) from edge e, building b where e.plan_id = :plan
            and st_length(st_intersection(e.geom,
        st_setsrid(st_transform(b.footprint_4326, 32642), 0))) > 0.1"""),
        {"plan": draft},
    ).scalar_one()
    assert cut == 0
    sound(connection, city, draft)


def test_two_neighbours_merge_and_their_junctions_dissolve(
    connection: Connection, city: City, draft: int
) -> None:
    before = numbers(connection, draft)
    edges = connection.execute(
        text("select count(*) from edge where plan_id = :plan"), {"plan": draft}
    ).scalar_one()
    edited = merge(Author(connection, city, draft, "aigerim"), 1, 2)
    assert numbers(connection, draft) == {
        number: voters + (before[2] if number == 1 else 0) for number, voters in before.items() if number != 2
    }
    assert [row for row in edited.precincts if row.get("removed")] == [
        {"id": 2, "plan": draft, "version": edited.event, "number": 2, "removed": True}
    ]
    assert (
        connection.execute(
            text("select count(*) from edge where plan_id = :plan"), {"plan": draft}
        ).scalar_one()
        < edges - 1
    )
    sound(connection, city, draft)


def test_precincts_that_share_no_border_do_not_merge(connection: Connection, city: City, draft: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        merge(Author(connection, city, draft, "aigerim"), 1, 3)
    assert (refused.value.code, refused.value.parameters) == ("plan.not_neighbours", {"precincts": "1, 3"})


def test_what_was_set_by_hand_goes_to_the_heir_of_a_merger(
    connection: Connection, city: City, draft: int
) -> None:
    far = house_at(connection, 1150, 750)
    assign(Author(connection, city, draft, "aigerim"), [far], 2)
    merge(Author(connection, city, draft, "aigerim"), 1, 2)
    assert precinct_of(connection, draft, far) == (1, "hand")
    sound(connection, city, draft)


def test_a_house_set_by_hand_counts_where_it_was_set_and_goes_back(
    connection: Connection, city: City, draft: int
) -> None:
    house = house_at(connection, 50, 50)
    before = numbers(connection, draft)
    assign(Author(connection, city, draft, "aigerim"), [house], 6)
    assert precinct_of(connection, draft, house) == (6, "hand")
    assert numbers(connection, draft)[6] > before[6]
    assign(Author(connection, city, draft, "aigerim"), [house], None)
    assert precinct_of(connection, draft, house) == (1, "geometry")
    assert numbers(connection, draft) == before


def test_a_stretch_is_redrawn_across_a_junction(connection: Connection, city: City, draft: int) -> None:
    """What the line cuts off 1, beside 2, goes to 2: its ends make junctions on the border with 4 and on
    the outer one."""
    redraw(Author(connection, city, draft, "aigerim"), (1, 2), lon_lat((300, -10), (300, 410)), snap=False)
    areas = dict(
        tuple(row)
        for row in connection.execute(
            text("select number, round(st_area(geom)) from precinct where plan_id = :plan"), {"plan": draft}
        )
    )
    assert (areas[1], areas[2]) == (120_000, 200_000)
    sound(connection, city, draft)


def test_a_stretch_of_a_slanted_border_is_redrawn(connection: Connection, city: City, draft: int) -> None:
    """The line meets the border between two corners of the millimetre grid: what it cuts off still touches
    the other side."""
    author = Author(connection, city, draft, "aigerim")
    redraw(author, (1, 2), lon_lat((390, -10), (353, 410)), snap=False)
    before = connection.execute(
        text("select st_area(geom) from precinct where plan_id = :plan and number = 1"), {"plan": draft}
    ).scalar_one()
    redraw(author, (1, 2), lon_lat((383.8, 60.7), (330.3, 100.2), (330.3, 300.2), (362.7, 300.4)), snap=False)
    assert (
        connection.execute(
            text("select st_area(geom) from precinct where plan_id = :plan and number = 1"), {"plan": draft}
        ).scalar_one()
        < before - 3000
    )
    sound(connection, city, draft)


def test_a_drawn_line_snaps_to_the_street(connection: Connection, city: City, draft: int) -> None:
    """Some metres beside the street at 200 m, which it then follows exactly; its ends are near enough to
    the borders."""
    redraw(Author(connection, city, draft, "aigerim"), (1, 2), lon_lat((207, 17), (206, 384)))
    assert connection.execute(
        text("select st_area(geom) from precinct where plan_id = :plan and number = 1"), {"plan": draft}
    ).scalar_one() == pytest.approx(80_000, abs=1)
    sound(connection, city, draft)


def test_an_edge_is_led_around_the_house_it_would_cut(connection: Connection, city: City, draft: int) -> None:
    edge, version = connection.execute(
        text(
            "select id, version from edge where plan_id = :plan and (left_precinct, "
            "right_precinct) in ((1, 2), (2, 1))"
        ),
        {"plan": draft},
    ).one()
    edited = edit(
        Author(connection, city, draft, "aigerim"), [EdgeLine(edge, version, tuple(lon_lat((470, 200))))]
    )
    assert edited.edges[edge] > version
    sound(connection, city, draft)


def test_a_stale_view_of_a_precinct_is_a_conflict_that_names_who_was_faster(
    connection: Connection, city: City, draft: int
) -> None:
    seen = {1: 1, 2: 1}
    merge(Author(connection, city, draft, "daniyar", seen), 2, 3)
    with pytest.raises(Conflict) as refused:
        give(Author(connection, city, draft, "aigerim", seen), [house_at(connection, 450, 50)], 1)
    given = refused.value.parameters
    assert (refused.value.code, given["who"], given["what"], 2 in given["precincts"]) == (
        "plan.stale",
        "daniyar",
        "merged",
        True,
    )


def test_a_precinct_that_somebody_merged_away_is_not_found(
    connection: Connection, city: City, draft: int
) -> None:
    merge(Author(connection, city, draft, "daniyar"), 2, 3)
    with pytest.raises(NotFound):
        split(Author(connection, city, draft, "aigerim"), 3, lon_lat((900, -30), (900, 430)))


def test_editors_of_far_precincts_do_not_collide(
    engine: Engine, connection: Connection, city: City, draft: int
) -> None:
    def save(precinct: int, x: float, y: float) -> Edited:
        with engine.begin() as own:
            return split(
                Author(own, city, draft, f"editor {precinct}", {precinct: 1}),
                precinct,
                lon_lat((x, y - 30), (x, y + 430)),
                number=100 + precinct,
            )

    save(1, 100, 0)
    save(6, 900, 400)
    assert {101, 106} <= set(numbers(connection, draft))
    sound(connection, city, draft)
