"""The reports that are made on schedule, read from the file that `IKOMEK_REPORTS` names. In it

    [[report]]
    key = "mayor"               # its name
    kind = "morning"            # morning, week, month, shift
    at = "07:00"                # by the city's clock
    languages = ["kk", "ru"]    # without it every language of the city
    mail = ["mayor@example.org"]

A morning report is of the day before and comes each day, as that of the newest hand-over of a shift does; one
of a week comes on Monday, one of a month on its first day, each of the one that has ended. Without the file
there are the three of `BY_DEFAULT`, which are kept and sent to nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from geo.reports.model import KINDS
from geo.settings import City
from geo.toml import Checks, TomlFile, keyed_tables
from geo.toml_values import are_all, is_mail, is_one_of

VARIABLE = "IKOMEK_REPORTS"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MONDAY = 0


@dataclass(frozen=True)
class ScheduledReport:
    """`languages` empty = every language of the city."""

    key: str
    kind: str
    at: str
    languages: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()

    def latest(self, city: City, now: datetime) -> datetime:
        """The last moment up to `now` at which it was due."""
        day = now.astimezone(city.time_zone).date()
        while not (self._is_on(day) and self._moment(city, day) <= now):
            day -= timedelta(1)
        return self._moment(city, day)

    def next(self, city: City, after: datetime) -> datetime:
        """The first moment after `after` at which it is due."""
        day = after.astimezone(city.time_zone).date()
        while not (self._is_on(day) and self._moment(city, day) > after):
            day += timedelta(1)
        return self._moment(city, day)

    def _is_on(self, day: date) -> bool:
        if self.kind == "week":
            return day.weekday() == MONDAY
        return day.day == 1 if self.kind == "month" else True

    def _moment(self, city: City, day: date) -> datetime:
        return datetime.combine(day, time.fromisoformat(self.at), city.time_zone)


BY_DEFAULT = (
    ScheduledReport("morning", "morning", "07:00"),
    ScheduledReport("week", "week", "07:10"),
    ScheduledReport("month", "month", "07:20"),
)


def days_of(kind: str, day: date) -> tuple[date, date]:
    """The days of a report that is made on `day`: first and last, both included. Of a shift: the day
    itself."""
    if kind == "shift":
        return day, day
    if kind == "morning":
        return day - timedelta(1), day - timedelta(1)
    if kind == "week":
        monday = day - timedelta(day.weekday())
        return monday - timedelta(7), monday - timedelta(1)
    last = day.replace(day=1) - timedelta(1)
    return last.replace(day=1), last


def read_schedule(city: City, path: Path | None = None) -> tuple[ScheduledReport, ...]:
    """The entries in the file's order. Raises `InvalidInput` ("report.schedule" with the file, the line and
    the key that is wrong, "report.file")."""
    named = os.environ.get(VARIABLE)
    if path is None and not named:
        return BY_DEFAULT
    file = TomlFile.read(path or Path(str(named)), "report.file")
    checks: Checks = {
        "key": lambda value: isinstance(value, str) and KEY.fullmatch(value),
        "kind": lambda value: is_one_of(value, KINDS),
        "at": lambda value: isinstance(value, str) and CLOCK.fullmatch(value),
        "languages": lambda value: are_all(value, city.languages.__contains__),
        "mail": lambda value: are_all(value, is_mail),
    }
    tables = keyed_tables(file, "report", checks, {"languages": [], "mail": []}, "report.schedule")
    return tuple(
        ScheduledReport(
            table["key"], table["kind"], table["at"], tuple(table["languages"]), tuple(table["mail"])
        )
        for table in tables
    )


def next_due(city: City, entries: Sequence[ScheduledReport], after: datetime) -> datetime | None:
    """When one of them is due next; none = there are none."""
    return min((entry.next(city, after) for entry in entries), default=None)
