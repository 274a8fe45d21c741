"""This hour and the next ones of one subject, in the whole city or a district: expected, with the interval
that holds nine hours of ten, beside what came; and how well the same would have done in the last four
weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from geo.settings import City
from geo.statistics.day_kinds import hour_kinds
from geo.statistics.forecast import Backtest, Expected, backtest, forecast, needed, one_step
from layers.statistics.counts import by_clock
from layers.statistics.requests import StatisticsRequest

WEEK_H = 168
TESTED_H = 4 * WEEK_H
BEFORE_H, AHEAD_H = 11, 12


@dataclass(frozen=True)
class ForecastHour:
    """`begins`: by the city's clock. `n`: how many came, of this hour so far; none = it is to come."""

    begins: datetime
    expected: Expected
    n: int | None


@dataclass(frozen=True)
class HourForecast:
    """`now`: which of `hours` is this one. Empty where there are too few weeks to say anything."""

    hours: list[ForecastHour]
    now: int
    tested: Backtest | None


def read_forecast(
    connection: Connection, city: City, request: StatisticsRequest, now: datetime
) -> HourForecast:
    """The hours around `now`."""
    begins = now.astimezone(city.time_zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    length = needed(WEEK_H) + TESTED_H
    first = begins - timedelta(hours=length)
    found = by_clock(connection, city, request.of(first.date(), begins.date()))
    hours = [first + timedelta(hours=n) for n in range(length)]
    counts = np.array([found.get((at.date(), at.hour), 0) for at in hours], float)
    if not counts[:WEEK_H].any():
        return HourForecast([], 0, None)
    kinds = hour_kinds(connection, city, first, length + AHEAD_H)
    past = one_step(counts, WEEK_H, BEFORE_H, kinds[:length])
    ahead = forecast(counts, WEEK_H, AHEAD_H, kinds)
    shown = [
        *(
            ForecastHour(at, expected, int(n))
            for at, expected, n in zip(hours[-BEFORE_H:], past, counts[-BEFORE_H:])
        ),
        *(
            ForecastHour(at, expected, None if n else found.get((at.date(), at.hour), 0))
            for n, expected in enumerate(ahead)
            for at in (begins + timedelta(hours=n),)
        ),
    ]
    return HourForecast(shown, BEFORE_H, backtest(counts, WEEK_H, TESTED_H, kinds[:length]))
