"""The projects of the demo city: an invented file of the project office, whose days lie around the last
moment, checked and adopted like any, as it stood after each of the last months and as it stands then."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, text

from etl.demo.facts.projects import MILESTONES, PROJECTS, REASONS
from geo.database import connected
from geo.projects import adopt
from geo.projects.file import COLUMNS, read_projects
from geo.settings import City, Settings

WHO = "demo"
EVERY = timedelta(days=75)
MONTHS = 12
ADOPTED_AT = time(8)
"""On the first of a month."""
JUST_BEFORE = timedelta(seconds=1)
WAS_ADOPTED = text("update project_file set adopted_at = :at where region = :region and id = :id")


def adopt_files(settings: Settings, until: datetime) -> None:
    """Adopt the files of the last months and the one of `until`; where that is past, what is late by now has
    its reason all the same."""
    city = settings.city
    today = until.astimezone(city.time_zone).date()
    first = today.replace(day=1)
    days = [today]
    for _ in range(MONTHS):
        days.append(first)
        first = (first - timedelta(1)).replace(day=1)
    with connected(settings, "owner") as connection:
        shown = ""
        for day in sorted(set(days)):
            written = file_text(today, day)
            if written != shown:
                _adopt(connection, city, written, day, until)
            shown = written


def _adopt(connection: Connection, city: City, written: str, day: date, until: datetime) -> None:
    read = read_projects(written, city, adopt.owners(connection), day)
    assert not read.mistakes, read.mistakes[:3]
    number = adopt.adopt(connection, city, read, WHO)
    connection.execute(WAS_ADOPTED, {"region": city.region, "id": number, "at": adopted_at(city, day, until)})


def adopted_at(city: City, day: date, until: datetime) -> datetime:
    """Before `until`, at whatever hour that is: a month that is counted then reads the file that the page
    shows."""
    return min(datetime.combine(day, ADOPTED_AT, city.time_zone), until - JUST_BEFORE)


def file_text(today: date, seen: date) -> str:
    """The file of projects planned around `today` as it stood on the day `seen`: some milestones done in
    time, some late, the later ones to come."""
    file = io.StringIO()
    rows = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\n")
    rows.writeheader()
    for n, line in enumerate(PROJECTS.splitlines()):
        key, *names, owner, lon, lat = line.split("|")
        project = dict(zip(("name_kk", "name_ru", "name_en"), names))
        begins = today - timedelta(days=230 - 17 * n)
        for m, written in enumerate(MILESTONES.splitlines()):
            milestone, *titles = written.split("|")
            planned = begins + m * EVERY
            slip = timedelta(days=(0, 0, 9, 0, 24, 0, 3, 0, 41)[(3 * n + m) % 9])
            done = planned + slip if planned + slip <= seen else None
            late = planned < (done or seen)
            rows.writerow(
                {
                    "project": key,
                    **project,
                    "owner": owner,
                    "lon": lon,
                    "lat": lat,
                    "milestone": milestone,
                    **dict(zip(("milestone_kk", "milestone_ru", "milestone_en"), titles)),
                    "planned": planned.isoformat(),
                    "done": done.isoformat() if done else "",
                    "reason": REASONS[(n + m) % len(REASONS)] if late else "",
                }
            )
    return file.getvalue()
