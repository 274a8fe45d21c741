"""The project office's file: read, and every mistake by its line."""

from __future__ import annotations

from datetime import date

import pytest

from geo.projects.file import COLUMNS, ReadFile, read_projects
from geo.settings import Settings

CITY, TODAY = Settings.load({}).city, date(2026, 6, 15)
HEAD = ";".join(COLUMNS)
FIRST = "bridge;Көпір;Мост;Bridge;deputy;71,43;51.13;design;Ж;П;D;2026-03-01;01.03.2026;"
SECOND = "bridge;Көпір;Мост;Bridge;deputy;71.43;51.13;piers;Т;О;P;2026-05-31;2026-06-02;the river was high"
THIRD = "park;Саябақ;Парк;Park;akim;71.50;51.10;design;Ж;П;D;2026-12-31;;"


def read(*lines: str) -> ReadFile:
    return read_projects("\n".join([HEAD, *lines]) + "\n", CITY, {"deputy", "akim"}, TODAY)


def test_projects_have_their_milestones_in_the_order_of_the_file() -> None:
    found = read(FIRST, SECOND, THIRD)
    assert found.mistakes == ()
    bridge, park = found.projects
    assert (bridge.key, bridge.owner, bridge.lon, bridge.lat) == ("bridge", "deputy", 71.43, 51.13)
    assert [one.key for one in bridge.milestones] == ["design", "piers"]
    design, piers = bridge.milestones
    assert design.planned == design.done == date(2026, 3, 1) and not design.is_late(TODAY)
    assert piers.is_late(TODAY) and piers.reason == "the river was high"
    assert not park.milestones[0].is_late(TODAY) and park.milestones[0].is_late(date(2027, 1, 1))


def test_by_commas_too() -> None:
    line = '"bridge",К,М,"Bridge, long",deputy,71.43,51.13,design,Ж,П,D,2026-03-01,2026-03-01,'
    found = read_projects(f"{','.join(COLUMNS)}\n{line}\n", CITY, {"deputy"}, TODAY)
    assert found.mistakes == () and found.projects[0].names[2] == "Bridge, long"


@pytest.mark.parametrize(
    ("was", "wrong", "code"),
    [
        ("2026-05-31", "31.05.26", "day"),
        ("2026-06-02", "2026-06-16", "future"),
        ("the river was high", "", "reason"),
        ("deputy", "nobody", "owner"),
        ("71.43", "east", "point"),
        ("51.13", "43.25", "outside"),
        ("piers", "Piers!", "key"),
        ("Мост", "Мостик", "differs"),
        ("piers", "design", "twice"),
        ("О;P", ";P", "absent"),
        ("P;2026", "P;x;2026", "cells"),
        ("the river was high", "x" * 501, "long"),
    ],
)
def test_a_mistake_is_named_by_its_line(was: str, wrong: str, code: str) -> None:
    found = read(FIRST, SECOND.replace(was, wrong, 1), THIRD)
    assert [(one.line, one.code) for one in found.mistakes] == [(3, code)]
    assert [project.key for project in found.projects] == ["bridge", "park"]


def test_every_mistake_is_named() -> None:
    found = read(FIRST.replace("deputy", "nobody"), SECOND.replace("2026-05-31", "soon"), THIRD + ";more")
    assert [(one.line, one.code) for one in found.mistakes] == [(2, "owner"), (3, "day"), (4, "cells")]


def test_an_open_milestone_whose_day_is_over_needs_a_reason() -> None:
    late = THIRD.replace("2026-12-31", "2026-06-14")
    assert [one.code for one in read(late).mistakes] == ["reason"]
    assert read(late + "no land yet").mistakes == ()
    assert read(THIRD.replace("2026-12-31", "2026-06-15")).mistakes == (), "its day is today"


def test_other_columns_and_no_lines_are_mistakes_of_the_first_line() -> None:
    other = read_projects(HEAD.replace("reason", "why") + "\n" + FIRST, CITY, {"deputy"}, TODAY)
    assert [(one.line, one.code) for one in other.mistakes] == [(1, "column"), (1, "unknown")]
    assert [(one.line, one.code) for one in read().mistakes] == [(1, "empty")]
    assert [one.code for one in read_projects("", CITY, (), TODAY).mistakes] == ["column"] * len(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("written", ["{}", " {} ", "{upper}"])
def test_a_column_that_stands_twice_is_a_mistake(column: str, written: str) -> None:
    """Also where its second name is written otherwise: no reader could tell which is meant."""
    again = written.format(column, upper=column.upper())
    text = f"{HEAD};{again}\n{FIRST};x\n"
    found = read_projects(text, CITY, {"deputy"}, TODAY)
    assert ("column_twice", {"column": column}) in [(one.code, one.parameters) for one in found.mistakes]
    assert not found.projects


NO_DAYS = (
    "20260301",
    "2026-W09-7",
    "2026W097",
    "0001-03-01",
    "9999-03-01",
    "2026-3-1",
    "\u0662\u0660\u0662\u0666-03-01",
)


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_is_written_in_two_ways_only(day: str) -> None:
    assert [one.code for one in read(FIRST.replace("2026-03-01", day)).mistakes] == ["day"]
    assert [one.code for one in read(FIRST.replace("01.03.2026", day)).mistakes] == ["day"]


@pytest.mark.parametrize("reason", [".", "-", "...", "12", "?!", "no", "\u2014 \u2014"])
def test_a_reason_is_given_in_words(reason: str) -> None:
    wordless = SECOND.replace("the river was high", reason)
    assert [one.code for one in read(wordless).mistakes] == ["reason"]
    kept = read_projects(f"{HEAD}\n{wordless}\n", CITY, None, TODAY)
    assert not kept.mistakes and kept.projects[0].milestones[0].reason == reason, "what was adopted is read"


@pytest.mark.parametrize("lon", ["7_1.43", "\u0667\u0661.43", "nan", "inf", "1e999"])
def test_degrees_are_written_as_numbers_are(lon: str) -> None:
    assert [one.code for one in read(FIRST.replace("71,43", lon)).mistakes] == ["point"]


def test_a_kept_file_is_read_as_it_was_when_it_was_adopted() -> None:
    old = FIRST.replace("2026-03-01", "20260301")
    kept = read_projects(f"{HEAD}\n{old}\n", CITY, None, TODAY)
    assert not kept.mistakes and kept.projects[0].milestones[0].planned == date(2026, 3, 1)
