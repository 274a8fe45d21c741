"""A list that is as long as the one before, of other persons: its total fits everywhere, and it is asked all
the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from geo.voters import approval
from geo.voters.compare import LIMITS, WHOLE_LIST
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, invented, load, write

ADDRESS = "Адрес регистрации"
FULLEST = """select building_id as id, count(*) as n from voters.person where building_id is not null
    group by 1 order by 2 desc, 1 limit 2"""


def replaced(voters: Engine, settings: Settings, list_id: int) -> dict[str, list[Any]]:
    """The open flags of persons who are others, by level."""
    found: dict[str, list[Any]] = {}
    with voters.connect() as connection:
        for one in approval.flags(connection, settings.city.region, list_id):
            if one.code == "replaced":
                found.setdefault(one.level, []).append(one)
    return found


def test_other_persons_in_the_place_of_those_who_were_there_are_a_question_at_each_level(
    demo_copy: Settings, file: Path, voters: Engine
) -> None:
    people = invented(demo_copy, 1.0)
    first = load(demo_copy, write(InventedList(people.lines[::2]), file)).id
    assert not replaced(voters, demo_copy, first), "nobody was there before the first list"
    approve(demo_copy, first)
    second = load(demo_copy, write(InventedList(people.lines[1::2]), file.with_name("others.csv"))).id
    found = replaced(voters, demo_copy, second)
    assert found.keys() == set(LIMITS)
    for level, limit in LIMITS.items():
        assert all(one.before >= limit.least for one in found[level])
        assert all(one.gone >= one.before * limit.lost > one.before - one.after for one in found[level])
    (whole,) = found["list"]
    assert whole.gone > whole.before * 0.9
    with voters.begin() as connection:
        approval.accept_flag(connection, demo_copy.city, second, "list", WHOLE_LIST, "aigerim")
        n = len(found["house"])
        decided = (second, "house", "replaced", n, "aigerim")
        assert approval.accept_flags(connection, demo_copy.city, *decided) == n
    assert replaced(voters, demo_copy, second).keys() == {"precinct"}
    assert approve(demo_copy, second), "what was accepted stays so when it is counted anew"


def test_houses_whose_persons_change_places_are_a_question_and_the_list_is_none(
    demo_copy: Settings, file: Path, voters: Engine, ask: Ask
) -> None:
    people = invented(demo_copy, 0.3)
    approve(demo_copy, load(demo_copy, write(people, file)).id)
    houses = [row.id for row in ask(FULLEST)]
    of_house = [[line for line in people.lines if line.building == id_] for id_ in houses]
    n = min(map(len, of_house))
    assert n >= LIMITS["house"].least, "the small city has such houses"
    for one, other in zip(*of_house, strict=False):
        one.cells[ADDRESS], other.cells[ADDRESS] = other.cells[ADDRESS], one.cells[ADDRESS]
    following = load(demo_copy, write(people, file.with_name("next.csv"))).id
    found = replaced(voters, demo_copy, following)
    assert "list" not in found and {one.of_id for one in found["house"]} == set(houses)


def test_some_who_are_replaced_as_every_half_year_are_none(
    demo_copy: Settings, file: Path, voters: Engine
) -> None:
    people = invented(demo_copy, 1.0)
    lists = [[line for n, line in enumerate(people.lines) if n % 20 != left] for left in (0, 1)]
    approve(demo_copy, load(demo_copy, write(InventedList(lists[0]), file)).id)
    usual = load(demo_copy, write(InventedList(lists[1]), file.with_name("next.csv"))).id
    with voters.connect() as connection:
        assert approval.flags(connection, demo_copy.city.region, usual) == []
