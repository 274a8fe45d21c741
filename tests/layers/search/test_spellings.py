"""The golden list: of four hundred spellings, at least 97 in 100 find what they mean among the first five."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text

from geo.addresses.folding import fold_house, fold_street
from geo.settings import DEFAULT_CITY, City
from layers.scope import Scope
from layers.search.results import SearchResult
from layers.search.search import search, search_addresses
from tests.support import spellings_city
from tests.support.killable import eventually
from tests.support.spellings import answers_it, spellings

CITY = City.load(DEFAULT_CITY)
AT_LEAST, SPELLINGS = 0.97, 400


@pytest.fixture
def answers(connection: Connection) -> dict[str, object]:
    built = spellings_city.build(connection, fold_street, fold_house)
    connection.commit()
    return built


def find(engine: Engine, query: str) -> list[SearchResult]:
    return search(engine, CITY, Scope(), "ru", query)


def test_every_spelling_leads_to_its_place(reader: Engine, answers: dict[str, object]) -> None:
    wanted = [(query, answer, find(reader, query)[:5]) for query, answer in spellings()]
    missed = [
        f"{query} => {answer}: {[(found.type, found.title) for found in results]}"
        for query, answer, results in wanted
        if not any(answers_it(found, answer, answers) for found in results)
    ]
    print(*missed, sep="\n")
    assert len(wanted) >= SPELLINGS and len(missed) <= (1 - AT_LEAST) * len(wanted)


@pytest.mark.parametrize("query", ["ул. Мира", "Мира 3", "Амерова", "Жиревше 1", "Терхан", "Отрыр 2"])
def test_a_near_match_says_so_and_never_stands_alone(
    reader: Engine, answers: dict[str, object], query: str
) -> None:
    """In a city whose file names no former streets."""
    city = replace(CITY, former_streets={})
    found = search(reader, city, Scope(), "ru", query)
    assert len(found) >= 2 and all(result.near for result in found), found
    assert not any(result.near for result in find(reader, "Владимира Маяковского 3")[:1])


def test_what_is_certain_stands_before_guesses(reader: Engine, answers: dict[str, object]) -> None:
    for query, _ in spellings():
        guesses = [result.near for result in find(reader, query)]
        assert guesses == sorted(guesses), query


@pytest.mark.parametrize("query", ["Зззззз 5", "qqqq wwww", "ъъъ", "улица", "дом 5"])
def test_what_names_nothing_finds_nothing(reader: Engine, answers: dict[str, object], query: str) -> None:
    assert not [result for result in find(reader, query) if not result.near and result.type != "precinct"]


def test_a_vote_is_found_by_the_same_reader(reader: Engine, answers: dict[str, object]) -> None:
    houses = [(query, answer) for query, answer in spellings() if answer.startswith("house")]
    missed = [
        query
        for query, answer in houses
        if answers[answer] not in [found.id for found in search_addresses(reader, CITY, "kk", query)[:5]]
    ]
    assert len(missed) <= (1 - AT_LEAST) * len(houses), missed


def test_names_that_changed_are_found_anew(
    reader: Engine, connection: Connection, answers: dict[str, object]
) -> None:
    assert not [found for found in find(reader, "Жаңа қала көшесі") if not found.near]
    connection.execute(
        text("""insert into building (region, source, source_id, street_kk, house, street_norm, house_norm,
            point_4326) values ('71', 't', 'new', 'Жаңа қала көшесі', '1', 'жана кала', '1',
            st_setsrid(st_makepoint(71.4, 51.1), 4326))""")
    )
    connection.commit()
    connection.execute(text("select pg_stat_force_next_flush()"))
    connection.commit()
    eventually(lambda: [found for found in find(reader, "Жаңа қала көшесі") if not found.near])
