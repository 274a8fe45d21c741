"""The project office's file: CSV in UTF-8, by commas or semicolons, a line for each milestone, the earliest
of a project first.

    project;name_kk;name_ru;name_en;owner;lon;lat;
        milestone;milestone_kk;milestone_ru;milestone_en;planned;done;reason

`project` and `milestone` are keys; the columns of a project stand in each of its lines and are the same
there. `owner` is the key of a manager. `lon` and `lat` are degrees, inside the city. `planned` and `done` are
days ("2026-05-31" or "31.05.2026"), `done` empty = not yet. `reason` says why a milestone is late, and a late
one has one, in words: it was done after the planned day, or that day is over.

What was adopted is read for ever, so what a newer check refuses of a file is taken of one that was kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from geo.errors import LineMistake
from geo.ranges import day_in, decimal
from geo.settings import City
from geo.written_text import twice

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
DAY_FIRST = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
OF_PROJECT = ("name_kk", "name_ru", "name_en", "owner", "lon", "lat")
OF_MILESTONE = ("milestone", "milestone_kk", "milestone_ru", "milestone_en", "planned", "done", "reason")
COLUMNS = ("project", *OF_PROJECT, *OF_MILESTONE)
OPTIONAL = frozenset({"done", "reason"})
"""May be empty."""
MOST_LINES = 20_000
LONGEST = 500
LEAST_LETTERS = 3
"""The letters that a reason has: a dot is none."""


@dataclass(frozen=True)
class PlannedMilestone:
    key: str
    names: tuple[str, str, str]
    planned: date
    done: date | None
    reason: str | None

    def is_late(self, today: date) -> bool:
        return self.planned < (self.done or today)


@dataclass(frozen=True)
class PlannedProject:
    """`names`: kk, ru, en."""

    key: str
    names: tuple[str, str, str]
    owner: str
    lon: float
    lat: float
    milestones: tuple[PlannedMilestone, ...]


@dataclass(frozen=True)
class ReadFile:
    """`projects` are those of the lines without a mistake."""

    text: str
    projects: tuple[PlannedProject, ...]
    mistakes: tuple[LineMistake, ...]


def read_projects(text: str, city: City, owners: Collection[str] | None, today: date) -> ReadFile:
    """`owners`: the keys of the managers, none = of a file that was checked before; `today`: by which a
    milestone that is not done is late."""
    reading = _Reading(city, owners, today)
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    reading.head(rows.fieldnames or ())
    if not reading.mistakes:
        try:
            for row in rows:
                reading.row(rows.line_num, row)
        except csv.Error as error:
            reading.add(rows.line_num, "csv", reason=str(error))
    if not reading.projects and not reading.mistakes:
        reading.add(1, "empty")
    mistakes = sorted(reading.mistakes, key=lambda mistake: mistake.line)
    return ReadFile(text, tuple(reading.projects.values()), tuple(mistakes))


class _Reading:
    """What is read so far, and what is wrong with it."""

    def __init__(self, city: City, owners: Collection[str] | None, today: date) -> None:
        self.city, self.owners, self.today = city, owners, today
        self.projects: dict[str, PlannedProject] = {}
        self.mistakes: list[LineMistake] = []
        self.lines: dict[str, int] = {}

    def add(self, line: int, code: str, **parameters: object) -> None:
        self.mistakes.append(LineMistake(line, code, parameters))

    def head(self, names: Collection[str]) -> None:
        for name in COLUMNS:
            if name not in names:
                self.add(1, "column", column=name, known=", ".join(COLUMNS))
        for name in twice(names) if self.owners is not None else ():
            self.add(1, "column_twice", column=name)
        for name in names:
            if name not in COLUMNS:
                self.add(1, "unknown", column=str(name)[:40], known=", ".join(COLUMNS))

    def row(self, line: int, given: Mapping[str | None, Any]) -> None:
        if line > MOST_LINES:
            if line == MOST_LINES + 1:
                self.add(line, "many", most=MOST_LINES)
            return
        if None in given or None in given.values():
            self.add(line, "cells", columns=len(COLUMNS))
            return
        cells = {str(name): str(value).strip() for name, value in given.items()}
        before = len(self.mistakes)
        self._texts(line, cells)
        point = self._point(line, cells)
        milestone = self._milestone(line, cells)
        if len(self.mistakes) > before or point is None or milestone is None:
            return
        names = (cells["name_kk"], cells["name_ru"], cells["name_en"])
        self._join(line, PlannedProject(cells["project"], names, cells["owner"], *point, (milestone,)))

    def _texts(self, line: int, cells: Mapping[str, str]) -> None:
        for name, value in cells.items():
            if not value and name not in OPTIONAL:
                self.add(line, "absent", column=name)
            elif len(value) > LONGEST:
                self.add(line, "long", column=name, most=LONGEST)
        for name in ("project", "milestone"):
            if cells[name] and not KEY.fullmatch(cells[name]):
                self.add(line, "key", column=name, value=cells[name][:40])
        if self.owners is not None and cells["owner"] and cells["owner"] not in self.owners:
            self.add(line, "owner", value=cells["owner"][:40], known=", ".join(sorted(self.owners)))

    def _point(self, line: int, cells: Mapping[str, str]) -> tuple[float, float] | None:
        west, south, east, north = self.city.bbox
        try:
            lon, lat = (self._degrees(cells[name].replace(",", ".")) for name in ("lon", "lat"))
        except ValueError:
            self.add(line, "point", value=f"{cells['lon']} {cells['lat']}"[:40])
            return None
        if not (west <= lon <= east and south <= lat <= north):
            self.add(line, "outside", value=f"{lon} {lat}", city=self.city.key)
            return None
        return lon, lat

    def _degrees(self, written: str) -> float:
        """Raises ValueError for what is no number, and for one as only Python writes it ("7_1.4")."""
        if self.owners is None:
            return float(written)
        found = decimal(written, -180, 180)
        if found is None:
            raise ValueError(written)
        return found

    def _milestone(self, line: int, cells: Mapping[str, str]) -> PlannedMilestone | None:
        read = _kept_day if self.owners is None else day_of
        days = {name: read(cells[name]) for name in ("planned", "done")}
        for name, day in days.items():
            if cells[name] and day is None:
                self.add(line, "day", column=name, value=cells[name][:40])
        planned, done = days["planned"], days["done"]
        if planned is None or (cells["done"] and done is None):
            return None
        if done and done > self.today:
            self.add(line, "future", value=cells["done"])
        names = (cells["milestone_kk"], cells["milestone_ru"], cells["milestone_en"])
        milestone = PlannedMilestone(cells["milestone"], names, planned, done, cells["reason"] or None)
        if milestone.is_late(self.today) and not self._says_why(milestone):
            self.add(line, "reason", milestone=milestone.key, planned=planned.isoformat())
        return milestone

    def _says_why(self, milestone: PlannedMilestone) -> bool:
        letters = sum(letter.isalpha() for letter in milestone.reason or "")
        return letters >= LEAST_LETTERS or (self.owners is None and bool(milestone.reason))

    def _join(self, line: int, one: PlannedProject) -> None:
        known = self.projects.get(one.key)
        if known is None:
            self.projects[one.key], self.lines[one.key] = one, line
            return
        if replace(known, milestones=()) != replace(one, milestones=()):
            self.add(line, "differs", project=one.key, first=self.lines[one.key])
            return
        [milestone] = one.milestones
        if milestone.key in {before.key for before in known.milestones}:
            self.add(line, "twice", project=one.key, milestone=milestone.key)
            return
        self.projects[one.key] = replace(known, milestones=(*known.milestones, milestone))


def day_of(written: str) -> date | None:
    """A day as people here write it, or as "2026-05-31" (`geo.ranges.day_in`); none = it is none."""
    parts = DAY_FIRST.fullmatch(written)
    return day_in("-".join(reversed(parts.groups())) if parts else written)


def _kept_day(written: str) -> date | None:
    """Once any day of ISO 8601 was taken."""
    if (day := day_of(written)) is not None:
        return day
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def milestones_of(projects: Collection[PlannedProject]) -> Iterator[tuple[PlannedProject, PlannedMilestone]]:
    for project in projects:
        for milestone in project.milestones:
            yield project, milestone
