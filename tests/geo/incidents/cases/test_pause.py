"""A pause of the regulatory clock moves the deadline by the time that it stood and that would have counted;
what is used of the period, and when who must act is warned, follows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.deadlines.calendar import week
from geo.deadlines.clock import WARNINGS, Pause, RegulatoryClock
from geo.deadlines.working_time import WorkingCalendar
from geo.errors import Conflict
from geo.incidents.cases import verbs
from geo.incidents.cases.fields import FIELDS
from geo.incidents.cases.state import State
from geo.incidents.pressing import read_clocks
from geo.settings import DEFAULT_CITY, City
from tests.support.desk import Desk

CITY = City.load(DEFAULT_CITY)
WORKING = WorkingCalendar(
    CITY.time_zone, week(CITY.working_hours, CITY.working_weekdays), frozenset({date(2026, 12, 16)})
)
FRIDAY = datetime(2026, 11, 27, 4, tzinfo=UTC)
SPANS = st.integers(1, 20 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def at(now: datetime, calendar: WorkingCalendar | None, **fields: Any) -> State:
    known = dict.fromkeys(FIELDS) | {"status": "open"} | fields
    return State(1, 1, "service", None, FRIDAY, None, now, known, {}, {}, calendar)


@given(SPANS, SPANS, SPANS, st.booleans())
def test_the_deadline_moves_by_the_time_that_would_have_counted(
    until: timedelta, before: timedelta, stands: timedelta, works: bool
) -> None:
    calendar = WORKING if works else None
    due, paused = FRIDAY + until, FRIDAY + before
    resumed = paused + stands
    try:
        state = at(paused, calendar, due_at=due)
        changes = verbs.pause(state, verbs.Because("ждём доступ"), "aidos")
    except Conflict as refused:
        left = RegulatoryClock.of_due(paused, max(due, paused), (), calendar).period
        assert left < timedelta(seconds=1), refused.code
        return
    moved = verbs.running(at(resumed, calendar, **changes))["due_at"]
    assert isinstance(moved, datetime)
    begun = RegulatoryClock(
        FRIDAY, RegulatoryClock(FRIDAY, timedelta(), (), calendar).elapsed(due), (), calendar
    )
    stood = RegulatoryClock(FRIDAY, begun.period, (Pause(paused, resumed),), calendar)
    expected = stood.due_at
    assert expected is not None
    used = RegulatoryClock(FRIDAY, timedelta(), (), calendar)
    assert abs(used.elapsed(moved) - used.elapsed(expected)) <= timedelta(seconds=1)


def test_a_deadline_of_no_work_is_not_paused() -> None:
    """Set by hand into a night: the clock stands there already."""
    saturday, sunday = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2)
    with pytest.raises(Conflict, match=r"incident\.no_time_left"):
        verbs.pause(at(saturday, WORKING, due_at=sunday), verbs.Because("x"), "aidos")


def test_warnings_are_those_of_the_clock_with_its_pause(desk: Desk) -> None:
    """Five hours from 15:12 with a pause of 42 minutes: 18:24, 19:39, 20:24, due 20:54; an undone pause is
    none."""
    day = datetime.now(CITY.time_zone).date() + timedelta(days=1)

    def clock(shown: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(shown), CITY.time_zone)

    incident = desk.incidents[0]
    desk.act("aidos", "pause", reason="ждём доступ")
    desk.act("aidos", "resume")
    desk.undo("aidos", desk.act("aidos", "pause", reason="по ошибке"))
    desk.execute("update incident set opened_at = :at, due_at = :due", at=clock("15:12"), due=clock("20:54"))
    with desk.owner.begin() as connection:
        ends = desk.rows("select id from incident_event where what = 'paused_at' order by id")
        for (event,), shown in zip(ends, ("16:00", "16:42", "17:00", "19:00")):
            move = "update incident_event set happened_at = :at where id = :id"
            desk.execute(move, at=clock(shown), id=event)
        found = read_clocks(connection, desk.city, desk.incidents)
    assert set(found) == set(desk.incidents) and found[desk.incidents[1]].pauses == ()
    assert found[incident].period == timedelta(hours=5)
    reached = [found[incident].reached(share) for share in (*WARNINGS, 1)]
    assert reached == [clock(shown) for shown in ("18:24", "19:39", "20:24", "20:54")]


def test_the_last_warning_that_screens_hear_of_counts_the_pause(desk: Desk) -> None:
    incident = desk.incident()
    assert incident["presses_at"] is None, "around the clock and never paused: a part of the way"
    desk.act("aidos", "pause", reason="ждём доступ")
    desk.act("aidos", "resume")
    with desk.owner.begin() as connection:
        found = read_clocks(connection, desk.city, desk.incidents)[desk.incidents[0]]
    assert len(found.pauses) == 1
    assert desk.incident()["presses_at"] == found.reached(WARNINGS[-1])
    latest = "select payload ->> 'presses' from change where noun_id = :id order by id desc limit 1"
    [(presses,)] = desk.rows(latest, id=desk.incidents[0])
    assert float(presses) == pytest.approx(desk.incident()["presses_at"].timestamp(), abs=1)
