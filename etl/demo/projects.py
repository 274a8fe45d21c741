"""The projects of the demo city: an invented file of the project office, whose days lie around the last
moment, checked and adopted like any."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

from etl.demo.facts.projects import MILESTONES, PROJECTS, REASONS
from geo.database import connect_engine
from geo.projects import adopt
from geo.projects.file import COLUMNS, read_projects
from geo.settings import Settings

WHO = "demo"
EVERY = timedelta(days=75)


def adopt_file(settings: Settings, until: datetime) -> None:
    """Adopt the file as of `until`; where that is past, what is late by now has its reason all the same."""
    city = settings.city
    text = file_text(until.astimezone(city.time_zone).date())
    engine = connect_engine(settings, "owner")
    try:
        with engine.begin() as connection:
            read = read_projects(
                text, city, adopt.owners(connection), until.astimezone(city.time_zone).date()
            )
            assert not read.mistakes, read.mistakes[:3]
            adopt.adopt(connection, city, read, WHO)
    finally:
        engine.dispose()


def file_text(today: date) -> str:
    """The file of a day: some milestones done in time, some late, the later ones to come."""
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
            done = planned + slip if planned + slip <= today else None
            late = planned < (done or today)
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
