"""Milestones of the project office's file as an indicator: counted by the file of then, in the score beside
the cases, and the same when a later file says otherwise."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.audit.keys import open_signer, publish_key
from geo.projects.adopt import adopt
from geo.projects.file import COLUMNS, read_projects
from geo.rating import months, versions
from geo.rating.cases import RULES
from geo.rating.milestones import read_milestones
from geo.rating.strategy import Strategy, strategy_of
from geo.settings import Settings
from geo.toml import TomlFile
from layers.rating.milestones import count_recorded_later, read_rated_milestones
from tests.support import rating_town as town

WITH_MILESTONES = town.STRATEGY.replace("weight = 60", "weight = 50", 1).replace(
    "[[manager]]",
    '[[indicator]]\nkey = "plan"\ngoal = "quality"\nfigure = "milestones"\n'
    "weight = 10\nplan = 1.0\nzero = 0.0\n[[manager]]",
    1,
)
LATE = "late for a reason"
FILE = """{head}
bridge;М;М;M;m1;71.43;51.13;design;а;а;a;2025-01-31;2025-01-31;
bridge;М;М;M;m1;71.43;51.13;tender;б;б;b;2025-02-01;2025-02-01;
bridge;М;М;M;m1;71.43;51.13;piers;в;в;c;2025-12-10;2025-12-20;{late}
bridge;М;М;M;m1;71.43;51.13;deck;г;г;d;2026-01-31;{deck}
bridge;М;М;M;m1;71.43;51.13;opening;д;д;e;2026-02-01;;{opening}
park;П;П;P;m2;71.44;51.14;design;а;а;a;2026-01-15;2026-01-10;
yard;Д;Д;Y;nobody;71.44;51.14;design;а;а;a;2026-01-15;2026-01-10;
"""


def take(connection: Connection, settings: Settings, on: date, **cells: str) -> None:
    written = FILE.format(head=";".join(COLUMNS), late=LATE, **cells)
    read = read_projects(written, settings.city, None, on)
    assert read.mistakes == ()
    number = adopt(connection, settings.city, read, "saule")
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    connection.execute(
        text("update project_file set adopted_at = :at where id = :id"), {"at": at, "id": number}
    )


@pytest.fixture
def strategy(connection: Connection, settings: Settings) -> Strategy:
    town.build(connection)
    found = strategy_of(TomlFile(Path("s.toml"), WITH_MILESTONES, tomllib.loads(WITH_MILESTONES)))
    versions.adopt(connection, settings.city, found, "aigerim")
    take(connection, settings, date(2026, 2, 20), deck=f";{LATE}", opening=LATE)
    return found


def test_twelve_months_by_the_file_of_then(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    """Planned from February 2025 to January 2026; the deck is past its day and not done."""
    found = read_milestones(connection, settings.city, strategy, town.MONTH, town.AS_OF, RULES)
    counted = {(one.project, one.milestone): one.pattern & 0xFF for one in found}
    whole, in_time = 1 << 6, 3 << 6
    assert counted == {
        ("bridge", "tender"): in_time,
        ("bridge", "piers"): whole,
        ("bridge", "deck"): whole,
        ("park", "design"): in_time,
    }
    take(connection, settings, date(2026, 3, 1), deck="2026-01-31;", opening=LATE)
    again = read_milestones(connection, settings.city, strategy, town.MONTH, town.AS_OF, RULES)
    assert [one.pattern for one in again if one.milestone == "deck"] == [in_time | 1 << 62]
    before = datetime(2026, 2, 1, tzinfo=UTC)
    assert read_milestones(connection, settings.city, strategy, town.MONTH, before, RULES) == [], (
        "no file yet"
    )


def test_what_was_done_after_the_month_is_not_told_of_it(
    connection: Connection, settings: Settings, strategy: Strategy, tmp_path: Path
) -> None:
    signer = open_signer(tmp_path / "keys-of-months")
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, counted, who, signer)
    take(connection, settings, date(2026, 3, 20), deck=f"2026-03-10;{LATE}", opening=LATE)
    assert count_recorded_later(connection, settings.city, town.MONTH, "m1") == 0


def test_points_stand_beside_those_of_cases_and_milestones_are_no_cases(
    connection: Connection, settings: Settings, strategy: Strategy
) -> None:
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    managers = {one["manager"]: one for one in json.loads(counted.body)["managers"]}
    first = managers["m1"]["indicators"]["plan"]
    assert (first["part"], first["whole"], first["value"]) == (1, 3, pytest.approx(1 / 3, abs=1e-4))
    assert 0 < first["points"] < 10 and managers["m2"]["indicators"]["plan"]["value"] == 1.0
    assert managers["m1"]["cases"] == town.CASES and managers["m3"]["incomplete"]
    total = sum(one["points"] for one in managers["m1"]["indicators"].values())
    assert managers["m1"]["score"] == pytest.approx(total, abs=1e-3)


def test_a_closed_month_stays_whatever_a_later_file_says(
    connection: Connection, settings: Settings, strategy: Strategy, tmp_path: Path
) -> None:
    keys = tmp_path / "keys-of-months"
    signer = open_signer(keys)
    publish_key(signer, keys)
    counted = months.count_month(connection, settings.city, strategy, town.MONTH, town.AS_OF)
    for who in ("aigerim", "bolat"):
        months.close_month(connection, settings.city, town.MONTH, counted, who, signer)
    assert count_recorded_later(connection, settings.city, town.MONTH, "m1") == 0
    take(connection, settings, date(2026, 3, 20), deck="2026-01-31;", opening=LATE)
    assert count_recorded_later(connection, settings.city, town.MONTH, "m1") == 1, "the deck"
    assert count_recorded_later(connection, settings.city, town.MONTH, "m2") == 0
    assert months.verify(connection, settings.city, town.MONTH, keys) == []
    rows = read_rated_milestones(connection, settings.city, town.MONTH, "m1", 3, False, "en")
    assert [(row["name"], row["milestone"]) for row in rows] == [("M", "c"), ("M", "d")]
    assert rows[0]["reason"] == LATE
    connection.execute(text("alter table rating_milestone disable trigger keep_closed"))
    connection.execute(text("update rating_milestone set done_on = '2026-01-30' where milestone = 'deck'"))
    [found] = [one.key for one in months.verify(connection, settings.city, town.MONTH, keys)]
    assert found == "rows"


@pytest.mark.parametrize(
    "moves", [["2026-03-01"], ["2026-03-01", "2026-06-01"], ["2025-06-01"], ["2026-03-01", None]]
)
def test_a_plan_that_is_moved_makes_nothing_on_time(
    connection: Connection, settings: Settings, strategy: Strategy, moves: list[str | None]
) -> None:
    """However often, to a later month or an earlier one, or by taking the milestone out and in again: it
    counts by its first day and in the month of that, and tells what is planned now."""
    before = read_milestones(connection, settings.city, strategy, town.MONTH, town.AS_OF, RULES)
    for n, to in enumerate(moves):
        line = f"bridge;М;М;М;m1;71.43;51.13;deck;г;г;d;{to or '2026-03-01'};2026-02-28;{LATE}\n"
        others = "park;П;П;P;m2;71.44;51.14;design;а;а;a;2026-01-15;2026-01-10;\n"
        for m, written in enumerate(([others] if to is None else []) + [line + others]):
            adopt_file(connection, settings, date(2026, 3, 1), written, f"{n}{m}")
    after = read_milestones(connection, settings.city, strategy, town.MONTH, town.AS_OF, RULES)
    was, now = ([one for one in found if one.milestone == "deck"][0] for found in (before, after))
    assert (was.pattern, was.planned_on, was.moved_to) == (now.pattern, now.planned_on, None)
    assert now.moved_to == date.fromisoformat(moves[-1] or "2026-03-01")
    moved_into = read_milestones(connection, settings.city, strategy, date(2026, 2, 1), town.AS_OF, RULES)
    assert [one.pattern for one in moved_into if one.milestone == "deck"] == [was.pattern]
    now_in = now.moved_to.replace(day=1)
    [old] = [
        one
        for one in read_milestones(connection, settings.city, strategy, now_in, town.AS_OF, 1)
        if one.milestone == "deck"
    ]
    assert old.moved_to is None and old.planned_on == now.moved_to, "by the rules of months closed before"


def adopt_file(connection: Connection, settings: Settings, on: date, lines: str, name: str) -> None:
    """`name` tells files of the same lines apart."""
    written = f"{';'.join(COLUMNS)}\n{lines}".replace("park;П;П;P", f"park;П;П;P{name}")
    read = read_projects(written, settings.city, None, on)
    assert read.mistakes == ()
    number = adopt(connection, settings.city, read, "saule")
    connection.execute(
        text("update project_file set adopted_at = :at where id = :id"),
        {"at": datetime(on.year, on.month, on.day, 9, tzinfo=UTC), "id": number},
    )
