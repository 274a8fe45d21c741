"""When a feed is quiet: judged by its own pauses, once they are known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from geo.loading import ledger
from layers import feeds

REGION = "71"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GO_BACK = text(
    "update feed set news_at = news_at - :by, news_since = news_since - :by where region = :region"
)


@pytest.fixture
def feed(connection: Connection) -> Connection:
    ledger.declare_feed(connection, REGION, "police", "incidents", 3600)
    connection.commit()
    return connection


def come(connection: Connection, *pauses: timedelta) -> None:
    """News, then more after each pause."""
    ledger.beat(connection, REGION, "police", news=True)
    for pause in pauses:
        wait(connection, pause)
        ledger.beat(connection, REGION, "police", news=True)


def wait(connection: Connection, pause: timedelta) -> None:
    connection.execute(GO_BACK, {"by": pause, "region": REGION})
    connection.commit()


def is_quiet(reader: Engine) -> bool:
    (row,) = feeds.all_feeds(reader, REGION)
    return row["quiet_since"] is not None


def test_a_feed_is_quiet_after_half_as_long_again_as_its_longest_pause(
    feed: Connection, reader: Engine
) -> None:
    come(feed, *[DAY] * 4, 3 * DAY, *[DAY] * 4)
    wait(feed, 84 * HOUR)
    assert not is_quiet(reader)
    wait(feed, 2 * DAY)
    assert is_quiet(reader)
    ledger.beat(feed, REGION, "police")
    feed.commit()
    assert is_quiet(reader), "an answer without news"
    come(feed)
    feed.commit()
    assert not is_quiet(reader)


def test_nothing_is_said_of_a_feed_that_was_not_watched_for_a_week_or_never_came(
    feed: Connection, reader: Engine
) -> None:
    assert not is_quiet(reader)
    come(feed, *[DAY] * 6)
    wait(feed, 300 * DAY)
    assert not is_quiet(reader)


def test_one_long_pause_does_not_silence_a_feed_for_ever(feed: Connection, reader: Engine) -> None:
    come(feed, 30 * DAY, *[DAY] * 7)
    wait(feed, 10 * DAY)
    assert not is_quiet(reader)
    come(feed, *[HOUR] * 3, *[DAY] * 60)
    wait(feed, 10 * DAY)
    assert is_quiet(reader)


def test_a_feed_that_is_asked_rarely_has_two_intervals(feed: Connection, reader: Engine) -> None:
    ledger.declare_feed(feed, REGION, "police", "incidents", 7 * 86400)
    come(feed, *[DAY] * 10)
    wait(feed, 10 * DAY)
    assert not is_quiet(reader)
