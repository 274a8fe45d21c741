"""Forecasts tested on the past: hours of the demo city's year at three sizes, and the days of a public
file.

Chicago's file of sanitation requests (`chicago_311_sanitation_code.csv`, Creation_Date) is taken by days, for
it has no clock; its busiest year of four weeks in a row without a gap is not chosen: the last two years are.
San Francisco's file of fire calls is a sample: of each day between 2009 and 2019 a handful of rows or none,
and only a few weeks of 2017 and 2020 whole. Its longest row of days with at least `WHOLE_DAY` calls is taken
by hours; where that is shorter than a forecast learns from, the row says so."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from etl.demo.rhythm import DAY_US, HOUR_US, SECOND_US, Clock, day_weights, draw_instants
from geo.settings import Settings
from geo.statistics.forecast import Backtest, backtest

CHICAGO, COLUMN = "chicago_311_sanitation_code.csv", "Creation_Date"
SAN_FRANCISCO, RECEIVED = "sf_fire_calls_2009_2020.csv", "Received DtTm"
WHOLE_DAY = 100
WEEK_H, TESTED_H, TESTED_DAYS = 168, 672, 728
YEAR = 2024
INQUIRIES = {
    "demo city, hour": 2_326_254,
    "demo topic, hour": 120_000,
    "demo topic and district, hour": 15_000,
}
Series = tuple[str, np.ndarray, int, int]
"""Name, counts, steps a week, steps tested."""


def print_backtests(folder: Path | None) -> None:
    print(f"{'forecast':30} {'steps':>6} {'error':>8} {'naive':>8} {'90 % held':>10} {'whole edges':>12}")
    for name, counts, season, steps in (*_demo(), *_public(folder)):
        found = backtest(counts, season, steps)
        print(f"{name:30} {_row(found)}")


def _row(found: Backtest | None) -> str:
    if found is None:
        return "too short to learn from"
    return f"{found.steps:6} {found.error:8.2f} {found.naive:8.2f} {found.coverage:10.1%} {found.plain:12.1%}"


def _demo() -> Iterator[Series]:
    """By the clock, the weekdays and the chance of `etl.demo`."""
    zone, rng = Settings.load({}).city.time_zone, np.random.default_rng(109)
    clock = Clock(zone, int(datetime(YEAR + 1, 1, 1, tzinfo=zone).timestamp()) * SECOND_US - 1)
    weight = day_weights(clock, YEAR, (1.0,) * 12, "desk", rng)
    for name, n in INQUIRIES.items():
        instants = draw_instants(clock, YEAR, n, n, weight, "desk", 0, rng)
        hours = (instants + clock.offsets(instants)) // HOUR_US
        first = hours.min() // (DAY_US // HOUR_US) * (DAY_US // HOUR_US)
        yield name, np.bincount(hours - first), WEEK_H, TESTED_H


def _public(folder: Path | None) -> Iterator[Series]:
    if folder is None:
        return
    with (folder / CHICAGO).open(encoding="utf-8") as file:
        counted = Counter(date.fromisoformat(row[COLUMN][:10]) for row in csv.DictReader(file))
    first, last = min(counted), max(counted)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    yield "Chicago, sanitation, day", np.array([counted[day] for day in days]), 7, TESTED_DAYS
    with (folder / SAN_FRANCISCO).open(encoding="utf-8") as file:
        hours = Counter(
            datetime.strptime(row[RECEIVED], "%m/%d/%Y %I:%M:%S %p").replace(minute=0, second=0)
            for row in csv.DictReader(file)
        )
    run = longest_whole(hours)
    counts = np.array([hours[datetime(day.year, day.month, day.day, h)] for day in run for h in range(24)])
    yield f"San Francisco, {len(run)} days, hour", counts, WEEK_H, WEEK_H


def longest_whole(hours: Counter[datetime]) -> list[date]:
    """The longest row of days that have `WHOLE_DAY` calls each."""
    by_day = Counter[date]()
    for hour, n in hours.items():
        by_day[hour.date()] += n
    longest: list[date] = []
    row: list[date] = []
    for day in sorted(day for day, n in by_day.items() if n >= WHOLE_DAY):
        row = [*row, day] if row and row[-1] == day - timedelta(1) else [day]
        longest = max(longest, row, key=len)
    return longest
