"""Editing a draft's borders: what is saved is a coverage, what is stale is refused, and two editors never
meet half-way.

The plan is a row of three squares of 1 km, precincts 1, 2, 3 from west to east, with a building in the
middle of each and one 100 m west of the border of 1 and 2. Easting and northing are EPSG:32642.
"""

from __future__ import annotations

import threading

import pytest
import shapely
from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.editing.borders import EdgeLine, Edited, NodeMove, edit
from geo.plans.editing.draft import Author
from geo.plans.nearest import nearest
from geo.plans.reassign import reassign_all
from geo.settings import Settings
from tests.support.plan_squares import EAST, KM, NORTH, import_squares, lon_lat


@pytest.fixture
def plan(connection: Connection, settings: Settings) -> int:
    for number, (east, voters) in enumerate([(0.5, 100), (1.5, 200), (2.5, 300), (0.9, 40)]):
        connection.execute(
            text("""insert into building (region, source, source_id, voters, point_4326) select '71', 'test',
                :id, :voters,
            st_transform(st_setsrid(st_makepoint(:x, :y), 32642), 4326)"""),
            {"id": number, "voters": voters, "x": EAST + east * KM, "y": NORTH + 0.5 * KM},
        )
    plan = import_squares(connection, settings.city, 3)
    connection.execute(text("update plan set state = 'draft' where id = :plan"), {"plan": plan})
    connection.execute(text("truncate change"))
    connection.commit()
    return plan


def node_at(connection: Connection, east: float, north: float) -> tuple[int, int]:
    """Id and version of the node at so many km from the plan's south-western corner."""
    return tuple(
        connection.execute(
            text("select id, version from node where st_distance(point, st_makepoint(:x, :y)) < 0.01"),
            {"x": EAST + east * KM, "y": NORTH + north * KM},
        ).one()
    )


def edge_between(connection: Connection, left: int, right: int) -> tuple[int, int]:
    return tuple(
        connection.execute(
            text(
                "select id, version from edge where (left_precinct, right_precinct) in ((:a, :b), (:b, :a))"
            ),
            {"a": left, "b": right},
        ).one()
    )


def move(
    connection: Connection,
    settings: Settings,
    plan: int,
    start: tuple[float, float],
    end: tuple[float, float],
) -> Edited:
    node, version = node_at(connection, *start)
    return edit(
        Author(connection, settings.city, plan, "aigerim"),
        [NodeMove(node, version, lon_lat(*end))],
    )


def areas(connection: Connection) -> dict[int, float]:
    """Square kilometres by number."""
    return {
        row.number: round(row.area, 3)
        for row in connection.execute(
            text("select number, st_area(geom) / 1e6 as area from precinct order by number")
        )
    }


def test_a_moved_junction_moves_the_border_for_both_and_their_voters(
    connection: Connection, settings: Settings, plan: int
) -> None:
    edited = move(connection, settings, plan, (1, 0), (0.8, 0))
    edited_north = move(connection, settings, plan, (1, 1), (0.8, 1))
    assert areas(connection) == {1: 0.8, 2: 1.2, 3: 1.0}
    assert [(row["number"], row["version"]) for row in edited.precincts] == [(1, 2), (2, 2)]
    assert [
        (row["number"], row["version"], row["voters"], row["buildings"]) for row in edited_north.precincts
    ] == [(1, 3, 100, 1), (2, 3, 240, 2)]
    assert list(edited.nodes.values()) == [2]
    kept = connection.execute(
        text("select sum(st_area(geom)) / 1e6 as area, bool_and(st_isvalid(geom)) from precinct")
    ).one()
    assert tuple(kept) == (pytest.approx(3), True)


def test_every_screen_is_told_and_the_copies_for_tiles_move(
    connection: Connection, settings: Settings, plan: int
) -> None:
    before = connection.execute(text("select st_area(geom_3857) from precinct where number = 1")).scalar_one()
    edited = move(connection, settings, plan, (1, 0), (0.8, 0))
    changes = connection.execute(text("select noun, noun_id, version, payload from change order by id")).all()
    assert [tuple(row) for row in changes] == [
        ("precinct", row["id"], row["version"], row) for row in edited.precincts
    ]
    assert (
        connection.execute(text("select st_area(geom_3857) from precinct where number = 1")).scalar_one()
        < before
    )
    assert connection.execute(text("select who, what from plan_event order by id desc limit 1")).one() == (
        "aigerim",
        "edited",
    )
    assert (
        connection.execute(text("select count(*) from tile_touch where layer = 'precincts'")).scalar_one() > 0
    )


def test_an_edge_is_redrawn_between_its_nodes(connection: Connection, settings: Settings, plan: int) -> None:
    edge, version = edge_between(connection, 1, 2)
    corner = lon_lat(0.8, 0.5)
    edited = edit(Author(connection, settings.city, plan, "aigerim"), [EdgeLine(edge, version, (corner,))])
    assert areas(connection) == {1: 0.9, 2: 1.1, 3: 1.0}
    assert edited.edges == {edge: version + 1}


def test_a_stale_version_is_a_conflict_that_names_who_was_faster(
    connection: Connection, settings: Settings, plan: int
) -> None:
    node, version = node_at(connection, 1, 0)
    move(connection, settings, plan, (1, 0), (0.8, 0))
    with pytest.raises(Conflict) as refused:
        edit(
            Author(connection, settings.city, plan, "daniyar"),
            [NodeMove(node, version, lon_lat(1.1, 0))],
        )
    assert (refused.value.code, refused.value.parameters["who"], refused.value.parameters["precincts"]) == (
        "plan.stale",
        "aigerim",
        [1, 2],
    )


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ((1, 0), (2.5, 0.5), "plan.polygon"),  # the border of 1 and 2 through 3: 2 crosses itself
        ((1, 0), (1, 2), "plan.polygon"),  # over the other end
    ],
)
def test_a_border_that_crosses_itself_cannot_be_saved(
    connection: Connection,
    settings: Settings,
    plan: int,
    start: tuple[float, float],
    end: tuple[float, float],
    code: str,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        move(connection, settings, plan, start, end)
    assert refused.value.code == code
    connection.rollback()
    assert areas(connection) == {1: 1.0, 2: 1.0, 3: 1.0}


def test_a_house_cannot_be_left_in_no_precinct(connection: Connection, settings: Settings, plan: int) -> None:
    """The outer border of 1, pulled in over the building in its middle."""
    edge, version, line = connection.execute(
        text("""select id, version, st_asbinary(geom) from edge
        where 1 in (left_precinct, right_precinct) and (left_precinct is null or right_precinct is null)""")
    ).one()
    inner = [((x - EAST) / KM, (y - NORTH) / KM) for x, y in shapely.from_wkb(bytes(line)).coords[1:-1]]
    corners = tuple(lon_lat(0.7 if east < 0.5 else east, north) for east, north in inner)
    with pytest.raises(InvalidInput) as refused:
        edit(Author(connection, settings.city, plan, "aigerim"), [EdgeLine(edge, version, corners)])
    assert (refused.value.code, refused.value.parameters["buildings"]) == ("plan.buildings_outside", 1)
    assert refused.value.parameters["place"] == pytest.approx(lon_lat(0.5, 0.5), abs=1e-6)


def test_an_edge_drawn_into_a_precinct_it_does_not_part_is_an_overlap(
    connection: Connection, settings: Settings, plan: int
) -> None:
    edge, version = edge_between(connection, 1, 2)
    corner = lon_lat(2.2, 0.5)
    with pytest.raises(InvalidInput) as refused:
        edit(Author(connection, settings.city, plan, "aigerim"), [EdgeLine(edge, version, (corner,))])
    assert refused.value.code in ("plan.coverage", "plan.polygon")


@pytest.mark.parametrize("state", ["approved", "published"])
def test_a_plan_that_is_approved_or_published_never_changes(
    connection: Connection, settings: Settings, plan: int, state: str
) -> None:
    connection.execute(
        text("update plan set state = :state where id = :plan"), {"state": state, "plan": plan}
    )
    with pytest.raises(Conflict) as refused:
        move(connection, settings, plan, (1, 0), (0.8, 0))
    assert refused.value.code == "plan.frozen"


def test_what_does_not_exist_is_said_so(connection: Connection, settings: Settings, plan: int) -> None:
    with pytest.raises(NotFound):
        edit(Author(connection, settings.city, plan + 1, "aigerim"), [NodeMove(1, 1, (71.4, 51.1))])
    with pytest.raises(NotFound):
        edit(Author(connection, settings.city, plan, "aigerim"), [NodeMove(999, 1, (71.4, 51.1))])
    with pytest.raises(InvalidInput):
        edit(Author(connection, settings.city, plan, "aigerim"), [])


def test_a_building_that_a_person_assigned_stays(
    connection: Connection, settings: Settings, plan: int
) -> None:
    connection.execute(
        text(
            "update assignment set source = 'hand' where building_id = (select id from building "
            "where voters = 40)"
        )
    )
    move(connection, settings, plan, (1, 0), (0.8, 0))
    move(connection, settings, plan, (1, 1), (0.8, 1))
    assert connection.execute(text("select voters from precinct where number = 1")).scalar_one() == 140


def test_of_two_editors_with_the_same_version_one_wins(
    connection: Connection, engine: Engine, settings: Settings, plan: int
) -> None:
    node, version = node_at(connection, 1, 0)
    targets = [lon_lat(0.95, 0), lon_lat(1.05, 0)]
    outcomes: list[str] = []

    def race(target: tuple[float, float]) -> None:
        try:
            with engine.begin() as racing:
                edit(Author(racing, settings.city, plan, "racer"), [NodeMove(node, version, target)])
            outcomes.append("saved")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=race, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["plan.stale", "saved"]


def test_two_current_edits_that_would_cross_cannot_both_be_saved(
    connection: Connection, engine: Engine, settings: Settings, plan: int
) -> None:
    """The western border of 2 bends east, its eastern one west: each alone is fine."""
    west, east = edge_between(connection, 1, 2), edge_between(connection, 2, 3)
    corners = {west: lon_lat(1.7, 0.5), east: lon_lat(1.3, 0.5)}
    connection.commit()
    outcomes: list[str] = []

    def race(edge: tuple[int, int]) -> None:
        try:
            with engine.begin() as racing:
                edit(Author(racing, settings.city, plan, "racer"), [EdgeLine(*edge, (corners[edge],))])
            outcomes.append("saved")
        except (Conflict, InvalidInput) as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=race, args=(edge,)) for edge in corners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes)[0] in ("plan.coverage", "plan.polygon") and sorted(outcomes)[1] == "saved"
    assert sum(areas(connection).values()) == pytest.approx(3)


def test_both_ends_of_one_edge_moved_by_two_editors_are_both_kept(
    connection: Connection, engine: Engine, settings: Settings, plan: int
) -> None:
    moves = [
        NodeMove(*node_at(connection, 1, 0), lon_lat(0.95, 0)),
        NodeMove(*node_at(connection, 1, 1), lon_lat(0.95, 1)),
    ]
    connection.commit()

    def save(change: NodeMove) -> None:
        with engine.begin() as racing:
            edit(Author(racing, settings.city, plan, "racer"), [change])

    threads = [threading.Thread(target=save, args=(change,)) for change in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert areas(connection) == {1: 0.95, 2: 1.05, 3: 1.0}


@pytest.mark.parametrize(
    "drawn",
    [(-0.3, 0.5), (0.5, 1.4), (2.4, -0.2)],
    ids=["across the west", "out of the north", "across both"],
)
def test_the_nearest_line_to_a_refused_one_is_saved_and_asking_writes_nothing(
    connection: Connection, settings: Settings, plan: int, drawn: tuple[float, float]
) -> None:
    """The line of an edge is told by its corner, that of a junction by its place: farther towards the drawn
    line than half of what is left would not go."""
    author = Author(connection, settings.city, plan, "aigerim")
    edge, version = edge_between(connection, 1, 2)
    node, its = node_at(connection, 1, 0)
    for wanted in (
        EdgeLine(edge, version, (lon_lat(*drawn),)),
        NodeMove(node, its, lon_lat(-1.4, -0.3)),
    ):
        with pytest.raises(InvalidInput), connection.begin_nested():
            edit(author, [wanted])
        before = areas(connection), connection.scalar(text("select count(*) from plan_event"))
        found = nearest(author, wanted)
        assert (areas(connection), connection.scalar(text("select count(*) from plan_event"))) == before
        with connection.begin_nested() as attempt:
            edit(author, [found.change])
            moved, areas_now = edge_line(connection, edge), areas(connection)
            attempt.rollback()
        assert (
            any(abs(moved.distance(shapely.LineString(line))) < 1e-9 for line in found.lines)
            and areas_now != before[0]
        )


def edge_line(connection: Connection, edge: int) -> shapely.LineString:
    """EPSG:4326."""
    return shapely.from_wkt(
        connection.scalar(
            text("select st_astext(st_transform(st_setsrid(geom, 32642), 4326)) from edge where id = :id"),
            {"id": edge},
        )
    )


def test_nothing_is_nearer_where_a_house_stands_in_the_corner(
    connection: Connection, settings: Settings, plan: int
) -> None:
    connection.execute(
        text("""insert into building (region, source, source_id, voters, point_4326) select '71', 'test', 9,
            5,
        st_transform(st_setsrid(st_makepoint(:x, :y), 32642), 4326)"""),
        {"x": EAST + KM + 1, "y": NORTH + KM - 2},
    )
    author = Author(connection, settings.city, plan, "aigerim")
    reassign_all(author)
    node, version = node_at(connection, 1, 1)
    with pytest.raises(InvalidInput) as refused:
        nearest(author, NodeMove(node, version, lon_lat(1, 0.2)))
    assert refused.value.code == "plan.nothing_nearer"
