"""The weekday that each day is like, by the city's calendar: a day off is like a Sunday, a worked Saturday or
Sunday like a Friday. A forecast takes a holiday from the Sundays before it, and no Monday from a holiday."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City

LIKE_OFF, LIKE_WORKED = 6, 4
SATURDAY = 5
SPECIAL = text("""select day, working from calendar_day where region = :region and day between :first and
    :last""")


def hour_kinds(connection: Connection, city: City, begins: datetime, hours: int) -> np.ndarray:
    """For each of `hours` from `begins` on, the weekday (0 = Monday) that its day by the city's clock is
    like."""
    local = begins.astimezone(city.time_zone) if begins.tzinfo else begins
    first = local.date()
    last = first + timedelta(days=(local.hour + hours) // 24 + 1)
    rows = connection.execute(SPECIAL, {"region": city.region, "first": first, "last": last})
    special = {row.day: row.working for row in rows}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    kinds = np.array([kind_of(day, special.get(day)) for day in days])
    return kinds[(local.hour + np.arange(hours)) // 24]


def kind_of(day: date, working: bool | None) -> int:
    """`working`: what the calendar says of it, none = nothing."""
    weekday = day.weekday()
    if working is None or working == (weekday < SATURDAY):
        return weekday
    return LIKE_WORKED if working else LIKE_OFF
