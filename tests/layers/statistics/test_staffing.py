"""Operators of the coming hours: from the demo city's own calls, beside its roster."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from dashboard.pages.statistics.staffing import _table
from dashboard.wording.staffing import summary
from geo.settings import Settings
from geo.staffing.need import GOALS, taking_calls
from layers.reading import snapshot
from layers.statistics.staffing import SHOWN_H, WEEK_H, Staffing, read_staffing
from tests.conftest import DEMO_UNTIL
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")


@pytest.fixture(scope="module")
def found(engine: Engine, demo_settings: Settings) -> Staffing:
    with snapshot(engine) as connection:
        return read_staffing(connection, demo_settings.city, DEMO_UNTIL)


def test_each_hour_has_what_it_needs_and_who_is_on_duty(found: Staffing, demo_settings: Settings) -> None:
    assert len(found.hours) == SHOWN_H and found.roster and found.patience_s
    first = found.hours[0].begins
    assert first == DEMO_UNTIL.astimezone(demo_settings.city.time_zone).replace(
        minute=0, second=0, microsecond=0, tzinfo=None
    )
    assert [one.begins for one in found.hours] == [first + timedelta(hours=n) for n in range(SHOWN_H)]
    for one in found.hours:
        assert one.rostered == found.roster.roster.on_duty(one.begins)
        assert one.needed <= one.busy and one.needed <= one.patient
        if one.with_them and not one.short and taking_calls(one.rostered or 0, 0.15) >= 1:
            assert one.with_them.within >= GOALS.within[0][1] - 0.01


def test_a_week_ahead_and_a_telephony_that_is_silent(
    engine: Engine, demo_settings: Settings, found: Staffing
) -> None:
    city = demo_settings.city
    with snapshot(engine) as connection:
        later = read_staffing(connection, city, DEMO_UNTIL + timedelta(days=6), hours=WEEK_H)
        silent = read_staffing(connection, city, DEMO_UNTIL + timedelta(days=30))
        week = read_staffing(connection, city, DEMO_UNTIL, hours=WEEK_H)
    assert 0 < len(later.hours) <= 25 and not silent.hours and silent.until and found.until
    assert timedelta(0) <= silent.until - found.until <= timedelta(hours=1)
    assert len(week.hours) == WEEK_H
    assert week.hours[24 * 6].begins == later.hours[0].begins


def test_the_page_says_the_same_in_words(found: Staffing, demo_settings: Settings) -> None:
    lacking = sum(one.short > 0 for one in found.hours)
    first = summary(found, demo_settings.city)[0]
    assert (f"{lacking}\u00a0ч из {SHOWN_H}" in first) if lacking else "достаточен" in first
    rows = _table(found.hours).children.children[1].children
    marked = [row.to_plotly_json()["props"]["data-short"] for row in rows]
    assert marked == [str(one.short > 0).lower() for one in found.hours]
