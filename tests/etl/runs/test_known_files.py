"""A file is known by what it says: touched, renamed or copied, and after its delivery was forgotten, it turns
nothing back. Of files that are found together the one that was written later holds."""

import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from etl import sources
from etl.registry import FEEDS, Feed, find
from etl.runs import engine
from geo.intake import runs
from geo.work import retention
from tests.etl.servers import Answers, web_server

HEAD = "source_id,opened_at,status\n"
OPEN, CLOSED = HEAD + "x,2024-05-01,open\n", HEAD + "x,2024-05-01,closed\n"
POLICE = find(FEEDS, "police")
STATE = "select status, version from incident"


def touch(path: Path, age_s: float = 10) -> Path:
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def touched(path: Path) -> None:
    touch(path)


def renamed(path: Path) -> None:
    touch(path.rename(path.with_name("newer.csv")))


def copied(path: Path) -> None:
    touch(Path(shutil.copyfile(path, path.with_name("newer.csv"))))


@pytest.mark.parametrize("again", [touched, renamed, copied])
def test_an_old_file_that_comes_again_turns_nothing_back(start, folder, due, rows, again) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    for name, body in (("day1_csv", OPEN), ("day2_csv", CLOSED)):
        put(**{name: body})
        start(feed).look()
        due()
    again(inbox / "day1.csv")
    start(feed).look()
    assert rows(STATE) == [("closed", 2)]
    assert rows("select written, unchanged from run order by id desc limit 1") == [(0, 1)]


def test_a_file_that_is_run_by_hand_from_elsewhere_is_known(settings, file, tmp_path, rows) -> None:
    for name, body in (("day1.csv", OPEN), ("day2.csv", CLOSED)):
        engine.run(settings, "police", [str(file(name, body))])
    elsewhere = tmp_path / "archive"
    elsewhere.mkdir()
    engine.run(settings, "police", [str(shutil.copy(tmp_path / "day1.csv", elsewhere))])
    assert rows(STATE) == [("closed", 2)]


def test_a_file_that_is_written_over_is_news_in_whatever_words(start, folder, due, rows) -> None:
    inbox, put = folder
    eye = start(replace(POLICE, sources=(str(inbox),)))
    for body in (OPEN, CLOSED, OPEN):
        put(now_csv=body)
        eye.look()
        due()
    assert rows(STATE) == [("open", 3)]


def test_a_file_of_the_web_is_known_by_its_content(start, due, rows) -> None:
    answers = Answers(files={"/1.csv": OPEN.encode(), "/2.csv": CLOSED.encode()}, etag='"one"')
    with web_server(answers) as address:
        eye = start(replace(POLICE, sources=(f"{address}/1.csv", f"{address}/2.csv")))
        eye.look()
        due()
        answers.etag = '"two"'
        eye.look()
    assert rows(STATE) == [("closed", 2)]
    assert rows("select count(*)::int from run") == [(4,)]


@pytest.mark.parametrize(
    ("first", "second", "apart_s"),
    [("day9.csv", "day10.csv", 0.0), ("b.csv", "a.csv", 1e-3), ("day1.csv", "day01.csv", 1e-3)],
)
def test_of_files_that_are_found_together_the_later_one_holds(
    start, folder, rows, first: str, second: str, apart_s: float
) -> None:
    inbox, _ = folder
    written = time.time() - 60
    for name, body, at in ((first, OPEN, written), (second, CLOSED, written + apart_s)):
        (inbox / name).write_text(body)
        os.utime(inbox / name, (at, at))
    start(replace(POLICE, sources=(f"{inbox}/*.csv",))).look()
    assert rows("select status from incident") == [("closed",)]


def test_the_order_of_files_is_that_of_time_then_of_names_as_people_count(tmp_path) -> None:
    for n, name in enumerate(("b 2.csv", "b 10.csv", "b 1.csv", "a.csv")):
        (tmp_path / name).write_text(OPEN)
        os.utime(tmp_path / name, ns=(10**18 + (n == 3),) * 2)
    found = sources.resolve(Feed("f", "incident", 60), [str(path) for path in tmp_path.iterdir()])
    assert [Path(source.name).name for source in found] == ["b 1.csv", "b 2.csv", "b 10.csv", "a.csv"]


@pytest.fixture
def years_later(settings, jobs, owner):
    """Everything is purged, whatever its time."""
    city = replace(settings.city, retention={rule.key: 0 for rule in retention.RULES})
    return lambda: retention.maintain(jobs, owner, city, datetime.now(UTC))


def test_a_file_whose_delivery_was_forgotten_turns_nothing_back(
    settings, start, folder, due, rows, years_later
) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    put(day1_csv=OPEN)
    eye = start(feed)
    eye.look()
    kept = shutil.move(inbox / "day1.csv", inbox.parent / "kept.csv")
    put(day2_csv=CLOSED)
    due()
    eye.look()
    assert years_later()["deliveries"] == 1
    assert rows("select count(*)::int from past_delivery") == [(1,)]
    engine.run(settings, feed, [str(kept)])
    touch(Path(shutil.move(kept, inbox / "day3.csv")))
    due()
    start(feed).look()
    assert rows(STATE) == [("closed", 2)]


@pytest.mark.parametrize("large", [False, True])
def test_a_key_whose_entry_was_forgotten_is_known(start, web, rows, years_later, large: bool) -> None:
    def push(key: str, body: str) -> tuple[int, bool]:
        with web.begin() as connection:
            given = BytesIO(body.encode()) if large else body.encode()
            return runs.push(connection, "71", "police", key, "pusher", "text/csv", given)

    eye = start(POLICE)
    first = push("k1", OPEN)
    eye.look()
    push("k2", CLOSED)
    eye.look()
    assert years_later()["inbox"] == 2
    assert push("k1", OPEN) == (first[0], False)
    eye.look()
    assert rows(STATE) == [("closed", 2)]
    assert push("k3", OPEN)[1]
    eye.look()
    assert rows(STATE) == [("open", 3)]
