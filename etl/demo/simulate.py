"""The live simulator: `python -m geo.process etl.demo.simulate` feeds the demo city through the feeds, like
any source, until it is told to stop.

Inquiries, police, emergencies and offences arrive at the real rate of the day and hour; open ones are
taken into work and closed, so that their number stays where the demo began, for months; every twenty
minutes or so something critical happens. `--rate 3` is three times as fast. `--outage FEED` keeps that
feed silent for its first three minutes, to see what a screen does. `--plant CAUSE` lets something fail as it
starts (`etl.demo.outages`), to see when an early warning comes.
"""

from __future__ import annotations

import argparse
import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from etl.demo.arrivals import Arrivals
from etl.demo.planted import CAUSES, PlantedCalls
from etl.demo.standing import Standing, utc_now
from etl.demo.topics import by_key
from etl.demo.upkeep import Upkeep
from etl.registry import FEEDS, find
from etl.runs import engine
from etl.runs.batches import load_frame
from etl.runs.opening import open_run
from geo import logs
from geo.errors import Conflict
from geo.loading import ledger
from geo.outage import Outage, takes_nothing
from geo.settings import Settings

log = logging.getLogger(__name__)

TICK_S = 2.0
OUTAGE_S = 180.0
REFRESH_S = 30.0
PRUNE_S = 3600.0
KEEP_RUNS = "2 days"
CRITICAL_EVERY_S = 1200.0
CRITICAL = (
    ("emergency", "emergency.fire_home"),
    ("emergency", "emergency.gas"),
    ("police", "police.injured"),
    ("emergency", "emergency.rescue"),
)
LIVE = {"inquiries": 15.0, "police": 15.0, "emergencies": 15.0, "offences": 60.0, "calls": 60.0}
"""Feed -> heartbeat in seconds: how often it is polled when nothing comes."""
STANDING_FEEDS = (
    "managers",
    "performers",
    "operators",
    "categories",
    "districts",
    "buildings",
    "basemap",
    "precincts",
)


class Simulator:
    """One session of the database, one feed run a push. `rng` none = seeded by the clock."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        rate: float = 1.0,
        outage: str | None = None,
        rng: np.random.Generator | None = None,
        plant: str | None = None,
    ) -> None:
        self.settings, self.connection, self.region, self.rate = (
            settings,
            connection,
            settings.city.region,
            rate,
        )
        self.rng = rng or np.random.default_rng()
        self.outage, self.silent_until = outage, time.monotonic() + OUTAGE_S
        with connection.begin():
            self.standing = Standing.read(connection, self.region)
            self.standing.refresh(connection, self.region)
        self.arrivals = Arrivals(self.standing, self._number, self.rng, rate)
        srid, began = settings.city.metric_srid, utc_now()
        self.planted = (
            PlantedCalls(plant, self.arrivals, self.standing, srid, began, self.rng) if plant else None
        )
        self.upkeep = Upkeep(self.standing, self.rng, rate)
        self.due = {
            "refresh": 0.0,
            "prune": 0.0,
            "critical": time.monotonic() + self.rng.exponential(CRITICAL_EVERY_S / 2),
        }
        self.beaten: dict[str, float] = {}
        self.waiting: dict[str, list[dict]] = {feed: [] for feed in LIVE}
        self.call_hour: datetime | None = None

    def tick(self, now: datetime, seconds: float) -> int:
        """Everything that happened in the last `seconds`; returns the rows pushed."""
        local = now.astimezone(self.settings.city.time_zone)
        with self.connection.begin():
            if self._is_due("refresh", REFRESH_S):
                self.standing.refresh(self.connection, self.region)
            came = self._arrivals(now, local, seconds)
        opened = sum("incident_id" in row for row in came["inquiries"]) + sum(
            len(came[feed]) for feed in ("police", "emergencies", "offences")
        )
        for feed, rows in (*came.items(), *self.upkeep.rows(now, seconds, opened).items()):
            self.waiting[feed] += rows
        self._count_calls(now, came["inquiries"])
        pushed = sum(self._push(feed) for feed in LIVE)
        self._heartbeats()
        if self._is_due("prune", PRUNE_S):
            self._prune()
        return pushed

    def _arrivals(self, now: datetime, local: datetime, seconds: float) -> dict[str, list[dict]]:
        came = {"inquiries": self.arrivals.inquiries(now, local, seconds)}
        if self.planted is not None:
            came["inquiries"] += self.planted.due(now, local)
        for kind, feed in (("police", "police"), ("emergency", "emergencies"), ("offence", "offences")):
            came[feed] = self.arrivals.others(kind, now, local, seconds)
        if time.monotonic() >= self.due["critical"]:
            self.due["critical"] = (
                time.monotonic() + CRITICAL_EVERY_S * self.rng.uniform(0.7, 1.3) / self.rate
            )
            kind, category = CRITICAL[self.rng.integers(len(CRITICAL))]
            came["emergencies" if kind == "emergency" else kind].append(
                self.arrivals.other(kind, by_key()[category], now, local, "critical")
            )
        return came

    def _number(self, table: str, source: str, prefix: str) -> str:
        return self.standing.next_number(self.connection, self.region, table, source, prefix)

    def _count_calls(self, now: datetime, inquiries: list[dict]) -> None:
        """Totals of the running hour: what the last push held, and what has come since."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self.call_hour:
            self.call_hour, self.calls = hour, self._calls_so_far(hour)
        answered = [row["answer_s"] for row in inquiries if row["channel"] == "call"]
        lost = int(self.rng.binomial(len(answered) + (self.rng.random() < 0.002), 0.028))
        total = self.calls["answered"] + len(answered)
        mean = (self.calls["answer_s"] * self.calls["answered"] + sum(answered)) / total if total else 0.0
        self.calls |= {
            "answered": total,
            "lost": self.calls["lost"] + lost,
            "offered": total + self.calls["lost"] + lost,
            "answer_s": mean,
        }
        if time.monotonic() - self.beaten.get("calls", 0.0) > LIVE["calls"]:
            self.waiting["calls"] = [{"hour": hour, **self.calls}]

    def _calls_so_far(self, hour: datetime) -> dict:
        with self.connection.begin():
            row = (
                self.connection.execute(
                    text(
                        "select offered, answered, lost, coalesce(answer_s, 0) as answer_s from "
                        "calls where region = :r and source = 'calls' and hour = :h"
                    ),
                    {"r": self.region, "h": hour},
                )
                .mappings()
                .one_or_none()
            )
        return dict(row) if row else {"offered": 0, "answered": 0, "lost": 0, "answer_s": 0.0}

    def _push(self, key: str) -> int:
        """Send what waits as a run of the feed. While another run of the feed is under way it waits
        for the next tick."""
        rows = self.waiting[key]
        if not rows or self._is_silent(key):
            return 0
        started, feed = time.monotonic(), find(FEEDS, key)
        try:
            with engine.locked(self.connection, self.settings, feed):
                opened = open_run(self.connection, self.settings, feed, "simulator")
                load_frame(self.connection, self.settings, pa.Table.from_pylist(complete(rows)), opened)
                with self.connection.begin():
                    ledger.end_run(self.connection, self.region, opened.id, time.monotonic() - started)
                    ledger.beat(self.connection, self.region, key, opened.newest, opened.counts.brings_news)
        except Conflict:
            return 0
        self.waiting[key], self.beaten[key] = [], time.monotonic()
        return len(rows)

    def _heartbeats(self) -> None:
        """A poll that brought nothing is a poll all the same."""
        for key, every in (*LIVE.items(), *((key, PRUNE_S) for key in STANDING_FEEDS)):
            if (
                time.monotonic() - self.beaten.get(key, 0.0) > every
                and not self._is_silent(key)
                and not self.waiting.get(key)
            ):
                with self.connection.begin():
                    if self.connection.scalar(
                        text("select exists (select from feed where region = :r and key = :k)"),
                        {"r": self.region, "k": key},
                    ):
                        ledger.beat(self.connection, self.region, key)
                self.beaten[key] = time.monotonic()

    def _is_silent(self, key: str) -> bool:
        return key == self.outage and time.monotonic() < self.silent_until

    def _is_due(self, what: str, every_s: float) -> bool:
        if time.monotonic() < self.due[what]:
            return False
        self.due[what] = time.monotonic() + every_s
        return True

    def _prune(self) -> None:
        """The ledger of a demo that runs for months keeps the simulator's last days."""
        with self.connection.begin():
            self.connection.execute(
                text(
                    f"delete from run where region = :r and source = 'simulator' and ended_at < "
                    f"now() - interval '{KEEP_RUNS}'"
                ),
                {"r": self.region},
            )


def complete(rows: list[dict]) -> list[dict]:
    """Every row with every column of the batch, none where it has no value: a column's type is taken from
    all rows."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in names} for row in rows]


def simulate(
    settings: Settings,
    stop: threading.Event,
    rate: float = 1.0,
    outage: str | None = None,
    plant: str | None = None,
) -> None:
    """Run until `stop`; a database that goes away is waited for."""
    waits = Outage(log, "the simulator")
    while not stop.is_set():
        try:
            with engine.session(settings) as connection:
                _run(Simulator(settings, connection, rate, outage, plant=plant), stop, waits)
        except Exception as error:
            if not takes_nothing(error):
                raise
            waits.note(error)
            stop.wait(5.0)


def _run(simulator: Simulator, stop: threading.Event, waits: Outage) -> None:
    last = utc_now()
    while not stop.wait(TICK_S):
        now = utc_now()
        simulator.tick(now, min((now - last) / timedelta(seconds=1), 60.0))
        waits.over()
        last = now


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m geo.process etl.demo.simulate")
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--outage", metavar="FEED", choices=sorted(LIVE))
    parser.add_argument("--plant", metavar="CAUSE", choices=CAUSES)
    args = parser.parse_args(arguments)
    logs.configure()
    simulate(Settings.load(), stop, args.rate, args.outage, args.plant)
    return 0
