"""Working time as a measure: how much of it lies between two instants, and when so much of it has passed.

Days and hours are those of the city's clock; instants are UTC, as microseconds since 1970 in arrays, so
that a file of a million rows is reckoned at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]
Hours = tuple[tuple[int, int], ...]
"""The working hours of one day: (from, to) in minutes after its midnight, in order, not touching one another;
1440 is the end of the day."""

DAY_MINUTES = 24 * 60
MICRO = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS_OF_A_WEEK = 7
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""The years covered: an instant outside them has no working time before or after it."""
LAST_US = (datetime(LAST_YEAR, 12, 31, tzinfo=UTC) - EPOCH) // MICRO


@dataclass(frozen=True)
class WorkingCalendar:
    """`hours`: Monday to Sunday. `days_off` have none, whatever the weekday; a day of `working_days` (moved
    by the government) whose weekday has none gets those of a regular day."""

    zone: ZoneInfo
    hours: tuple[Hours, ...]
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    @property
    def regular_day(self) -> Hours:
        """The hours of the week's fullest day, the first of several."""
        return max(self.hours, key=_minutes)

    def hours_of(self, day: date) -> Hours:
        if day in self.days_off:
            return ()
        own = self.hours[day.weekday()]
        return own or (self.regular_day if day in self.working_days else ())

    def working_time(self, first_year: int, last_year: int) -> WorkingTime:
        """The measure of these years, made once for each decade that is asked for."""
        first, last = max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR)
        return _measure(self, first // 10 * 10, last // 10 * 10 + 9)

    def due(self, start: Micros, hours: Micros) -> Micros:
        """When regulatory periods, in microseconds of whole days (72 hours are three working days), that
        begin at `start` are over. The measure reaches as far as a week of one working day would need."""
        first, last = int(start.min()), int((start + DAYS_OF_A_WEEK * hours).max())
        measure = self.working_time(instant(first).year - 1, instant(min(last, LAST_US)).year + 2)
        return measure.due(start, measure.period(hours))

    def at(self, *instants: datetime) -> WorkingTime:
        """The measure around these instants, with two years to spare on each side."""
        years = [instant.year for instant in instants]
        return self.working_time(min(years) - 2, max(years) + 2)


@dataclass(frozen=True, eq=False)
class WorkingTime:
    """Spans of work, in order: `begins`, `ends`, and `before`, the work before each of them. `day_us`: of a
    regular day."""

    begins: Micros
    ends: Micros
    before: Micros
    day_us: int

    def worked(self, at: Micros) -> Micros:
        """Work from the beginning of the measure to each instant."""
        index = np.searchsorted(self.begins, at, side="right") - 1
        known = np.maximum(index, 0)
        since = np.clip(at - self.begins[known], 0, self.ends[known] - self.begins[known])
        return np.where(index < 0, 0, self.before[known] + since)

    def moment(self, work: Micros) -> Micros:
        """The first instant by which so much work is done; the last one of the measure for more than all."""
        until = self.before + (self.ends - self.begins)
        index = np.minimum(np.searchsorted(until, work, side="left"), len(until) - 1)
        return np.minimum(self.begins[index] + (work - self.before[index]), self.ends[-1])

    def due(self, start: Micros, period: Micros) -> Micros:
        """When a period of work that begins at `start` is over: at once for an empty period."""
        return np.maximum(self.moment(self.worked(start) + period), start)

    def share(self, start: Micros, end: Micros, share: float) -> Micros:
        """When such a share of the work between two instants is done; where there is none, at the end."""
        begun, done = self.worked(start), self.worked(end)
        reached = self.moment(begun + np.rint((done - begun) * share).astype(np.int64))
        return np.where(done > begun, np.clip(reached, start, end), end)

    def period(self, hours: Micros) -> Micros:
        """A regulatory period, given in microseconds of whole days (72 hours are three working days), as
        work."""
        return (hours * (self.day_us / (DAY_MINUTES * 60 * 10**6))).astype(np.int64)


def micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICRO


def instant(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(us))


def _minutes(hours: Hours) -> int:
    return sum(end - begin for begin, end in hours)


@lru_cache(maxsize=32)
def _measure(calendar: WorkingCalendar, first_year: int, last_year: int) -> WorkingTime:
    spans = np.array(list(_spans(calendar, first_year, last_year)) or [(0, 0)], np.int64)
    begins, ends = spans[:, 0].copy(), spans[:, 1].copy()
    before = np.concatenate([[0], np.cumsum(ends - begins)[:-1]]).astype(np.int64)
    return WorkingTime(begins, ends, before, _minutes(calendar.regular_day) * 60 * 10**6)


def _spans(calendar: WorkingCalendar, first_year: int, last_year: int) -> Iterator[tuple[int, int]]:
    day, last = date(first_year, 1, 1), date(last_year, 12, 31)
    while day <= last:
        for begin, end in calendar.hours_of(day):
            yield _on_the_clock(calendar.zone, day, begin), _on_the_clock(calendar.zone, day, end)
        day += timedelta(days=1)


def _on_the_clock(zone: ZoneInfo, day: date, minutes: int) -> int:
    """When the city's clock shows so many minutes after the midnight of a day: the first time, where a clock
    that was put back shows it twice."""
    days, rest = divmod(minutes, DAY_MINUTES)
    shown = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    return micros(shown.astimezone(UTC))
