"""How many days of closed incidents the roll-up counts in one go: twice as many while that is quick, half as
many once it takes long, one after a statement that was broken off, which counts nothing and is tried again
only after a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg2
import pytest
from psycopg2.extensions import connection as DriverConnection
from sqlalchemy import Connection, text

from geo.changes import rollup
from geo.changes.rollup import CLOSED_DAYS_EVERY_S, DaysAhead
from geo.database import role_dsn
from geo.settings import Settings
from geo.statistics import closed_days
from geo.statistics.closed_days import MOST_DAYS, count_closed_days

FIRST = datetime(2025, 3, 1, 12, tzinfo=UTC)
ROWS = """insert into incident (region, id, source, source_id, kind, source_status, status, opened_at,
        closed_at)
    select '71', n, 't', n::text, 'service', 'closed', 'closed', :first + n * interval '1 day',
        :first + n * interval '1 day 1 hour' from generate_series(0, 99) n"""
AFTER = """insert into statistic_closed_day (region, day, has_teams)
    select '71', g::date, true
    from generate_series(timestamp '2025-06-09', now() + interval '1 day', '1 day') g"""
"""A hundred days wait; the days after them are counted."""


@pytest.fixture
def relay(connection: Connection, settings: Settings) -> Iterator[DriverConnection]:
    connection.execute(text(ROWS), {"first": FIRST})
    connection.execute(text("update statistic_closed_change set made_at = made_at - interval '1 hour'"))
    connection.execute(text(AFTER))
    connection.commit()
    opened = psycopg2.connect(role_dsn(settings, "relay"))
    yield opened
    opened.close()


def counted(connection: Connection) -> int:
    days = "select count(*) from statistic_closed_day where day < :end"
    found = connection.scalar(text(days), {"end": date(2025, 6, 9)})
    connection.rollback()
    return found or 0


def test_quick_goes_grow_to_a_month_and_slow_ones_shrink_to_a_day(
    connection: Connection, settings: Settings, relay: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace, sizes, before = DaysAhead(count_closed_days, CLOSED_DAYS_EVERY_S), [], 0
    for budget_s in (*[600.0] * 6, *[0.0] * 4):
        monkeypatch.setattr(rollup, "AHEAD_S", budget_s)
        pace.count(relay, settings.city)
        now = counted(connection)
        sizes.append((now - before, pace.most))
        before = now
    grown = [(1, 2), (2, 4), (4, 8), (8, 16), (16, MOST_DAYS), (MOST_DAYS, MOST_DAYS)]
    assert sizes == [*grown, (MOST_DAYS, 15), (7, 7), (0, 7), (0, 7)], "a hundred days were there"


def test_what_is_broken_off_counts_nothing_and_is_tried_later_by_the_day(
    connection: Connection, settings: Settings, relay: DriverConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = DaysAhead(count_closed_days, CLOSED_DAYS_EVERY_S)
    pace.most = 16
    monkeypatch.setattr(closed_days, "STATEMENT_TIMEOUT_S", 0.001)
    pace.count(relay, settings.city)
    assert (counted(connection), pace.most) == (0, 1)
    monkeypatch.undo()
    pace.count(relay, settings.city)
    assert counted(connection) == 0, "not at once"
    pace.every_s = -1.0
    pace.count(relay, settings.city)
    assert counted(connection) == 1, "the connection goes on, one day in one go"
