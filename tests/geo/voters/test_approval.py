"""A list comes into force by another person's word, when nothing is open; houses, precincts and the change
feed follow in the same transaction."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.demo.voters.writing import InventedList
from geo.errors import Conflict, Forbidden, NotFound
from geo.settings import Settings
from geo.voters import approval, worklist
from geo.voters.compare import WHOLE_LIST
from geo.voters.keys import KeyRing
from geo.voters.matching import line_key
from geo.voters.model import versions
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, invented, load, write

COUNTED = """select b.id, b.voters, count(p.line) as listed from building b
    left join voters.person p on p.building_id = b.id and p.list_id = :list group by b.id, b.voters"""
IN_PRECINCTS = """select p.id, p.voters, sum(b.voters) as houses from precinct p
    join plan on plan.id = p.plan_id and plan.state = 'published'
    join assignment a on a.plan_id = p.plan_id and a.precinct_id = p.id
    join building b on b.id = a.building_id group by p.id, p.voters"""


def test_counts_of_houses_and_precincts_follow_and_the_feed_tells(
    demo_copy: Settings, file: Path, ask: Ask
) -> None:
    done = load(demo_copy, file)
    last = ask("select coalesce(max(id), 0) as id from change")[0].id
    houses = approve(demo_copy, done.id)
    assert houses == ask("select count(*) as n from building where voters_by_list")[0].n > 0
    assert all(row.voters == row.listed for row in ask(COUNTED, list=done.id))
    precincts = ask(IN_PRECINCTS)
    assert precincts and all(row.voters == row.houses for row in precincts)
    changes = ask("select noun, payload from change where id > :last", last=last)
    assert [row.payload for row in changes] == [{"reset": "precincts"}, {"reset": "buildings"}]
    (row,) = ask("select who, parameters from audit where what = 'voters.approved'")
    assert (row.who, row.parameters) == ("daulet", {"list": done.id, "houses": houses})


def test_who_loaded_it_cannot_approve_it(demo_copy: Settings, file: Path, voters: Engine, ask: Ask) -> None:
    done = load(demo_copy, file)
    with pytest.raises(Forbidden, match="voters.second_person"), voters.begin() as connection:
        approval.approve(connection, demo_copy.city, done.id, "aigerim")
    with pytest.raises(Conflict, match="voters.open"), voters.begin() as connection:
        approval.approve(connection, demo_copy.city, done.id, "daulet")
    assert ask("select state from voters.list_version")[0].state == "checked"


def test_a_list_that_was_compared_with_another_is_stale(
    demo_copy: Settings, people: InventedList, file: Path
) -> None:
    first = load(demo_copy, file)
    people.lines.reverse()
    second = load(demo_copy, write(people, file.with_name("next.csv")))
    approve(demo_copy, second.id)
    with pytest.raises(Conflict, match="voters.stale"):
        approve(demo_copy, first.id)


def test_a_decision_is_for_everybody_of_the_line_and_for_later_lists(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    unsure = next(line for line in people.lines if line.building and not line.fault)
    unsure.cells["Адрес регистрации"] = "ул. Никому Неизвестная, д. 5, кв. 1"
    neighbour = next(line for line in people.lines if line is not unsure and line.building and not line.fault)
    neighbour.cells["Адрес регистрации"] = "ул. никому неизвестная, д. 5, кв. 2"
    people.lines[:] = [line for line in people.lines if not line.also]
    house = unsure.building
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    done = load(demo_copy, write(people, file))
    with voters.begin() as connection:
        found = {
            line_key(one.line): one
            for one in worklist.open_addresses(connection, city, ring, done.id, 1000)
            if "никому" in one.line.casefold()
        }
        assert [one.reason for one in found.values()] == ["no_such_street"]
        for one in found.values():
            worklist.decide(connection, city, ring, done.id, one.id, house, "aigerim")
    homes = "select building_id from voters.person where list_id = :list and line = any(:lines)"
    numbers = [people.lines.index(line) + 1 for line in (unsure, neighbour)]
    assert {row.building_id for row in ask(homes, list=done.id, lines=numbers[:1])} == {house}
    approve(demo_copy, done.id)
    people.lines.append(people.lines.pop(0))
    following = load(demo_copy, write(people, file.with_name("next.csv")))
    (row,) = ask("select matching from voters.list_version where id = :list", list=following.id)
    assert row.matching["decided"] >= 2 and row.matching.get("unsure", 0) == 0


def test_a_decision_can_be_taken_back(demo_copy: Settings, file: Path, voters: Engine, ask: Ask) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    done = load(demo_copy, file)
    with voters.begin() as connection:
        opened = worklist.open_addresses(connection, city, ring, done.id, 1000)
        worklist.decide(connection, city, ring, done.id, opened[0].id, None, "aigerim")
        assert worklist.count_open(connection, city.region, done.id).addresses == len(opened) - 1
        worklist.take_back(connection, city, done.id, opened[0].id, "aigerim")
        assert worklist.open_addresses(connection, city, ring, done.id, 1000) == opened, "as it was"
        house = opened[0].candidates[0]["building"] if opened[0].candidates else None
        for _ in range(2):  # decided anew while it is decided
            worklist.decide(connection, city, ring, done.id, opened[0].id, house, "aigerim")
        worklist.take_back(connection, city, done.id, opened[0].id, "aigerim")
        assert worklist.open_addresses(connection, city, ring, done.id, 1000) == opened
        with pytest.raises(Conflict, match="voters.not_decided"):
            worklist.take_back(connection, city, done.id, opened[0].id, "aigerim")
        with pytest.raises(NotFound, match="building.unknown"):
            worklist.decide(connection, city, ring, done.id, opened[0].id, 10**9, "aigerim")
    assert ask("select count(*) as n from voters.address_rule where undone_at is null")[0].n == 0


def test_a_rule_of_an_earlier_list_is_taken_back_to_the_reason_that_the_line_has(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine
) -> None:
    line = next(line for line in people.lines if line.building and not line.fault and not line.also)
    line.cells["Адрес регистрации"] = "ул. Никому Неизвестная, д. 5, кв. 1"
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    approve(demo_copy, load(demo_copy, write(people, file)).id)
    people.lines.append(people.lines.pop(0))
    done = load(demo_copy, write(people, file.with_name("next.csv")))
    with voters.begin() as connection:
        decided = worklist.addresses_without(connection, city, ring, done.id, 1000)
        one = next(one for one in decided if "Никому" in one.line)
        assert one.reason == "decision"
        worklist.take_back(connection, city, done.id, one.id, "aigerim")
        again = worklist.open_addresses(connection, city, ring, done.id, 1000)
    assert [(one.line, one.reason) for one in again if "Никому" in one.line] == [(one.line, "no_such_street")]


def test_a_list_that_can_never_be_approved_is_not_the_one_that_waits(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    first = load(demo_copy, file)
    people.lines.append(people.lines.pop(0))
    second = load(demo_copy, write(people, file.with_name("second.csv")))
    counts = "select waiting, voters from electoral_counts('71')"
    with voters.connect() as connection:
        known = versions(connection, demo_copy.city.region)
        assert (row := approval.live(known)) is not None and row.id == second.id
    approve(demo_copy, first.id)  # the newer one was compared with no list at all
    with voters.connect() as connection:
        assert approval.live(versions(connection, demo_copy.city.region)) is None
    (row,) = ask(counts)
    assert row.waiting is None and row.voters > 0
    people.lines.append(people.lines.pop(0))
    third = load(demo_copy, write(people, file.with_name("third.csv")))
    with voters.connect() as connection:
        assert (row := approval.live(versions(connection, demo_copy.city.region))) and row.id == third.id
    assert ask(counts)[0].waiting == third.id


def test_a_house_that_empties_or_grows_three_times_is_a_question(
    demo_copy: Settings, file: Path, voters: Engine, ask: Ask
) -> None:
    """It is asked once, of the house and of its precinct, and stays answered while its figures stay."""
    people = invented(demo_copy, 0.3)
    approve(demo_copy, load(demo_copy, write(people, file)).id)
    full = ask(
        "select building_id as id, count(*) as n from voters.person where building_id is not null "
        "group by 1 order by 2 desc limit 2"
    )
    assert full[0].n >= 20, "the small city has such a house"
    emptied = full[0].id
    kept = [line for line in people.lines if line.building != emptied]
    following = load(demo_copy, write(InventedList(kept), file.with_name("next.csv")))
    city = demo_copy.city
    with voters.begin() as connection:
        flags = approval.flags(connection, city.region, following.id)
        assert ("house", emptied, "emptied", 0) in {(f.level, f.of_id, f.code, f.after) for f in flags}
        with pytest.raises(Conflict, match="voters.open"):
            approval.approve(connection, city, following.id, "daulet")
        for flag in flags:
            one = (connection, city, following.id, flag.level, flag.of_id, "aigerim", flag.code)
            assert [(done.level, done.code) for done in approval.accept_flag(*one)] == [
                (flag.level, flag.code)
            ]
            with pytest.raises(NotFound, match="voters.unknown_flag"):
                approval.accept_flag(*one)
        assert approval.flags(connection, city.region, following.id) == []
        with pytest.raises(NotFound, match="voters.unknown_flag"):
            approval.accept_flag(connection, city, following.id, "house", emptied, "aigerim")
    approve(demo_copy, following.id)
    assert ask("select voters from building where id = :id", id=emptied)[0].voters == 0


def flagged(voters: Engine, settings: Settings, list_id: int) -> dict[tuple[str, str], list[tuple[int, int]]]:
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    with voters.connect() as connection:
        for one in approval.flags(connection, settings.city.region, list_id):
            found.setdefault((one.level, one.code), []).append((one.before, one.after))
    return found


def test_half_of_the_voters_do_not_vanish_without_a_question(
    demo_copy: Settings, file: Path, voters: Engine, ask: Ask
) -> None:
    """Neither of the first list, which is held against what the buildings had."""
    (known,) = ask("select sum(voters) as n from building")
    people = invented(demo_copy, 1.0)
    first = load(demo_copy, write(InventedList(people.lines[::2]), file)).id
    assert list(flagged(voters, demo_copy, first)) == [("list", "fallen")]
    assert flagged(voters, demo_copy, first)[("list", "fallen")][0][0] == known.n
    approve(demo_copy, load(demo_copy, write(people, file.with_name("whole.csv"))).id)
    half = load(demo_copy, write(InventedList(people.lines[1::2]), file.with_name("half.csv"))).id
    found = flagged(voters, demo_copy, half)
    assert {("list", "fallen"), ("precinct", "fallen"), ("house", "fallen")} <= found.keys()
    ((before, after),) = found[("list", "fallen")]
    assert before * 0.4 < after < before * 0.6
    assert all(n >= 20 and n - left >= n / 2 for n, left in found[("house", "fallen")])
    assert all(n >= 100 and 3 * (n - left) >= n for n, left in found[("precinct", "fallen")])
    city = demo_copy.city
    with voters.begin() as connection:
        approval.accept_flag(connection, city, half, "list", WHOLE_LIST, "aigerim")
    assert ("list", "fallen") not in flagged(voters, demo_copy, half)
    with voters.begin() as connection:
        approval.reopen_flag(connection, city, half, "list", WHOLE_LIST, "aigerim")
    with pytest.raises(Conflict, match="voters.open"), voters.begin() as connection:
        approval.approve(connection, city, half, "daulet")


def test_what_was_not_looked_at_stays_open_beside_what_was_accepted(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    for line in people.lines:
        del line.cells["Отчество"], line.cells["Дата смерти"]
    following = load(demo_copy, write(people, file.with_name("next.csv"))).id
    codes = {code for level, code in flagged(voters, demo_copy, following) if level == "list"}
    assert codes >= {"no_patronymic", "no_deceased"}
    one = (demo_copy.city, following, "list", WHOLE_LIST, "aigerim", "no_patronymic")
    with voters.begin() as connection:
        approval.accept_flag(connection, *one)
    left = {code for level, code in flagged(voters, demo_copy, following) if level == "list"}
    assert left == codes - {"no_patronymic"}
    with voters.begin() as connection:
        every = approval.accept_flag(connection, *one[:-1])
        assert {flag.code for flag in every} == left
        reopened = approval.reopen_flag(connection, *one)
        assert [flag.code for flag in reopened] == ["no_patronymic"]
    assert ("list", "no_deceased") not in flagged(voters, demo_copy, following)


def test_a_list_of_usual_change_has_no_flags(demo_copy: Settings, file: Path, voters: Engine) -> None:
    people = invented(demo_copy, 1.0)
    approve(demo_copy, load(demo_copy, write(people, file)).id)
    kept = [line for n, line in enumerate(people.lines) if n % 25]
    usual = load(demo_copy, write(InventedList(kept), file.with_name("next.csv"))).id
    assert flagged(voters, demo_copy, usual) == {}


KILLED = """
import os, signal, sys
from dataclasses import replace
from geo.settings import Settings
from geo.voters import approval
from tests.support import voters_list
url, data, list_id = sys.argv[1:]
settings = replace(Settings.load({"IKOMEK_DATA": data}), database_url=url, own_database=True)
approval.announce_reset = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
voters_list.approve(settings, int(list_id))
"""


def test_a_killed_approval_leaves_the_list_and_the_counts_that_were(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    counted = "select id, voters from building order by id"
    before = ask(counted)
    list_id = load(demo_copy, write(InventedList(people.lines[50:]), file.with_name("next.csv"))).id
    arguments = [demo_copy.database_url, str(demo_copy.data), str(list_id)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    assert [row.state for row in ask("select state from voters.list_version order by id")] == [
        "current",
        "checked",
    ]
    assert ask(counted) == before
    approve(demo_copy, list_id)
    assert ask(counted) != before
