"""Nobody's name or number leaves the room: whole databases, the server's log, what commands print and what
errors say are searched for those of an invented list. One person is seen by one door alone, and that is
recorded before anything is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.machine.cluster import Cluster
from etl.demo.voters.writing import InventedList
from geo.errors import InvalidInput, NotFound, TooMany, Unavailable
from geo.recovery import backup
from geo.settings import Settings
from geo.voters import limits, looks, rekey
from geo.voters.forgetting import forget_persons
from geo.voters.keys import KeyRing
from geo.voters.model import versions
from geo.voters.retention import sweep_keys
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.voters_list import approve, load, write

SURNAME, FIRST = "Баршасынанайырықша", "Ешкімдежоқ"
"""A name that nobody else and nothing else in the database has."""


lookup = engine_as("lookup", of="demo_copy")
owner_of_copy = engine_as("owner", "owner_of_copy", "demo_copy")


@pytest.fixture
def known(people: InventedList, file: Path) -> dict[str, str]:
    """One sound row under that name, in the file."""
    line = next(line for line in people.lines if line.building and not line.fault and not line.also)
    line.cells |= {"Фамилия": SURNAME, "Имя": FIRST}
    write(people, file)
    return line.cells


def test_nothing_that_the_database_holds_names_a_person(
    demo_copy: Settings, people: InventedList, file: Path, known: dict[str, str], ask: Ask
) -> None:
    """Every row of every table as text, with what is refused and what was decided."""
    wrong = next(line for line in people.lines if line.fault == "iin").cells["ИИН"]
    approve(demo_copy, load(demo_copy, file).id)
    load(demo_copy, write(InventedList(people.lines[5:]), file.with_name("next.csv")))
    wanted = [SURNAME, FIRST, known["ИИН"], wrong, *(line.cells["ИИН"] for line in people.lines[50:60])]
    wanted = [one for one in wanted if one]
    for table in backup.count_rows(demo_copy):
        found = ask(
            f"select t::text as row from {table} t, unnest(cast(:wanted as text[])) w "
            "where position(w in t::text) > 0 limit 1",
            wanted=wanted,
        )
        assert found == [], table


def test_an_error_of_the_database_names_nobody(
    demo_copy: Settings, file: Path, known: dict[str, str], owner_of_copy: Engine, cluster: Cluster
) -> None:
    """A statement that fails while rows are copied: neither the error nor the server's log has them."""
    with owner_of_copy.begin() as connection:
        connection.execute(
            text("alter table voters.person add constraint never check (line < 100) not valid")
        )
    with pytest.raises(Exception, match="never") as raised:
        load(demo_copy, file)
    log = (cluster.logs / "postgres.log").read_text(errors="replace")
    written = f"{raised.value!r} {raised.value} {raised.value.__context__} {log}"
    assert not {one for one in (SURNAME, FIRST, known["ИИН"]) if one in written}


def test_one_person_is_seen_through_the_door_that_records_it(
    demo_copy: Settings,
    file: Path,
    known: dict[str, str],
    lookup: Engine,
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = load(demo_copy, file)
    ring, city = KeyRing.of(demo_copy), demo_copy.city

    def look(number: str) -> looks.SeenVoter:
        return looks.look(lookup, city, ring, number, "gulnar", "application", "Application 114")

    with pytest.raises(NotFound, match="voters.no_list"):
        look(known["ИИН"])
    approve(demo_copy, done.id)
    seen = look(known["ИИН"])
    assert (seen.surname, seen.first_name, seen.birth) == (SURNAME, FIRST, known["Дата рождения"])
    assert seen.iin == f"**********{known['ИИН'][-2:]}"
    with pytest.raises(NotFound, match="voters.not_listed"):
        look("850417300122")
    recorded = ask("select who, parameters from audit where what = 'voter.seen' order by id")
    persons = {row.hash.hex() for row in ask("select hash from voters.person")}
    assert [(row.who, row.parameters["person"] in persons) for row in recorded] == [
        ("gulnar", True),
        ("gulnar", False),
    ]
    assert known["ИИН"] not in str(recorded)
    monkeypatch.setattr(looks, "PACE", limits.PACE._replace(most=100))
    for _ in range(limits.LOOKS.most - 2):
        look(known["ИИН"])
    with pytest.raises(TooMany, match="voters.looks") as refused:
        look(known["ИИН"])
    assert 86_000 < refused.value.parameters["retry_s"] <= 86_400
    assert looks.look(lookup, city, ring, known["ИИН"], "anna", "call", "109-7").surname == SURNAME
    for number, why, document, code in (
        ("850417300123", "application", "1", "voters.iin"),
        ("850417300122", "curiosity", "1", "voters.reason"),
        ("850417300122", "application", " ", "voters.document"),
        ("850417300122", "application", "of 850417300122", "voters.document"),
    ):
        with pytest.raises(InvalidInput, match=code) as raised:
            looks.look(lookup, city, ring, number, "gulnar", why, document)
        assert number not in str(raised.value)
    unrecorded = "select * from voters.look('71', '\\x00', 'gulnar')"
    with pytest.raises(DBAPIError, match="not recorded"), lookup.connect() as connection:
        connection.execute(text(unrecorded))


def test_the_contact_centre_hears_yes_or_no_and_nobody_is_shown(
    demo_copy: Settings, file: Path, known: dict[str, str], lookup: Engine, ask: Ask
) -> None:
    approve(demo_copy, load(demo_copy, file).id)
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    number, birth = known["ИИН"], known["Дата рождения"]
    (house,) = ask(
        "select building_id as id from voters.person where hash = :hash", hash=hash_of(ring, ask, number)
    )
    assert looks.listed(lookup, city, ring, number, birth, "operator") == (True, house.id)
    other = "01.01.1950" if birth != "01.01.1950" else "02.01.1950"
    assert looks.listed(lookup, city, ring, number, other, "operator") == (False, None)
    assert looks.listed(lookup, city, ring, "850417300122", birth, "operator") == (False, None)
    for given, day, code in (
        (number[:-1] + "x", birth, "voters.iin"),
        (number, "31.02.1985", "voters.birth"),
    ):
        with pytest.raises(InvalidInput, match=code) as raised:
            looks.listed(lookup, city, ring, given, day, "operator")
        assert given not in str(raised.value) and day not in str(raised.value)
    recorded = ask("select who, parameters from audit where what = 'voter.listed' order by id")
    assert [row.who for row in recorded] == ["operator"] * 3 and number not in str(recorded)
    unrecorded = "select * from voters.listed('71', '\\x00', 'operator')"
    with pytest.raises(DBAPIError, match="not recorded"), lookup.connect() as connection:
        connection.execute(text(unrecorded))


def hash_of(ring: KeyRing, ask: Ask, number: str) -> bytes:
    (listed,) = ask("select key_id from voters.list_version where state = 'current'")
    return ring.get(listed.key_id).lookup(number)


@pytest.mark.parametrize("killed", [False, True], ids=["done", "killed after the commit"])
def test_new_keys_for_every_row_and_the_old_ones_gone(
    killed: bool, demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    approve(demo_copy, load(demo_copy, file).id)
    before = {row.line: row for row in ask("select * from voters.person")}
    (old,) = ask("select key_id from voters.list_version")
    with voters.connect() as connection:
        rekey.rekey(connection, city, ring, "aigerim")
        connection.rollback()  # as one that was killed before its commit
    with voters.begin() as connection:
        done = rekey.rekey(connection, city, ring, "aigerim")
    if killed:
        sweep_keys(voters, city, ring)
    else:
        rekey.finish(ring, done)
    after = {row.line: row for row in ask("select * from voters.person")}
    assert after.keys() == before.keys()
    for line, row in after.items():
        assert (row.building_id, row.address_id) == (before[line].building_id, before[line].address_id)
        assert row.hash != before[line].hash and row.iin != before[line].iin
    with pytest.raises(Unavailable, match="voters.key_missing"):
        ring.get(old.key_id)
    people.lines.reverse()
    load(demo_copy, write(people, file.with_name("next.csv")))
    (row,) = ask("select * from voters.list_version order by id desc limit 1")
    assert (row.added, row.moved, row.corrected, row.removed) == (0, 0, 0, 0)


def test_a_list_that_was_replaced_can_be_erased_for_good(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask
) -> None:
    ring, city = KeyRing.of(demo_copy), demo_copy.city
    first = load(demo_copy, file)
    approve(demo_copy, first.id)
    following = load(demo_copy, write(InventedList(people.lines[1:]), file.with_name("next.csv")))
    approve(demo_copy, following.id)
    with voters.begin() as connection:
        (kept, erased) = versions(connection, city.region)
        counts = (erased.rows_read, erased.added, erased.refused)
        key = forget_persons(connection, city, ring, first.id, "erased", "aigerim")
    ring.destroy(key)
    (row,) = ask("select * from voters.list_version where id = :list", list=first.id)
    assert (row.state, row.key_id) == ("erased", None)
    assert (row.rows_read, row.added, row.refused) == counts
    assert ask("select count(*) as n from voters.person where list_id = :list", list=first.id)[0].n == 0
    with pytest.raises(Unavailable, match="voters.key_missing"):
        ring.get(key)
    assert ring.get(kept.key_id)
