"""What was acknowledged and not loaded is in the restored copy, once, and what was loaded is counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.intake import runs
from geo.recovery import pushes, servers
from geo.recovery.pushes import PushesSince
from geo.settings import Settings
from tests.conftest import TEMPLATE, clone
from tests.support.connected import engine_as

BODY = b"source_id,kind\n" + bytes(range(256)) * 4096
"""Larger than what is stored within a row, and no text."""
RAN = "insert into run (region, feed, state, started_at) values ('71', 'police', 'done', :at) returning id"

web = engine_as("web")
"""The engine of the database that is replaced."""


@pytest.fixture
def restored(settings: Settings, cluster: object) -> Iterator[Settings]:
    """A copy of the empty database beside the test's."""
    copy = servers.named(settings, "restoring")
    clone(cluster, TEMPLATE, servers.database_name(copy))
    yield copy
    servers.drop(settings, servers.database_name(copy))


@pytest.fixture
def copy(restored: Settings) -> Iterator[Engine]:
    engine = connect_engine(restored, "owner")
    yield engine
    engine.dispose()


def push(engine: Engine, key: str, body: bytes = b"source_id\n1\n", feed: str = "police") -> int:
    with engine.begin() as connection:
        return runs.push(connection, "71", feed, key, "pusher", "text/csv", body)[0]


def end(engine: Engine, state: str, *keys: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("update inbox set state = :state, done_at = now() where idempotency_key = any(:keys)"),
            {"state": state, "keys": list(keys)},
        )


def ran(engine: Engine, at: str) -> int:
    with engine.begin() as connection:
        return connection.execute(text(RAN), {"at": at}).scalar_one()


def inbox(engine: Engine, columns: str = "idempotency_key, state, run_id, delivery_id") -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"select {columns} from inbox order by id"))]


def test_what_waits_is_taken_over_once_and_what_is_known_is_not(
    settings: Settings, restored: Settings, owner: Engine, web: Engine, copy: Engine
) -> None:
    """`before` and `again` are in the backup; `again` was given up there, and pushed again since."""
    for engine in (owner, copy):
        ran(engine, "2026-11-01")
        for key in ("before", "again"):
            push(engine, key, BODY)
    end(copy, "failed", "again")
    waits = [push(web, f"waits-{n}", BODY + bytes([n])) for n in range(3)]
    push(web, "loaded")
    push(web, "broken", feed="calls")
    end(owner, "done", "loaded")
    end(owner, "failed", "broken")
    since = pushes.take_over(settings, restored)
    assert since == PushesSince(4, 0, 1, 1, ("calls", "police"))
    assert pushes.take_over(settings, restored) == PushesSince(0, 0, 1, 1, ("calls", "police"))
    columns = (
        "idempotency_key, state, run_id, delivery_id, feed, asked_by, asked_at, media_type, digest, body"
    )
    accepted = [row for row in inbox(owner, columns) if row[1] == "waiting"]
    assert [row[:4] for row in inbox(copy)] == [row[:4] for row in accepted]
    assert inbox(copy, columns)[2:] == accepted[2:]
    assert [row[2] for row in inbox(copy)][2:] == waits
    assert push(copy, "later") >= push(web, "later"), "no run's number is given twice"


def test_where_the_database_is_of_another_past_they_come_after_all_the_backup_holds(
    settings: Settings, restored: Settings, owner: Engine, web: Engine, copy: Engine
) -> None:
    """A new system took pushes before its backup was brought back: its numbers mean nothing there."""
    known = [ran(copy, "2026-11-01") for _ in range(5)]
    held = push(copy, "held")
    promised = [push(web, key) for key in ("a", "b")]
    assert max(promised) < held
    assert pushes.take_over(settings, restored).taken_over == 2
    rows = inbox(copy)
    assert [row[0] for row in rows] == ["held", "a", "b"]
    assert [row[2:] for row in rows] == sorted(row[2:] for row in rows), "runs and deliveries in their order"
    assert not {row[2] for row in rows} & set(known) and len({row[2] for row in rows}) == 3


def ran_over(engine: Engine, source: str) -> int:
    with engine.begin() as connection:
        statement = """insert into run (region, feed, state, source, started_at)
            values ('71', 'police', 'done', :source, '2026-11-01') returning id"""
        return connection.execute(text(statement), {"source": source}).scalar_one()


def repeat(engine: Engine, run: int) -> int:
    with engine.begin() as connection:
        return runs.repeat(connection, "71", run, "pusher")


REPEATED = "idempotency_key, state, run_id, source, asked_by, asked_at, digest, body"


def test_a_run_to_repeat_is_taken_over_once(
    settings: Settings, restored: Settings, owner: Engine, web: Engine, copy: Engine
) -> None:
    """Over a file, and over the body of a push; what was repeated since is not done again."""
    for engine in (owner, copy):
        assert ran_over(engine, "/in/a.csv") == 1
        assert push(engine, "pushed", BODY) == 2
        with engine.begin() as connection:
            connection.execute(
                text("""insert into run (region, id, feed, state, source, started_at) overriding system value
                values ('71', 2, 'police', 'done', 'push pushed', '2026-11-02')""")
            )
        end(engine, "done", "pushed")
    repeat(web, 1)
    end(owner, "done", "repeat-1-0")
    promised = [repeat(web, 1), repeat(web, 2)]
    assert repeat(web, 1) == promised[0]
    assert pushes.take_over(settings, restored) == PushesSince(0, 2, 0, 0, ())
    assert pushes.take_over(settings, restored) == PushesSince(0, 0, 0, 0, ())
    waits = [row for row in inbox(owner, REPEATED) if row[1] == "waiting"]
    assert [row for row in inbox(copy, REPEATED) if row[1] == "waiting"] == waits
    assert [row[2] for row in waits] == promised
    assert repeat(copy, 1) == promised[0], "who asks again meanwhile asks once"


def test_a_run_that_was_repeated_after_a_restore_is_repeated_again(
    settings: Settings, restored: Settings, owner: Engine, web: Engine, copy: Engine
) -> None:
    """The copy lacks earlier askings; their numbers are not asked for as new ones."""
    for engine in (owner, copy):
        ran_over(engine, "/in/a.csv")
    for key in ("repeat-1-0", "repeat-1-1"):
        repeat(web, 1)
        end(owner, "done", key)
    repeat(web, 1)
    pushes.take_over(settings, restored)
    end(copy, "done", "repeat-1-2")
    new = []
    for _ in range(4):
        new.append(repeat(copy, 1))
        end(copy, "done", *(row[0] for row in inbox(copy)))
    assert len(set(new)) == 4


def test_a_run_to_repeat_of_another_past_is_none_of_those_that_the_copy_knows(
    settings: Settings, restored: Settings, owner: Engine, web: Engine, copy: Engine
) -> None:
    ran_over(copy, "/in/other.csv")
    repeat(copy, 1)
    end(copy, "failed", "repeat-1-0")
    ran_over(owner, "/in/a.csv")
    with owner.begin() as connection:
        connection.execute(text("update run set started_at = '2026-11-05'"))
    repeat(web, 1)
    assert pushes.take_over(settings, restored) == PushesSince(0, 1, 0, 0, ())
    assert pushes.take_over(settings, restored) == PushesSince(0, 0, 0, 0, ())
    assert [row[1:4:2] for row in inbox(copy, REPEATED)] == [
        ("failed", "/in/other.csv"),
        ("waiting", "/in/a.csv"),
    ]
