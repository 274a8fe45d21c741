"""Whatever a list says, set-based and in whole tables it comes to the same as row by row: who is taken and
who is refused and why, who is new, moved, corrected, gone and kept, house by house; and every row opens as
what was written.

`IKOMEK_EXAMPLES` says how many pairs of lists are tried.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from etl.demo.voters.writing import InventedList
from geo.addresses.line_notes import without_room
from geo.settings import Settings
from geo.voters import iin
from geo.voters.compare import NO_HOUSE
from geo.voters.keys import KeyRing
from geo.voters.rows import OF_PERSON, VoterRow, checked, name_key, read_date
from geo.voters.staging import open_row, room_key
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import VOTING_DAY, approve, load

EXAMPLES = int(os.environ.get("IKOMEK_EXAMPLES", "6"))
HEAD = ("ИИН", "Фамилия", "Имя", "Отчество", "Дата рождения", "Адрес", "Дата смерти")
NUMBERS = ("850417300122", "061211600012", "850417300123", "")
"""Two of different persons, one whose digit is wrong, none."""
NOWHERE = "улица Неведомая, 999"
ROWS = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS),
        st.sampled_from(["Ахметов", "Омарова", ""]),
        st.sampled_from(["Нурлан", "Айгерім"]),
        st.sampled_from(["", "Серікұлы"]),
        st.sampled_from(["17.04.1985", "1985-04-17", "11.12.2006", "31.02.1985", "01.01.2020"]),
        st.integers(0, 3),
        st.sampled_from(["", ", кв. 5", ", 5-пәтер", ", кв. 7"]),
        st.sampled_from(["", "", "", "01.02.2026"]),
    ),
    max_size=7,
)


class Taken(NamedTuple):
    """`content`: all that is compared but the building."""

    content: tuple[str, ...]
    building: int | None
    row: VoterRow


@dataclass
class Expected:
    """A list as it should be, by number; `refused`: line -> (code, the other line or none)."""

    persons: dict[str, Taken] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    refused: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    named: set[tuple[object, ...]] = field(default_factory=set)
    """Names and birth dates of refused rows whose IIN cannot be."""


def twin_of(surname: str, first_name: str, patronymic: str, born: date | None) -> tuple[object, ...]:
    return (*map(name_key, (surname, first_name, patronymic)), born)


def expected(
    rows: Sequence[VoterRow], before: dict[str, Taken], houses: dict[str, int], precincts: dict[int, int]
) -> Expected:
    """Row by row."""
    found, sound, refused_numbers = Expected(), {}, set()
    for row, born, fault in checked(list(rows), VOTING_DAY):
        if fault is None:
            assert born is not None
            line, room = without_room(row.address)
            content = (row.surname, row.first_name, row.patronymic, born.isoformat(), room_key(room))
            sound.setdefault(row.iin, []).append(Taken(content, houses.get(line), row))
        else:
            found.refused[row.line] = (fault.code, None)
            if row.iin and fault.code not in OF_PERSON:
                refused_numbers.add(row.iin)
    for number, same in sound.items():
        first, last = same[0].row.line, same[-1].row.line
        if len({(one.content, one.building) for one in same}) == 1:
            found.persons[number], gone, code = same[0], same[1:], "iin_twice"
        else:
            in_precincts = {precincts.get(one.building or 0, 0) for one in same}
            gone, code = same, "two_precincts" if len(in_precincts) > 1 else "iin_conflict"
        for one in gone:
            found.refused[one.row.line] = (code, last if one.row.line == first else first)
            refused_numbers.add(number)
    found.named = {
        twin_of(row.surname, row.first_name, row.patronymic, born)
        for row, born, fault in checked(list(rows), VOTING_DAY)
        if fault is not None
        and fault.code not in OF_PERSON
        and born
        and row.surname
        and not iin.valid([row.iin])[0]
    }
    seen = {row.iin for row in rows}
    by_name = {
        number
        for number, one in before.items()
        if number not in seen and twin_of(*one.content[:3], read_date(one.content[3])) in found.named
    }
    found.kept = by_name | {one for one in refused_numbers if one in before and one not in found.persons}
    found.persons |= {number: before[number] for number in found.kept}
    return found


def counts(found: Expected, before: dict[str, Taken], read: int) -> dict[str, int]:
    both = found.persons.keys() & before.keys()
    moved = {one for one in both if found.persons[one].building != before[one].building}
    corrected = {one for one in both - moved if found.persons[one].content != before[one].content}
    added = found.persons.keys() - before.keys()
    return {
        "moved": len(moved),
        "corrected": len(corrected),
        "added": len(added),
        "removed": len(before.keys() - found.persons.keys()),
        "before": len(before),
        "kept": len(found.kept),
        "refused": len(found.refused),
        "rows_read": read,
        "unchanged": read - len(found.refused) - len(added) - len(moved) - len(corrected),
    }


def of_houses(persons: dict[str, Taken]) -> Counter[int]:
    return Counter(one.building or NO_HOUSE for one in persons.values())


class City:
    """A database into which lists come one after another, and the list in force as it should be."""

    def __init__(self, settings: Settings, ask: Ask, houses: dict[str, int], folder: Path) -> None:
        self.settings, self.ask, self.houses, self.folder = settings, ask, houses, folder
        self.precincts = {
            row.building_id: row.precinct_id
            for row in ask(
                "select a.building_id, a.precinct_id from assignment a join plan p on p.region = a.region "
                "and p.id = a.plan_id where p.state = 'published'"
            )
        }
        self.before: dict[str, Taken] = {}
        self.files = count()

    def take(self, drawn: Sequence[tuple[Any, ...]]) -> None:
        lines = [*self.houses, NOWHERE]
        cells = [(*row[:5], lines[row[5]] + row[6], row[7]) for row in drawn]
        # No two files are the same: that would be a replay.
        cells.append(("990101300409", "Ахметов", f"Нурлан {next(self.files)}", "", "17.04.1985", NOWHERE, ""))
        rows = [VoterRow(line, *row) for line, row in enumerate(cells, start=1)]
        path = self.folder / f"{len(cells)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEAD, *cells])
        right = expected(rows, self.before, self.houses, self.precincts)
        list_id = load(self.settings, path).id
        (row,) = self.ask("select * from voters.list_version where id = :list", list=list_id)
        assert {name: getattr(row, name) for name in counts(right, {}, 0)} == counts(
            right, self.before, len(rows)
        )
        refused = self.ask("select * from voters.refusal where list_id = :list", list=list_id)
        assert {one.line: (one.code, one.parameters.get("line")) for one in refused} == right.refused
        self._check_persons(list_id, row.key_id, right)
        differences = self.ask("select * from voters.house_difference where list_id = :list", list=list_id)
        for side, persons in (("before", self.before), ("after", right.persons)):
            found = {one.building_id: getattr(one, side) for one in differences}
            assert Counter({house: n for house, n in found.items() if n}) == of_houses(persons)
        approve(self.settings, list_id)
        self.before = right.persons

    def _check_persons(self, list_id: int, key_id: str, right: Expected) -> None:
        key = KeyRing.of(self.settings).get(key_id)
        persons = self.ask("select * from voters.person where list_id = :list", list=list_id)
        opened = {}
        for person in persons:
            row = open_row(key, person, person.line)
            opened[row.iin] = (row._replace(line=0), person.building_id)
            assert bytes(person.hash) == key.lookup(row.iin)
            assert (person.line < 0) == (row.iin in right.kept)
        assert len(opened) == len(persons)
        # Who was kept says what the old row said, down to the date as it was written.
        assert opened == {
            number: (one.row._replace(line=0), one.building) for number, one in right.persons.items()
        }


def test_lists_come_to_the_same_as_row_by_row(
    demo_copy: Settings, people: InventedList, ask: Ask, tmp_path: Path
) -> None:
    houses: dict[str, int] = {}
    for line in people.lines:
        if line.kind == "whole_russian" and line.building and line.building not in houses.values():
            houses[without_room(line.cells["Адрес регистрации"])[0]] = line.building
    city = City(demo_copy, ask, dict(list(houses.items())[:3]), tmp_path)
    assert len(city.houses) == 3 and read_date("17.04.1985") == date(1985, 4, 17)

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.tuples(ROWS, ROWS))
    def hold(lists: tuple[list[tuple[Any, ...]], ...]) -> None:
        for drawn in lists:
            city.take(drawn)

    hold()
