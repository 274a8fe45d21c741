"""Statistics at the size of years: what each card and each view of /statistics costs from the database,
against the goal of 20 ms a card and 300 ms a page, and what the same costs where the rows are counted
instead.

`./ikomek bench statistics [--inquiries 2000000] [--incidents N]`: a throwaway server is filled with that many
inquiries and incidents (a fifth as many) over five years, their days are counted, and each card is read
`--rounds` times. First the forecasts are tested on their past (`_backtests`; not with `--no-backtests`).

With `--bulk` the rows come without triggers and indexes, which are made afterwards, and the days are counted
from the rows in one statement a facet; without it every row is written as the product writes it, and the
roll-up folds what the triggers wrote down. What is read is the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import psycopg2
from sqlalchemy import Connection, Engine, text

from dashboard.machine import cluster as machine
from dashboard.machine.database import ensure_database
from dashboard.made_ahead import count_areas
from geo.database import connect_engine, role_dsn
from geo.migrations import upgrade
from geo.settings import City, Settings
from geo.statistics.closed_days import count_closed_days
from geo.statistics.counting import Period, Population, count_rows
from geo.statistics.day_counts import SUBJECTS, fold_days
from geo.statistics.definitions import INQUIRIES
from geo.statistics.open_days import count_open_days
from layers.reading import snapshot
from layers.statistics import counts
from layers.statistics.performers import by_performer
from layers.statistics.requests import WAITS, StatisticsRequest
from layers.statistics.waiting import waiting_times
from tests.bench._backtests import print_backtests
from tests.bench._statistics_bulk import bare_tables, count_from_rows
from tests.bench._statistics_views import EVENT_ROWS, HOUSE, OPERATORS, PERFORMERS, PLAN, SPOTS, VIEWS
from tests.conftest import settings_for

CARD_MS, PAGE_MS = 20, 300
REQUEST = StatisticsRequest(date(2025, 1, 1), date(2025, 2, 26))
CATEGORIES, DISTRICTS = 107, 6
BATCH = 100_000
COUNTED_AHEAD = """statistic_day, statistic_delta, statistic_area, statistic_closed, statistic_closed_team,
    statistic_closed_change, statistic_open_team, statistic_open_wait, statistic_open_change"""
REFERENCE = f"""
    insert into category (id, key, kind, name_kk, name_ru, name_en)
        select n, 'c' || n, 'service', 'c', 'c', 'c' from generate_series(1, {CATEGORIES}) n;
    insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
        geom_3857)
        select '71', n, 'd' || n, 'd', 'd', 'd', '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857))
        from generate_series(1, {DISTRICTS}) n, st_makeenvelope(71, 51, 72, 52, 4326) b"""
SPREAD = "timestamptz '2020-01-01' + (g * interval '1 second' * (162950400.0 / :all))"
INQUIRY_ROWS = f"""
    insert into inquiry (region, id, source, source_id, channel, topic_id, received_at, one_take, answer_s,
        operator)
    select '71', g, 'b', g::text, (array['call', 'app', 'telegram', 'site', 'email'])[1 + g % 5],
        1 + g % {CATEGORIES}, {SPREAD}, g % 5 > 0, g % 60, 'o' || g % {OPERATORS}
    from generate_series(cast(:first as bigint), cast(:last as bigint)) g"""
INCIDENT_ROWS = f"""
    insert into incident (region, id, source, source_id, kind, category_id, source_status, status,
        opened_at, due_at, closed_at, district_id, channel, fine_tenge, building_id, performer_id, point_4326,
        point_3857)
    select '71', g, 'b', g::text,
        (array['service', 'service', 'service', 'police', 'emergency', 'offence'])[1 + g % 6],
        1 + g % {CATEGORIES}, s, s, at, at + interval '3 days',
        case when s = 'closed' then at + g % 5000 * interval '1 minute' end,
        nullif(g % {DISTRICTS + 1}, 0), 'call', case when g % 6 = 5 then 5000 end,
        b.id, 1 + g % {PERFORMERS}, b.point_4326, b.point_3857
    from generate_series(cast(:first as bigint), cast(:last as bigint)) g,
        lateral (select {SPREAD} as at, case when g % 40 = 0 then 'open' else 'closed' end as s) x,
        lateral (select * from building where id = {HOUSE} and region = '71') b"""

Card = Callable[[Connection, City], object]


def _waiting(wait: str) -> Card:
    return lambda connection, city: waiting_times(connection, city, replace(REQUEST, wait=wait))


CARDS: dict[str, Card] = {
    "years": lambda c, city: counts.by_year(c, city, REQUEST, SUBJECTS),
    "calendar": lambda c, city: counts.by_day(c, city, REQUEST.of(date(2024, 2, 26), REQUEST.last)),
    "hours": lambda c, city: counts.by_hour(c, city, REQUEST),
    "directions": lambda c, city: counts.by_direction(c, city, REQUEST, "ru"),
    "channels": lambda c, city: counts.by_channel(c, city, REQUEST),
    "districts": lambda c, city: counts.by_district(c, city, REQUEST, "service", "ru"),
    "organisations": lambda c, city: by_performer(c, city, REQUEST, "ru"),
    **{f"waiting: {wait}": _waiting(wait) for wait in WAITS},
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench statistics")
    parser.add_argument("--inquiries", type=int, default=2_000_000)
    parser.add_argument("--incidents", type=int, help="a fifth of the inquiries")
    parser.add_argument("--bulk", action="store_true")
    parser.add_argument("--no-backtests", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--data", type=Path, help="a folder with public files of requests (Chicago, San Francisco)"
    )
    args = parser.parse_args(argv)
    if not args.no_backtests:
        print_backtests(args.data)
    folder = Path(tempfile.mkdtemp(prefix="ikomek-bench-")).resolve()
    folder.chmod(0o755)
    cluster = machine.Cluster(folder / "data", throwaway=True)
    servers = machine.start(cluster)
    try:
        ensure_database(cluster, "bench")
        settings = settings_for(cluster, "bench", folder)
        fill(settings, args.inquiries, args.incidents or args.inquiries // 5, args.bulk)
        return measure(settings, args.rounds)
    finally:
        machine.stop(servers)
        shutil.rmtree(folder)


def measure(settings: Settings, rounds: int) -> int:
    reader = connect_engine(settings, "reader")
    with snapshot(reader) as connection:
        found = {name: timed(connection, settings.city, card, rounds) for name, card in CARDS.items()}
        views = {name: timed(connection, settings.city, view, 5) for name, view in VIEWS.items()}
        of_rows = timed(connection, settings.city, from_rows, 3)
    reader.dispose()
    for name, ms in found.items():
        print(f"{name:18} {ms:8.1f} ms {'' if ms <= CARD_MS else f'more than {CARD_MS}'}")
    total = sum(found.values()) - sum(found[f"waiting: {wait}"] for wait in WAITS[:-1])
    print(f"{'page':18} {total:8.1f} ms of {PAGE_MS}; one count of the period's rows {of_rows:.1f} ms")
    for name, ms in views.items():
        print(f"{name:18} {ms:8.1f} ms {'' if ms <= PAGE_MS else f'more than {PAGE_MS}'}")
    print("load", *(f"{load:.2f}" for load in os.getloadavg()))
    return int(max(total, *views.values()) > PAGE_MS or max(found.values()) > CARD_MS)


def fill(settings: Settings, inquiries: int, incidents: int, bulk: bool) -> None:
    owner = connect_engine(settings, "owner")
    upgrade(owner)
    begun = time.monotonic()
    with owner.begin() as connection:
        connection.execute(text(REFERENCE))
        connection.execute(text(SPOTS))
        connection.execute(text(PLAN))
    parts = ((INQUIRY_ROWS, inquiries), (INCIDENT_ROWS, incidents), (EVENT_ROWS, incidents))
    with bare_tables(owner) if bulk else nullcontext():
        for statement, n in parts:
            for first in range(1, n + 1, BATCH):
                with owner.begin() as connection:
                    connection.execute(
                        text(statement), {"first": first, "last": min(n, first + BATCH - 1), "all": n}
                    )
            print(f"{n:,} rows, {time.monotonic() - begun:.0f} s since the beginning", flush=True)
    vacuum(owner, "")
    print(f"{inquiries:,} inquiries, {incidents:,} incidents in {time.monotonic() - begun:.0f} s", flush=True)
    count_from_rows(owner, settings.city) if bulk else fold(settings)
    count_ahead(settings)
    begun = time.monotonic()
    count_areas(settings)
    print(f"their places in {time.monotonic() - begun:.0f} s", flush=True)
    vacuum(owner, COUNTED_AHEAD)
    owner.dispose()


def vacuum(owner: Engine, tables: str) -> None:
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"vacuum analyze {tables}"))


def fold(settings: Settings) -> None:
    begun, rows = time.monotonic(), 0
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    while changed := fold_days(relay, settings.city):
        rows += changed
    relay.close()
    print(f"folded into {rows:,} rows of days in {time.monotonic() - begun:.0f} s", flush=True)


def count_ahead(settings: Settings) -> None:
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    for name, count_days in (("closed", count_closed_days), ("open", count_open_days)):
        begun, days = time.monotonic(), 0
        while counted := count_days(relay, settings.city, timedelta(0)):
            days += counted
        print(f"{name} incidents of {days:,} days in {time.monotonic() - begun:.0f} s", flush=True)
    relay.close()


def timed(connection: Connection, city: City, card: Card, rounds: int) -> float:
    """The median, in milliseconds, of warm reads."""
    card(connection, city)
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        card(connection, city)
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def from_rows(connection: Connection, city: City) -> object:
    period = Period.of_days(city, REQUEST.first, REQUEST.last)
    return count_rows(connection, [INQUIRIES], Population(city.region), period)
