"""The whole load: city, reference rows, history, the present, density."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import psycopg2
from sqlalchemy import Connection, text

from etl.demo import answers, projects, rating, roster
from etl.demo.city import SEED, DemoCity, make_city
from etl.demo.facts import yearly
from etl.demo.facts.frame import DISTRICTS
from etl.demo.facts.organisations import PACE
from etl.demo.history import Incidents, Year, years
from etl.demo.locations import LocationWeights
from etl.demo.present import Present, settle
from etl.demo.records import Recorder, microseconds
from etl.demo.reference import Ids, Progress, load_basemap, publish_plan
from etl.demo.rhythm import Clock, full_rate_from
from etl.demo.scales import Scale, find_scale
from etl.registry import FEEDS, find
from etl.runs.engine import session
from geo.changes import rollup
from geo.changes.outbox import announce_reset
from geo.database import connected, connected_engine, role_dsn
from geo.incidents.spans import fill_spans
from geo.loading import ledger
from geo.loading.staging import driver_cursor
from geo.settings import Settings
from geo.work import jobs

PUBLISHED_TO = yearly.PUBLISHED_TO.isoformat()
HISTORY_FEEDS = ("inquiries", "police", "emergencies", "offences", "calls")
TOUCHED = (
    "incident, incident_event, incident_span, inquiry, calls, building, basemap_feature, assignment, "
    "precinct, density_day, density_cell"
)


def load(
    settings: Settings, scale: str = "tenth", progress: Progress | None = None, until: datetime | None = None
) -> None:
    """Fill an empty, migrated database with the demo city, its history ending at `until` (none = now).
    Same scale and `until`, same rows.

    `progress(what, done, of)`. The setting `demo` says {"state": "loading" | "loaded", "scale": ...,
    "published_to": the day after which figures are carried on, "full_from": the day from which counts are in
    full where the history is a part of them (`Scale.full_rate_days`), else null}; one that was killed
    half-way stays "loading". Raises `InvalidInput` for an unknown scale.
    """
    chosen = find_scale(scale)
    report = progress or (lambda what, done, of: None)
    clock = Clock(settings.city.time_zone, microseconds(until or datetime.now(UTC)))
    set_state(settings, "loading", chosen, clock)
    report("city", 0, 1)
    city = make_city(chosen, settings.city.metric_srid)
    ids = load_basemap(settings, city, report)
    # The plan goes in, and the next year is drawn, while a year is written: two cores are in use, 12 s saved
    # of a tenth.
    with ThreadPoolExecutor(2) as pool:
        plan = pool.submit(publish_plan, settings, city)
        _load_history(settings, city, ids, chosen, clock, pool, report)
        plan.result()
    report("density", 0, 1)
    _fold(settings)
    _fill_spans(settings)
    _analyze(settings)
    ends = datetime.fromtimestamp(clock.until / 1e6, UTC)
    projects.adopt_files(settings, ends)
    rating.close_year(settings, ends, report)
    roster.adopt_roster_file(settings, ends)
    answers.write_answers(settings)
    _ask_for_reports(settings, ends)
    set_state(settings, "loaded", chosen, clock)


def _ask_for_reports(settings: Settings, ends: datetime) -> None:
    """Those of the last morning, week and month, at once: nobody should wait for a first one until
    tomorrow."""
    with connected(settings, "owner") as connection:
        jobs.plan(connection, settings.city.region, "reports", ends)


def set_state(settings: Settings, state: str, scale: Scale, clock: Clock) -> None:
    full_from = full_rate_from(clock, scale.full_rate_days) if scale.factor < scale.now else None
    value = {
        "state": state,
        "scale": scale.key,
        "published_to": PUBLISHED_TO,
        "full_from": full_from and full_from.isoformat(),
    }
    with connected(settings, "owner") as connection:
        connection.execute(
            text(
                "insert into setting (key, value) values ('demo', cast(:value as jsonb)) on "
                "conflict (key) do update set value = excluded.value"
            ),
            {"value": json.dumps(value)},
        )


def _load_history(
    settings: Settings, city: DemoCity, ids: Ids, scale: Scale, clock: Clock, pool: Executor, report: Progress
) -> None:
    """One transaction a year; the ledger has one run a feed."""
    region, started, many = (
        settings.city.region,
        time.monotonic(),
        clock.local_year() - min(yearly.INQUIRIES) + 1,
    )
    pace = np.array([PACE.get(f"akimat_{row[0]}", 1.0) for row in DISTRICTS])[city.building_district]
    weights = LocationWeights(city.buildings.voters, city.buildings.floors, SEED, pace)
    made = years(scale, clock, weights, SEED)
    with session(settings) as connection:
        runs = _begin_runs(connection, region)
        for done, (year, data, present) in enumerate(_settled(_ahead(made, pool), scale, clock)):
            report(f"history {year}", done, many)
            with connection.begin():
                recorder = Recorder(driver_cursor(connection), city, ids, region, clock, runs)
                written = recorder.write_year(
                    year, data.incidents, present, data.inquiries, np.random.default_rng([SEED, year, 1])
                )
                for key, rows in written.items():
                    ledger.add_counts(
                        connection, region, runs[key], ledger.RunCounts(read=rows, written=rows)
                    )
        with connection.begin():
            for key, run_id in runs.items():
                ledger.end_run(connection, region, run_id, time.monotonic() - started)
                ledger.beat(connection, region, key, datetime.fromtimestamp(clock.until / 1e6, UTC))
            for layer in ("incidents", "density"):
                announce_reset(connection, region, layer)


def _begin_runs(connection: Connection, region: str) -> dict[str, int]:
    with connection.begin():
        for key in HISTORY_FEEDS:
            feed = find(FEEDS, key)
            ledger.declare_feed(connection, region, key, feed.layer, feed.interval_s, feed.public, feed.kinds)
        return {key: ledger.begin_run(connection, region, key, "demo") for key in HISTORY_FEEDS}


def _ahead(made: Iterator[tuple[int, Year]], pool: Executor) -> Iterator[tuple[int, Year]]:
    """The same years, each drawn while the one before is in use."""
    coming = pool.submit(next, made, None)
    while (item := coming.result()) is not None:
        coming = pool.submit(next, made, None)
        yield item


def _settled(
    made: Iterator[tuple[int, Year]], scale: Scale, clock: Clock
) -> Iterator[tuple[int, Year, Present]]:
    """The years with their statuses; the last two are settled together, so that January has a present too."""
    rng = np.random.default_rng([SEED, 2])
    waiting: list[tuple[int, Year]] = []
    for year, data in made:
        waiting.append((year, data))
        if len(waiting) > 2:
            over, old = waiting.pop(0)
            yield over, old, settle(old.incidents, scale, clock.until, rng)
    sizes = [len(data.incidents) for _, data in waiting]
    together = Incidents(
        *(
            np.concatenate([getattr(data.incidents, field.name) for _, data in waiting])
            for field in fields(Incidents)
        )
    )
    present = settle(together, scale, clock.until, rng)
    bounds = np.cumsum([0, *sizes])
    for (year, data), first, last in zip(waiting, bounds[:-1], bounds[1:]):
        rows = slice(first, last)
        yield (
            year,
            Year(together.take(rows), data.inquiries),
            Present(present.status[rows], present.priority[rows]),
        )


def _fold(settings: Settings) -> None:
    """Fold the deltas into the cells; what a running roll-up folds meanwhile is as good."""
    connection = psycopg2.connect(role_dsn(settings, "relay"))
    try:
        while rollup.fold(connection, settings.city.region):
            pass
    finally:
        connection.close()


def _fill_spans(settings: Settings) -> None:
    """The history came with the moments at which it was recorded, not at them."""
    with connected(settings, "owner") as connection:
        fill_spans(connection)


def _analyze(settings: Settings) -> None:
    """So that the first queries are planned with the tables as they are."""
    with (
        connected_engine(settings, "owner") as engine,
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        connection.execute(text(f"analyze {TOUCHED}"))
