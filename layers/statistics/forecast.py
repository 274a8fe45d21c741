"""This hour and the next ones of one subject or topic, in the whole city or a district: expected, with the
interval that holds nine hours of ten, beside what came; and how well the same would have done in the last
four weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import Period, rows_condition
from geo.statistics.day_kinds import hour_kinds
from geo.statistics.definitions import SERVICE
from geo.statistics.forecast import Backtest, Expected, backtest, forecast, needed, one_step
from layers.statistics.counts import by_clock
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import OF_TOPIC

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
    connection: Connection, city: City, request: StatisticsRequest, now: datetime, topic: str | None = None
) -> HourForecast:
    """The hours around `now`. `topic`: only requests of 109 of this category or one below it."""
    begins = now.astimezone(city.time_zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    length = needed(WEEK_H) + TESTED_H
    first = begins - timedelta(hours=length)
    past_days = request.of(first.date(), begins.date())
    found = _of_topic(connection, city, past_days, topic) if topic else by_clock(connection, city, past_days)
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


def _of_topic(
    connection: Connection, city: City, request: StatisticsRequest, topic: str
) -> dict[tuple[date, int], int]:
    """(day, hour of the city's clock) -> how many, from the rows: the days are not counted ahead by hour and
    topic together."""
    period = Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(SERVICE, request.population(city), period)
    rows = connection.execute(
        text(f"""select date_trunc('hour', i.opened_at at time zone :time_zone) as hour, count(*) as n
            from incident i where {condition} and {OF_TOPIC} group by 1"""),
        {**values, "topic": topic, "time_zone": city.time_zone.key},
    )
    return {(row.hour.date(), row.hour.hour): row.n for row in rows}
