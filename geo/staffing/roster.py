"""The roster's file: who is on duty in which hours, a TOML file whose mistakes are told by their lines.

handling_s = 190          # how long a call takes an operator, the work after it included, in the mean
away = 0.15               # the share of paid time without calls: breaks, training, illness

[[shift]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "08:00"            # whole hours of the city's clock
to = "20:00"              # at or before `from`: of the next day; "24:00" is midnight
operators = 24

[[shift]]
dates = ["2026-12-16"]    # instead of days: on that day only shifts that name it count
from = "08:00"
to = "20:00"
operators = 12
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from geo.errors import InvalidInput, LineMistake
from geo.ranges import day_in
from geo.toml import Keys, TomlChecker, TomlFile
from geo.toml_values import is_one_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01][0-9]|2[0-4]):00")
TOP_KEYS = frozenset(("handling_s", "away", "shift"))
SHIFT_KEYS = frozenset(("days", "dates", "from", "to", "operators"))
HANDLING_S = (10, 3600)
MOST_AWAY = 0.8
MOST_OPERATORS = 5000
MOST_SHIFTS = 2000
DAY_H = 24


@dataclass(frozen=True)
class Shift:
    """From hour `begins` (0..23) for `hours`, on weekdays (0 = Monday) or on dates."""

    weekdays: frozenset[int]
    dates: frozenset[date]
    begins: int
    hours: int
    operators: int


@dataclass(frozen=True)
class Roster:
    handling_s: float
    away: float
    shifts: tuple[Shift, ...]
    text: str

    def on_duty(self, hour: datetime) -> int:
        """How many are on duty in the hour that begins then by the city's clock."""
        return sum(self._of_day(hour.date() - timedelta(back), hour.hour + DAY_H * back) for back in (0, 1))

    def _of_day(self, day: date, hour: int) -> int:
        """The people of the shifts that begin on `day`; `hour` counts on past its midnight."""
        dated = [shift for shift in self.shifts if day in shift.dates]
        of_day = dated or [shift for shift in self.shifts if day.weekday() in shift.weekdays]
        return sum(shift.operators for shift in of_day if shift.begins <= hour < shift.begins + shift.hours)


@dataclass(frozen=True)
class ReadRoster:
    """`roster` none = there are mistakes, in the order of their lines."""

    roster: Roster | None
    mistakes: tuple[LineMistake, ...]


def read_roster(path: Path) -> ReadRoster:
    """Raises `InvalidInput` ("roster.file") for what is no TOML."""
    return roster_of(TomlFile.read(path, "roster.file"))


def roster_of(file: TomlFile) -> ReadRoster:
    """Like `read_roster`, for a file that has been read."""
    checker = _Checker(file)
    shifts = checker.run()
    if checker.mistakes:
        return ReadRoster(None, tuple(sorted(checker.mistakes, key=lambda mistake: mistake.line)))
    tables = file.tables
    return ReadRoster(
        Roster(float(tables["handling_s"]), float(tables["away"]), tuple(shifts), file.text), ()
    )


def without_mistakes(path: Path) -> Roster:
    """Raises `InvalidInput` ("roster.mistakes" with the first one's line and how many there are)."""
    read = read_roster(path)
    if read.roster is None:
        raise InvalidInput(
            "roster.mistakes", file=str(path), line=read.mistakes[0].line, count=len(read.mistakes)
        )
    return read.roster


class _Checker(TomlChecker):
    """What is wrong with a roster's file."""

    def run(self) -> list[Shift]:
        tables = self.file.tables
        self.known(tables, (), TOP_KEYS)
        self.number(tables, (), "handling_s", *HANDLING_S)
        self.number(tables, (), "away", 0, MOST_AWAY)
        shifts = tables.get("shift")
        if not isinstance(shifts, list) or not shifts or not all(isinstance(row, dict) for row in shifts):
            self.add(("shift",), "missing")
            return []
        if len(shifts) > MOST_SHIFTS:
            self.add(("shift", MOST_SHIFTS), "many", most=MOST_SHIFTS)
            return []
        return [self._shift(row, ("shift", n)) for n, row in enumerate(shifts)]

    def _shift(self, row: dict[str, Any], at: Keys) -> Shift:
        self.known(row, at, SHIFT_KEYS)
        begins, ends = self._clock(row, at, "from"), self._clock(row, at, "to")
        operators = self.number(row, at, "operators", 0, MOST_OPERATORS, whole=True)
        if ("days" in row) == ("dates" in row):
            self.add(at, "when")
        weekdays = {DAYS.index(day) for day in self._list(row, at, "days") if is_one_of(day, DAYS)}
        for day in self._list(row, at, "days"):
            if not is_one_of(day, DAYS):
                self.add((*at, "days"), "day", value=str(day)[:20], known=", ".join(DAYS))
        dates = {found for written in self._list(row, at, "dates") if (found := self._date(written, at))}
        hours = (ends - begins) % DAY_H or DAY_H
        return Shift(frozenset(weekdays), frozenset(dates), begins % DAY_H, hours, int(operators or 0))

    def _list(self, row: Mapping[str, Any], at: Keys, name: str) -> Sequence[Any]:
        given = row.get(name, [])
        if isinstance(given, list) and (given or name not in row):
            return given
        self.add((*at, name), "list", key=name)
        return []

    def _date(self, written: object, at: Keys) -> date | None:
        found = day_in(str(written))
        if found is None:
            self.add((*at, "dates"), "date", value=str(written)[:20])
        return found

    def _clock(self, row: Mapping[str, Any], at: Keys, name: str) -> int:
        written = row.get(name)
        if not isinstance(written, str) or not CLOCK.fullmatch(written):
            self.add((*at, name), "clock", key=name, value=str(written)[:20])
            return 0
        return int(written[:2])
