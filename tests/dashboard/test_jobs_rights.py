"""What is due by itself is done with the rights of its role: the calendar is proposed and recorded."""

from __future__ import annotations

from sqlalchemy import Engine, text

from dashboard import jobs as due
from geo.settings import Settings
from tests.support.connected import engine_as

owner = engine_as("owner")


def test_the_calendar_is_proposed_and_stands_in_the_audit(settings: Settings, owner: Engine) -> None:
    due.propose_calendar(settings)
    with owner.connect() as connection:
        rows = connection.execute(text("select who, what from audit")).all()
        days = connection.scalar(text("select count(*) from calendar_day"))
    assert [tuple(row) for row in rows] == [("jobs", "calendar.proposed")] and days
