"""The watcher: what is due, what the inbox asks, failures and heartbeats."""
from dataclasses import replace

import pytest

from etl import watch
from etl.registry import FEEDS, find
from geo import runs
from geo.database import connect_engine
from geo.errors import Conflict, NotFound

BODY = b'[{"source_id": "w1", "opened_at": "2024-05-01", "status": "open"}, {"source_id": "w1", "opened_at": "2024-05-01", "status": "closed"}]'


@pytest.fixture
def watcher(settings):
    database = connect_engine(settings, "etl", pool_size=1)

    def make(*feeds) -> watch.Watcher:
        made = watch.Watcher(settings, feeds or FEEDS, database)
        made.begin()
        return made

    yield make
    database.dispose()


@pytest.fixture
def push(settings):
    web = connect_engine(settings, "web", pool_size=1)

    def ask(key: str, body: bytes = BODY, media_type: str = "application/json; charset=utf-8", feed: str = "police"):
        with web.begin() as connection:
            return runs.push(connection, "71", feed, key, "pusher", media_type, body)

    yield ask
    web.dispose()


def test_a_pushed_body_is_run_once_under_its_reserved_id(watcher, push, rows) -> None:
    run_id, new = push("k1")
    assert new and push("k1") == (run_id, False)
    with pytest.raises(Conflict, match="inbox.key_reused"):
        push("k1", b"[]")
    assert watcher().look() and not watcher().look()
    assert rows("select id, state, read_rows, written, rejected, source from run") == [(run_id, "done", 2, 1, 1, "push k1")]
    assert rows("select status from incident") == [("closed",)]  # of two rows about one thing the last holds
    assert rows("select state from inbox") == [("done",)]


def test_a_run_is_repeated(watcher, push, settings, rows) -> None:
    run_id, _ = push("k1")
    eye = watcher()
    eye.look()
    web = connect_engine(settings, "web", pool_size=1)
    with web.begin() as connection:
        again = runs.repeat(connection, "71", run_id, "officer")
        assert runs.repeat(connection, "71", run_id, "officer") == again
        with pytest.raises(NotFound, match="run.unknown"):
            runs.repeat(connection, "71", 10**6, "officer")
    web.dispose()
    eye.look()
    assert rows("select id, written, unchanged from run order by id") == [(run_id, 1, 0), (again, 0, 1)]


def test_a_push_that_fails_is_kept_with_its_reason(watcher, push, rows) -> None:
    push("k1", b"{", "application/json")
    push("k2")
    watcher().look()
    assert rows("select idempotency_key, state from inbox order by id") == [("k1", "failed"), ("k2", "done")]
    assert rows("select state, error_code from run order by id") == [("failed", "source.unreadable"), ("done", None)]


def test_what_a_dead_process_had_taken_is_taken_again(watcher, push, change, rows) -> None:
    push("k1")
    change("update inbox set state = 'taken'")
    watcher().look()
    assert rows("select state from inbox") == [("done",)]


def test_a_feed_is_polled_at_its_interval(watcher, file, change, rows) -> None:
    path = file("police.csv", "source_id,opened_at\np1,2024-05-01\n")
    eye = watcher(replace(find(FEEDS, "police"), sources=(str(path),)), find(FEEDS, "calls"))
    assert eye.look() and not eye.look()
    assert rows("select count(*) from run") == [(1,)]
    change("update feed set polled_at = polled_at - interval '2 minutes' where key = 'police'")
    assert eye.look()
    assert rows("select count(*), (select polled_at > now() - interval '1 minute' from feed where key = 'police') from run") == [(1, True)]  # a heartbeat
    path.write_text(path.read_text() + "p2,2024-05-01\n")
    change("update feed set polled_at = polled_at - interval '2 minutes' where key = 'police'")
    eye.look()
    assert rows("select written from run order by id") == [(1,), (1,)]
    assert rows("select key, polled_at is null from feed order by key") == [("calls", True), ("police", False)]


def test_a_missing_source_is_a_failure_that_ages(watcher, file, rows) -> None:
    eye = watcher(replace(find(FEEDS, "police"), sources=("/nowhere/police.csv",)))
    assert eye.look() and not eye.look()
    [(polled, failed, code, source)] = rows("select polled_at, failed_at is not null, error_code, error_parameters ->> 'source' from feed")
    assert (polled, failed, code, source) == (None, True, "source.unreadable", "/nowhere/police.csv")
