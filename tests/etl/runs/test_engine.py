"""The machine: one run of a feed at a time, whole batches or nothing, and a killed run completed by the
next."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from etl import sources
from etl.chunk import CHUNK_ROWS
from etl.registry import FEEDS, find
from etl.runs import engine
from etl.runs.batches import numbered
from geo.errors import Conflict, InvalidInput

ROOT = Path(__file__).parents[3]


def run_frames(settings, feed: str, frames, source: str):
    """A run over frames that are made in memory; `source` names them in the ledger."""
    return engine.run_chunks(
        settings, find(FEEDS, feed), numbered(frames), [sources.Source(source, body=b"")], None, None, None
    )


def many(count: int) -> str:
    return "source_id,opened_at,lon,lat\n" + "".join(
        f"m{i},2024-05-01 10:00,71.4,51.1\n" for i in range(count)
    )


def test_a_frame_is_loaded_as_a_file_is(settings, rows) -> None:
    frame = pd.DataFrame(
        {
            "source_id": ["f1", "f1"],
            "opened_at": pd.to_datetime(["2024-05-01T00:00Z"] * 2),
            "lon": [71.4] * 2,
            "lat": [51.1] * 2,
        }
    )
    result = run_frames(settings, "police", [frame], "made up")
    assert (result.read, result.written, result.rejected) == (2, 1, 1)
    assert rows("select source from run") == [("made up",)]


def test_two_runs_of_one_feed_never_overlap(settings, rows) -> None:
    begun, leave = threading.Event(), threading.Event()

    def slow():
        begun.set()
        leave.wait(20)
        yield pd.DataFrame({"source_id": ["s1"], "opened_at": ["2024-05-01"]})

    other = threading.Thread(target=run_frames, args=(settings, "police", slow(), "slow"))
    other.start()
    begun.wait(20)
    try:
        with pytest.raises(Conflict, match="run.busy"):
            run_frames(settings, "police", [], "second")
        assert run_frames(settings, "calls", [], "another feed").read == 0
    finally:
        leave.set()
        other.join()
    assert run_frames(settings, "police", [], "after").read == 0


def test_a_batch_that_fails_leaves_the_batches_before_it(settings, rows) -> None:
    def frames():
        yield pd.DataFrame({"source_id": ["s1"], "opened_at": ["2024-05-01"]})
        raise InvalidInput("source.unreadable", source="x", reason="torn")

    with pytest.raises(InvalidInput):
        run_frames(settings, "police", frames(), "torn")
    assert rows("select state, read_rows, written, error_code, error_parameters ->> 'reason' from run") == [
        ("failed", 1, 1, "source.unreadable", "torn")
    ]
    assert rows("select count(*) from incident") == [(1,)] and rows(
        "select error_code, polled_at from feed"
    ) == [("source.unreadable", None)]


KILLED = """
import sys
from dataclasses import replace
from etl import sources
from etl.runs import engine
from etl.runs.batches import numbered
from geo.settings import Settings
settings = replace(Settings.load({"IKOMEK_DATA": sys.argv[1]}), database_url=sys.argv[2], own_database=True)
def say(figures):
    print("batch", flush=True)
engine.run(settings, "police", [sys.argv[3]], say)
"""


def test_a_killed_run_is_completed_by_the_next(settings, rows, file, tmp_path) -> None:
    path = file("many.csv", many(CHUNK_ROWS * 3))
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), settings.database_url, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None and run.stdout.readline() == b"batch\n"
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    for _ in range(200):
        if rows("select count(*) from pg_locks where locktype = 'advisory' and classid = 8109") == [(0,)]:
            break
        time.sleep(0.1)
    [(read, written, incidents, deltas)] = rows(
        "select read_rows, written, (select count(*) from incident), (select count(*) from "
        "density_delta) from run"
    )
    assert read == written == incidents == deltas and read % CHUNK_ROWS == 0 and 0 < read < CHUNK_ROWS * 3
    result = engine.run(settings, "police", [str(path)])
    assert (result.written, result.unchanged) == (CHUNK_ROWS * 3 - read, read)
    assert rows("select state, error_code from run order by id") == [("failed", "run.killed"), ("done", None)]


def test_a_feed_that_fails_or_recovers_is_announced(load, rows) -> None:
    load("police", many(1))
    with pytest.raises(InvalidInput):
        load("police", "", "csv")
    load("police", many(1))
    assert rows("""select payload ->> 'key', payload ->> 'error',
        (payload ->> 'newest_at')::float8 = extract(epoch from timestamptz '2024-05-01 05:00Z')
        from change where noun = 'feed' order by id""") == [
        ("police", "source.empty", True),
        ("police", None, True),
    ]


def test_a_pattern_stands_for_the_files_that_match_it(settings, file, tmp_path) -> None:
    for n, name in enumerate(("b.csv", "a.csv"), 1):
        os.utime(file(name, many(n)), ns=(n, n))
    assert [
        source.name[-5:] for source in sources.resolve(find(FEEDS, "police"), [str(tmp_path / "*.csv")])
    ] == ["b.csv", "a.csv"]
    with pytest.raises(InvalidInput, match="feed.no_source"):
        list(sources.resolve(find(FEEDS, "police"), None))
    with pytest.raises(InvalidInput, match="source.missing"):
        list(sources.resolve(find(FEEDS, "police"), [str(tmp_path / "*.tsv")]))


def test_reasons_never_carry_a_rows_own_words() -> None:
    assert engine.reason(ValueError('invalid input "Айгүл 8701" for\nDETAIL: (x)'))[1] == {
        "reason": "ValueError: invalid input … for"
    }
