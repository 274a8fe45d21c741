"""Acknowledged means kept: what was pushed is loaded once, whatever dies on the way, and what is wrong
with one row or push is no other's fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import psycopg2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import text

from etl.readers import bounded, objects
from etl.registry import FEEDS, Feed, find
from etl.runs import batches, engine, inbox, pushed_batch, pushes, watch
from geo.database import connect_engine
from geo.intake import runs
from geo.loading import inbox as entries
from geo.loading import ledger
from tests.etl.runs.test_watch import Patient

JSON = "application/json"


class DiskFull(psycopg2.OperationalError):
    pgcode = "53100"


class Deadlock(psycopg2.OperationalError):
    pgcode = "40P01"


class NoSerialOrder(psycopg2.OperationalError):
    pgcode = "40001"


@pytest.fixture
def look(settings, database) -> Callable[..., None]:
    """Empty the inbox as the watcher does, waiting for nothing: what is put off is due at once."""

    def empty(*feeds: Feed, tries: int = 1) -> None:
        watcher = Patient(settings, feeds or FEEDS, database)
        watcher.begin()
        for _ in range(tries):
            with database.begin() as connection:
                connection.execute(text("update inbox set next_at = null"))
            watcher.look()

    return empty


@pytest.fixture
def push(settings) -> Callable[..., int]:
    web = connect_engine(settings, "web", pool_size=1)

    def ask(key: str, rows: list[dict] | bytes, feed: str = "police", media_type: str = JSON) -> int:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        with web.begin() as connection:
            return runs.push(connection, "71", feed, key, "pusher", media_type, body)[0]

    yield ask
    web.dispose()


def row(name: str, status: str = "open", **more: object) -> dict:
    return {"source_id": name, "opened_at": "2024-05-01", "status": status, **more}


def csv(*names: str) -> bytes:
    return ("source_id,opened_at\n" + "".join(f"{name},2024-05-01\n" for name in names)).encode()


def dies_once(monkeypatch, owner: object, name: str, error: Callable[[], Exception], times: int = 1) -> None:
    """The function does its work, and then what it stood on is gone, so many times."""
    work, left = getattr(owner, name), [times]

    def dying(*given: object, **more: object) -> object:
        done = work(*given, **more)
        if left[0]:
            left[0] -= 1
            raise error()
        return done

    monkeypatch.setattr(owner, name, dying)


def session_ends(monkeypatch, owner: object, name: str) -> None:
    """The server ends the session that called the function, once, as in a crash: the next statement finds
    it gone."""
    work, left = getattr(owner, name), [1]

    def dying(connection, *given: object, **more: object) -> object:
        done = work(connection, *given, **more)
        if left[0]:
            left[0] = 0
            connection.connection.cursor().execute("select pg_terminate_backend(pg_backend_pid())")
        return done

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.parametrize(
    "owner, name",
    [
        (entries, "begin"),
        (pushed_batch, "load_rows"),
        (ledger, "add_ended"),
        (ledger, "add_rejects"),
        (entries, "end"),
        (ledger, "beat"),
    ],
)
def test_a_session_that_dies_anywhere_loses_nothing(look, push, rows, monkeypatch, owner, name) -> None:
    ids = [push(f"k{n}", [row(f"w{n}"), row("", "?")]) for n in range(3)]
    session_ends(monkeypatch, owner, name)
    look(tries=4)
    assert rows("select source_id, version from incident order by 1") == [("w0", 1), ("w1", 1), ("w2", 1)]
    assert rows("select id, state, read_rows, written, rejected from run order by id") == [
        (run, "done", 2, 1, 1) for run in ids
    ]
    assert rows("select distinct state from inbox") == [("done",)]
    assert rows("select count(*) from reject") == [(3,)]


@pytest.mark.parametrize(
    "owner, name",
    [(ledger, "begin_run"), (batches, "load_rows"), (ledger, "add_counts"), (ledger, "end_run")],
)
def test_a_session_that_dies_under_a_long_push_loses_nothing(
    look, push, rows, monkeypatch, owner, name
) -> None:
    monkeypatch.setattr(pushes, "SMALL_BYTES", 10)
    run = push("k", [row("w0"), row("w1"), row("", "?")])
    session_ends(monkeypatch, owner, name)
    look(tries=4)
    assert rows("select source_id, version from incident order by 1") == [("w0", 1), ("w1", 1)]
    assert rows("select id, state, read_rows, rejected, written + unchanged from run") == [
        (run, "done", 3, 1, 2)
    ]
    assert rows("select state, (select count(*) from reject) from inbox") == [("done", 1)]


def test_a_run_that_was_cut_short_begins_anew_under_its_own_id(look, push, rows, change) -> None:
    run = push("k", [row("w")])
    change(
        """insert into run (region, id, feed, source, state, read_rows, written) values ('71', :run, 'police',
            'push k', 'running', 7, 7)""",
        run=run,
    )
    look()
    assert rows("select id, state, read_rows, written from run") == [(run, "done", 1, 1)]
    assert rows("select state from inbox") == [("done",)]


def test_a_deadlock_is_tried_again_and_told_to_nobody(look, push, rows, monkeypatch) -> None:
    push("k", [row("w")])
    dies_once(monkeypatch, pushed_batch, "load_rows", NoSerialOrder, times=1)
    dies_once(monkeypatch, pushed_batch, "load_rows", Deadlock, times=2)
    look(tries=3)
    assert rows("select state, attempts, next_at is not null from inbox") == [("waiting", 3, True)]
    look()
    assert rows("select i.state, r.state, written from inbox i join run r on r.id = i.run_id") == [
        ("done", "done", 1)
    ]


def test_what_never_ends_is_set_aside_and_can_be_repeated(look, push, rows, change, monkeypatch, web) -> None:
    run = push("k1", [row("w1")])
    push("k2", [row("w2")])
    monkeypatch.setattr(inbox, "MOST_ATTEMPTS", 3)
    with monkeypatch.context() as patched:
        patched.setattr(pushes, "MOST_TOGETHER", 1)
        dies_once(patched, pushed_batch, "load_rows", Deadlock, times=3)
        look(tries=5)
    assert rows("select idempotency_key, state, body is not null from inbox order by id") == [
        ("k1", "failed", True),
        ("k2", "done", True),
    ]
    assert rows("select error_code from run where id = :run", run=run) == [("run.gave_up",)]
    assert push("k1", [row("w1")]) == run  # whose sender repeats it has it tried again under its own id
    assert rows("select state, attempts from inbox where idempotency_key = 'k1'") == [("waiting", 0)]
    change("update inbox set state = 'failed' where idempotency_key = 'k1'")
    with web.begin() as connection:
        again = runs.repeat(connection, "71", run, "officer")
    look()
    assert rows("select state, written from run where id = :run", run=again) == [("done", 1)]


def test_a_full_disk_is_waited_for_as_long_as_it_takes(look, push, rows, monkeypatch) -> None:
    run = push("k", [row("w")])
    monkeypatch.setattr(inbox, "MOST_ATTEMPTS", 2)
    dies_once(monkeypatch, pushed_batch, "load_rows", DiskFull, times=5)
    look(tries=5)
    assert rows("select state, attempts from inbox") == [("waiting", 0)]
    look()
    assert rows("select i.state, r.state, r.id from inbox i join run r on r.id = i.run_id") == [
        ("done", "done", run)
    ]


POISON = {
    "a number out of range": (row("bad", fine_tenge=1e300), "value.most"),
    "half a surrogate pair": (row("bad", title="\ud800"), "row.text"),
    "an id without end": (row("b" * 40_000), "value.long"),
    "a name that is no text": (row("bad") | {"\udc00": 1}, "row.text"),
    "an unreadable time with NUL": (row("bad", opened_at="\x00x", title="\x00"), "value.time"),
}


@pytest.mark.parametrize("poison", POISON)
@pytest.mark.parametrize("small", [True, False])
def test_one_poison_row_rejects_itself(look, push, rows, monkeypatch, poison, small) -> None:
    if not small:
        monkeypatch.setattr(pushes, "SMALL_BYTES", 10)
    bad, code = POISON[poison]
    push("k", json.dumps([row("w1"), bad, row("w2")]).encode())
    look()
    assert rows("select source_id from incident order by 1") == [("w1",), ("w2",)]
    assert rows("select row_number, code from reject") == [(2, code)]
    assert rows("select state, read_rows, written, rejected from run") == [("done", 3, 2, 1)]


def test_nul_in_a_text_is_taken_out_and_its_row_kept(look, push, rows) -> None:
    push("k", json.dumps([row("w1", title="a\x00b"), row("w2")]).encode())
    look()
    assert rows("select source_id, title from incident order by 1") == [("w1", "ab"), ("w2", None)]


def test_a_row_that_only_the_database_refuses_rejects_itself(look, push, rows, change) -> None:
    """Whatever the reason: here a rule that the cleaning knows nothing of."""
    change("alter table incident add constraint no_thirteen check (source_id not like '%13')")
    push("before", [row("w1"), row("w2")])
    push("poison", [row("w3"), row("w13"), row("w4")])
    push("after", [row("w5")])
    look(tries=3)
    assert rows("select count(*) from incident") == [(5,)]
    assert rows("select source, state, read_rows, written, rejected from run order by id") == [
        ("push before", "done", 2, 2, 0),
        ("push poison", "done", 3, 2, 1),
        ("push after", "done", 1, 1, 0),
    ]
    assert rows("select row_number, code, row ->> 'source_id' from reject") == [(2, "row.refused", "w13")]


def test_a_file_keeps_its_good_rows_too(load, rows, change) -> None:
    change("alter table incident add constraint no_thirteen check (source_id not like '%13')")
    done = load("police", csv(*(f"w{n}" for n in range(1, 40))))
    assert (done.read, done.written, done.rejected) == (39, 38, 1)


def test_small_pushes_go_together_each_with_its_own_line(look, push, rows, monkeypatch) -> None:
    ids = [push(f"k{n}", [row(f"w{n}"), row(f"x{n}", "gone")]) for n in range(30)]
    ids.append(push("broken", b"{"))
    ids.append(push("repeated", [row("w3")]))
    sizes = []
    load_together = pushed_batch.load_together
    monkeypatch.setattr(
        pushed_batch, "load_together", lambda *given: sizes.append(load_together(*given)) or sizes[-1]
    )
    look()
    assert sizes == [31, 1]  # what names a thing again goes after
    lines = rows("select id, state, read_rows, written, unchanged, rejected, error_code from run order by id")
    assert lines[:30] == [(run, "done", 2, 1, 0, 1, None) for run in ids[:30]]
    assert lines[30:] == [
        (ids[30], "failed", 0, 0, 0, 0, "source.unreadable"),
        (ids[31], "done", 1, 0, 1, 0, None),
    ]
    assert rows("select count(distinct run_id) from incident") == [(30,)]
    assert rows("select count(*), count(distinct run_id) from reject") == [(30, 30)]
    assert rows("select state, count(*) from inbox group by 1 order by 1") == [("done", 31), ("failed", 1)]


ROWS = st.lists(
    st.builds(row, st.sampled_from("abcd"), st.sampled_from(["open", "closed", "in_progress", "?"])),
    max_size=3,
)


@examples(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.one_of(ROWS, ROWS, st.just(None)), min_size=2, max_size=6))
def test_together_is_as_one_after_another(settings, database, push, rows, monkeypatch, bodies) -> None:
    name = f"{abs(hash(json.dumps(bodies)))}"
    one, many = (replace(find(FEEDS, "police"), key=f"{way}{name}") for way in ("one", "many"))
    for feed in (one, many):
        for n, body in enumerate(bodies):
            push(f"k{n}", b"{" if body is None else json.dumps(body).encode(), feed.key)
    for feed, most in ((one, 1), (many, 400)):
        with monkeypatch.context() as patched:
            patched.setattr(pushes, "MOST_TOGETHER", most)
            watcher = watch.Watcher(settings, (feed,), database)
            watcher.begin()
            inbox.empty(settings, database, feed, engine.NO_TURN)
    state = [
        (
            rows(
                "select source_id, status, version from incident where source = :feed order by 1",
                feed=feed.key,
            ),
            rows(
                "select state, read_rows, written, unchanged, rejected, error_code from run where "
                "feed = :feed order by id",
                feed=feed.key,
            ),
            rows(
                """select i.source_id, e.what, e.from_value, e.to_value, count(*) from incident_event e
                    join incident i on i.id = e.incident_id
             where i.source = :feed group by 1, 2, 3, 4 order by 1, 2, 3, 4""",
                feed=feed.key,
            ),
        )
        for feed in (one, many)
    ]
    assert state[0] == state[1]


def test_what_broke_together_goes_with_fewer_each_time(push, change, settings, database) -> None:
    """When many were begun as their process was killed, none must wait until each of them has had a run of
    its own."""
    for n in range(120):
        push(f"k{n}", [row(f"w{n}")])
    feed, sizes = find(FEEDS, "police"), []
    for attempts in range(6):
        change("update inbox set attempts = :n", n=attempts)
        sizes.append(len(inbox.together(feed, inbox.oldest(settings, database, feed))))
    assert sizes == [120, 100, 25, 6, 0, 0]


def test_what_breaks_its_loader_fails_alone(look, push, rows, monkeypatch) -> None:
    """An error that nobody knows, of one push among others."""
    for name in ("w1", "broken", "w2"):
        push(name, [row(name)])
    read = pushes.read

    def breaking(source, feed):
        if "broken" in source.name:
            raise ZeroDivisionError("a fault of our own")
        return read(source, feed)

    monkeypatch.setattr(pushes, "read", breaking)
    monkeypatch.setattr(engine, "read", breaking)
    look(tries=3)
    assert rows("select idempotency_key, state from inbox order by id") == [
        ("w1", "done"),
        ("broken", "failed"),
        ("w2", "done"),
    ]
    assert rows("select error_code from run where source = 'push broken'") == [("run.broken",)]


@pytest.mark.parametrize("element", [b"1", b"{}"])
def test_a_push_of_hardly_any_row_ends_soon_and_keeps_few_of_its_rejects(
    look, push, rows, monkeypatch, element
) -> None:
    """However long it is: what waits for the feed comes to its turn."""
    for module in (engine, batches):
        monkeypatch.setattr(module, "MOST_REJECTS", 1500)
    monkeypatch.setattr(bounded, "CHUNK_ROWS", 1000)
    monkeypatch.setattr(objects, "PART_ROWS", 1000)
    push("endless", b"[" + b",".join([element] * 50_000) + b"]")
    push("next", [row("w")])
    look(tries=3)
    assert rows("select idempotency_key, state from inbox order by id") == [
        ("endless", "failed"),
        ("next", "done"),
    ]
    run = "from run where source = 'push endless'"
    assert rows(f"select error_code, read_rows = rejected, read_rows < 5000 {run}") == [
        ("run.only_rejects", True, True)
    ]
    assert rows("select count(*) from reject") == [(1500,)]


def test_a_backlog_is_an_alarm_until_it_is_gone(look, push, rows, change, settings, database) -> None:
    push("k", [row("w")])
    change("update inbox set asked_at = now() - interval '3 minutes', next_at = now() + interval '1 hour'")
    watcher = watch.Watcher(settings, FEEDS, database)
    watcher.begin()
    watcher.raise_alarms()
    watcher.raise_alarms()
    assert rows("select key from feed where backlog_alarmed_at is not null") == [("police",)]
    reasons = (
        "select payload ->> 'backlog_alarmed_at' is not null from change where noun = 'feed' and "
        "payload ->> 'key' = 'police' order by id"
    )
    assert rows(reasons) == [(True,)]
    look()
    watcher.raise_alarms()
    assert rows("select count(*) from feed where backlog_alarmed_at is not null") == [(0,)]
    assert rows(reasons) == [(True,), (False,)]


def test_what_waits_is_found_by_its_index(push, rows, change, database) -> None:
    """A year of done entries costs the look for what waits nothing."""
    change("""insert into inbox (region, feed, idempotency_key, asked_by, state, run_id) select '71',
        'police', 'old' || n, 'x', 'done', -n
        from generate_series(1, 20000) n""")
    change("analyze inbox")
    push("k", [row("w")])
    with database.begin() as connection:
        plan = "\n".join(
            connection.execute(
                text(f"explain (analyze, buffers) {entries.WAITING.text}"),
                {"region": "71", "feeds": [feed.key for feed in FEEDS]},
            ).scalars()
        )
    assert "Seq Scan" not in plan and "ix_inbox_waiting" in plan
