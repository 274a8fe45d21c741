"""The regulatory clock of one incident: how much of its period is used, when it will be, and when it stood.

A clock runs around the clock or in working time only (`geo.city.categories`, `calendar`). While it is paused
it stands, and what is due moves with it. Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from geo.deadlines.working_time import MICRO, WorkingCalendar, WorkingTime, instant, micros

WARNINGS = (0.5, 0.75, 0.9)
"""Shares of the period at which the one who must act is warned."""
YEARS_AHEAD = 20
"""A clock is reckoned for so long after its incident was opened."""
FOREVER = 2**62
"""Microseconds since 1970: the end of a pause that has none yet."""


@dataclass(frozen=True)
class Pause:
    """The clock stands from `begins` until before `ends`; none = it still does."""

    begins: datetime
    ends: datetime | None = None


@dataclass(frozen=True)
class RegulatoryClock:
    """`period` is time that counts: of work where there is a `calendar`, else of any hour. Pauses may
    overlap, begin before `opened`, and come in any order."""

    opened: datetime
    period: timedelta
    pauses: tuple[Pause, ...] = ()
    calendar: WorkingCalendar | None = None
    _merged: tuple[tuple[int, int | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Two times of one zone are subtracted as they stand on the wall: wrong where it was put back.
        object.__setattr__(self, "opened", self.opened.astimezone(UTC))
        object.__setattr__(self, "_merged", tuple(_merge(self.opened, self.pauses)))

    @classmethod
    def of_hours(
        cls,
        opened: datetime,
        due_hours: float,
        pauses: Iterable[Pause] = (),
        calendar: WorkingCalendar | None = None,
    ) -> RegulatoryClock:
        """The clock for a category's period: in working time 24 of its hours are one working day."""
        period = timedelta(hours=due_hours)
        if calendar is not None:
            work = calendar.at(opened).period(np.array([period // MICRO], np.int64))
            period = int(work[0]) * MICRO
        return cls(opened, period, tuple(pauses), calendar)

    @classmethod
    def of_due(
        cls,
        opened: datetime,
        due_at: datetime,
        pauses: Iterable[Pause] = (),
        calendar: WorkingCalendar | None = None,
    ) -> RegulatoryClock:
        """The clock for the time at which it is due, its pauses counted in."""
        stood = tuple(pauses)
        period = cls(opened, timedelta(), stood, calendar).elapsed(due_at)
        return cls(opened, period, stood, calendar)

    def elapsed(self, at: datetime) -> timedelta:
        """Time that counted until `at`; none before it was opened."""
        end = max(micros(at), micros(self.opened))
        stood = [(begin, end if until is None else min(until, end)) for begin, until in self._merged]
        paused = sum(self._between(begin, until) for begin, until in stood if begin < until)
        return (self._between(micros(self.opened), end) - paused) * MICRO

    def share(self, at: datetime) -> float:
        """The share of the period that is used at `at`: above 1 when overdue. A period of length zero is used
        up at once."""
        used = self.elapsed(at)
        return used / self.period if self.period else 1.0 + used / timedelta(hours=1)

    def reached(self, share: float) -> datetime | None:
        """When `share` of the period is used, by the pauses that are known; none while the clock stands
        before that."""
        work = self._worked(micros(self.opened)) + round(self.period * share / MICRO)
        for begin, until in self._merged:
            begun = self._worked(begin)
            if begun >= work:
                break
            if until is None:
                return None
            work += self._worked(until) - begun
        return max(self._moment(work), self.opened)

    @property
    def due_at(self) -> datetime | None:
        return self.reached(1)

    def late_by(self, at: datetime) -> timedelta:
        """How much time that counts has passed since it was due; none before."""
        return max(self.elapsed(at) - self.period, timedelta())

    def stands(self, at: datetime) -> bool:
        """Whether it is paused at `at`."""
        return any(
            begin <= micros(at) and (until is None or micros(at) < until) for begin, until in self._merged
        )

    def _between(self, begin: int, end: int) -> int:
        return self._worked(end) - self._worked(begin)

    def _worked(self, us: int) -> int:
        return us if self.calendar is None else _worked(self.calendar, self.opened, us)

    def _moment(self, work: int) -> datetime:
        if self.calendar is None:
            return instant(work)
        return instant(int(_measure(self.calendar, self.opened).moment(np.array([work], np.int64))[0]))


def _measure(calendar: WorkingCalendar, opened: datetime) -> WorkingTime:
    """One for all of an incident's life, so that what it says of two instants can be compared."""
    return calendar.working_time(opened.year - 1, opened.year + YEARS_AHEAD)


def _worked(calendar: WorkingCalendar, opened: datetime, us: int) -> int:
    return int(_measure(calendar, opened).worked(np.array([us], np.int64))[0])


def _merge(opened: datetime, pauses: Iterable[Pause]) -> Iterator[tuple[int, int | None]]:
    """Pauses from `opened` on, in order and apart; only the last may have no end."""
    first = micros(opened)
    spans = sorted(
        (max(micros(pause.begins), first), FOREVER if pause.ends is None else micros(pause.ends))
        for pause in pauses
    )
    begin = end = first
    for next_begin, next_end in spans:
        if next_begin > end:
            if begin < end:
                yield begin, end
            begin, end = next_begin, next_end
        else:
            end = max(end, next_end)
    if begin < end:
        yield begin, None if end == FOREVER else end
