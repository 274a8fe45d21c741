"""The clock against an oracle that walks through time minute by minute, on both sides of the day when
Astana's clock was put back (2024-03-01, from UTC+6 to UTC+5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.deadlines.clock import Pause
from geo.deadlines.clock import RegulatoryClock as Clock
from geo.deadlines.working_time import WorkingCalendar, micros

ASTANA = ZoneInfo("Asia/Almaty")
MINUTE = timedelta(minutes=1)
OFFICE = ((9 * 60, 13 * 60), (14 * 60 + 30, 18 * 60 + 30))
WEEK = (OFFICE,) * 5 + ((), ())
CALENDAR = WorkingCalendar(
    ASTANA, WEEK, frozenset({date(2024, 3, 8), date(2024, 3, 21), date(2024, 3, 22), date(2024, 3, 25)})
)


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ASTANA).astimezone(UTC)


def counts(calendar: WorkingCalendar | None, pauses: tuple[Pause, ...], minute: datetime) -> bool:
    """Whether the minute that begins then counts: what the clock on the wall shows decides, nothing else."""
    if any(pause.begins <= minute and (pause.ends is None or minute < pause.ends) for pause in pauses):
        return False
    if calendar is None:
        return True
    shown = minute.astimezone(calendar.zone)
    passed = shown.hour * 60 + shown.minute
    return any(begin <= passed < end for begin, end in calendar.hours_of(shown.date()))


def oracle(clock: Clock, at: datetime) -> int:
    minute, total = clock.opened, 0
    while minute < at:
        total += counts(clock.calendar, clock.pauses, minute)
        minute += MINUTE
    return total


def oracle_due(clock: Clock, most: int) -> datetime | None:
    """When the last minute of the period is over; none where it is not within so many minutes."""
    left, minute = clock.period // MINUTE, clock.opened
    for _ in range(most):
        if left == 0:
            return minute
        left -= counts(clock.calendar, clock.pauses, minute)
        minute += MINUTE
    return None


FIRST = datetime(2024, 2, 26, tzinfo=UTC)
instants = st.integers(0, 6 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)
spans = st.tuples(instants, st.integers(0, 3 * 24 * 60)).map(
    lambda pair: Pause(pair[0], pair[0] + pair[1] * MINUTE)
)
open_pause = instants.map(lambda begins: (Pause(begins),))
days = st.sets(st.integers(0, 13).map(lambda n: date(2024, 2, 26) + timedelta(days=n)), max_size=4)


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """The hours of a day: none, one span or two; till 22:00, or all of it."""
    if draw(st.booleans()):
        return draw(st.sampled_from([(), ((0, 1440),), OFFICE]))
    edges = sorted(
        draw(st.sets(st.integers(0, 22 * 4), min_size=2, max_size=4).filter(lambda s: len(s) != 3))
    )
    return tuple((15 * a, 15 * b) for a, b in zip(edges[::2], edges[1::2]))


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    calendar = None
    if draw(st.booleans()):
        week = tuple(draw(hours()) for _ in range(7))
        calendar = WorkingCalendar(ASTANA, week, frozenset(draw(days)), frozenset(draw(days)))
    pauses = tuple(draw(st.lists(spans, max_size=3))) + draw(st.one_of(st.just(()), open_pause))
    return Clock(draw(instants), draw(st.integers(0, 3000)) * MINUTE, pauses, calendar)


@settings(max_examples=30)
@given(clocks(), instants)
@example(Clock(here(2024, 2, 29, 22), timedelta(hours=3), (), None), datetime(2024, 3, 1, tzinfo=UTC))
@example(
    Clock(here(2024, 2, 29, 12), timedelta(hours=25), (), WorkingCalendar(ASTANA, (((0, 1440),),) * 7)),
    datetime(2024, 3, 1, tzinfo=UTC),
)
def test_what_counted_is_what_the_minutes_say(clock: Clock, at: datetime) -> None:
    assert clock.elapsed(at) == oracle(clock, at) * MINUTE


@settings(max_examples=30)
@given(clocks())
def test_it_is_due_when_the_minutes_say(clock: Clock) -> None:
    most = 9 * 24 * 60
    found, wanted = clock.due_at, oracle_due(clock, most)
    if wanted is not None and clock.period:
        assert found == wanted
    elif clock.period:
        assert found is None or found >= clock.opened + most * MINUTE
    else:
        assert found == clock.opened


@settings(max_examples=30)
@given(clocks(), st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_a_warning_comes_when_its_share_is_used(clock: Clock, share: float) -> None:
    reached = clock.reached(share)
    if reached is not None and clock.period and (clock.calendar is None or clock.calendar.regular_day):
        used = clock.elapsed(reached)
        assert abs(used - clock.period * share) < timedelta(milliseconds=1) or reached.year > 2026


@given(st.lists(instants, min_size=1, max_size=5), st.integers(0, 60 * 24 * 6))
def test_many_rows_are_reckoned_as_one(starts: list[datetime], minutes: int) -> None:
    measure = CALENDAR.at(*starts)
    period = minutes * MINUTE
    work = measure.period(np.full(len(starts), period // timedelta(microseconds=1)))
    due = measure.due(np.array([micros(start) for start in starts]), work)
    alone = [Clock.of_hours(start, period / timedelta(hours=1), (), CALENDAR).due_at for start in starts]
    assert list(due) == [micros(moment) for moment in alone if moment]


@pytest.mark.parametrize(
    "opened, hours, due",
    [
        (here(2024, 3, 4, 2), 24, here(2024, 3, 4, 18, 30)),  # 02:00 of a Monday is Monday, not Sunday
        (here(2024, 3, 2, 12), 24, here(2024, 3, 4, 18, 30)),  # a Saturday: Monday is the first day
        (here(2024, 3, 7, 10), 24, here(2024, 3, 11, 10)),  # over the 8th of March and a weekend
        (here(2024, 3, 20, 10), 48, here(2024, 3, 27, 10)),  # over Nauryz, the 23rd being a Saturday
        (here(2024, 2, 29, 10), 24, here(2024, 3, 1, 10)),  # the clock was put back between
    ],
)
def test_working_days_are_the_citys(opened: datetime, hours: float, due: datetime) -> None:
    assert Clock.of_hours(opened, hours, (), CALENDAR).due_at == due


@given(
    st.datetimes(datetime(2024, 3, 2), datetime(2024, 5, 1)).map(lambda at: at.replace(tzinfo=ASTANA)),
    st.integers(1, 9),
)
@example(here(2024, 3, 4, 2), 3)  # a Monday, 02:00: Wednesday 18:30, which is no other than Thursday 02:00
def test_a_count_of_days_names_the_same_working_time_as_the_hours(opened: datetime, days: int) -> None:
    """Who counts whole working days from the same time of the day comes to an instant that is later by hours
    in which nobody works."""
    by_hours = Clock.of_hours(opened, 24 * days, (), CALENDAR).due_at
    local = opened.astimezone(ASTANA)
    at = (
        local if CALENDAR.hours_of(local.date()) else local.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    while not CALENDAR.hours_of(at.date()):
        at += timedelta(days=1)
    for _ in range(days):
        at += timedelta(days=1)
        while not CALENDAR.hours_of(at.date()):
            at += timedelta(days=1)
    by_days = at.astimezone(UTC)
    # In a lunch hour or at night the count of days may name the begin of what the hours name the end of.
    worked = Clock.of_due(opened, by_days, (), CALENDAR).period
    assert worked == Clock.of_hours(opened, 24 * days, (), CALENDAR).period
    assert by_hours <= by_days


def test_a_pause_moves_what_is_due_and_an_open_one_stops_it() -> None:
    opened = here(2026, 11, 28, 15, 12)
    pause = Pause(here(2026, 11, 28, 15, 50), here(2026, 11, 28, 16, 32))
    clock = Clock.of_hours(opened, 5, [pause])
    assert clock.due_at == here(2026, 11, 28, 20, 54)
    assert [clock.reached(share) for share in (0.5, 0.75)] == [
        here(2026, 11, 28, 18, 24),
        here(2026, 11, 28, 19, 39),
    ]
    waits = Clock.of_hours(opened, 5, [Pause(here(2026, 11, 28, 15, 50))])
    assert waits.due_at is None and waits.reached(0.1) == here(2026, 11, 28, 15, 42)
    assert waits.stands(here(2026, 11, 29)) and not clock.stands(here(2026, 11, 28, 16, 32))
    assert clock.late_by(here(2026, 11, 28, 21, 4)) == timedelta(minutes=10)


def test_a_moved_day_off_is_worked_and_the_day_it_went_to_is_not() -> None:
    moved = WorkingCalendar(ASTANA, WEEK, frozenset({date(2024, 5, 8)}), frozenset({date(2024, 5, 4)}))
    assert Clock.of_hours(here(2024, 5, 3, 18), 24, (), moved).due_at == here(2024, 5, 4, 18)
    assert Clock.of_hours(here(2024, 5, 7, 18), 24, (), moved).due_at == here(2024, 5, 9, 18)
