"""Projects of the city as the page and the map show them, by the city's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.settings import City

ROWS = """select p.key, p.name_{lang} as name, coalesce(g.name, p.owner) as owner, g.post_{lang} as post,
        st_x(p.point_4326) as lon, st_y(p.point_4326) as lat, m.name_{lang} as milestone, m.planned_on,
        m.done_on, m.reason
    from project p join project_milestone m on m.region = p.region and m.project = p.key
        left join manager g on g.key = p.owner
    where p.region = :region order by p.key, m.planned_on, m.id"""
NEWEST = """select adopted_at, adopted_by from project_file where region = :region order by id desc limit 1"""


@dataclass(frozen=True)
class ShownMilestone:
    """`late_days`: how many days after the plan it was done, or is by now; 0 = it is not late."""

    name: str
    planned: date
    done: date | None
    reason: str | None
    late_days: int


@dataclass(frozen=True)
class ShownProject:
    key: str
    name: str
    owner: str
    post: str | None
    lon: float
    lat: float
    milestones: tuple[ShownMilestone, ...]

    @property
    def late_days(self) -> int:
        """The most days by which an open milestone is late; 0 = none is late."""
        return max((one.late_days for one in self.milestones if one.done is None), default=0)

    @property
    def slipped_days(self) -> int:
        """The most days by which a milestone was done late; 0 = each that is done was done in time."""
        return max((one.late_days for one in self.milestones if one.done is not None), default=0)

    @property
    def next(self) -> ShownMilestone | None:
        """The first that is not done; none = all are."""
        return next((one for one in self.milestones if one.done is None), None)


@dataclass(frozen=True)
class Projects:
    """The latest first, then by key. `adopted_at` none = there is no file yet."""

    projects: Sequence[ShownProject]
    adopted_at: datetime | None
    adopted_by: str | None


def read_projects(connection: Connection, city: City, lang: str) -> Projects:
    today = city.today()
    rows = connection.execute(text(ROWS.format(lang=lang)), {"region": city.region}).all()
    newest = connection.execute(text(NEWEST), {"region": city.region}).one_or_none()
    projects = [_project(list(group), today) for _, group in groupby(rows, key=lambda row: row.key)]
    ordered = sorted(projects, key=lambda one: (-one.late_days, one.key))
    return Projects(ordered, newest.adopted_at if newest else None, newest.adopted_by if newest else None)


def _project(rows: Sequence[AnyRow], today: date) -> ShownProject:
    first = rows[0]
    milestones = tuple(
        ShownMilestone(
            row.milestone,
            row.planned_on,
            row.done_on,
            row.reason,
            max(0, ((row.done_on or today) - row.planned_on).days),
        )
        for row in rows
    )
    return ShownProject(first.key, first.name, first.owner, first.post, first.lon, first.lat, milestones)
