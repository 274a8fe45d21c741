"""The run that brings news is one that writes. A file that says over again what an earlier one said under
another name is told as its copy."""

import os
import shutil
import time
from dataclasses import replace

import pytest

from etl.registry import FEEDS, find
from etl.runs import engine
from tests.etl.runs.test_known_files import CLOSED, HEAD, OPEN, years_later

__all__ = ["years_later"]

POLICE = find(FEEDS, "police")
LATEST = "select copy_of, copied_at is not null from run order by id desc limit 1"
NEWS = "select news_at, news_since, news_pause_s from feed"


def test_a_copy_under_another_name_is_told_with_the_first_name_and_its_time(start, folder, due, rows) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    put(monday_csv=OPEN)
    start(feed).look()
    assert rows(LATEST) == [(None, False)]
    shutil.copyfile(inbox / "monday.csv", inbox / "tuesday.csv")
    os.utime(inbox / "tuesday.csv", (time.time() - 30,) * 2)
    due()
    start(feed).look()
    assert rows(LATEST) == [(str(inbox / "monday.csv"), True)]
    assert rows("select r.copied_at = d.delivered_at from run r, delivery d where copy_of = d.source") == [
        (True,)
    ]


def test_a_file_that_was_only_touched_and_one_that_says_something_else_are_no_copies(
    start, folder, due, rows
) -> None:
    inbox, put = folder
    feed = replace(POLICE, sources=(str(inbox),))
    put(monday_csv=OPEN)
    start(feed).look()
    os.utime(inbox / "monday.csv", (time.time() - 30,) * 2)
    put(tuesday_csv=CLOSED)
    due()
    start(feed).look()
    assert rows("select count(*)::int, count(copied_at)::int from run") == [(3, 0)]


def test_a_copy_of_what_was_forgotten_is_told_without_a_name(settings, file, rows, years_later) -> None:
    engine.run(settings, "police", [str(file("monday.csv", OPEN))])
    years_later()
    engine.run(settings, "police", [str(file("tuesday.csv", OPEN))])
    assert rows(LATEST) == [(None, True)]


@pytest.mark.parametrize(
    ("again", "news"),
    [(OPEN, False), (CLOSED, True), (HEAD, False), (HEAD + "x,2024-13-45,open\n", False)],
    ids=["the same", "another state", "no row", "a rejected row"],
)
def test_only_what_writes_is_news(settings, file, rows, again: str, news: bool) -> None:
    engine.run(settings, "police", [str(file("monday.csv", OPEN))])
    ((first, since, pause),) = rows(NEWS)
    assert first == since and pause is None
    engine.run(settings, "police", [str(file("tuesday.csv", again))])
    ((last, since, pause),) = rows(NEWS)
    assert (last > first, since == first, pause is not None) == (news, True, news)
