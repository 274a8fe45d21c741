"""Feeds of figures that are late, and since when, as far as the caller may see their kinds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from geo.settings import Settings
from layers.scope import Scope
from layers.statistics.sources import source_states
from tests.support.connected import engine_as

FEEDS = """insert into feed (region, key, layer, kinds, interval_s, polled_at, newest_at, failed_at) values
    ('71', 'inquiries', 'incidents', '{service}', 60, now(), now(), null),
    ('71', 'police', 'incidents', '{police}', 60, now(), '2026-01-05 06:00+00', '2026-01-05 07:00+00'),
    ('71', 'emergencies', 'incidents', '{emergency}', 60, now(), null, '2026-01-05 08:00+00'),
    ('71', 'anything', 'incidents', null, 60, now(), now(), null),
    ('71', 'buildings', 'buildings', '{}', 86400, now(), null, '2026-01-05 08:00+00')"""
QUIET = """insert into feed (region, key, layer, kinds, interval_s, news_at, news_since, news_pause_s) values
    ('71', 'offences', 'incidents', '{offence}', 60, now() - interval '9 hours', now() - interval '30 days',
        3600)"""
reader = engine_as("reader")


@pytest.mark.parametrize(
    ("kinds", "seen"),
    [
        (None, ["inquiries", "police", "emergencies", "anything", "offences"]),
        ({"service", "offence"}, ["inquiries", "anything", "offences"]),
    ],
)
def test_each_source_of_figures_is_on_time_or_late(
    connection: Connection, reader: Engine, settings: Settings, kinds: set[str] | None, seen: list[str]
) -> None:
    connection.execute(text(FEEDS))
    connection.execute(text(QUIET))
    connection.commit()
    scope = Scope(kinds=None if kinds is None else frozenset(kinds))
    found = {one.key: one.late_since for one in source_states(reader, settings.city.region, scope)}
    assert sorted(found) == sorted(seen)
    assert found["inquiries"] is None and found["anything"] is None and found["offences"] is not None
    if kinds is None:
        assert found["police"] == datetime(2026, 1, 5, 6, tzinfo=UTC), "its newest row, not its failure"
        assert found["emergencies"] == datetime(2026, 1, 5, 8, tzinfo=UTC), "it never brought one"
