"""Many doubtful addresses, or implausible changes, of one kind are decided at once: as many as were shown,
and taken back whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.settings import Settings
from geo.voters import approval, worklist
from geo.voters.alike import AlikeLines, alike, decide_alike
from geo.voters.keys import KeyRing
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, load, write

HOMES = "select line, building_id from voters.person where list_id = :list and line = any(:lines)"
STREETS = """select street_ru, array_agg(id order by id) as ids from building
    where street_ru like 'улица %' and house is not null and id = any(:ids)
    group by street_ru having count(*) >= 3 order by street_ru"""


def sound(people: InventedList) -> list[ListLine]:
    return [line for line in people.lines if line.building and not line.fault and not line.also]


def groups(
    connection: Connection, settings: Settings, list_id: int, part: str
) -> tuple[int, dict[int | None, AlikeLines]]:
    """The first open address that holds `part`, and what is decided with it."""
    ring, city = KeyRing.of(settings), settings.city
    address = next(
        one.id for one in worklist.open_addresses(connection, city, ring, list_id, 10_000) if part in one.line
    )
    return address, {one.building: one for one in alike(connection, city, ring, list_id, address)}


def test_the_lines_of_an_unknown_street_are_decided_and_taken_back_together(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    for n, line in enumerate(sound(people)[:6], start=1):
        street = "Никому Неизвестная" if n < 6 else "Другая Неизвестная"
        line.cells["Адрес регистрации"] = f"ул. {street}, д. {n}, кв. 1"
    ring, city, list_id = KeyRing.of(demo_copy), demo_copy.city, load(demo_copy, write(people, file)).id
    with voters.connect() as connection:
        address, found = groups(connection, demo_copy, list_id, "Никому")
        whole = worklist.count_open(connection, city.region, list_id)
    assert (len(found[None].lines), found[None].persons) == (5, 5)
    assert found[None].lines[0].address == address
    act = (city, ring, list_id, address, None)
    with pytest.raises(Conflict, match="voters.alike_changed"), voters.begin() as connection:
        decide_alike(connection, *act, 4, "aigerim")
    with voters.begin() as connection:
        assert worklist.count_open(connection, city.region, list_id) == whole
        assert decide_alike(connection, *act, 5, "aigerim") == 5
    with voters.begin() as connection:
        assert worklist.count_open(connection, city.region, list_id).addresses == whole.addresses - 5
        with pytest.raises(Conflict, match="voters.alike_changed"):
            decide_alike(connection, *act, 5, "botagoz")
    assert ask("select count(*) as n from audit where what = 'voters.address'")[0].n == 5
    with voters.begin() as connection:  # any of them leads to the decision
        last = found[None].lines[-1].address
        assert worklist.take_back(connection, city, list_id, last, "aigerim") == 5
        assert worklist.count_open(connection, city.region, list_id) == whole
        _, again = groups(connection, demo_copy, list_id, "Никому")
        assert again == found, "the reason and the group are what they were"


def test_houses_of_a_street_that_was_called_otherwise_are_each_their_own(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    """A lane that the register has as a street: each line gets the house of its own number."""
    lines = {line.building: line for line in sound(people)}
    street = ask(STREETS, ids=list(lines))[0]
    numbers = dict(ask("select id, house from building where id = any(:ids)", ids=street.ids))
    name = street.street_ru.removeprefix("улица ")
    for building, house in numbers.items():
        lines[building].cells["Адрес регистрации"] = f"переулок {name}, д. {house}, кв. 3"
    ring, city, list_id = KeyRing.of(demo_copy), demo_copy.city, load(demo_copy, write(people, file)).id
    with voters.begin() as connection:
        address, found = groups(connection, demo_copy, list_id, f"переулок {name}")
        building = next(one for one in found if one is not None)
        count = len(found[building].lines)
        assert count == len(numbers)
        decide_alike(connection, city, ring, list_id, address, building, count, "aigerim")
    rows = [people.lines.index(lines[one]) + 1 for one in numbers]
    assert {row.building_id for row in ask(HOMES, list=list_id, lines=rows)} == set(numbers)


def test_a_house_of_a_near_number_is_never_taken_for_many(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    lines = {line.building: line for line in sound(people)}
    street = ask(STREETS, ids=list(lines))[0]
    for n, building in enumerate(street.ids, start=1):
        lines[building].cells["Адрес регистрации"] = f"{street.street_ru}, д. 9{n}99, кв. 3"
    list_id = load(demo_copy, write(people, file)).id
    with voters.begin() as connection:
        _, found = groups(connection, demo_copy, list_id, "99")
    assert set(found) <= {None}


def test_changes_of_one_kind_are_accepted_and_taken_back_together(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, write(people, file)).id)
    left = InventedList(people.lines[: len(people.lines) // 3])
    list_id, city = load(demo_copy, write(left, file.with_name("next.csv"))).id, demo_copy.city
    with voters.begin() as connection:
        connection.execute(
            text("""insert into voters.flag (region, list_id, level, of_id, code, before, after)
                select :region, :list, 'house', n, 'emptied', 20 + n, 0
                from generate_series(1001, 1003) n"""),
            {"region": city.region, "list": list_id},
        )
        record_audit(connection, "aigerim", "voters.compared", list=list_id)

    def open_flags() -> list[Any]:
        with voters.connect() as connection:
            return [
                flag
                for flag in approval.flags(connection, city.region, list_id)
                if (flag.level, flag.code) == ("house", "emptied")
            ]

    n = len(open_flags())
    assert n >= 3
    kind = (list_id, "house", "emptied")
    with pytest.raises(Conflict, match="voters.alike_changed"), voters.begin() as connection:
        approval.accept_flags(connection, city, *kind, n - 1, "aigerim")
    assert len(open_flags()) == n
    with voters.begin() as connection:
        assert approval.accept_flags(connection, city, *kind, n, "aigerim") == n
    assert not open_flags()
    with voters.begin() as connection:
        assert approval.reopen_flags(connection, city, *kind, n, "aigerim") == n
    assert len(open_flags()) == n
    undone = ask("select count(*) as n from audit where what = 'voters.flag_reopened'")
    assert undone[0].n == n
