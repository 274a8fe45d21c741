"""A year of polls, pushes, edits and sign-ins, and what the hot statements, the tables and a machine at
rest cost after it, against day one.

The commands are the product's own. A day is done as fast as the machine goes, then its rows are dated into
the simulated day and the nightly purge runs as on that night.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
from sqlalchemy import Connection, Engine, text

import etl.demo
from etl.runs import pushes
from geo.accounts import sessions
from geo.changes import relay
from geo.database import connect_engine, role_dsn
from geo.intake import runs
from geo.loading import inbox, ledger, schedule
from geo.loading.ledger import RunCounts
from geo.plans import lifecycle
from geo.plans.editing.draft import Author
from geo.plans.editing.precincts import describe
from geo.settings import Settings
from geo.work import retention
from layers import feeds
from tests.bench._cluster import own_cluster

GOAL = 1.2
"""The most that a hot statement may take after the year, as a multiple of day one's time."""
FLOOR_MS = 0.2
"""Below this a difference is the clock's."""
FEED = "year"
REJECT = {
    "row_number": 1,
    "code": "value.time",
    "field": "opened_at",
    "value": "soon",
    "row": {"id": "7", "opened_at": "soon"},
}
REST_S = 20.0
DATED = {
    "run": ("started_at", "ended_at"),
    "inbox": ("asked_at",),
    "user_session": ("created_at", "revoked_at", "expires_at"),
}
"""Columns that are put back into the simulated day."""


@dataclass
class Year:
    """The database, its commands' engines, and how much happens on a day."""

    settings: Settings
    owner: Engine
    loading: Engine
    web: Engine
    plan: int
    precinct: int
    args: argparse.Namespace

    @property
    def region(self) -> str:
        return self.settings.city.region

    def day(self, number: int, at: datetime) -> None:
        """Everything of one day, dated `at`, and its night."""
        began = datetime.now(UTC)
        self.polls(number)
        self.pushes(number)
        self.edits(number)
        self.sign_ins()
        self.date(began, at)
        retention.maintain(self.owner, self.owner, self.settings.city, at + timedelta(hours=20))

    def polls(self, day: int) -> None:
        """One in fifty polls brings a row, one in forty-eight rejects the same row again."""
        for _ in range(24):
            with self.loading.begin() as connection:
                for minute in range(self.args.polls // 24):
                    self.poll(connection, int(minute % 50 == 0), int(minute % 48 == 0))

    def poll(self, connection: Connection, written: int, rejected: int) -> None:
        run = ledger.begin_run(connection, self.region, FEED, "file.csv")
        if rejected:
            ledger.add_rejects(connection, self.region, {run: [REJECT]})
        ledger.add_counts(
            connection, self.region, run, RunCounts(written + rejected, written=written, rejected=rejected)
        )
        ledger.end_run(connection, self.region, run, 0.1)
        ledger.beat(connection, self.region, FEED)

    def pushes(self, day: int) -> None:
        for number in range(self.args.pushes):
            with self.web.begin() as connection:
                runs.push(
                    connection,
                    self.region,
                    FEED,
                    f"{day}-{number}",
                    "sender",
                    "application/json",
                    b'[{"id": "1", "caller": "x"}]' * 20,
                )
        while True:
            with self.loading.begin() as connection:
                entries = inbox.first(connection, self.region, FEED, 200, 10_000_000, pushes.SMALL_BYTES)
                if not entries:
                    return
                ledger.add_ended(
                    connection,
                    self.region,
                    FEED,
                    [
                        ledger.Ended(
                            entry.run_id, "push", RunCounts(1, written=1), {}, 0.01, entry.delivery.id
                        )
                        for entry in entries
                    ],
                )
                inbox.end(connection, entries, "done")

    def edits(self, day: int) -> None:
        for number in range(self.args.edits):
            with self.owner.begin() as connection:
                describe(
                    Author(connection, self.settings.city, self.plan, "editor"),
                    self.precinct,
                    number=90_000 + (number + day) % 2,
                )
        connection = psycopg2.connect(role_dsn(self.settings, "owner"))
        relay.prepare(connection)
        while relay.stamp(connection)[1]:
            connection.commit()
        connection.close()

    def sign_ins(self) -> None:
        for _ in range(self.args.sign_ins):
            link = sessions.one_time_link(self.owner, "duty-year", "duty")
            sessions.end(self.web, sessions.use_one_time(self.web, link.split("token=")[1]))

    def date(self, began: datetime, at: datetime) -> None:
        back = datetime.now(UTC) - at
        with self.owner.begin() as connection:
            for table, columns in DATED.items():
                # Triggers rightly forbid to change the past, as of an ended session: here it is made.
                connection.execute(text(f"alter table {table} disable trigger user"))
                moved = ", ".join(f"{column} = {column} - cast(:back as interval)" for column in columns)
                connection.execute(
                    text(f"update {table} set {moved} where {columns[0]} >= :began"),
                    {"back": back, "began": began},
                )
                connection.execute(text(f"alter table {table} enable trigger user"))


def main(argv: list[str]) -> int:
    args = parse(argv)
    with own_cluster() as settings:
        etl.demo.load(settings, scale="tiny")
        year = open_year(settings, args)
        before, rest_before = hot(year), at_rest(settings)
        sizes_before, begun = sizes(year.owner), time.monotonic()
        start = datetime.now(UTC) - timedelta(days=args.days)
        for day in range(args.days):
            year.day(day, start + timedelta(days=day))
            if day % 30 == 29:
                print(
                    f"day {day + 1}: {time.monotonic() - begun:.0f} s, load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
        seconds = time.monotonic() - begun
        after, rest_after = hot(year), at_rest(settings)
        print(
            f"{args.days} days, {args.days * args.polls:,} polls, {args.days * args.pushes:,} "
            f"pushes, {args.days * args.edits:,} edits, "
            f"{args.days * args.sign_ins:,} sign-ins in {seconds / 60:.1f} min; load "
            f"{os.getloadavg()[0]:.1f}"
        )
        report_sizes(sizes_before, sizes(year.owner))
        print(
            f"CPU at rest, etl and relay with the database: {rest_before:.1f} % of a core on day "
            f"one, {rest_after:.1f} % after"
        )
        return report(before, after)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek bench year")
    for name, default in (("days", 365), ("polls", 1440), ("pushes", 288), ("edits", 20), ("sign-ins", 30)):
        parser.add_argument(
            f"--{name}", type=int, default=default, help=f"{default}" + ("" if name == "days" else " a day")
        )
    return parser.parse_args(argv)


def open_year(settings: Settings, args: argparse.Namespace) -> Year:
    owner, loading, web = (connect_engine(settings, role) for role in ("owner", "etl", "web"))
    with owner.begin() as connection:
        ledger.declare_feed(connection, settings.city.region, FEED, "incidents", 60)
        in_force = connection.scalar(text("select max(id) from plan where state = 'published'"))
        plan = lifecycle.draft_from(connection, settings.city, in_force, "The year's draft", "editor")
        precinct = connection.scalar(
            text("select min(id) from precinct where plan_id = :plan"), {"plan": plan}
        )
    year = Year(settings, owner, loading, web, plan, precinct, args)
    year.day(-1, datetime.now(UTC) - timedelta(days=args.days + 1))
    return year


def hot(year: Year) -> dict[str, float]:
    """Milliseconds of what runs all the time or while somebody waits: the least of five medians of 30, taken
    in turn, because whatever else the machine does only adds."""
    token = sessions.use_one_time(
        year.web, sessions.one_time_link(year.owner, "duty-year", "duty").split("token=")[1]
    )
    with year.owner.begin() as connection:
        connection.execute(text("analyze"))

    def undone(engine: Engine, work: Callable[[Connection], object]) -> Callable[[], object]:
        def once() -> None:
            with engine.connect() as connection:
                work(connection)
                connection.rollback()

        return once

    statements: dict[str, Callable[[], object]] = {
        "what waits in the inbox": undone(
            year.loading, lambda c: inbox.waiting(c, year.region, [FEED, "inquiries", "police"])
        ),
        "the oldest entries of a feed": undone(
            year.loading, lambda c: inbox.first(c, year.region, FEED, 200, 10_000_000, pushes.SMALL_BYTES)
        ),
        "feeds that are due": undone(year.loading, lambda c: schedule.claim_due(c, year.region, [FEED], 10)),
        "a backlog's alarm": undone(year.loading, lambda c: schedule.mark_backlogs(c, year.region)),
        "a run begins": undone(year.loading, lambda c: ledger.begin_run(c, year.region, FEED, "file.csv")),
        "a push is taken": undone(
            year.web, lambda c: runs.push(c, year.region, FEED, "hot", "sender", "application/json", b"[]")
        ),
        "a session is looked up": lambda: sessions.find_principal(year.web, token),
        "the feeds' page": lambda: feeds.all_feeds(year.owner, year.region),
        "its runs": lambda: feeds.latest_runs(year.owner, year.region),
        "an edit of a plan": undone(
            year.owner,
            lambda c: describe(
                Author(c, year.settings.city, year.plan, "editor"), year.precinct, number=90_005
            ),
        ),
    }
    rounds = [
        {name: statistics.median(timed(once) for _ in range(30)) for name, once in statements.items()}
        for _ in range(5)
    ]
    return {name: min(medians[name] for medians in rounds) for name in statements}


def timed(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    once()
    return (time.perf_counter() - began) * 1000


def sizes(owner: Engine) -> dict[str, int]:
    """Bytes of each table with its indexes, partitions under their parent."""
    with owner.connect() as connection:
        return dict(
            connection.execute(
                text("""select coalesce(i.inhparent, c.oid)::regclass::text,
                    sum(pg_total_relation_size(c.oid))::bigint
            from pg_class c left join pg_inherits i on i.inhrelid = c.oid where c.relkind = 'r'
                and c.relnamespace = 'public'::regnamespace
            group by 1""")
            ).all()
        )


def at_rest(settings: Settings) -> float:
    """Percent of a core that the watcher, the relay and the database behind them take while nothing comes."""
    environment = os.environ | {
        "IKOMEK_DATA": str(settings.data),
        "IKOMEK_REDIS_URL": settings.redis_url,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen([sys.executable, "-m", "geo.process", module], env=environment, **quiet)
        for module in ("etl.runs.watch", "geo.changes.relay")
    ]
    try:
        time.sleep(10)
        folder = str(settings.data / "pg")
        before, began = cpu_seconds(folder, processes), time.monotonic()
        time.sleep(REST_S)
        return 100 * (cpu_seconds(folder, processes) - before) / (time.monotonic() - began)
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)


def cpu_seconds(folder: str, processes: list[subprocess.Popen]) -> float:
    """The processor time of our processes, and of every process that works in the database's folder."""
    ours = {process.pid for process in processes}
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if int(entry.name) in ours or os.readlink(entry / "cwd") == folder:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:  # ended meanwhile
            continue
    return total


def report_sizes(before: dict[str, int], after: dict[str, int]) -> None:
    for table, size in sorted(after.items(), key=lambda item: item[1] - before.get(item[0], 0), reverse=True)[
        :12
    ]:
        print(f"  {table:<20} {before.get(table, 0) / 1e6:8.1f} MB -> {size / 1e6:8.1f} MB")


def report(before: dict[str, float], after: dict[str, float]) -> int:
    slow = []
    for name, milliseconds in after.items():
        ratio = milliseconds / before[name]
        print(f"  {name:<30} {before[name]:7.2f} ms -> {milliseconds:7.2f} ms, {ratio:.2f}")
        if ratio > GOAL and milliseconds - before[name] > FLOOR_MS:
            slow.append(name)
    print(f"goal {GOAL}: " + ("met" if not slow else "NOT MET by " + ", ".join(slow)))
    return 1 if slow else 0
