"""An address leads to one house, whoever asks: the search box of the map, the page that says where people
vote, and a run that places what came without coordinates."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text

from geo.addresses.folding import fold_house, fold_street
from geo.addresses.geocoding import Gazetteer
from geo.addresses.street_directory import StreetDirectory
from geo.settings import DEFAULT_CITY, City
from layers.scope import Scope
from layers.search.search import search, search_addresses
from tests.support import spellings_city

CITY = City.load(DEFAULT_CITY)
ADDRESSES = (
    ("проспект Кабанбай батыра, 10", "house kabanbay 10"),
    ("проспект Кабанбай батыра, д. 10, кв. 5", "house kabanbay 10"),
    ("проспект Кабанбай батыра, 10, подъезд 2, этаж 3", "house kabanbay 10"),
    ("Қабанбай батыр даңғылы, 10-үй, 5-пәтер", "house kabanbay 10"),
    ("Kabanbay batyr ave, 10", "house kabanbay 10"),
    ("проспект Кабанбай батыра, 58Б", "house kabanbay 58Б"),
    ("улица E-10, 17", "house e10 17"),  # a Latin letter
    ("улица Е10, 17", "house e10 17"),
    ("проспект Республики, 3 корпус 1", "house respublika 3/1"),
    ("проспект Республики, 3", "house respublika 3"),
)


@pytest.fixture
def answers(connection: Connection) -> dict[str, object]:
    built = spellings_city.build(connection, fold_street, fold_house)
    connection.commit()
    return built


def located(engine: Engine, address: str) -> tuple[float, float, str] | None:
    """Where a run would put it."""
    with engine.connect() as connection:

        def execute(statement: str, bound: dict) -> list:
            return connection.execute(text(statement), bound).all()

        found = Gazetteer(StreetDirectory.read(CITY, execute), execute).locate([address]).get(address)
    return None if found is None else (round(found.lon, 6), round(found.lat, 6), found.quality)


@pytest.mark.parametrize(("address", "house"), ADDRESSES)
def test_a_house_is_the_same_for_the_map_for_voters_and_for_a_run(
    reader: Engine, answers: dict[str, object], address: str, house: str
) -> None:
    wanted = answers[house]
    found = search(reader, CITY, Scope(), "ru", address)
    assert [(one.type, one.id, one.near) for one in found[:1]] == [("building", wanted, False)]
    for lang in ("kk", "ru", "en"):
        voters = search_addresses(reader, CITY, lang, address)
        assert [(one.type, one.id) for one in voters[:1]] == [("building", wanted)], lang
    point = (round(found[0].lon, 6), round(found[0].lat, 6))
    assert located(reader, address)[:2] == point


def test_a_crossing_is_the_same_for_the_map_and_for_a_run(reader: Engine, answers: dict[str, object]) -> None:
    address = "угол пр. Кабанбай батыра и ул. Сыганак"
    found = search(reader, CITY, Scope(), "ru", address)[0]
    assert found.type == "crossing"
    assert frozenset(found.title.split(" / ")) == answers["crossing kabanbay syganak"]
    assert located(reader, address) == (round(found.lon, 6), round(found.lat, 6), "crossing")
