"""Stations set and moved, precincts numbered and founded, in the town of six precincts: what the tables, the
events, a race and an undo make of them."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.decision_text.plans import plan_texts
from geo.plans.editing.draft import Author, Draft
from geo.plans.editing.operations import merge, split
from geo.plans.editing.precincts import FORMER, describe, found, remove
from geo.plans.events import difference
from geo.plans.export import precincts
from geo.plans.lifecycle import draft_from
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.plans.station_walks import origin
from geo.plans.stations import StationLocation, set_station
from geo.plans.undo import redo, undo
from geo.settings import City, Settings
from tests.support.plan_town import lon_lat

SCHOOL = StationLocation("№ 60 мектеп", "Школа № 60", building=1)
EMBASSY = StationLocation(
    "Елшілік", "Посольство", address_kk="Мадрид, Катилья 1", address_ru="Мадрид, ул. Кастилья 1"
)


@pytest.fixture
def city(settings: Settings) -> City:
    return settings.city


def station_of(connection: Connection, plan: int, precinct: int) -> tuple | None:
    row = connection.execute(
        text("""select s.name_kk, s.name_ru, s.address_kk, s.address, s.building_id, s.entrance_ru,
        s.point_4326 = b.point_4326 as there
        from precinct p join station s on s.region = p.region and s.id = p.station_id left join building b on
        b.id = s.building_id
        where p.plan_id = :plan and p.id = :id"""),
        {"plan": plan, "id": precinct},
    ).one_or_none()
    return row and tuple(row)


def row_of(connection: Connection, plan: int, precinct: int) -> tuple | None:
    row = connection.execute(
        text(f"select number, kind, {FORMER} from precinct p where plan_id = :plan and id = :id"),
        {"plan": plan, "id": precinct},
    ).one_or_none()
    return row and tuple(row)


def house(connection: Connection, id_: int) -> tuple[str, str]:
    return tuple(
        connection.execute(
            text("select street_kk || ' ' || house, street_ru || ' ' || house from building where id = :id"),
            {"id": id_},
        ).one()
    )


def test_a_station_is_set_with_the_address_of_its_building_moved_and_taken_away(
    connection: Connection, city: City, draft: int
) -> None:
    author = Author(connection, city, draft, "aigerim")
    assert station_of(connection, draft, 2)[:5] == ("№ 2 мектеп", "Школа № 2", None, "улица 2, 1", None)
    edited = set_station(author, 2, SCHOOL)
    assert [row["id"] for row in edited.precincts] == [2]
    assert station_of(connection, draft, 2) == (
        "№ 60 мектеп",
        "Школа № 60",
        *house(connection, 1),
        1,
        None,
        True,
    )
    set_station(author, 2, StationLocation("Мектеп", "Школа", building=9, entrance_ru=" вход со двора "))
    assert station_of(connection, draft, 2) == (
        "Мектеп",
        "Школа",
        *house(connection, 9),
        9,
        "вход со двора",
        True,
    )
    set_station(author, 2, None)
    assert station_of(connection, draft, 2) is None
    assert difference(connection, city, draft) == []


def test_a_published_plan_and_every_undo_find_the_station_they_had(
    connection: Connection, city: City, draft: int
) -> None:
    author, first = Author(connection, city, draft, "aigerim"), station_of(connection, draft, 2)
    set_station(author, 2, SCHOOL)
    before = station_of(connection, draft, 2)
    second = draft_from(connection, city, draft, "second", "aigerim")
    set_station(
        Author(connection, city, second, "aigerim"), 2, StationLocation("Басқа", "Другая", building=5)
    )
    assert station_of(connection, draft, 2) == before
    set_station(author, 2, StationLocation("Үшінші", "Третья", building=7))
    undo(author)
    assert station_of(connection, draft, 2) == before
    undo(author)
    assert station_of(connection, draft, 2) == first
    redo(author)
    redo(author)
    assert station_of(connection, draft, 2)[1] == "Третья"
    assert difference(connection, city, draft) == []


def test_two_precincts_share_a_building_by_different_doors(
    connection: Connection, city: City, draft: int
) -> None:
    for precinct, entrance in ((1, "вход с улицы"), (2, "вход со двора")):
        set_station(
            Author(connection, city, draft, "aigerim"),
            precinct,
            StationLocation("Мектеп", "Школа", building=3, entrance_kk=entrance, entrance_ru=entrance),
        )
    texts = plan_texts(connection, city, draft, "ru")
    _, address = house(connection, 3)
    assert f"Местонахождение: Школа, {address}, вход с улицы\n" in texts[1].text
    assert f"Местонахождение: Школа, {address}, вход со двора\n" in texts[2].text


def test_the_kazakh_text_has_the_kazakh_address_also_of_a_station_from_a_file(
    connection: Connection, city: City, draft: int
) -> None:
    connection.execute(text("update building set street_kk = 'Сығанақ көшесі' where id = 1"))
    set_station(Author(connection, city, draft, "aigerim"), 1, SCHOOL)
    text_of_plan = plan_texts(connection, city, draft, "kk")[1].text
    assert "Орналасқан жері: № 60 мектеп, Сығанақ көшесі 2\n" in text_of_plan


def test_a_station_that_is_nowhere_is_refused_and_nothing_is_written(
    connection: Connection, city: City, draft: int
) -> None:
    """In words that say what to do: name it, tag its building, give it an address."""
    for location, error, code, change in (
        (StationLocation("", "Школа", building=1), InvalidInput, "station.name", None),
        (StationLocation("Мектеп", "Ш" * 301, building=1), InvalidInput, "station.name", None),
        (StationLocation("Мектеп", "Школа", building=999_999), NotFound, "building.unknown", None),
        (
            StationLocation("Мектеп", "Школа", address_ru="ул. Кенесары 1"),
            InvalidInput,
            "station.no_building",
            None,
        ),
        (SCHOOL, InvalidInput, "station.untagged", "point_4326 = null, point_3857 = null"),
        (SCHOOL, InvalidInput, "station.no_address", "house = null"),
        (SCHOOL, InvalidInput, "station.no_address", "street_kk = null, street_ru = null"),
    ):
        if change:
            connection.execute(text(f"update building set {change} where id = 1"))
        with pytest.raises(error) as refused:
            set_station(Author(connection, city, draft, "aigerim"), 2, location)
        assert refused.value.code == code
        assert change is None or refused.value.parameters == {"building": 1}
        assert connection.execute(text("select count(*) from station")).scalar_one() == 6, (
            "those of the plan in force"
        )
        connection.rollback()


def test_of_two_editors_the_second_is_told_who_was_faster_and_what(
    engine: Engine, connection: Connection, city: City, draft: int
) -> None:
    """Both saw the precinct as it was; they meet at the same moment."""
    text_of_plan, start = [], threading.Barrier(2)

    def act(who: str, building: int) -> None:
        start.wait()
        try:
            with engine.begin() as own:
                set_station(
                    Author(own, city, draft, who, {2: 1}),
                    2,
                    StationLocation("Мектеп", who, building=building),
                )
            text_of_plan.append(("saved", who))
        except Conflict as conflict:
            text_of_plan.append((conflict.code, conflict.parameters["who"], conflict.parameters["what"]))

    editors = [threading.Thread(target=act, args=pair) for pair in (("aigerim", 1), ("daniyar", 2))]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    [saved] = [outcome[1] for outcome in text_of_plan if outcome[0] == "saved"]
    assert sorted(text_of_plan) == [("plan.stale", saved, "station"), ("saved", saved)]
    assert station_of(connection, draft, 2)[1] == saved


def test_a_new_number_keeps_the_old_one_beside_it(connection: Connection, city: City, draft: int) -> None:
    author = Author(connection, city, draft, "aigerim")
    describe(author, 2, number=22)
    describe(author, 2, number=33)
    assert row_of(connection, draft, 2) == (33, "open", 2)
    for number, code in ((33, "plan.number_taken"), (0, "plan.number"), (100_000, "plan.number")):
        with pytest.raises((Conflict, InvalidInput)) as refused:
            describe(author, 3, number=number)
        assert refused.value.code == code
    merge(author, 1, 2)
    undo(author)
    assert row_of(connection, draft, 2) == (33, "open", 2), "also after it was merged away and brought back"
    undo(author)
    undo(author)
    assert row_of(connection, draft, 2) == (2, "open", None), "the number it began with is no former one"
    redo(author)
    assert row_of(connection, draft, 2) == (22, "open", 2)
    assert row_of(connection, draft_from(connection, city, draft, "next", "aigerim"), 2) == (22, "open", None)
    assert {row["number"]: row["former"] for row in precincts(connection, city, draft)} == {
        22: 2,
        1: None,
        3: None,
        4: None,
        5: None,
        6: None,
    }


def test_a_hospital_is_a_closed_precinct_with_its_houses_by_hand(
    connection: Connection, city: City, draft: int
) -> None:
    author = Author(connection, city, draft, "aigerim")
    edited = found(author, "closed", buildings=[1, 2])
    [made] = [row["id"] for row in edited.precincts if row["number"] == 7]
    assert row_of(connection, draft, made) == (7, "closed", None)
    assert set(
        connection.execute(
            text("select building_id, source from assignment where plan_id = :plan and precinct_id = :made"),
            {"plan": draft, "made": made},
        )
    ) == {(1, "hand"), (2, "hand")}
    set_station(author, made, StationLocation("Аурухана", "Больница", building=1))
    describe(author, made, kind="abroad")
    assert row_of(connection, draft, made) == (7, "abroad", None)
    remove(author, made)
    assert row_of(connection, draft, made) is None
    assert {
        tuple(row)
        for row in connection.execute(
            text(
                "select building_id, precinct_id, source from assignment where plan_id = :plan and "
                "building_id in (1, 2)"
            ),
            {"plan": draft},
        )
    } == {(1, 1, "geometry"), (2, 1, "geometry")}
    for _ in range(4):
        undo(author)
    assert (
        connection.execute(
            text("select count(*) from precinct where plan_id = :plan"), {"plan": draft}
        ).scalar_one()
        == 6
    )
    assert difference(connection, city, draft) == []


def test_a_precinct_abroad_has_its_station_by_address(connection: Connection, city: City, draft: int) -> None:
    author = Author(connection, city, draft, "aigerim")
    made = next(row["id"] for row in found(author, "abroad", number=900).precincts)
    set_station(author, made, EMBASSY)
    assert station_of(connection, draft, made) == (
        "Елшілік",
        "Посольство",
        "Мадрид, Катилья 1",
        "Мадрид, ул. Кастилья 1",
        None,
        None,
        None,
    )
    assert (
        plan_texts(connection, city, draft, "kk")[900].text
        == "№ 900 сайлау учаскесі\nОрналасқан жері: Елшілік, Мадрид, Катилья 1\n"
    )


def test_ground_neither_vanishes_nor_appears_with_a_kind(
    connection: Connection, city: City, draft: int
) -> None:
    author = Author(connection, city, draft, "aigerim")
    for act in (
        lambda: describe(author, 2, kind="closed"),
        lambda: remove(author, 2),
        lambda: found(author, "open"),
    ):
        with pytest.raises(InvalidInput) as refused:
            act()
        assert refused.value.code == "plan.kind_ground"
        connection.rollback()
    assert (
        connection.execute(
            text(
                "select count(*) from precinct where plan_id = :plan and kind = 'open' and geom is not null"
            ),
            {"plan": draft},
        ).scalar_one()
        == 6
    )


def test_a_station_of_a_file_is_in_the_building_on_whose_tag_it_lies(
    connection: Connection, city: City, draft: int
) -> None:
    lon, lat = connection.execute(
        text("select st_x(point_4326), st_y(point_4326) from building where id = 5")
    ).one()
    stations = [
        StationInput("Мектеп", "Школа", "ул. 0 10", lon, lat),
        StationInput("Мектеп", "Школа", "ул. 0 10", lon + 0.0003, lat),
    ]
    precincts = [PrecinctInput(n, "closed", 10, None, station) for n, station in enumerate(stations, 1)]
    plan = PlanInput("file", precincts, in_force_from=date(2026, 1, 1))
    made = import_plan(connection, city, plan, "importer")
    assert station_of(connection, made, 1)[2:5] == (house(connection, 5)[0], "ул. 0 10", 5)
    assert station_of(connection, made, 2)[2:5] == (None, "ул. 0 10", None)


def test_a_precinct_that_the_draft_made_knows_where_its_houses_came_from(
    connection: Connection, city: City, draft: int
) -> None:
    """Also of an undo that was done again; one that is older than the draft came from nowhere."""
    author = Author(connection, city, draft, "aigerim")
    made = next(
        row["id"] for row in split(author, 1, lon_lat((210, -20), (210, 420))).precincts if row["id"] > 6
    )
    undo(author)
    redo(author)
    here = Draft(connection, city, draft)
    assert origin(here, 1) is None
    texts = origin(here, made)
    left = connection.execute(
        text("select voters from precinct where plan_id = :plan and id = 1"), {"plan": draft}
    )
    assert texts == {"number": 1, "voters": left.scalar_one()}
