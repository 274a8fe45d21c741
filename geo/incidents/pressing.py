"""When a deadline begins to press: the last warning of its regulatory clock, which in working time is no
fixed part of the way from the opening to the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from geo.deadlines.calendar import load_calendar
from geo.deadlines.clock import WARNINGS, Pause, RegulatoryClock
from geo.deadlines.working_time import instant, micros
from geo.settings import City

CLOCKS = text("""
    select i.id, i.opened_at, i.due_at, coalesce(c.calendar = 'working', false) as working from incident i
    left join category c on c.id = i.category_id
    where i.region = :region and i.id = any(:ids) and i.due_at > i.opened_at""")
PAUSES = text("""
    select e.incident_id, e.happened_at as at, e.to_value is not null as begins
    from incident_case k
    join incident_event e on e.region = k.region and e.incident_id = k.incident_id and e.what = 'paused_at'
    join incident_action a on a.region = e.region and a.id = e.action_id
    where k.region = :region and k.incident_id = any(:ids) and a.undoes is null
        and not exists (select from incident_action u where u.region = a.region and u.undoes = a.id)
    order by e.happened_at, e.id""")
SET = text("update incident set presses_at = :presses_at where region = :region and id = :incident")


def reckon_pressing(
    connection: Connection, city: City, opened: Sequence[datetime], due: Sequence[datetime]
) -> list[datetime]:
    """The moments from which deadlines press, for clocks that run in working time; each `due` is later than
    its `opened`."""
    measure = load_calendar(connection, city).at(*opened, *due)
    begun, ended = (np.array([micros(time) for time in times], np.int64) for times in (opened, due))
    return [instant(us) for us in measure.share(begun, ended, WARNINGS[-1])]


def set_pressing(connection: Connection, city: City, incidents: Sequence[int]) -> None:
    """Sets the moments after deadlines were moved and the events of that written. None where a clock runs
    around the clock and never stood, or stands now."""
    if not incidents:
        return
    clocks = read_clocks(connection, city, incidents)
    rows = []
    for incident in incidents:
        clock = clocks.get(incident)
        plain = clock is None or (clock.calendar is None and not clock.pauses)
        presses_at = None if clock is None or plain else clock.reached(WARNINGS[-1])
        rows.append({"region": city.region, "incident": incident, "presses_at": presses_at})
    connection.execute(SET, rows)


def read_clocks(connection: Connection, city: City, ids: Sequence[int]) -> dict[int, RegulatoryClock]:
    """The regulatory clocks of those that are due, with the pauses that officers made."""
    bound = {"region": city.region, "ids": list(ids)}
    rows = connection.execute(CLOCKS, bound).all()
    pauses = _pauses(connection, bound) if rows else {}
    calendar = load_calendar(connection, city) if any(row.working for row in rows) else None
    return {
        row.id: RegulatoryClock.of_due(
            row.opened_at, row.due_at, pauses.get(row.id, ()), calendar if row.working else None
        )
        for row in rows
    }


def _pauses(connection: Connection, bound: dict[str, Any]) -> dict[int, tuple[Pause, ...]]:
    """The pauses by incident, in order; the last one may have no end."""
    pauses: dict[int, tuple[Pause, ...]] = {}
    for row in connection.execute(PAUSES, bound):
        before = pauses.get(row.incident_id, ())
        if row.begins:
            pauses[row.incident_id] = (*before, Pause(row.at))
        elif before:
            pauses[row.incident_id] = (*before[:-1], Pause(before[-1].begins, row.at))
    return pauses
