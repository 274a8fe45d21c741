"""The watcher: what is due, what the inbox asks, failures and heartbeats."""

import os
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from etl.registry import FEEDS, Feed, find
from etl.runs import engine, watch
from geo.database import connect_engine
from geo.errors import Conflict, NotFound
from geo.intake import runs
from tests.etl.servers import Answers, web_server

BODY = (
    b'[{"source_id": "w1", "opened_at": "2024-05-01", "status": "open"}, {"source_id": "w1", '
    b'"opened_at": "2024-05-01", "status": "closed"}]'
)


class Patient(watch.Watcher):
    """Looks until there is nothing to begin, and waits for all of it."""

    def look(self) -> bool:
        begun = False
        while super().look():
            begun = True
            self.finish(30)
        return begun


@pytest.fixture
def watcher(settings, database):
    def make(*feeds) -> watch.Watcher:
        made = Patient(settings, feeds or FEEDS, database)
        made.begin()
        return made

    return make


@pytest.fixture
def push(settings):
    web = connect_engine(settings, "web", pool_size=1)

    def ask(
        key: str,
        body: bytes = BODY,
        media_type: str = "application/json; charset=utf-8",
        feed: str = "police",
    ):
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
    assert rows("select id, state, read_rows, written, rejected, source from run") == [
        (run_id, "done", 2, 1, 1, "push k1")
    ]
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
    assert rows("select state, error_code from run order by id") == [
        ("failed", "source.unreadable"),
        ("done", None),
    ]


def test_a_feed_is_polled_at_its_interval(watcher, file, change, rows) -> None:
    path = file("police.csv", "source_id,opened_at\np1,2024-05-01\n")
    eye = watcher(replace(find(FEEDS, "police"), sources=(str(path),)), find(FEEDS, "calls"))
    assert eye.look() and not eye.look()
    assert rows("select count(*) from run") == [(1,)]
    change(
        "update feed set polled_at = polled_at - interval '2 minutes', next_at = next_at - "
        "interval '2 minutes' where key = 'police'"
    )
    assert eye.look()
    assert rows(
        "select count(*), (select polled_at > now() - interval '1 minute' from feed where key = "
        "'police') from run"
    ) == [(1, True)]  # a heartbeat
    path.write_text(path.read_text() + "p2,2024-05-01\n")
    change(
        "update feed set polled_at = polled_at - interval '2 minutes', next_at = next_at - "
        "interval '2 minutes' where key = 'police'"
    )
    eye.look()
    assert rows("select written from run order by id") == [(1,), (1,)]
    assert rows("select key, polled_at is null from feed order by key") == [
        ("calls", True),
        ("police", False),
    ]


def test_an_answer_that_nothing_has_changed_is_a_good_poll(watcher, change, rows) -> None:
    answers = Answers(files={"/p.csv": b"source_id,opened_at\np1,2024-05-01\n"}, etag='"one"')
    with web_server(answers) as address:
        eye = watcher(replace(find(FEEDS, "police"), sources=(f"{address}/p.csv",)))
        eye.look()
        change(
            "update feed set polled_at = polled_at - interval '2 minutes', next_at = next_at - "
            "interval '2 minutes' where key = 'police'"
        )
        eye.look()
    assert answers.statuses == [
        200,
        200,
        304,
    ]  # what the server says of it, the file, and that it is the same
    assert rows(
        "select count(*), (select polled_at > now() - interval '1 minute' from feed where key = "
        "'police') from run"
    ) == [(1, True)]


def test_a_missing_source_is_a_failure_that_ages(watcher, file, rows) -> None:
    eye = watcher(replace(find(FEEDS, "police"), sources=("/nowhere/police.csv",)))
    assert eye.look() and not eye.look()
    [(polled, failed, code, source)] = rows(
        "select polled_at, failed_at is not null, error_code, error_parameters ->> 'source' from feed"
    )
    assert (polled, failed, code, source) == (None, True, "source.unreadable", "/nowhere/police.csv")


def test_a_file_whose_columns_no_database_can_hold_is_set_aside_once(watcher, tmp_path, rows) -> None:
    for name, column in (("a.csv", "source\0id"), ("b.csv", "source_id")):
        path = tmp_path / name
        path.write_text(f"{column},opened_at\nn1,2024-05-01\n", encoding="utf-8")
        os.utime(path, (path.stat().st_mtime - 3600,) * 2)
    eye = watcher(replace(find(FEEDS, "police"), sources=(str(tmp_path / "*.csv"),), interval_s=0))
    for _ in range(3):
        watch.Watcher.look(eye)
        eye.finish(30)
    assert rows("select source_id from incident") == [("n1",)]
    assert rows("select count(*) from run where state <> 'done'") == [(1,)]
    assert rows(
        "select error_code is not null, error_parameters::text like '%\ufffd%' from delivery order by 1"
    ) == [
        (False, None),
        (True, True),
    ]


def feeds_of(file, count: int) -> tuple:
    return tuple(
        Feed(
            f"f{i}",
            "incident",
            60,
            constants={"kind": "police"},
            sources=(str(file(f"{i}.csv", f"source_id,opened_at\nn{i},2024-05-01\n")),),
        )
        for i in range(count)
    )


def named(feed: Feed) -> Feed:
    return replace(feed, fields={"source_id": "source_id", "opened_at": "opened_at"})


def test_one_feed_that_is_stuck_keeps_no_other_of_fifty_waiting(settings, database, file, rows) -> None:
    answers = Answers(files={"/x.csv": b"source_id,opened_at\nlate,2024-05-01\n"}, stuck=threading.Event())
    with web_server(answers) as address:
        stuck = Feed("stuck", "incident", 60, constants={"kind": "police"}, sources=(f"{address}/x.csv",))
        eye = watch.Watcher(settings, tuple(named(feed) for feed in (stuck, *feeds_of(file, 50))), database)
        eye.begin()
        eye.look()
        for key, thread in eye.working.items():
            if key != "stuck":
                thread.join(60)
        assert rows("select count(*), count(*) filter (where polled_at is null) from feed") == [(51, 1)]
        assert rows("select count(*), sum(written) from run where state = 'done'") == [(50, 50)]
        eye.look()
        assert list(eye.working) == ["stuck"]  # still at work, and not begun again
        answers.stuck.set()
        eye.finish(60)
    assert rows("select count(*) from incident") == [(51,)]


def test_two_processes_share_the_feeds(settings, database, file, rows) -> None:
    feeds = tuple(named(feed) for feed in feeds_of(file, 12))
    pair = [watch.Watcher(settings, feeds, database) for _ in range(2)]
    for eye in pair:
        eye.begin()
    for eye in pair:
        eye.look()
    for eye in pair:
        eye.finish(60)
    assert rows("select count(*), sum(written), count(*) filter (where state = 'failed') from run") == [
        (12, 12, 0)
    ]


def test_batches_take_turns_at_the_database(settings, database, file, rows, monkeypatch) -> None:
    busy, most = [], []

    def slow(*given) -> None:
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.05)
        busy.pop()
        load(*given)

    load = engine.load_prepared
    monkeypatch.setattr(engine, "load_prepared", slow)
    eye = watch.Watcher(settings, tuple(named(feed) for feed in feeds_of(file, 8)), database)
    eye.begin()
    eye.look()
    eye.finish(60)
    assert max(most) <= watch.LOADING and rows("select sum(written) from run") == [(8,)]


def test_a_failing_feed_backs_off_and_alarms_and_recovers(watcher, file, tmp_path, rows, change) -> None:
    path = tmp_path / "police.csv"
    feed = replace(find(FEEDS, "police"), sources=(str(path),), alarm_after_s=300)
    eye = watcher(feed)
    waits = []
    for _ in range(3):
        eye.look()
        waits += rows("select round(extract(epoch from next_at - clock_timestamp()))::int from feed")[0]
        change("update feed set next_at = now()")
    assert [round(wait / 10) for wait in waits] == [3, 6, 12]
    assert rows("select failures, alarmed_at, error_code from feed") == [(3, None, "source.unreadable")]
    eye.begun_at -= timedelta(hours=1)
    change(
        "update feed set failing_since = failing_since - interval '6 minutes', next_at = now() + "
        "interval '1 hour'"
    )
    eye.look()
    assert rows("select alarmed_at is not null from feed") == [(True,)]
    assert rows(
        "select payload ->> 'alarmed_at' is not null from change where noun = 'feed' order by id desc limit 1"
    ) == [(True,)]
    path.write_text("source_id,opened_at\np1,2024-05-01\n")
    change("update feed set next_at = now()")
    eye.look()
    assert rows("select failures, failing_since, alarmed_at, error_code from feed") == [(0, None, None, None)]


def test_a_machine_that_was_off_alarms_nobody_at_its_start(watcher, file, change, rows) -> None:
    eye = watcher(
        replace(find(FEEDS, "police"), sources=(str(file("p.csv", "source_id,opened_at\np1,2024-05-01\n")),))
    )
    eye.look()
    change("update feed set polled_at = polled_at - interval '3 days', next_at = now() + interval '1 hour'")
    eye.look()
    assert rows("select alarmed_at from feed") == [(None,)]


def test_of_a_folder_only_new_files_are_read(watcher, tmp_path, change, rows) -> None:
    eye = watcher(replace(find(FEEDS, "police"), sources=(str(tmp_path / "in"),)))
    (tmp_path / "in").mkdir()

    def put(name: str) -> None:
        path = tmp_path / "in" / name
        path.write_text(f"source_id,opened_at\n{name},2024-05-01\n")
        os.utime(path, (time.time() - 60,) * 2)
        change("update feed set next_at = now()")
        eye.look()

    eye.look()
    assert rows("select count(*), (select polled_at is not null from feed) from run") == [
        (0, True)
    ]  # an empty folder is alive
    put("a.csv")
    put("b.csv")
    assert rows("select read_rows, written, source like '%b.csv' from run order by id") == [
        (1, 1, False),
        (1, 1, True),
    ]
