"""The milestones of a month as the rating counts them: those planned in the twelve months that end with it,
as the project office's file told of them that was in force when the month was counted.

One is counted once it is done or its planned day is over, and is in the numerator where it was done by that
day. The day is the one that was planned first, by the first file that named the milestone, as a case answers
by its first deadline; where the file in force plans another, the milestone tells it. They are few, so their
share is drawn towards that of all managers like any (`geo.rating.scores`). Files are kept whole, so a closed
month is counted again from the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.projects.file import PlannedMilestone, PlannedProject, milestones_of, read_projects
from geo.rating.scores import MILESTONE_BIT
from geo.rating.strategy import Strategy
from geo.settings import City
from geo.statistics.definitions import MILESTONE

FILES = text("""select body, adopted_at from project_file where region = :region and adopted_at < :as_of
    order by id""")


@dataclass(frozen=True)
class RatedMilestone:
    """`pattern`: by which indicators it is counted (`geo.rating.scores.Patterns`). `planned_on`: first;
    `moved_to`: now, none = it is the same."""

    project: str
    milestone: str
    manager: str
    pattern: int
    planned_on: date
    done_on: date | None
    moved_to: date | None = None

    @property
    def line(self) -> str:
        """The line that the digest of a month reads."""
        done, moved = self.done_on or "", f" {self.moved_to}" if self.moved_to else ""
        return (
            f"{self.project}/{self.milestone} {self.manager} {self.pattern} {self.planned_on} {done}{moved}\n"
        )


def read_milestones(
    connection: Connection, city: City, strategy: Strategy, month: date, as_of: datetime, rules: int
) -> list[RatedMilestone]:
    """By project and key; empty where no indicator asks for them, or there was no file yet. `rules`: of 1 the
    plan of the file in force counts (`geo.rating.cases.RULES`)."""
    asking = [n for n, one in enumerate(strategy.indicators) if one.figure.source is MILESTONE]
    if not asking:
        return []
    files = connection.execute(FILES, {"region": city.region, "as_of": as_of}).all()
    if not files:
        return []
    projects = _projects(city, files[-1])
    planned = _first_plans(city, files if rules > 1 else files[-1:])
    day = as_of.astimezone(city.time_zone).date()
    first, after = _months_later(month, -11), _months_later(month, 1)
    found = [
        _rated(project, replace(one, planned=planned[project.key, one.key]), one.planned, asking)
        for project, one in milestones_of(projects)
        if project.owner in strategy.weights
    ]
    counted = [
        one for one in found if first <= one.planned_on < after and (one.done_on or one.planned_on < day)
    ]
    return sorted(counted, key=lambda one: (one.project, one.milestone))


def _projects(city: City, file: AnyRow) -> tuple[PlannedProject, ...]:
    read = read_projects(file.body, city, None, file.adopted_at.astimezone(city.time_zone).date())
    assert not read.mistakes, "only a file without mistakes is adopted"
    return read.projects


def _first_plans(city: City, files: Sequence[AnyRow]) -> dict[tuple[str, str], date]:
    """(project, milestone) -> the day that the first of the files planned; one that was taken out for a while
    keeps it."""
    found: dict[tuple[str, str], date] = {}
    for file in files:
        for project, one in milestones_of(_projects(city, file)):
            found.setdefault((project.key, one.key), one.planned)
    return found


def _rated(project: PlannedProject, one: PlannedMilestone, now: date, asking: list[int]) -> RatedMilestone:
    moved = now if now != one.planned else None
    pattern = _pattern(one, asking)
    return RatedMilestone(project.key, one.key, project.owner, pattern, one.planned, one.done, moved)


def _pattern(one: PlannedMilestone, asking: list[int]) -> int:
    in_time = one.done is not None and one.done <= one.planned
    bits = sum(1 << 2 * n | in_time << 2 * n + 1 for n in asking)
    return 1 << MILESTONE_BIT | bits


def _months_later(month: date, n: int) -> date:
    year, number = divmod(month.year * 12 + month.month - 1 + n, 12)
    return date(year, number + 1, 1)
