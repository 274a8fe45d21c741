"""Figures for Prometheus: requests by the first part of their path, and what a scrape finds in the
database. Labels are few and never personal.

`GET /metrics` needs the permission 'metrics.read': `./ikomek user add prometheus --role monitor
--no-password`, `./ikomek user token prometheus`, and the token as the scraper's bearer credentials.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from layers import readiness
from layers.state import Servers

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """One a process. Kept in a registry of its own, so that a second app in a process (a test) does not
    clash."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self.registry}
        self.answers = Counter(
            "ikomek_http_answers",
            "Answers by part of the address, method and status.",
            ["part", "method", "status"],
            **own,
        )
        self.seconds = Histogram(
            "ikomek_http_seconds",
            "Time to a whole answer, streams left out.",
            ["part"],
            buckets=BUCKETS_S,
            **own,
        )
        self.feed_age = Gauge(
            "ikomek_feed_age_seconds", "Time since the feed's last successful poll.", ["feed"], **own
        )
        self.feed_interval = Gauge(
            "ikomek_feed_interval_seconds", "The feed's normal interval.", ["feed"], **own
        )
        self.waiting = Gauge(
            "ikomek_inbox_waiting", "Pushed batches and runs to repeat that wait.", ["feed"], **own
        )
        self.waiting_age = Gauge(
            "ikomek_inbox_oldest_seconds", "Time since the oldest of them was taken in.", ["feed"], **own
        )
        self.relay_lag = Gauge(
            "ikomek_relay_lag_seconds", "Age of the oldest change without a position.", **own
        )
        self.live_streams = Gauge("ikomek_live_streams", "Clients of the live stream on this process.", **own)
        self.redis_up = Gauge("ikomek_redis_up", "1 if Redis answers.", **own)

    def observe(self, part: str, method: str, status: int, seconds: float | None) -> None:
        self.answers.labels(part, method, str(status)).inc()
        if seconds is not None:
            self.seconds.labels(part).observe(seconds)

    def scrape(self, servers: Servers, live_streams: int) -> bytes:
        """The exposition text. Asks the database, so not on the event loop."""
        self.live_streams.set(live_streams)
        found = readiness.look(servers.engine, servers.redis_sync)
        self.redis_up.set(found.redis)
        self.relay_lag.set(float("nan") if found.relay_lag_s is None else found.relay_lag_s)
        if found.database:
            for feed, interval_s, age_s in readiness.feed_ages(servers.engine, servers.settings.city.region):
                self.feed_age.labels(feed).set(age_s)
                if interval_s is not None:
                    self.feed_interval.labels(feed).set(interval_s)
            for feed, waiting, oldest_s in readiness.waiting(servers.engine, servers.settings.city.region):
                self.waiting.labels(feed).set(waiting)
                self.waiting_age.labels(feed).set(oldest_s)
        return generate_latest(self.registry)
