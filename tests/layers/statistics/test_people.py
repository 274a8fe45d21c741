"""Who sees whom: an operator themselves and their team, its head everybody of it, nobody else anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Connection, text

from geo.accounts.users import CallerType, Principal
from geo.errors import Forbidden
from geo.settings import Settings
from layers.statistics.people import OwnTeam, check_person, read_own_team
from layers.statistics.requests import StatisticsRequest

REQUEST = StatisticsRequest(date(2026, 11, 1), date(2026, 11, 2))
OPERATORS = """insert into operator (region, key, name, team, account, is_head) values
    ('71', 'a', 'Айгерим', 'Группа 1', 'aigerim', true), ('71', 'b', 'Болат', 'Группа 1', 'bolat', false),
    ('71', 'c', 'Виктор', 'Группа 2', 'viktor', true), ('71', 'd', 'Гульнара', 'Группа 2', null, false)"""
INQUIRIES = """insert into inquiry (region, id, source, source_id, channel, received_at, answer_s, operator,
    one_take) select '71', n, 't', n::text, 'call', '2026-11-01 12:00+05', 10 + n,
    (array['a', 'b', 'c', 'd', null])[1 + n % 5], n % 2 = 0 from generate_series(0, 49) n"""


@pytest.fixture
def read(connection: Connection, settings: Settings) -> Callable[..., OwnTeam | None]:
    connection.execute(text(OPERATORS))
    connection.execute(text(INQUIRIES))

    def read(name: str, role: str = "operator", type: CallerType = "person") -> OwnTeam | None:
        return read_own_team(connection, settings.city, REQUEST, principal(name, role, type))

    return read


def principal(name: str, role: str = "operator", type: CallerType = "person") -> Principal:
    return Principal(name, role, frozenset({"page.statistics"}), type=type)


def test_an_operator_sees_themselves_and_the_team_as_one(read: Callable[..., OwnTeam | None]) -> None:
    found = read("bolat")
    assert found and [person.name for person in found.people] == ["Болат"]
    assert (found.team["one_take"].part, found.team["one_take"].whole) == (10, 20)
    assert found.people[0].counted["one_take"].whole == 10
    assert found.people[0].counted["answered_15"].part == 1, "of 11, 16, 21 ... seconds"


def test_the_head_sees_everybody_of_the_team_and_of_no_other(read: Callable[..., OwnTeam | None]) -> None:
    found = read("aigerim")
    assert found and [person.name for person in found.people] == ["Айгерим", "Болат"]
    assert sum(person.counted["answer"].whole for person in found.people) == found.team["answer"].whole == 20


@pytest.mark.parametrize("role", ["executive", "administrator", "auditor", "inspector", "duty"])
def test_no_role_sees_people_that_it_does_not_head(read: Callable[..., OwnTeam | None], role: str) -> None:
    assert read("nurlan", role) is None


def test_a_screen_and_a_program_are_nobody_whatever_their_name(read: Callable[..., OwnTeam | None]) -> None:
    assert read("aigerim", type="device") is None and read("aigerim", type="token") is None


@pytest.mark.parametrize(
    ("caller", "role", "seen"),
    [
        ("aigerim", "operator", "ab"),
        ("bolat", "operator", "b"),
        ("viktor", "operator", "cd"),
        ("nurlan", "executive", ""),
        ("admin", "administrator", ""),
    ],
)
def test_the_cases_of_a_person_are_for_them_and_their_head(
    read: Callable[..., OwnTeam | None],
    connection: Connection,
    settings: Settings,
    caller: str,
    role: str,
    seen: str,
) -> None:
    for person in (*"abcd", "nobody", ""):
        if person and person in seen:
            assert check_person(connection, settings.city, principal(caller, role), person) == person
        else:
            with pytest.raises(Forbidden):
                check_person(connection, settings.city, principal(caller, role), person)
