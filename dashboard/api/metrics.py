"""Figures for Prometheus: requests by the first part of their path, the four golden signals (latency,
traffic, errors, saturation) of routes by class, feeds, queues and streams, and what a scrape finds in the
database. Labels are few and never personal.

`GET /metrics` needs the permission 'metrics.read': `./ikomek user add prometheus --role monitor
--no-password`, `./ikomek user token prometheus`, and the token as the scraper's bearer credentials.
"""

from __future__ import annotations

import threading
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from layers import operations, queues, readiness
from layers.feeds import all_feeds
from layers.live.hub import Hub
from layers.state import Servers
from layers.traffic import BUCKETS_S

GAUGES: tuple[tuple[str, str, list[str]], ...] = (
    ("feed_age_seconds", "Time since the feed's last successful poll.", ["feed"]),
    ("feed_interval_seconds", "The feed's normal interval.", ["feed"]),
    ("feed_run_seconds", "Feeds, latency: how long the last run took.", ["feed"]),
    (
        "feed_run_rows",
        "Feeds, traffic and errors: rows of the last run, by what became of them.",
        ["feed", "rows"],
    ),
    ("feed_failing", "Feeds, errors: 1 while the last poll has failed.", ["feed"]),
    ("inbox_waiting", "Pushed batches and runs to repeat that wait.", ["feed"]),
    ("inbox_oldest_seconds", "Time since the oldest of them was taken in.", ["feed"]),
    ("queue_waiting", "Queues, traffic and saturation: how many wait.", ["queue"]),
    ("queue_failed", "Queues, errors: of these how many a try has failed for.", ["queue"]),
    ("queue_oldest_seconds", "Queues, latency: how long the oldest has been due.", ["queue"]),
    ("route_busy", "Routes, saturation: requests that are being answered.", ["route"]),
    ("work_taken", "Saturation of a class of work: threads that are taken and work that waits.", ["work"]),
    ("work_room", "How much of it there may be.", ["work"]),
    ("pool_taken", "Saturation: connections to the database in use.", ["pool"]),
    ("pool_room", "How many there may be.", ["pool"]),
    ("relay_lag_seconds", "Age of the oldest change without a position.", []),
    ("live_streams", "Clients of the live stream on this process.", []),
    ("live_waiting", "Streams, saturation: frames that wait for the slowest client.", []),
    ("redis_up", "1 if Redis answers.", []),
    (
        "machine",
        "What the machine has measured last (unit: geo.monitoring.reading).",
        ["host", "measure", "subject"],
    ),
)
"""Name, help and labels of what a scrape finds; after "ikomek_"."""


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
        self.route_answers = Counter(
            "ikomek_route_answers",
            "Routes, traffic and errors: answers by class of route and outcome.",
            ["route", "outcome"],
            **own,
        )
        self.route_seconds = Histogram(
            "ikomek_route_seconds",
            "Routes, latency: time to a whole answer, streams left out.",
            ["route"],
            buckets=BUCKETS_S,
            **own,
        )
        self.gauges = {name: Gauge(f"ikomek_{name}", about, labels, **own) for name, about, labels in GAUGES}
        self._scraping = threading.Lock()

    def observe(self, part: str, route: str, method: str, status: int, seconds: float | None) -> None:
        self.answers.labels(part, method, str(status)).inc()
        outcome = (
            "failed" if status >= 500 else "refused" if status >= 400 else "gone" if not status else "ok"
        )
        self.route_answers.labels(route, outcome).inc()
        if seconds is not None:
            self.seconds.labels(part).observe(seconds)
            self.route_seconds.labels(route).observe(seconds)

    def scrape(self, servers: Servers, hub: Hub) -> bytes:
        """The exposition text. Asks the database, so not on the event loop."""
        found = readiness.look(servers.engine, servers.redis_sync)
        with self._scraping:
            for gauge in self.gauges.values():  # a feed or a disk that is gone shall not stay
                gauge.clear()
            self._set("redis_up", found.redis)
            self._set("relay_lag_seconds", float("nan") if found.relay_lag_s is None else found.relay_lag_s)
            self._streams(hub)
            self._saturation(servers)
            if found.database:
                self._feeds(servers)
                self._queues(servers)
                self._machine(servers)
            return generate_latest(self.registry)

    def _set(self, name: str, value: float, *labels: str) -> None:
        gauge = self.gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def _streams(self, hub: Hub) -> None:
        clients = list(hub.clients)
        self._set("live_streams", len(clients))
        self._set("live_waiting", max((client.waiting for client in clients), default=0))

    def _saturation(self, servers: Servers) -> None:
        for route in servers.traffic.read(1):
            self._set("route_busy", route.busy, route.key)
        for work, taken, room in servers.executors.taken():
            self._set("work_taken", taken, work)
            self._set("work_room", room, work)
        for pool, taken, room in servers.pools.taken():
            self._set("pool_taken", taken, pool)
            self._set("pool_room", room, pool)

    def _feeds(self, servers: Servers) -> None:
        engine, region = servers.engine, servers.settings.city.region
        for feed, interval_s, age_s in readiness.feed_ages(engine, region):
            self._set("feed_age_seconds", age_s, feed)
            if interval_s is not None:
                self._set("feed_interval_seconds", interval_s, feed)
        for feed, waiting, oldest_s in readiness.waiting(engine, region):
            self._set("inbox_waiting", waiting, feed)
            self._set("inbox_oldest_seconds", oldest_s, feed)
        for state in all_feeds(engine, region):
            self._set("feed_failing", state["failed_at"] is not None, state["key"])
            if state["run"]:
                self._run(state["key"], state["run"])

    def _run(self, feed: str, run: dict[str, Any]) -> None:
        if run["seconds"] is not None:
            self._set("feed_run_seconds", run["seconds"], feed)
        for rows in ("read_rows", "written", "unchanged", "rejected"):
            self._set("feed_run_rows", run[rows] or 0, feed, rows.removesuffix("_rows"))

    def _queues(self, servers: Servers) -> None:
        for queue in queues.queues(servers.engine, servers.settings.city.region):
            self._set("queue_waiting", queue.waiting, queue.key)
            self._set("queue_failed", queue.failed, queue.key)
            self._set("queue_oldest_seconds", queue.oldest_s, queue.key)

    def _machine(self, servers: Servers) -> None:
        for one in operations.read_measures(servers.engine, servers.settings.city.region):
            self._set("machine", one.value, one.host, one.key, one.subject)
