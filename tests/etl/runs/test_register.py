"""What a load of the register does to the plans, and what it leaves to people: two squares of 1 km,
precincts 1 and 2 from west to east, in a plan in force and in a draft of it; houses come by the feed
`buildings`.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from itertools import permutations

import pandas
import pytest
import shapely
from sqlalchemy import Connection, Engine, text

from etl.registry import FEEDS, find
from etl.runs import batches, engine
from etl.runs.batches import numbered
from etl.runs.opening import open_run
from geo.errors import Conflict, InvalidInput
from geo.geo_tags import decisions
from geo.geo_tags.new_addresses import NewAddress, make_address
from geo.plans.checks import check
from geo.plans.editing.borders import NodeMove, edit
from geo.plans.editing.draft import Author
from geo.plans.editing.operations import assign, split
from geo.plans.events import difference
from geo.plans.lifecycle import draft_from
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.plans.undo import redo, undo
from geo.settings import Settings
from layers.plans.vote import read_vote
from tests.etl.conftest import NOW
from tests.support.connected import engine_as
from tests.support.plan_squares import EAST, KM, NORTH, import_squares, lon_lat

HEAD = "source_id,street_ru,house,lon,lat,voters\n"


def house(n: int, east: float | None, voters: int = 100) -> str:
    lon, lat = ("", "") if east is None else lon_lat(east)
    return f"b{n},улица Кенесары,{n},{lon},{lat},{voters}\n"


@pytest.fixture
def plans(connection: Connection, settings: Settings, load: Callable) -> tuple[int, int]:
    """In force, draft. House 1 in the middle of precinct 1."""
    load("buildings", HEAD + house(1, 0.5))
    in_force = import_squares(connection, settings.city)
    draft = draft_from(connection, settings.city, in_force, "2027", "aigerim")
    connection.commit()
    return in_force, draft


editor = engine_as("editor")


def building(rows: Callable, n: int) -> int:
    return rows("select id from building where source_id = :id", id=f"b{n}")[0].id


def counts(rows: Callable, plan: int) -> list[tuple]:
    return [
        tuple(row)
        for row in rows(
            "select number, buildings, voters from precinct where plan_id = :plan order by 1", plan=plan
        )
    ]


def beside(work: Callable[[], object], waits: Callable[[], None]) -> object:
    """`work` in a thread; while it waits for a lock, `waits` is done and gives it back."""
    done: list[object] = []
    thread = threading.Thread(target=lambda: done.append(work()))
    thread.start()
    thread.join(1.0)
    assert thread.is_alive(), "it waits"
    waits()
    thread.join(30)
    assert done, "it ended"
    return done[0]


def test_a_new_house_votes_in_the_plan_in_force_from_that_day(
    load, rows, settings: Settings, reader: Engine, connection: Connection, plans
) -> None:
    in_force, draft = plans
    load("buildings", HEAD + house(1, 0.5) + house(2, 1.4, 30))
    assert counts(rows, in_force) == counts(rows, draft) == [(1, 1, 100), (2, 1, 30)]
    assert rows(
        "select what, who from plan_event where plan_id = :plan and id > 1 and what not in "
        "('imported', 'drafted')",
        plan=in_force,
    ) == [("amended", "feed:buildings")]
    assert read_vote(reader, settings.city, "ru", building(rows, 2)).precinct["number"] == 2
    assert [difference(connection, settings.city, plan) for plan in plans] == [[], []]
    connection.rollback()
    assert load("buildings", HEAD + house(1, 0.5) + house(2, 1.4, 30)).written == 0
    load("buildings", HEAD + house(2, 0.2, 30))
    assert counts(rows, in_force) == counts(rows, draft) == [(1, 2, 130), (2, 0, 0)]


def votes(rows: Callable, plan: int) -> list[tuple]:
    return [
        tuple(row)
        for row in rows(
            """select b.source_id, p.number, a.source from building b
            left join assignment a on a.building_id = b.id and a.plan_id = :plan
            left join precinct p on p.plan_id = a.plan_id and p.id = a.precinct_id order by 1""",
            plan=plan,
        )
    ]


REGISTERS = (
    HEAD + house(1, 0.5) + house(2, 1.5) + house(3, None),
    HEAD + house(1, 1.2) + house(2, 0.9) + house(3, 0.1),
    HEAD + house(1, 1.0) + house(2, None) + house(3, 5.0),
)


@pytest.mark.parametrize("registers", list(permutations(REGISTERS, 2)) + [REGISTERS])
def test_where_a_house_votes_is_the_same_whichever_comes_first(
    load, rows, settings: Settings, connection: Connection, registers: tuple[str, ...]
) -> None:
    made = []
    for register in (None, *registers):
        if register is not None:
            load("buildings", register)
        plan = import_squares(connection, settings.city)
        connection.execute(text("update plan set in_force_from = null where id <> :id"), {"id": plan})
        made += [plan, draft_from(connection, settings.city, plan, "draft", "aigerim")]
        connection.commit()
    assert len({tuple(votes(rows, plan)) for plan in made}) == 1, [votes(rows, plan) for plan in made]
    for plan in made[1::2]:
        split(Author(connection, settings.city, plan, "aigerim"), 1, [lon_lat(0.5, -0.1), lon_lat(0.5, 1.1)])
        assert difference(connection, settings.city, plan) == []


@pytest.mark.parametrize("plan_first", [True, False])
def test_a_plan_that_is_made_during_a_load_knows_its_houses(
    load, rows, settings: Settings, editor: Engine, plans, plan_first: bool
) -> None:
    """One transaction is open while the other begins: it waits, and sees what the first has written."""

    def draft() -> int:
        with editor.begin() as planner:
            return draft_from(planner, settings.city, plans[0], "beside", "dana")

    if plan_first:
        with editor.connect() as planner:
            made = draft_from(planner, settings.city, plans[0], "beside", "dana")
            beside(lambda: load("buildings", HEAD + house(2, 1.5)), planner.commit)
    else:
        with engine.session(settings) as session:
            opened = open_run(session, settings, find(FEEDS, "buildings"), None, now=NOW)
            [prepared] = batches.prepare(opened, chunks(HEAD + house(2, 1.5)))
            batch = session.begin()
            batches.load_rows(session, settings, opened, prepared)
            made = beside(draft, batch.commit)
    assert votes(rows, made) == [("b1", 1, "geometry"), ("b2", 2, "geometry")]


def test_a_station_is_in_its_building_whichever_comes_first(
    load, rows, settings: Settings, connection: Connection, plans
) -> None:
    lon, lat = lon_lat(1.5)
    face = shapely.box(EAST, NORTH, EAST + KM, NORTH + KM)
    for name in ("before", "after"):
        station = StationInput(name, name, "Кенесары, 2", lon, lat)
        plan = PlanInput(name, [PrecinctInput(1, "open", 0, face, station)])
        import_plan(connection, settings.city, plan, "importer")
        connection.commit()
        load("buildings", HEAD + house(2, 1.5))
    assert rows("select name_ru, building_id from station order by id") == [
        (name, building(rows, 2)) for name in ("before", "after")
    ]


def test_a_precinct_is_split_whatever_house_of_it_lies_elsewhere(
    load, rows, settings: Settings, connection: Connection, plans
) -> None:
    """Such houses come from an older release, or from a precinct that was agreed when the register moved the
    house."""
    draft = plans[1]
    connection.execute(
        text("update building set point_4326 = st_setsrid(st_makepoint(:lon, :lat), 4326)"),
        dict(zip(("lon", "lat"), lon_lat(5.0), strict=True)),
    )
    split(Author(connection, settings.city, draft, "aigerim"), 1, [lon_lat(0.5, -0.1), lon_lat(0.5, 1.1)])
    connection.commit()
    assert votes(rows, draft) == [("b1", 1, "geometry")]


def test_an_undo_puts_houses_where_their_tags_are_now(
    load, rows, settings: Settings, connection: Connection, plans
) -> None:
    """House 1 changes sides with the border, and the register moves it on before the border comes back."""
    draft = plans[1]

    def author() -> Author:
        return Author(connection, settings.city, draft, "aigerim")

    nodes = rows(
        "select id, version, st_y(point) as y from node where plan_id = :plan and abs(st_x(point) "
        "- :x) < 0.01",
        plan=draft,
        x=EAST + KM,
    )
    edit(
        author(),
        [NodeMove(node.id, node.version, lon_lat(0.3, (node.y - NORTH) / KM)) for node in nodes],
    )
    connection.commit()
    assert votes(rows, draft) == [("b1", 2, "geometry")]
    load("buildings", HEAD + house(1, 1.5))
    undo(author())
    connection.commit()
    assert votes(rows, draft) == [("b1", 2, "geometry")]
    redo(author())
    connection.commit()
    load("buildings", HEAD + house(1, 0.1))
    assert votes(rows, draft) == [("b1", 1, "geometry")]
    undo(author())
    connection.commit()
    assert votes(rows, draft) == [("b1", 1, "geometry")]
    assert difference(connection, settings.city, draft) == []


def test_an_undone_gift_goes_where_its_tag_is_now(
    load, rows, settings: Settings, connection: Connection, plans
) -> None:
    draft, one = plans[1], building(rows, 1)
    assign(Author(connection, settings.city, draft, "aigerim"), [one], 2)
    connection.commit()
    assert votes(rows, draft) == [("b1", 2, "hand")]
    load("buildings", HEAD + house(1, 1.5))
    undo(Author(connection, settings.city, draft, "aigerim"))
    connection.commit()
    assert votes(rows, draft) == [("b1", 2, "geometry")]
    assert difference(connection, settings.city, draft) == []


def test_voters_are_counted_again_by_the_load_that_changes_them(
    load, rows, settings: Settings, connection: Connection, plans
) -> None:
    load("buildings", HEAD + house(1, 0.5, 5000))
    assert [counts(rows, plan)[0] for plan in plans] == [(1, 1, 5000)] * 2
    assert rows(
        "select payload from change where noun = 'layer' and payload ->> 'reset' = 'precincts' "
        "order by id desc limit 1"
    )


def test_the_cap_is_checked_against_the_houses(
    load, settings: Settings, connection: Connection, plans
) -> None:
    connection.execute(text("update building set voters = 5000"))
    assert [one.count for one in check(connection, settings.city, plans[1]) if one.key == "over_cap"] == [1]


def test_a_tag_set_during_a_load_is_kept(load, rows, editor: Engine, settings: Settings, plans) -> None:
    """The officer's transaction is open while the register's rows arrive: the register waits, and sees
    what was decided."""
    one = building(rows, 1)
    with editor.connect() as officer:
        decisions.set_tag(officer, settings.city, one, 1, lon_lat(1.7), "hand", "dana")
        beside(lambda: load("buildings", HEAD + house(1, 0.3, 7)), officer.commit)
    [(lon, lat, who, voters)] = rows(
        "select st_x(point_4326), st_y(point_4326), tagged_by, voters from building"
    )
    assert (lon, lat, who, voters) == (
        pytest.approx(lon_lat(1.7)[0]),
        pytest.approx(lon_lat(1.7)[1]),
        "dana",
        7,
    )
    assert counts(rows, plans[1]) == [(1, 0, 0), (2, 1, 7)]


def test_a_tag_is_undone_whatever_else_the_register_changed(
    load, rows, editor: Engine, settings: Settings, plans
) -> None:
    one = building(rows, 1)
    with editor.begin() as officer:
        done = decisions.set_tag(officer, settings.city, one, 1, lon_lat(1.7), "hand", "dana")
    load("buildings", HEAD + house(1, 0.5, 7))
    with editor.begin() as officer:
        decisions.undo(officer, settings.city, done.event, "dana")
    assert rows("select tagged_by, voters, st_x(point_4326) from building") == [
        (None, 7, pytest.approx(lon_lat(0.5)[0]))
    ]
    load("buildings", HEAD + house(1, 0.5, 8))
    with editor.begin() as officer, pytest.raises(Conflict) as stale:
        decisions.confirm(officer, settings.city, one, 2, "dana")
    assert stale.value.parameters["who"] == "feed:buildings", "not in the officer's own name"


def test_a_tag_lies_where_the_border_is_when_it_is_saved(
    rows, editor: Engine, settings: Settings, connection: Connection, plans
) -> None:
    """The border moves over the place of the tag while the tag is being set."""
    draft, one = plans[1], building(rows, 1)
    nodes = rows(
        "select id, version, st_y(point) as y from node where plan_id = :plan and abs(st_x(point) "
        "- :x) < 0.01 order by id",
        plan=draft,
        x=EAST + KM,
    )
    with editor.connect() as planner:
        edit(
            Author(planner, settings.city, draft, "aigerim"),
            [NodeMove(node.id, node.version, lon_lat(1.3, (node.y - NORTH) / KM)) for node in nodes],
        )

        def tag() -> object:
            with editor.begin() as officer:
                return decisions.set_tag(officer, settings.city, one, 1, lon_lat(1.15), "hand", "dana")

        beside(tag, planner.commit)
    assert rows(
        "select precinct_id from assignment where plan_id = :plan and building_id = :one", plan=draft, one=one
    ) == [(1,)]
    assert [
        found.count for found in check(connection, settings.city, draft) if found.key == "wrong_side"
    ] == [0]


def test_an_address_that_a_person_made_becomes_the_registers(
    load, rows, editor: Engine, settings: Settings, reader: Engine, plans
) -> None:
    lon, lat = lon_lat(1.5)
    with editor.begin() as officer:
        made = make_address(officer, settings.city, NewAddress("улица Кенесары", None, "5", lon, lat), "dana")
        with pytest.raises(Conflict) as known:
            make_address(officer, settings.city, NewAddress("ул. Кенесары", None, "д. 5", lon, lat), "dana")
    assert (known.value.code, known.value.parameters["building"]) == ("building.exists", made.building)
    assert [(move["plan"], move["from"], move["to"]) for move in made.moved] == [
        (plan, None, 2) for plan in plans
    ]
    assert read_vote(reader, settings.city, "ru", made.building).precinct["number"] == 2
    load("buildings", HEAD + house(5, 0.2, 12))
    assert rows("select id, source, source_id, voters, tagged_by from building where house = '5'") == [
        (made.building, "buildings", "b5", 12, "dana")
    ]
    assert counts(rows, plans[0]) == [(1, 1, 100), (2, 1, 12)]
    for wrong in (
        NewAddress(None, " ", "5", lon, lat),
        NewAddress("улица", None, "", lon, lat),
        NewAddress("Абая", None, "1", 0.0, 0.0),
    ):
        with editor.begin() as officer, pytest.raises(InvalidInput):
            make_address(officer, settings.city, wrong, "dana")


def square(west: float, south: float, east: float, north: float) -> dict:
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def districts(border: float) -> str:
    """Two districts side by side, parted at a longitude."""
    sides = (("West", square(71.3, 51.0, border, 51.3)), ("East", square(border, 51.0, 71.6, 51.3)))
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"key": key, "name_ru": key}, "geometry": geometry}
                for key, geometry in sides
            ],
        }
    )


def test_a_border_waits_for_what_is_being_assigned_by_it(load, rows, settings: Settings) -> None:
    """An import is under way, its batch not committed, when the border of a district moves: the batch is
    assigned again. The next batch of the same run is assigned by the new border."""
    load("districts", districts(71.42), "geojson")
    police, body = find(FEEDS, "police"), "source_id,opened_at,lon,lat\n{id},2025-05-30,71.43,51.16\n"
    with engine.session(settings) as session:
        opened = open_run(session, settings, police, None, now=NOW)
        prepared = [
            next(iter(batches.prepare(opened, [chunk])))
            for chunk in chunks(body.format(id=1), body.format(id=2))
        ]
        batch = session.begin()
        batches.load_rows(session, settings, opened, prepared[0])
        beside(lambda: load("districts", districts(71.44), "geojson"), batch.commit)
        with session.begin():
            batches.load_rows(session, settings, opened, prepared[1])
    assert rows(
        "select i.source_id, d.key from incident i join district d on d.id = i.district_id order by 1"
    ) == [("1", "west"), ("2", "west")]


def chunks(*bodies: str) -> list:
    return list(numbered([pandas.read_csv(io.StringIO(body), dtype=str) for body in bodies], 1))
