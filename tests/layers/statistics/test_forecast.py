"""The hours around a moment of the demo city: what came is what the days count, what is to come has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, text

from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics.forecast import AHEAD_H, BEFORE_H, TESTED_H, read_forecast
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import read_topics
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
REQUEST = StatisticsRequest(date(2025, 1, 1), date(2025, 3, 13))
COUNTED = """select count(*) from inquiry where region = '71' and received_at >= :since
    and received_at < cast(:since as timestamptz) + interval '1 hour'"""


def test_what_came_is_what_is_counted(engine: Engine, demo_settings: Settings) -> None:
    city = demo_settings.city
    now = datetime(2025, 3, 12, 15, 20, tzinfo=city.time_zone)
    with snapshot(engine) as connection:
        found = read_forecast(connection, city, REQUEST, now)
        assert len(found.hours) == BEFORE_H + AHEAD_H and found.tested and found.tested.steps == TESTED_H
        for one in found.hours[: found.now + 1]:
            since = one.begins.replace(tzinfo=city.time_zone)
            assert one.n == connection.execute(text(COUNTED), {"since": since}).scalar_one()
    assert [one.n for one in found.hours[found.now + 1 :]] == [None] * (AHEAD_H - 1)
    assert found.hours[found.now].begins == now.replace(minute=0, tzinfo=None)
    assert all(one.expected.low <= one.expected.high for one in found.hours)


@pytest.mark.parametrize("change", [{"district": "esil"}, {"subject": "police"}])
def test_a_district_and_a_subject_have_forecasts_of_their_own(
    engine: Engine, demo_settings: Settings, change: dict
) -> None:
    now = datetime(2025, 3, 12, 15, 20, tzinfo=demo_settings.city.time_zone)
    with snapshot(engine) as connection:
        whole = read_forecast(connection, demo_settings.city, REQUEST, now)
        part = read_forecast(connection, demo_settings.city, replace(REQUEST, **change), now)
    assert sum(one.n or 0 for one in part.hours) < sum(one.n or 0 for one in whole.hours)


OF_TOPIC = """with recursive below as (select id from category where key = :topic
        union all select c.id from category c join below b on c.parent_id = b.id)
    select count(*) from incident where kind = 'service' and vanished_at is null
        and category_id in (select id from below) and opened_at >= :since
        and opened_at < cast(:since as timestamptz) + interval '1 hour'"""


def test_a_topic_has_a_forecast_of_its_own(engine: Engine, demo_settings: Settings) -> None:
    city = demo_settings.city
    now = datetime(2025, 3, 12, 15, 20, tzinfo=city.time_zone)
    came = 0
    with snapshot(engine) as connection:
        for topic in read_topics(connection, "ru"):
            found = read_forecast(connection, city, REQUEST, now, topic)
            for one in found.hours[: found.now + 1]:
                bound = {"topic": topic, "since": one.begins.replace(tzinfo=city.time_zone)}
                assert one.n == connection.execute(text(OF_TOPIC), bound).scalar_one(), topic
                came += one.n
        whole = read_forecast(connection, city, replace(REQUEST, subject="service"), now)
    assert 0 < came <= sum(one.n or 0 for one in whole.hours)
