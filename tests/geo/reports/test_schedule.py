"""When a report is due, which days it is of, and a file of the schedule with its mistakes by line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.errors import InvalidInput
from geo.reports.schedule import BY_DEFAULT, VARIABLE, ScheduledReport, days_of, next_due, read_schedule
from geo.settings import Settings

CITY = Settings.load({}).city
FILE = """[[report]]
key = "mayor"
kind = "morning"
at = "07:00"
languages = ["kk", "ru"]
mail = ["mayor@example.org"]

[[report]]
key = "month"
kind = "month"
at = "08:30"
"""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY.time_zone)


@pytest.mark.parametrize(
    ("kind", "now", "latest", "following"),
    [
        ("morning", "2025-02-27 06:59", "2025-02-26 07:00", "2025-02-27 07:00"),
        ("morning", "2025-02-27 07:00", "2025-02-27 07:00", "2025-02-28 07:00"),
        ("week", "2025-02-27 12:00", "2025-02-24 07:00", "2025-03-03 07:00"),
        ("month", "2025-03-01 06:00", "2025-02-01 07:00", "2025-03-01 07:00"),
        ("shift", "2025-12-31 23:00", "2025-12-31 07:00", "2026-01-01 07:00"),
    ],
)
def test_it_is_due_by_the_clock_of_the_city(kind: str, now: str, latest: str, following: str) -> None:
    entry, at = ScheduledReport("one", kind, "07:00"), local(now).astimezone(UTC)
    assert entry.latest(CITY, at) == local(latest)
    assert entry.next(CITY, at) == local(following)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("morning", "2025-02-28", "2025-02-28"),
        ("week", "2025-02-17", "2025-02-23"),
        ("month", "2025-02-01", "2025-02-28"),
        ("shift", "2025-03-01", "2025-03-01"),
    ],
)
def test_it_is_of_the_days_that_have_ended(kind: str, first: str, last: str) -> None:
    assert days_of(kind, date(2025, 3, 1)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_file_is_read_and_without_one_there_is_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert read_schedule(CITY) == BY_DEFAULT
    path = tmp_path / "reports.toml"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(path))
    mayor, month = read_schedule(CITY)
    assert mayor == ScheduledReport("mayor", "morning", "07:00", ("kk", "ru"), ("mayor@example.org",))
    assert month.mail == () and month.languages == ()
    assert next_due(CITY, [mayor, month], local("2025-03-01 07:30")) == local("2025-03-01 08:30")
    assert next_due(CITY, [], local("2025-03-01 07:30")) is None


@pytest.mark.parametrize(
    ("was", "wrong", "line", "key"),
    [
        ('at = "07:00"', 'at = "7:00"', 4, "at"),
        ('kind = "month"', 'kind = "year"', 10, "kind"),
        ('["kk", "ru"]', '["kk", "de"]', 5, "languages"),
        ("mayor@example.org", "mayor example", 6, "mail"),
        ('key = "month"', 'key = "mayor"', 9, "key"),
        ('at = "08:30"', 'at = "08:30"\ncolour = "red"', 12, "colour"),
    ],
)
def test_a_mistake_is_named_by_its_line(tmp_path: Path, was: str, wrong: str, line: int, key: str) -> None:
    path = tmp_path / "reports.toml"
    path.write_text(FILE.replace(was, wrong), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"report\.schedule") as found:
        read_schedule(CITY, path)
    assert (found.value.parameters["line"], found.value.parameters["key"]) == (line, key)
