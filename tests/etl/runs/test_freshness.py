"""What is quiet, what is still being written, and whose turn it is."""

import os
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from etl.registry import FEEDS, Feed, find
from etl.runs import engine, inbox, watch
from geo.errors import InvalidInput
from geo.intake import runs
from tests.etl.servers import sftp_server

HEAD = "source_id,opened_at,status\n"
POLICE = find(FEEDS, "police")
LIST = Feed("list", "incident", 60, mode="snapshot", constants={"kind": "police"})


def test_a_pattern_that_matches_nothing_is_quiet_and_a_folder_that_is_gone_is_not(
    settings, start, folder, due, rows, tmp_path
) -> None:
    eye = start(replace(POLICE, sources=(str(folder[0] / "*.csv"),)))
    eye.look()
    assert rows("select polled_at is not null, error_code, failures from feed") == [(True, None, 0)]
    folder[0].rmdir()
    due()
    eye.look()
    assert rows("select error_code, failures from feed") == [("source.missing", 1)]
    with pytest.raises(InvalidInput, match="source.missing"):
        engine.run(settings, "police", [str(tmp_path / "*.csv")])


def test_a_pattern_of_another_machine_that_matches_nothing_is_quiet(start, due, rows, tmp_path) -> None:
    root, keys = tmp_path / "root", tmp_path / "keys"
    (root / "out").mkdir(parents=True)
    keys.mkdir()
    options = {"key_file": str(keys / "user"), "known_hosts": str(keys / "known_hosts")}
    with sftp_server(root, keys) as address:
        eye = start(replace(POLICE, sources=(f"{address}/out/*.csv",), options=options))
        eye.look()
        assert rows("select polled_at is not null, error_code from feed") == [(True, None)]
        (root / "out" / "a.csv").write_text(HEAD + "x,2024-05-01,open\n")
        due()
        eye.look()
        assert rows("select count(*)::int from run") == [(0,)], "it may still be on its way"
        due()
        eye.look()
        assert rows("select source_id from incident") == [("x",)]
        (root / "out").rename(root / "gone")
        due()
        eye.look()
    assert rows("select error_code from feed") == [("source.missing",)]


def write(path: Path, body: str, age_s: float = 60) -> None:
    path.write_text(body)
    os.utime(path, (time.time() - age_s,) * 2)


def test_a_line_that_is_not_finished_is_waited_for(start, tmp_path, due, rows) -> None:
    path = tmp_path / "in.csv"
    eye = start(replace(POLICE, sources=(str(path),)))
    write(path, HEAD + "x,2024-05-01,open\ny1", 60)
    eye.look()
    assert rows("select count(*)::int from run") == [(0,)]
    assert rows("select polled_at is not null, next_at <= now() + interval '30 s' from feed") == [
        (True, True)
    ]
    write(path, HEAD + "x,2024-05-01,open\ny12,2024-05-01,closed\n", 30)
    due()
    eye.look()
    assert rows("select source_id, status from incident order by 1") == [("x", "open"), ("y12", "closed")]
    assert rows("select read_rows, rejected from run") == [(2, 0)]


def test_a_file_without_a_last_line_end_is_read_once_it_stands_still(start, folder, due, rows) -> None:
    inbox_, _ = folder
    eye = start(replace(POLICE, sources=(str(inbox_),)))
    write(inbox_ / "a.csv", HEAD + "x,2024-05-01,open", 60)
    write(inbox_ / "b.csv", HEAD + "x,2024-05-01,closed\n", 50)
    eye.look()
    assert rows("select count(*)::int from run") == [(0,)], "what was written after it waits with it"
    due()
    eye.look()
    assert rows("select status from incident") == [("closed",)]
    assert rows("select written from run order by id") == [(1,), (1,)]


def test_a_list_of_which_a_file_is_being_written_has_lost_nothing(start, folder, due, rows) -> None:
    inbox_, _ = folder
    eye = start(replace(LIST, sources=(str(inbox_),)))
    for name in "ab":
        write(inbox_ / f"{name}.csv", HEAD + f"{name},2024-05-01,open\n")
    eye.look()
    write(inbox_ / "b.csv", HEAD, 0)
    due()
    eye.look()
    assert rows("select source_id from incident where vanished_at is null order by 1") == [("a",), ("b",)]
    write(inbox_ / "b.csv", HEAD + "b,2024-05-01,closed\n", 5)
    due()
    eye.look()
    assert rows("select source_id, status, vanished_at from incident order by 1") == [
        ("a", "open", None),
        ("b", "closed", None),
    ]


@pytest.fixture
def push(web):
    def ask(key: str) -> None:
        with web.begin() as connection:
            body = f"{HEAD}{key},2024-05-01,open\n".encode()
            runs.push(connection, "71", "police", key, "pusher", "text/csv", body)

    return ask


def test_pushes_that_come_all_the_time_leave_the_files_their_turn(
    start, folder, rows, push, monkeypatch
) -> None:
    inbox_, put = folder
    more = iter(range(8))
    do_first = inbox.do_first

    def and_another(*given) -> None:
        do_first(*given)
        for n in islice(more, 1):
            push(f"n{n}")

    monkeypatch.setattr(inbox, "do_first", and_another)
    monkeypatch.setattr(inbox, "TURN_S", 0.0, raising=False)
    eye = start(replace(POLICE, sources=(str(inbox_),)))
    push("k")
    put(a_csv=HEAD + "x,2024-05-01,open\n")
    eye.look()
    order = [source for (source,) in rows("select source from run order by started_at, id")]
    assert len(order) == 10 and str(inbox_ / "a.csv") in order[:3]


def test_a_poll_that_is_always_due_leaves_the_pushes_their_turn(
    settings, etl, folder, due, rows, push
) -> None:
    eye = watch.Watcher(settings, (replace(POLICE, sources=(str(folder[0]),)),), etl)
    eye.begin()
    turns = []
    for n in range(4):
        push(f"k{n}")
        due()
        eye.look()
        eye.finish(30)
        turns += rows("select count(*)::int from run")[0]
    assert turns == [0, 2, 2, 4]


def test_a_feed_that_another_process_runs_is_polled_again_at_once(settings, start, folder, rows) -> None:
    feed = replace(POLICE, interval_s=3600, sources=(str(folder[0]),))
    eye = start(feed)
    with engine.session(settings) as session, engine.locked(session, settings, feed):
        folder[1](a_csv=HEAD + "x,2024-05-01,open\n")
        super(type(eye), eye).look()
        eye.finish(30)
    assert rows("select next_at < now() + interval '1 minute', failures from feed") == [(True, 0)]
