"""When things happen: instants drawn by weekday and hour of the city's clock, and by weights of the months
that the caller gives. Times are int64 microseconds since 1970, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US

HOURS = {
    "desk": (
        0.25,
        0.15,
        0.1,
        0.1,
        0.12,
        0.25,
        0.6,
        1.4,
        2.6,
        3.4,
        3.5,
        3.1,
        2.7,
        2.5,
        2.6,
        2.6,
        2.4,
        2.1,
        1.7,
        1.4,
        1.1,
        0.9,
        0.6,
        0.4,
    ),
    "home": (
        0.5,
        0.3,
        0.25,
        0.2,
        0.25,
        0.5,
        1.2,
        2,
        2.2,
        2.1,
        2,
        1.9,
        1.8,
        1.8,
        1.8,
        1.9,
        2.1,
        2.5,
        2.9,
        2.9,
        2.5,
        2,
        1.4,
        0.8,
    ),
    "night": (
        2.4,
        1.9,
        1.3,
        0.8,
        0.5,
        0.4,
        0.4,
        0.5,
        0.6,
        0.6,
        0.6,
        0.6,
        0.7,
        0.7,
        0.7,
        0.8,
        0.9,
        1.1,
        1.4,
        1.9,
        2.6,
        3.2,
        3.4,
        3.2,
    ),
    "street": (
        0.9,
        0.7,
        0.5,
        0.4,
        0.4,
        0.5,
        0.9,
        1.7,
        2.1,
        1.7,
        1.5,
        1.5,
        1.6,
        1.6,
        1.6,
        1.7,
        2,
        2.6,
        2.7,
        2.2,
        1.8,
        1.6,
        1.5,
        1.2,
    ),
}
WEEK = {
    "desk": (1.14, 1.1, 1.08, 1.06, 1.04, 0.82, 0.76),
    "home": (1.1, 1.05, 1.02, 1.0, 1.0, 0.94, 0.9),
    "night": (0.8, 0.8, 0.85, 0.95, 1.25, 1.45, 1.1),
    "street": (1, 0.98, 0.98, 1, 1.12, 1.05, 0.88),
}


@dataclass(frozen=True)
class Clock:
    """The city's clock and the end of time, as microseconds UTC."""

    zone: ZoneInfo
    until: int

    def local_year(self) -> int:
        return datetime.fromtimestamp(self.until / SECOND_US, self.zone).year

    def day_start(self, day: date) -> int:
        """Local midnight."""
        return int(datetime.combine(day, time(), self.zone).timestamp()) * SECOND_US

    def year_passed(self, year: int) -> float:
        """The part of a year that has passed, 0 to 1."""
        start, end = self.day_start(date(year, 1, 1)), self.day_start(date(year + 1, 1, 1))
        return float(np.clip((self.until - start) / (end - start), 0, 1))

    def local_days(self, instants: np.ndarray) -> np.ndarray:
        """Days since 1970 by the city's clock."""
        return (instants + self.offsets(instants)) // DAY_US

    def offsets(self, instants: np.ndarray) -> np.ndarray:
        """Offset from UTC in microseconds at each instant, exact to the hour of a change of clock."""
        hours, index = np.unique(instants // HOUR_US, return_inverse=True)
        first = {}
        out = np.empty(len(hours), dtype=np.int64)
        for i, hour in enumerate((hours // 24).tolist()):
            if hour not in first:
                first[hour] = (
                    int(self.zone.utcoffset(datetime(1970, 1, 1) + timedelta(days=hour)).total_seconds())
                    * SECOND_US
                )
            out[i] = first[hour]
        return out[index]


def year_days(clock: Clock, year: int) -> tuple[list[date], np.ndarray]:
    """The days of a local year, and the instants they begin."""
    days = [
        date(year, 1, 1) + timedelta(days=i) for i in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    return days, np.array([clock.day_start(day) for day in days], dtype=np.int64)


def day_weights(
    clock: Clock, year: int, months: tuple[float, ...], rhythm: str, rng: np.random.Generator
) -> np.ndarray:
    """How likely each day of a local year is: by month and weekday, no two days alike; none after the
    running one, which counts whole."""
    days, starts = year_days(clock, year)
    weight = np.array([months[day.month - 1] * WEEK[rhythm][day.weekday()] for day in days]) * rng.uniform(
        0.9, 1.1, len(days)
    )
    return np.where(starts <= clock.until, weight, 0.0)


def draw_instants(
    clock: Clock,
    year: int,
    n: int,
    n_full: int,
    weight: np.ndarray,
    rhythm: str,
    recent_days: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """`n` instants of a local year by its `day_weights`, none after `clock.until`, unordered. Of the last
    `recent_days` as many as `n_full` would give them, at most four fifths of `n`."""
    _, starts = year_days(clock, year)
    weight = (
        weight
        * np.interp(
            (clock.until - starts) / HOUR_US, np.arange(25), np.concatenate([[0], np.cumsum(HOURS[rhythm])])
        )
        / sum(HOURS[rhythm])
    )
    recent = _is_recent(clock, starts, recent_days)
    few = n if not weight[~recent].any() else 4 * n // 5
    many = min(few, round(n_full * weight[recent].sum() / weight.sum())) if recent.any() else 0
    day = np.concatenate(
        [
            _draw(np.where(recent, weight, 0), many, rng),
            _draw(np.where(recent, 0, weight) if many else weight, n - many, rng),
        ]
    )
    return _within_day(clock, starts[day], np.array(HOURS[rhythm]), rng)


def full_rate_from(clock: Clock, recent_days: int) -> date:
    """The first day that comes at the full rate (`draw_instants`): one of the running year."""
    days, starts = year_days(clock, clock.local_year())
    return days[int(np.argmax(_is_recent(clock, starts, recent_days)))]


def _is_recent(clock: Clock, starts: np.ndarray, recent_days: int) -> np.ndarray:
    if not recent_days:
        return np.zeros(len(starts), dtype=bool)
    return starts > clock.until - (recent_days + 1) * DAY_US


def _draw(weight: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return (
        np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(n), side="right").clip(
            0, len(weight) - 1
        )
        if n
        else np.empty(0, dtype=np.int64)
    )


def _within_day(clock: Clock, starts: np.ndarray, hours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A time of day by the hour weights; on the running day only hours that have passed."""
    cumulative = np.concatenate([[0], np.cumsum(hours) / hours.sum()])
    passed = np.clip((clock.until - starts) / HOUR_US, 0, 24)
    top = np.interp(passed, np.arange(25), cumulative)
    at = np.interp(rng.random(len(starts)) * top, cumulative, np.arange(25))
    return np.minimum(starts + (at * HOUR_US).astype(np.int64), clock.until - 1)
