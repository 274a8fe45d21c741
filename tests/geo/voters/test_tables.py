"""Each version's persons are in a table of their own: nobody waits for one that is being filled, it gives
nobody more rights, and it goes when its persons are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from dashboard.machine import cluster as machine
from etl.demo.voters.writing import InventedList
from geo import migrations
from geo.database import connect_engine
from geo.migrations import rights
from geo.recovery.backup import EMPTY
from geo.settings import Settings
from geo.voters.forgetting import drop_tables, forget_persons
from geo.voters.keys import KeyRing
from tests.conftest import _administer, settings_for
from tests.geo.voters.conftest import Ask
from tests.support.connected import engine_as
from tests.support.voters_list import approve, load, write

TABLES = """select c.relname, (select count(*) from pg_index x where x.indrelid = c.oid) as indexes
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'voters.person'::regclass order by c.oid"""

owner_of_copy = engine_as("owner", "owner_of_copy", of="demo_copy")


def test_nobody_waits_for_a_list_that_is_being_loaded(
    demo_copy: Settings, people: InventedList, file: Path, ask: Ask
) -> None:
    first = load(demo_copy, file)
    approve(demo_copy, first.id)
    seen: dict[str, Any] = {}

    def look(what: str, rows: int) -> None:
        (found,) = ask("set statement_timeout = '2s'; select count(*) as n from voters.person")
        seen.setdefault(what, found.n)

    people.lines.reverse()
    load(demo_copy, write(people, file.with_name("next.csv")), progress=look)
    (persons,) = ask("select count(*) as n from voters.person where list_id = :list", list=first.id)
    assert seen == dict.fromkeys(("rows", "checking", "comparing"), persons.n)


def test_its_table_has_the_indexes_of_the_whole_and_no_rights_of_its_own(
    demo_copy: Settings, file: Path, ask: Ask, owner_of_copy: Engine
) -> None:
    list_id = load(demo_copy, file).id
    (table,) = ask(TABLES)
    (whole,) = ask("select count(*) as n from pg_index where indrelid = 'voters.person'::regclass")
    assert (table.relname, table.indexes) == (f"person_{list_id}", whole.n)
    with owner_of_copy.connect() as connection:
        assert not [right for right in rights.found(connection) if right.thing.startswith("voters.person_")]


def test_the_table_of_a_rejected_list_goes_and_the_other_stays(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask, owner_of_copy: Engine
) -> None:
    first = load(demo_copy, file)
    approve(demo_copy, first.id)
    people.lines.reverse()
    other = load(demo_copy, write(people, file.with_name("next.csv")))
    ring = KeyRing.of(demo_copy)
    with voters.begin() as connection:
        ring.destroy(forget_persons(connection, demo_copy.city, ring, other.id, "rejected", "daulet"))
    assert len(ask(TABLES)) == 2
    with owner_of_copy.begin() as connection:
        drop_tables(connection)
    assert [table.relname for table in ask(TABLES)] == [f"person_{first.id}"]
    assert not load(demo_copy, file.with_name("next.csv")).replayed


@pytest.fixture
def before_tables(cluster: machine.Cluster, tmp_path: Path) -> Iterator[Engine]:
    """The owner's engine on a database of the version before lists had tables of their own."""
    _administer(cluster, f'create database "tables" owner ikomek_owner template "{EMPTY}"')
    engine = connect_engine(settings_for(cluster, "tables", tmp_path), "owner")
    migrations.upgrade(engine, "0046")
    yield engine
    engine.dispose()
    _administer(cluster, 'drop database "tables" with (force)')


def test_lists_of_an_older_version_move_into_tables_of_their_own(before_tables: Engine) -> None:
    everything = "select * from voters.person order by list_id, line"
    with before_tables.begin() as connection:
        for list_id in (3, 11):
            connection.execute(
                text("""insert into voters.person (region, list_id, line, hash, content, twin, iin, name,
                        residence, building_id)
                    select '71', :list, n, decode(lpad(to_hex(n), 32, '0'), 'hex'), '\\x01', '\\x02', '\\x03',
                        '\\x04', '\\x05', n from generate_series(1, 5) n"""),
                {"list": list_id},
            )
        before = connection.execute(text(everything)).all()
    migrations.upgrade(before_tables)
    with before_tables.connect() as connection:
        assert connection.execute(text(everything)).all() == before
        tables = connection.execute(text(TABLES)).all()
        assert [row.relname for row in tables] == ["person_3", "person_11"]
        assert {row.indexes for row in tables} == {4}
        assert connection.scalar(text("select to_regclass('voters.person_together')")) is None
