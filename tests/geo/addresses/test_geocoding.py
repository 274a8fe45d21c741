"""Points from addresses: our own houses and streets stand on a grid of 100 m, so every answer can be
reckoned."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geo.addresses.geocoding import Gazetteer, GazetteerHouse, between, locate_house
from geo.addresses.street_directory import StreetDirectory
from geo.crs import shapes_to_lon_lat, to_metric
from geo.settings import DEFAULT_CITY, City

CITY = City.load(DEFAULT_CITY)
X, Y = 600_000.0, 5_665_000.0
"""Where the grid begins, in the city's metric CRS."""
STREETS = [
    ("кенесары", "Кенесары көшесі", "ул. Кенесары"),
    ("кабанбаи батыра", "Қабанбай батыр даңғылы", "пр. Кабанбай батыра"),
    ("абая", "Абай көшесі", "ул. Абая"),
    ("тупик", None, "Тупик"),
    ("а-191", "А-191 көшесі", "улица А-191"),
]
HOUSES = [
    (1, "кенесары", "2", 0, 10),
    (2, "кенесары", "10", 400, 10),
    (3, "кенесары", "7А", 300, -10),
    (4, "кенесары", "13 корпус 2", 500, -10),
    (5, "кабанбаи батыра", "1", 200, 300),
    (6, "абая", "5", 600, 30),
    (7, "абая", "5", 600, 900),
    (8, "тупик", "1", 700, 70),
    (9, "кенесары", "40", 1500, 10),
    (10, "а-191", "15/2", 3000, 10),
    (11, "а-191", "28 корпус 1", 3050, 10),
]
ROADS = {
    1: ("Кенесары көшесі", "улица Кенесары", [(0, 0), (1600, 0)]),
    2: (None, "проспект Кабанбай батыра", [(200, -300), (200, 500)]),
    3: (None, "Короткая улица", [(900, 900), (900, 1000)]),
    4: ("Абай көшесі", None, [(600, 200), (600, 1000)]),
    5: (None, "A-191 street", [(2900, 0), (3100, 0)]),  # with a Latin A, as the map's English names have it
}


def lines() -> dict[int, shapely.LineString]:
    return {
        id_: shapely.LineString([(X + x, Y + y) for x, y in points]) for id_, (_, _, points) in ROADS.items()
    }


@pytest.fixture
def gazetteer(connection) -> Gazetteer:
    def point(x: float, y: float) -> str:
        return shapes_to_lon_lat(CITY.metric_srid, np.array([shapely.Point(X + x, Y + y)]))[0].wkt

    names = {norm: (kk, ru) for norm, kk, ru in STREETS}
    for id_, norm, house, x, y in HOUSES:
        kk, ru = names[norm]
        connection.execute(
            text("""insert into building (region, id, source, source_id, street_norm, street_kk, street_ru,
                house, house_norm, point_4326)
            overriding system value values ('71', :id, 't', cast(:id as text), :norm, :kk, :ru, :house,
                :house,
                st_setsrid(st_geomfromtext(:point), 4326))"""),
            {"id": id_, "norm": norm, "kk": kk, "ru": ru, "house": house, "point": point(x, y)},
        )
    for id_, line in lines().items():
        kk, ru = ROADS[id_][:2]
        connection.execute(
            text("""insert into basemap_feature (region, id, source, source_id, theme, class, name_kk,
                name_ru, geom_4326, geom_3857) overriding system value
            select '71', :id, 't', cast(:id as text), 'road', 'primary', :kk, :ru, g, st_transform(g, 3857)
                from st_setsrid(st_geomfromtext(:line), 4326) g"""),
            {
                "id": id_,
                "kk": kk,
                "ru": ru,
                "line": shapes_to_lon_lat(CITY.metric_srid, np.array([line]))[0].wkt,
            },
        )

    def execute(statement: str, bound: dict) -> list[tuple]:
        return connection.execute(text(statement), bound).fetchall()

    return Gazetteer(StreetDirectory.read(CITY, execute), execute)


def at(gazetteer: Gazetteer, address: str) -> tuple[str, int, int] | None:
    """Quality and place on the grid, in whole metres."""
    found = gazetteer.locate([address]).get(address)
    if found is None:
        return None
    x, y = to_metric(CITY.metric_srid, np.array([[found.lon, found.lat]]))[0]
    return found.quality, round(x - X), round(y - Y)


def all_at(gazetteer: Gazetteer, addresses: list[str]) -> dict[str, tuple[str, int, int] | None]:
    return {address: at(gazetteer, address) for address in addresses}


def test_a_building_is_found_by_its_address(gazetteer: Gazetteer) -> None:
    spellings = [
        "ул. Кенесары, 10",
        "Кенесары көшесі, 10 үй",
        "г. Астана, Кенесары д.10, кв. 3",
        "KENESARY ST 10",
        "Kенeсары 10",
        "10 Kenesary st",
        "Казахстан, Кенесары 10",
    ]
    assert all_at(gazetteer, spellings) == dict.fromkeys(spellings, ("building", 400, 10))


def test_a_street_of_a_letter_and_a_number_is_found_by_any_spelling_of_it(gazetteer: Gazetteer) -> None:
    spellings = [
        "улица А-191, 15/2",
        "улица A-191, 15/2",
        "ул. А191, д. 15/2",
        "A191 көшесі, 15/2",
        "а-191 15/2",
    ]
    assert all_at(gazetteer, spellings) == dict.fromkeys(spellings, ("building", 3000, 10))
    corpus = [
        "улица А-191 28 корпус 1",
        "А191 28 блок 1, кв. 5",
        "А-191 көшесі 28, 1-корпус",
        "А-191 28 1 корпус",
    ]
    assert all_at(gazetteer, corpus) == dict.fromkeys(corpus, ("building", 3050, 10))
    assert at(gazetteer, "улица А-192, 15/2") is at(gazetteer, "улица Е-191, 15/2") is None


def test_a_house_that_is_not_there_is_placed_by_its_neighbours_or_not_at_all(gazetteer: Gazetteer) -> None:
    """20 lies in a gap of thirty numbers, 1 before the first; Абая 5 stands twice, 870 m apart; a street
    of 1.6 km is no place."""
    expected = {
        "Кенесары 13к2": ("building", 500, -10),
        "Кенесары, 7 А": ("building", 300, -10),
        "Кенесары 7": ("neighbour", 300, -10),
        "Кенесары 10/2": ("neighbour", 400, 10),
        "Кенесары 4": ("interpolated", 100, 10),
        "Кенесары 6А": ("interpolated", 200, 10),
        "Кенесары 9": ("interpolated", 367, -10),
        "Қабанбай батыр даңғылы 1": ("building", 200, 300),
        "Кенесары 20": None,
        "Кенесары 1": None,
        "Абая 5": None,
        "Неведомая 5": None,
        "Кенесары": None,
    }
    assert all_at(gazetteer, list(expected)) == expected


def test_a_crossing_of_two_streets_is_found(gazetteer: Gazetteer) -> None:
    spellings = [
        "угол Кенесары и Кабанбай батыра",
        "Қабанбай батыр даңғылы мен Кенесары көшесінің қиылысы",
        "пр. Кабанбай батыра / ул. Кенесары",
        "Kenesary & Kabanbay batyr",
    ]
    assert all_at(gazetteer, spellings) == dict.fromkeys(spellings, ("crossing", 200, 0))


def test_a_crossing_is_found_by_the_houses_of_its_streets_or_not_at_all(gazetteer: Gazetteer) -> None:
    assert at(gazetteer, "Абая / Тупик") == ("crossing", 650, 50)
    assert at(gazetteer, "Абая / Кенесары") is None, "the lines end 200 m apart"
    assert at(gazetteer, "Короткая улица") == ("street", 900, 950)


def test_a_lane_is_not_the_street_of_its_name(gazetteer: Gazetteer, connection) -> None:
    """Their houses share a key; the word for "lane" tells them apart, and without it there is no answer."""
    connection.execute(text("update building set street_ru = 'переулок Абая', street_kk = null where id = 7"))
    connection.execute(text("update building set street_ru = 'улица Абая' where id = 6"))
    assert at(gazetteer, "ул. Абая, 5") == ("building", 600, 30) and at(gazetteer, "пер. Абая, 5") == (
        "building",
        600,
        900,
    )
    assert at(gazetteer, "Абая, 5") is None


def test_a_building_that_is_left_out_of_the_search_is_not_found(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(["Кенесары 13к2"], without=frozenset({4})) == {}


NUMBERS = st.lists(st.integers(1, 200), min_size=2, max_size=30, unique=True)


@given(NUMBERS, st.integers(1, 200))
def test_a_house_between_two_lies_on_the_line_between_them(numbers: list[int], spellings: int) -> None:
    """Houses 10 m a number: whatever is found is where the number says, on its own side."""
    houses = [GazetteerHouse(n, str(n), n * 10.0, 5.0 if n % 2 else -5.0) for n in numbers]
    found = between(spellings, houses)
    if found is not None:
        assert found[0] == pytest.approx(spellings * 10) and found[1] == (5.0 if spellings % 2 else -5.0)
    placed = locate_house(str(spellings), houses)
    assert (placed is not None and placed[2] == "building") == (spellings in numbers)
