"""Who saw one person, and whom a login saw: by exact number, by house, by a whole list; with new keys too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from etl.demo.voters.writing import InventedList
from geo.errors import InvalidInput, NotFound, TooMany
from geo.settings import Settings
from geo.voters import houses, looks, rekey
from geo.voters.access import OF_HOUSE, OF_PERSON, Access, BreachReport, seen_by, who_saw
from geo.voters.keys import KeyRing
from geo.voters.limits import HOUSES_SEEN
from geo.voters.package.export import export
from geo.voters.printed import PrintOrder, read_printed
from geo.voters.retention import DAYS, erase_due
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.voters_list import approve, load, write

lookup = engine_as("lookup", of="demo_copy")
auditor = engine_as("auditor", of="demo_copy")
owner_of_copy = engine_as("owner", "owner_of_copy", of="demo_copy")
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def demo_copy(listed_copy: Settings) -> Settings:
    """A list is in force."""
    return listed_copy


@pytest.fixture
def ring(demo_copy: Settings) -> KeyRing:
    return KeyRing.of(demo_copy)


@pytest.fixture
def numbers(people: InventedList) -> list[str]:
    """IINs of a list in force, of different houses; the fourth lives with the first."""
    sound = [line for line in people.lines if line.building and not line.fault and not line.also]
    first = sound[0]
    with_first = next(line for line in sound[1:] if line.building == first.building)
    others = [line for line in sound if line.building != first.building][:2]
    return [line.cells["ИИН"] for line in (first, *others, with_first)]


@pytest.fixture
def saw(demo_copy: Settings, voters: Engine, auditor: Engine, ring: KeyRing) -> Callable[[str], list[Access]]:
    def read(number: str) -> list[Access]:
        with voters.begin() as connection, auditor.connect() as audits:
            return who_saw(connection, audits, demo_copy.city, ring, number, "auditor", "Complaint 7")

    return read


@pytest.fixture
def seen(demo_copy: Settings, voters: Engine, auditor: Engine, ring: KeyRing) -> Callable[..., BreachReport]:
    def read(login: str, since: datetime = NOW - DAY, until: datetime = NOW + DAY) -> BreachReport:
        with voters.begin() as connection, auditor.connect() as audits:
            return seen_by(connection, audits, demo_copy.city, ring, login, since, until, "auditor")

    return read


def building_of(ask: Ask, ring: KeyRing, number: str) -> int:
    key = ring.get(ask("select key_id from voters.list_version where state = 'current'")[0].key_id)
    found = ask("select building_id from voters.person where hash = :hash", hash=key.lookup(number))
    return int(found[0].building_id)


def test_everybody_who_saw_a_person_is_named(
    demo_copy: Settings,
    ring: KeyRing,
    numbers: list[str],
    lookup: Engine,
    voters: Engine,
    saw: Callable[[str], list[Access]],
    ask: Ask,
    tmp_path: Path,
) -> None:
    first, second, _, with_first = numbers
    city = demo_copy.city
    looks.look(lookup, city, ring, first, "anna", "call", "109-7")
    looks.listed(lookup, city, ring, first, "1901-03-02", "boris")
    looks.look(lookup, city, ring, second, "vera", "call", "109-8")
    looks.look_at_house(lookup, city, ring, building_of(ask, ring, first), "gulnar", "address", "Act 3")
    with voters.begin() as connection:
        export(connection, city, ring, 1, tmp_path / "package", "daulet")
    assert sorted((one.who, one.how, one.document) for one in saw(first)) == [
        ("anna", "person", "109-7"),
        ("boris", "listed", ""),
        ("daulet", "list", ""),
        ("gulnar", "house", "Act 3"),
    ]
    latest = saw(first)[0]
    assert (latest.who, latest.how, latest.document) == ("auditor", "report", "Complaint 7"), "who asks too"
    assert {one.who for one in saw(with_first)} == {"gulnar", "daulet"}
    assert {one.who for one in saw(second)} == {"vera", "daulet"}
    with pytest.raises(InvalidInput, match="voters.iin"):
        saw("850417300123")


def test_who_saw_how_a_list_changes_a_house_is_named(
    demo_copy: Settings,
    ring: KeyRing,
    people: InventedList,
    numbers: list[str],
    file: Path,
    voters: Engine,
    saw: Callable[[str], list[Access]],
    seen: Callable[..., BreachReport],
    ask: Ask,
) -> None:
    """The first has gone, who lives with the first has another name, a stranger is new."""
    first, second, _, with_first = numbers
    house = building_of(ask, ring, first)
    at_home = [line for line in people.lines if line.building == house and not line.fault and not line.also]
    by_number = {line.cells["ИИН"]: line for line in people.lines}
    by_number[with_first].cells["Фамилия"] = "Исправленный"
    moved, new = by_number[second], by_number[first]
    moved.cells["Адрес регистрации"] = at_home[0].cells["Адрес регистрации"]
    new.cells["ИИН"] = "850417900120"
    following = load(demo_copy, write(people, file.with_name("next.csv"))).id
    found = houses.changed(voters, demo_copy.city, ring, following, house, "anna")
    masked = [(one.change, one.iin) for one in found]
    assert sorted(masked) == sorted(
        [
            ("added", "**********20"),
            ("removed", f"**********{first[-2:]}"),
            ("moved_in", f"**********{second[-2:]}"),
            ("corrected", f"**********{with_first[-2:]}"),
        ]
    )
    (counted,) = ask(
        "select * from voters.house_difference where list_id = :list and building_id = :house",
        list=following,
        house=house,
    )
    assert (counted.added, counted.removed, counted.moved_in, counted.corrected) == (1, 1, 1, 1)
    for number in (first, second, with_first):
        there = [(one.who, one.how) for one in saw(number) if one.how != "report"]
        assert there == [("anna", "changes")]
    assert {one.how for one in saw(numbers[2])} <= {"report"}
    report = seen("anna")
    assert [one.how for one in report.looks] == ["changes"] and report.unknown == 0
    assert {iin for _, iin in masked} <= {one.iin for one in report.persons}
    with pytest.raises(DBAPIError, match="not recorded"), voters.begin() as connection:
        connection.execute(text("select voters.check_house_changes('anna')"))
    with pytest.raises(NotFound, match="voters.unknown_list"):
        houses.changed(voters, demo_copy.city, ring, following + 9, house, "anna")


def test_so_many_houses_a_day(
    demo_copy: Settings, ring: KeyRing, numbers: list[str], voters: Engine, owner_of_copy: Engine
) -> None:
    with owner_of_copy.begin() as connection:
        connection.execute(
            text("""insert into audit (who, what, parameters, caller_type)
                select 'anna', 'voters.house_changes_seen', '{"list": 1, "building": 1}', 'person'
                from generate_series(1, :n)"""),
            {"n": HOUSES_SEEN.most},
        )
    with pytest.raises(TooMany, match="voters.looks") as refused:
        houses.changed(voters, demo_copy.city, ring, 1, 1, "anna")
    assert 86_000 < refused.value.parameters["retry_s"] <= 86_400
    assert houses.changed(voters, demo_copy.city, ring, 1, 1, "boris") == []


def test_whom_a_login_saw_is_listed_once_with_where_to_write(
    demo_copy: Settings,
    ring: KeyRing,
    people: InventedList,
    numbers: list[str],
    lookup: Engine,
    seen: Callable[..., BreachReport],
    ask: Ask,
) -> None:
    first, second, third, with_first = numbers
    city = demo_copy.city
    house = building_of(ask, ring, first)
    for number, who in ((second, "anna"), (second, "anna"), (third, "cli:anna"), (first, "boris")):
        looks.look(lookup, city, ring, number, who, "call", "109-7")
    looks.look_at_house(lookup, city, ring, house, "anna", "address", "Act 3")
    report = seen("anna")
    assert [one.how for one in report.looks] == ["person", "person", "person", "house"]
    residents = ask("select count(*) as n from voters.person where building_id = :house", house=house)[0].n
    assert len(report.persons) == 2 + residents and report.unknown == 0
    masked = {f"**********{number[-2:]}" for number in numbers}
    assert masked <= {one.iin for one in report.persons}
    cells = next(line.cells for line in people.lines if line.cells["ИИН"] == second)
    (written,) = (one for one in report.persons if f"{cells['Фамилия']} {cells['Имя']}" in one.name)
    assert written.iin[-2:] == second[-2:] and written.address in cells["Адрес регистрации"]
    assert seen("anna", NOW - 3 * DAY, NOW - 2 * DAY).looks == [] and seen("nobody").persons == []
    recorded = ask("select parameters from audit where what = 'voters.breach_seen' order by id limit 1")
    assert recorded[0].parameters == {"name": "anna", "count": 2 + residents}


def test_who_printed_the_list_of_a_precinct_saw_everybody_in_it(
    demo_copy: Settings,
    ring: KeyRing,
    numbers: list[str],
    voters: Engine,
    saw: Callable[[str], list[Access]],
    seen: Callable[..., BreachReport],
    ask: Ask,
) -> None:
    in_precincts = dict.fromkeys(numbers[:3])
    for number in in_precincts:
        found = ask(
            """select c.number from assignment a join precinct c on c.plan_id = a.plan_id
                and c.id = a.precinct_id where a.building_id = :building""",
            building=building_of(ask, ring, number),
        )
        in_precincts[number] = found[0].number
    wanted = in_precincts[numbers[0]]
    list(read_printed(voters, demo_copy.city, ring, PrintOrder(number=wanted), "daulet"))
    for number, precinct in in_precincts.items():
        assert [one.how for one in saw(number)] == (["printed"] if precinct == wanted else [])
    report = seen("daulet")
    assert [one.how for one in report.looks] == ["printed"] and report.printed == [(1, wanted)]


def test_new_keys_hide_no_look(
    demo_copy: Settings,
    ring: KeyRing,
    numbers: list[str],
    lookup: Engine,
    voters: Engine,
    saw: Callable[[str], list[Access]],
    seen: Callable[..., BreachReport],
) -> None:
    looks.look(lookup, demo_copy.city, ring, numbers[0], "anna", "call", "109-7")
    with voters.begin() as connection:
        done = rekey.rekey(connection, demo_copy.city, ring, "anna")
    rekey.finish(ring, done)
    assert [one.who for one in saw(numbers[0])] == ["anna"]
    report = seen("anna")
    assert [one.iin[-2:] for one in report.persons] == [numbers[0][-2:]] and report.unknown == 0


def test_one_look_of_millions_is_found_by_an_index(auditor: Engine) -> None:
    with auditor.connect() as connection:
        connection.execute(text("set local enable_seqscan = off"))
        plan = connection.scalars(text(f"explain {OF_PERSON.text}"), {"subjects": ["x", "y"]}).all()
    assert "ix_audit_subject" in "\n".join(plan)


def test_looks_at_one_house_of_thousands_are_found_by_an_index(owner_of_copy: Engine) -> None:
    with owner_of_copy.begin() as connection:
        connection.execute(
            text("""insert into audit (who, what, parameters, caller_type)
                select 'anna', 'voters.house_seen', jsonb_build_object('building', n), 'person'
                from generate_series(1, 5000) n""")
        )
        connection.execute(text("analyze audit"))
        plan = connection.scalars(text(f"explain {OF_HOUSE.text}"), {"buildings": [1, 2]}).all()
    assert "ix_audit_house" in "\n".join(plan)


def test_a_list_goes_a_year_after_another_one_followed(
    demo_copy: Settings,
    people: InventedList,
    numbers: list[str],
    file: Path,
    voters: Engine,
    ring: KeyRing,
    ask: Ask,
    seen: Callable[..., BreachReport],
    lookup: Engine,
) -> None:
    city = demo_copy.city
    looks.look(lookup, city, ring, numbers[0], "anna", "call", "109-7")
    approve(demo_copy, load(demo_copy, write(InventedList(people.lines[40:]), file.with_name("2.csv"))).id)
    load(demo_copy, write(InventedList(people.lines[50:]), file.with_name("3.csv")))
    keys = {row.id: row.key_id for row in ask("select id, key_id from voters.list_version")}
    counts = ask("select id, rows_read, added from voters.list_version order by id")
    now = datetime.now(UTC)
    assert erase_due(voters, city, ring, now + timedelta(days=DAYS - 1)) == []
    assert erase_due(voters, city, ring, now + timedelta(days=DAYS + 1)) == [1, 3]
    assert erase_due(voters, city, ring, now + timedelta(days=DAYS + 1)) == []
    states = {row.id: row.state for row in ask("select id, state from voters.list_version")}
    assert states == {1: "erased", 2: "current", 3: "rejected"}
    for table in ("person", "refusal", "address"):
        left = ask(f"select distinct list_id as id from voters.{table}")
        assert {row.id for row in left} == {2}
    files = {path.stem for path in ring.folder.glob("*.key")}
    assert keys[2] in files and not {keys[1], keys[3]} & files
    assert ask("select id, rows_read, added from voters.list_version order by id") == counts
    traces = ask("select who, what from audit where what in ('voters.erased', 'voters.rejected') order by id")
    assert [(row.who, row.what) for row in traces] == [
        ("retention", "voters.erased"),
        ("retention", "voters.rejected"),
    ]
    assert seen("anna").unknown == 1, "who was seen is in no list any more"
