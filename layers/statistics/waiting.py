"""How long it took until an operator answered, until work began, until a request was closed: the estimate of
Kaplan and Meier over what came in the period, what still waits at the age that it has now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.closed_days import (
    COUNTED,
    IN_RUNS,
    IS_CLOSED,
    IS_OPEN,
    bounds_of,
    counted_days_of,
    own_events,
    runs_of,
)
from geo.statistics.counting import Period, rows_condition
from geo.statistics.definitions import ANSWER, INQUIRIES, Figure
from geo.statistics.inquiry_days import answer_times, count_days
from geo.statistics.open_days import COUNTED_OPEN, read_open_waits
from geo.statistics.survival import Survival, kaplan_meier
from geo.statistics.waits import MINUTE_S, UNTIL
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

ROWS = """ select {state} as state, {minutes} as minutes, count(*)::int as n from incident i {joined} {more}
    where {condition} group by 1, 2"""
CLOSED_WAITS = """select case when c.value = '' then 'unknown' else 'ended' end as state,
        nullif(c.value, '')::bigint as minutes, sum(c.whole)::int as n
    from statistic_closed c where c.region = :region and c.facet = :wait and c.kind = :kind
        and c.day between :first and :last and c.day = any(:days) group by 1, 2"""
Rows = list[tuple[str, float, int]]
"""State, minutes, how many."""


@dataclass(frozen=True)
class WaitingTimes:
    """Times in minutes. `ended_only`: the same estimate as if nothing waited still, which is what a mean of
    the ended hides. `durations`: (minutes, how many) of the ended. `unknown`: ended, nobody recorded when."""

    figure: Figure
    estimate: Survival
    ended_only: Survival
    durations: list[tuple[float, int]]
    open_ages: list[tuple[float, int]]
    unknown: int

    @property
    def total(self) -> int:
        return self.estimate.events + self.estimate.censored + self.unknown


def waiting_times(connection: Connection, city: City, request: StatisticsRequest) -> WaitingTimes:
    """Until what the request says. Inquiries are closed by their answer: what else is asked of them is asked
    of the incidents from 109."""
    if request.wait == "answer":
        return _answered(connection, city, request)
    figure, rows = FIGURE_OF_SUBJECT[request.of_incidents()], _incidents(connection, city, request)
    ended, waits = ([row[1:] for row in rows if row[0] == state] for state in ("ended", "waits"))
    unknown = sum(n for state, _, n in rows if state == "unknown")
    return WaitingTimes(
        figure, kaplan_meier(ended, waits), kaplan_meier(ended), _together(ended), _together(waits), unknown
    )


def _incidents(connection: Connection, city: City, request: StatisticsRequest) -> Rows:
    """Reads a whole city from the days that are counted ahead, closed and open ones apart, and only the rest
    from its rows."""
    if not request.is_of_whole_city:
        return _of_rows(connection, city, request)
    rows: Rows = []
    for which, statement, read in ((IS_CLOSED, COUNTED, _closed), (IS_OPEN, COUNTED_OPEN, _open)):
        counted = counted_days_of(connection, city, request.first, request.last, statement)
        rows += read(connection, city, request, sorted(counted)) if counted else []
        if fresh := runs_of(set(request.each_day()) - counted):
            rows += _of_rows(connection, city, request, which, IN_RUNS, bounds_of(city, fresh))
    return rows


def _open(connection: Connection, city: City, request: StatisticsRequest, days: list[date]) -> Rows:
    found = read_open_waits(connection, city, request.wait, request.of_incidents(), days)
    rows = [("unknown", 0.0, found.unknown)] if found.unknown else []
    for state, minutes in (("ended", found.ended), ("waits", found.ages)):
        each, n = np.unique(minutes, return_counts=True)
        rows += [(state, *pair) for pair in zip(each.tolist(), n.tolist())]
    return rows


def _closed(connection: Connection, city: City, request: StatisticsRequest, days: list[date]) -> Rows:
    values: dict[str, object] = {"region": city.region, "wait": request.wait, "days": days}
    values |= {"kind": request.of_incidents(), "first": request.first, "last": request.last}
    return [(row.state, row.minutes, row.n) for row in connection.execute(text(CLOSED_WAITS), values)]


def _of_rows(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    also: str = "true",
    more: str = "",
    bounds: Mapping[str, object] | None = None,
) -> Rows:
    """`also`: which of the period's rows; `more`: what they are joined to, with its `bounds`."""
    until = UNTIL[request.wait]
    period = Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(
        FIGURE_OF_SUBJECT[request.of_incidents()], request.population(city), period
    )
    within = f"{condition} and {also}"
    # The open ones are few among those of their time; of all that was closed the events are read by time.
    before = own_events(more, within) if also == IS_OPEN else ""
    statement = before + ROWS.format(
        state=until.state,
        minutes=until.minutes,
        joined=until.joined,
        more=more,
        condition=within,
    )
    rows = connection.execute(text(period.filled(statement)), {**values, **(bounds or {})})
    return [(row.state, row.minutes, row.n) for row in rows]


def _together(rows: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    """Each time once, the shortest first."""
    found = Counter[float]()
    for minutes, n in rows:
        found[float(minutes)] += n
    return sorted(found.items())


def _answered(connection: Connection, city: City, request: StatisticsRequest) -> WaitingTimes:
    """The times of inquiries, where they are given; nobody waits still, for a lost call is no inquiry."""
    times = [(s / MINUTE_S, n) for s, n in answer_times(connection, city, request.first, request.last)]
    counted = count_days(connection, city, request.first, request.last)[ANSWER.key].get(True)
    estimate = kaplan_meier(times)
    unknown = (counted.whole if counted else 0) - estimate.events
    return WaitingTimes(INQUIRIES, estimate, estimate, times, [], unknown)
