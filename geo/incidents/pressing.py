"""When a deadline begins to press: the last warning of its regulatory clock, which in working time is no
fixed part of the way from the opening to the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, text

from geo.deadlines.calendar import load_calendar
from geo.deadlines.clock import WARNINGS
from geo.deadlines.working_time import instant, micros
from geo.settings import City

IN_WORKING_TIME = text("""
    select i.opened_at, i.due_at from incident i
    join category c on c.id = i.category_id and c.calendar = 'working'
    where i.region = :region and i.id = :incident and i.due_at > i.opened_at""")
SET = text("update incident set presses_at = :presses_at where region = :region and id = :incident")


def reckon_pressing(
    connection: Connection, city: City, opened: Sequence[datetime], due: Sequence[datetime]
) -> list[datetime]:
    """Of clocks that run in working time; each is due after it was opened."""
    measure = load_calendar(connection, city).at(*opened, *due)
    begun, ended = (np.array([micros(time) for time in times], np.int64) for times in (opened, due))
    return [instant(us) for us in measure.share(begun, ended, WARNINGS[-1])]


def set_pressing(connection: Connection, city: City, incident: int) -> None:
    """After its deadline was moved. None where its clock runs around the clock, or stands."""
    bound = {"region": city.region, "incident": incident}
    row = connection.execute(IN_WORKING_TIME, bound).one_or_none()
    presses = [None] if row is None else reckon_pressing(connection, city, [row.opened_at], [row.due_at])
    connection.execute(SET, bound | {"presses_at": presses[0]})
