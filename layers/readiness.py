"""Whether the servers behind the web process answer, and how far behind the change feed and the feeds are:
figures for /readyz and /metrics."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

LAG_LIMIT_S = 10.0
"""Committed changes that wait longer than this for a position mean that no relay runs."""

LAG = text(
    "select coalesce(extract(epoch from now() - min(recorded_at)), 0)::float8 from change where "
    "position is null"
)
AGES = text("""
    select key, interval_s, extract(epoch from now() - polled_at)::float8 as age_s from feed
        where region = :region and polled_at is not null order by key""")

WAITING = text("""
    select f.key, w.n, coalesce(extract(epoch from now() - w.since), 0)::float8 as age_s from feed f cross
        join lateral (
      select count(*) as n, min(asked_at) as since from inbox where region = f.region and feed = f.key
          and state = 'waiting') w
    where f.region = :region order by f.key""")


@dataclass(frozen=True)
class Readiness:
    """`relay_lag_s` none when the database does not answer. Without Redis screens stay live, only slower:
    that is no reason to be unready."""

    database: bool
    redis: bool
    relay_lag_s: float | None

    @property
    def ready(self) -> bool:
        return self.database and self.relay_lag_s is not None and self.relay_lag_s <= LAG_LIMIT_S


def look(engine: Engine, client: redis.Redis) -> Readiness:
    """Ask both servers now; one that does not answer is a finding, not an error."""
    try:
        with engine.connect() as connection:
            lag_s = connection.scalar(LAG)
    except SQLAlchemyError:
        lag_s = None
    try:
        redis_answers = bool(client.ping())
    except redis.RedisError:
        redis_answers = False
    return Readiness(database=lag_s is not None, redis=redis_answers, relay_lag_s=lag_s)


def feed_ages(engine: Engine, region: str) -> list[tuple[str, int | None, float]]:
    """(feed, its interval in seconds or none, its age in seconds) of every feed that was ever polled."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(AGES, {"region": region})]


def waiting(engine: Engine, region: str) -> list[tuple[str, int, float]]:
    """(feed, how many pushed batches and runs to repeat wait for it, seconds since the oldest was asked
    for or 0) of every feed."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(WAITING, {"region": region})]
