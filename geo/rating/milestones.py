"""The milestones of a month as the rating counts them: those planned in the twelve months that end with it,
as the project office's file told of them that was in force when the month was counted.

One is counted once it is done or its planned day is over, and is in the numerator where it was done by that
day. They are few, so their share is drawn towards that of all managers like any (`geo.rating.scores`). Files
are kept whole, so a closed month is counted again from the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from geo.projects.file import PlannedMilestone, milestones_of, read_projects
from geo.rating.scores import MILESTONE_BIT
from geo.rating.strategy import Strategy
from geo.settings import City
from geo.statistics.definitions import MILESTONE

IN_FORCE = text("""select body, adopted_at from project_file where region = :region and adopted_at < :as_of
    order by id desc limit 1""")


@dataclass(frozen=True)
class RatedMilestone:
    """`pattern`: by which indicators it is counted (`geo.rating.scores.Patterns`)."""

    project: str
    milestone: str
    manager: str
    pattern: int
    planned_on: date
    done_on: date | None

    @property
    def line(self) -> str:
        """The line that the digest of a month reads."""
        done = self.done_on or ""
        return f"{self.project}/{self.milestone} {self.manager} {self.pattern} {self.planned_on} {done}\n"


def read_milestones(
    connection: Connection, city: City, strategy: Strategy, month: date, as_of: datetime
) -> list[RatedMilestone]:
    """By project and key; empty where no indicator asks for them, or there was no file yet."""
    asking = [n for n, one in enumerate(strategy.indicators) if one.figure.source is MILESTONE]
    if not asking:
        return []
    row = connection.execute(IN_FORCE, {"region": city.region, "as_of": as_of}).one_or_none()
    if row is None:
        return []
    adopted_on = row.adopted_at.astimezone(city.time_zone).date()
    read = read_projects(row.body, city, None, adopted_on)
    assert not read.mistakes, "only a file without mistakes is adopted"
    day = as_of.astimezone(city.time_zone).date()
    first, after = _months_later(month, -11), _months_later(month, 1)
    found = [
        RatedMilestone(project.key, one.key, project.owner, _pattern(one, asking), one.planned, one.done)
        for project, one in milestones_of(read.projects)
        if first <= one.planned < after
        and (one.done is not None or one.planned < day)
        and project.owner in strategy.weights
    ]
    return sorted(found, key=lambda one: (one.project, one.milestone))


def _pattern(one: PlannedMilestone, asking: list[int]) -> int:
    in_time = one.done is not None and one.done <= one.planned
    bits = sum(1 << 2 * n | in_time << 2 * n + 1 for n in asking)
    return 1 << MILESTONE_BIT | bits


def _months_later(month: date, n: int) -> date:
    year, number = divmod(month.year * 12 + month.month - 1 + n, 12)
    return date(year, number + 1, 1)
