"""By when a breach must be told of, and what the audit has of one login."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from geo.audit.records import record_audit
from geo.deadlines.calendar import week
from geo.deadlines.working_time import WorkingCalendar
from geo.privacy.breach import find_breach, notice_due
from tests.support.connected import engine_as

ASTANA = ZoneInfo("Asia/Almaty")
web, auditor = (engine_as(role) for role in ("web", "auditor"))


@pytest.mark.parametrize(
    ("found", "due"),
    [
        ("2026-11-30T10:15", "2026-12-01T10:15"),
        ("2026-12-04T18:00", "2026-12-07T18:00"),
        ("2026-12-15T09:00", "2026-12-18T09:00"),
        ("2026-12-19T09:00", "2026-12-20T09:00"),
    ],
)
def test_it_is_told_within_one_working_day(found: str, due: str) -> None:
    """A Monday; a Friday; before two days off; a Saturday before a Sunday that is worked."""
    calendar = WorkingCalendar(
        ASTANA,
        week(("09:00-18:00",), (1, 2, 3, 4, 5)),
        frozenset({date(2026, 12, 16), date(2026, 12, 17)}),
        frozenset({date(2026, 12, 20)}),
    )
    at = datetime.fromisoformat(found).replace(tzinfo=ASTANA)
    assert notice_due(calendar, at.astimezone(UTC)) == datetime.fromisoformat(due).replace(tzinfo=ASTANA)


def test_looks_and_exports_of_one_login_are_counted(web: Engine, auditor: Engine) -> None:
    with web.begin() as connection:
        for incident in (7, 7, 8):
            record_audit(connection, "dana", "incident.seen", incident=incident, kind="police")
        record_audit(connection, "dana", "incident.exported", form="csv", rows=120, filter={})
        record_audit(connection, "dana", "signed_out")
        record_audit(connection, "zarina", "incident.seen", incident=9, kind="police")
    now = datetime.now(UTC)
    with auditor.connect() as connection:
        found = find_breach(connection, "dana", now - timedelta(hours=1), now + timedelta(hours=1))
        before = find_breach(connection, "dana", now - timedelta(hours=2), now - timedelta(hours=1))
    assert [(act.what, act.times, act.incidents, act.exported) for act in found.acts] == [
        ("incident.seen", 3, 2, 0),
        ("incident.exported", 1, 0, 120),
    ]
    assert [data.key for data in found.data] == ["requests", "notes"]
    assert sum(one.times for one in found.came_from) == 5, "signing out too: from where they were in"
    assert before.acts == before.came_from == before.data == []
