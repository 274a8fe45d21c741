"""Lists for the commissions: everybody of a precinct once, in the order of the alphabet or of the addresses,
recorded before they are given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from geo.errors import Conflict, NotFound
from geo.settings import Settings
from geo.voters.keys import KeyRing
from geo.voters.printed import PrintedList, PrintedVoter, PrintOrder, by_address, by_name, read_printed
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, load


def voter(name: str, street: str = "", house: str = "", room: str = "") -> PrintedVoter:
    return PrintedVoter(name, "1985-04-17", street, house, room)


def test_names_are_in_the_order_of_the_alphabet() -> None:
    """Kazakh letters stand beside their kin, not behind я."""
    names = ["Ақан", "Әбенова", "Бек", "Ғали", "Дәулет", "Ёлкин", "Қанат", "Лян", "Өмір", "Петров", "Яна"]
    assert [one.name for one in sorted(map(voter, reversed(names)), key=by_name)] == names


def test_addresses_are_in_the_order_of_their_numbers() -> None:
    rows = [
        *(("Абая", "2", "кв. 9"), ("Абая", "2", "кв. 10"), ("Абая", "2/1", ""), ("Абая", "10", "кв. 1")),
        *(("Абая Малая", "1", ""), ("Қабанбай", "1", "")),
    ]
    found = sorted((voter("Бек", *row) for row in reversed(rows)), key=by_address)
    assert [(one.street, one.house, one.room) for one in found] == rows


def read(voters: Engine, settings: Settings, **wanted: object) -> list[PrintedList]:
    ring = KeyRing.of(settings)
    return list(read_printed(voters, settings.city, ring, PrintOrder(**wanted), "daulet"))


def test_everybody_of_a_precinct_is_listed_once_and_it_is_recorded(
    demo_copy: Settings, file: Path, voters: Engine, ask: Ask
) -> None:
    with pytest.raises(NotFound, match="voters.no_list"):
        read(voters, demo_copy)
    list_id = load(demo_copy, file).id
    with pytest.raises(Conflict, match="voters.not_approved"):
        read(voters, demo_copy, list=list_id)
    approve(demo_copy, list_id)
    found = read(voters, demo_copy)
    counted = ask("""select c.number, count(*) as n from voters.person p
        join assignment a on a.building_id = p.building_id join precinct c on c.plan_id = a.plan_id
            and c.id = a.precinct_id
        where a.plan_id = (select id from plan where state = 'published') group by 1 order by 1""")
    assert [(one.number, len(one.voters)) for one in found] == [(row.number, row.n) for row in counted]
    assert all(one.voters == sorted(one.voters, key=by_name) for one in found)
    fullest = max(found, key=lambda one: len(one.voters))
    (alone,) = read(voters, demo_copy, number=fullest.number, by="address")
    assert Counter(alone.voters) == Counter(fullest.voters)
    assert alone.voters == sorted(alone.voters, key=by_address)
    assert fullest.district and all(one.street and one.house and one.born for one in fullest.voters)
    assert PrintedList.read(alone.as_json()) == alone
    (kazakh,) = read(voters, demo_copy, number=fullest.number, lang="kk")
    assert {one.name for one in kazakh.voters} == {one.name for one in alone.voters}
    assert {one.street for one in kazakh.voters} != {one.street for one in alone.voters}
    recorded = ask("select who, parameters from audit where what = 'voters.printed' order by id")
    assert [(row.who, row.parameters["number"], row.parameters["rows"]) for row in recorded] == [
        ("daulet", one.number, len(one.voters)) for one in (*found, alone, kazakh)
    ]
    with pytest.raises(NotFound, match="voters.no_precinct"):
        read(voters, demo_copy, number=99_999)


def test_it_is_recorded_before_the_first_row_is_opened(
    demo_copy: Settings, file: Path, voters: Engine, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    seen: list[int] = []

    def opened(*given: object) -> PrintedVoter:
        seen.append(ask("select count(*) as n from audit where what = 'voters.printed'")[0].n)
        return voter("Бек")

    monkeypatch.setattr("geo.voters.printed._voter", opened)
    precincts = len(read(voters, demo_copy))
    assert seen and set(seen) == {precincts}
