"""When the rows of a list were opened: by day, or by month where there are too many days to tell apart."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from geo.settings import City
from layers.incidents.filters import IncidentFilter

MOST_DAYS = 92
BY_DAY = """select (i.opened_at at time zone :zone)::date as day, count(*) as n
    from {table} as i where {where} group by 1"""


@dataclass(frozen=True)
class TrendStep:
    """A day, or the days of a month that the list has: `first` to `last`, both included. `whole`: the list of
    these days is these rows; of the first day of a sliding window it may be more."""

    first: date
    last: date
    n: int
    whole: bool = True


@dataclass(frozen=True)
class Trend:
    """Without a gap, the oldest first; `n` of all steps is the length of the list."""

    by_month: bool
    steps: list[TrendStep]


def read_trend(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> Trend | None:
    """None of what is open now and of 24 hours, which are told by the hour, and of an empty list."""
    if incident_filter.window in ("live", "24h"):
        return None
    where, values = incident_filter.where(city, now)
    rows = incident_filter.rows(city)
    counted = rows.statement(BY_DAY.format(table=rows.table, where=where))
    found = connection.execute(text(counted), values | {"zone": city.time_zone.key})
    days = Counter({row.day: row.n for row in found})
    if not days:
        return None
    sliding = incident_filter.since(now)
    begin = sliding.astimezone(city.time_zone).date() if sliding else incident_filter.selection.since
    end = incident_filter.selection.until or now.astimezone(city.time_zone).date()
    first, last = min(begin or min(days), *days), max(min(end, now.astimezone(city.time_zone).date()), *days)
    by_month = (last - first).days >= MOST_DAYS
    spans = _months(first, last) if by_month else _days(first, last)
    return Trend(
        by_month,
        [
            TrendStep(one, other, sum(days[day] for day in _each(one, other)), not sliding or one > first)
            for one, other in spans
        ],
    )


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _days(first: date, last: date) -> list[tuple[date, date]]:
    return [(day, day) for day in _each(first, last)]


def _months(first: date, last: date) -> list[tuple[date, date]]:
    spans = []
    while first <= last:
        end = first.replace(day=monthrange(first.year, first.month)[1])
        spans.append((first, min(end, last)))
        first = end + timedelta(days=1)
    return spans
