"""Times to answer, to assign and to close by a few rows counted by hand: what ended, what still waits, and
what ended nobody knows when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, text

from geo.settings import Settings
from layers.statistics.requests import StatisticsRequest
from layers.statistics.waiting import WaitingTimes, waiting_times

REQUEST = StatisticsRequest(date(2026, 11, 2), date(2026, 11, 2))
INCIDENTS = """insert into incident (region, id, source, source_id, kind, source_status, status, opened_at,
        closed_at)
    select '71', id, 't', id::text, 'service', s, s, '2026-11-02 10:00+05', closed::timestamptz
    from (values (1, 'closed', '2026-11-02 12:00+05'), (2, 'in_progress', null), (3, 'open', null),
        (4, 'closed', '2026-11-02 14:00+05'), (5, 'closed', null)) v (id, s, closed)"""
EVENTS = """insert into incident_event (region, incident_id, happened_at, recorded_at, who, what, from_value,
        to_value)
    select '71', id, at::timestamptz, at::timestamptz, 't', what, old, new from (values
        (1, '2026-11-02 10:00+05', 'opened', null, 'open'),
        (1, '2026-11-02 10:30+05', 'status', 'open', 'in_progress'),
        (1, '2026-11-02 12:00+05', 'status', 'in_progress', 'closed'),
        (2, '2026-11-02 11:00+05', 'performer', null, '7'),
        (2, '2026-11-02 11:30+05', 'status', 'open', 'in_progress'),
        (3, '2026-11-02 10:05+05', 'performer', '7', null)) v (id, at, what, old, new)"""
INQUIRIES = """insert into inquiry (region, id, source, source_id, channel, received_at, answer_s, one_take)
    select '71', n, 't', n::text, 'call', '2026-11-02 10:00+05', s, true
    from (values (1, 12), (2, 12), (3, 30), (4, null)) v (n, s)"""


@pytest.fixture
def city_rows(connection: Connection, settings: Settings) -> Connection:
    for statement in (INCIDENTS, EVENTS, INQUIRIES):
        connection.execute(text(statement))
    return connection


def found(connection: Connection, settings: Settings, wait: str) -> WaitingTimes:
    return waiting_times(connection, settings.city, replace(REQUEST, wait=wait))


def test_work_begins_when_it_is_taken_up_or_somebody_names_who_does_it(
    city_rows: Connection, settings: Settings
) -> None:
    """The first of the two; who loses the work has not begun it."""
    times = found(city_rows, settings, "assigned")
    assert times.durations == [(30.0, 1), (60.0, 1)]
    assert (times.estimate.censored, times.unknown, times.total) == (1, 2, 5)
    assert times.ended_only.quantile(0.9) == 60.0
    # 3 waits still: a third had begun after half an hour, two thirds after one, and nobody knows of the rest.
    assert [times.estimate.quantile(share) for share in (0.3, 0.5, 0.9)] == [30.0, 60.0, None]


def test_closing_counts_what_is_open_at_its_age(city_rows: Connection, settings: Settings) -> None:
    times = found(city_rows, settings, "closed")
    assert times.durations == [(120.0, 1), (240.0, 1)]
    assert (times.estimate.censored, times.unknown, times.total) == (2, 1, 5)
    assert times.estimate.quantile(0.5) == 240.0 and times.estimate.quantile(0.9) is None


def test_an_answer_is_known_of_who_got_one(city_rows: Connection, settings: Settings) -> None:
    times = found(city_rows, settings, "answer")
    assert times.durations == [(0.2, 2), (0.5, 1)]
    assert (times.estimate.quantile(0.5), times.estimate.quantile(0.9)) == (0.2, 0.5)
    assert (times.estimate.censored, times.unknown, times.total) == (0, 1, 4)
