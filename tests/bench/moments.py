"""`./ikomek bench moments`: the time machine of the duty officer's map, a step of it against 100 ms, and its
moments against copies of the live rows.

`--incidents` (2,000,000) of two years with three events each, open for a day on average; `--steps` (96)
moments of one day, a week ago, asked as the page asks while it plays (`map`: symbols and total) and when it
stops (`list`: counts and a page), as it was known then and as it is known now. Beside each the same question
of now: what looking back costs is their ratio (14,000,000 incidents need 30 GB of disk). `--copies` (500)
plain copies of the live rows, taken while feeds and officers change them, are compared with the moments
restated.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine, text

from geo.database import connect_engine
from geo.incidents.spans import fill_spans
from geo.settings import Settings
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.moment import Moment
from layers.incidents.points import read_points
from tests.bench._bulk import MEMORY, made_afterwards, settle, write_rows
from tests.bench._cluster import own_cluster
from tests.layers.incidents.test_restated import differences, moment_of, restated_rows
from tests.support.past_city import PastCity

MOST_MS = 100
STEP = timedelta(minutes=15)
DAYS_AGO = 7
INCIDENTS = text("""
    insert into incident (region, source, source_id, kind, category_id, source_status, status, priority,
        opened_at, due_at, closed_at, version, point_4326, point_3857)
    select '71', 'bench', 'b' || n, 'service', 1 + n % 5, status, status,
        case when n % 97 = 0 then 1 else 0 end,
        opened, opened + interval '3 days', case when status = 'closed' then closed end, 3, point,
        st_transform(point, 3857)
    from (select n, opened, closed, case when closed > now() then 'open' else 'closed' end as status,
            case when n % 20 <> 0 then st_setsrid(st_makepoint(71.3 + random() * 0.3, 51.0 + random() * 0.3),
                4326) end as point
        from (select n, opened, opened - ln(1 - random()) * interval '1 day' as closed
            from (select n, now() - random() * interval '730 days' as opened
                from generate_series(:first, :last) n) o
        ) c) s""")
EVENTS = text("""
    insert into incident_event (region, incident_id, recorded_at, happened_at, who, what, from_value,
        to_value, version)
    select '71', i.id, least(e.at + interval '20 seconds', now()), e.at, 'feed:bench', e.what, e.was,
        e.becomes, e.version
    from incident i cross join lateral (values
        ('opened', null, 'open', i.opened_at, 1),
        ('priority', '0', i.priority::text,
            i.opened_at + (coalesce(i.closed_at, now()) - i.opened_at) / 4, 2),
        ('status', 'open', 'closed', i.closed_at, 3)) e (what, was, becomes, at, version)
    where i.source = 'bench' and i.id between :first and :last and e.at is not null""")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench moments", description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--steps", type=int, default=96)
    parser.add_argument("--copies", type=int, default=500)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        city = PastCity(settings)
        build(settings, args.incidents)
        engine = connect_engine(settings, "reader")
        try:
            slow = measure(engine, settings, args.steps)
            wrong = compare(city, engine, settings, args.copies)
        finally:
            engine.dispose()
            city.close()
    return int(slow > MOST_MS or wrong > 0)


def build(settings: Settings, incidents: int) -> None:
    engine = connect_engine(settings, "owner")
    # What triggers count, no step reads; the spans are filled below.
    with engine.begin() as connection:
        connection.execute(text("alter table incident disable trigger user"))
        last_before = connection.execute(text("select coalesce(max(id), 0) from incident")).scalar_one()
    with made_afterwards(engine, "incident", "incident_event", "incident_span"):
        write_rows(engine, [INCIDENTS], incidents, "incidents")
        write_rows(engine, [EVENTS], last_before + incidents, "incidents with their events")
        began = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(text(f"set local work_mem to '{MEMORY}'"))
            fill_spans(connection)
        print(f"spans filled in {time.perf_counter() - began:.0f} s", flush=True)
    with engine.begin() as connection:
        connection.execute(text("alter table incident enable trigger user"))
    settle(engine)
    engine.dispose()


def measure(engine: Engine, settings: Settings, steps: int) -> float:
    """The slowest p95 of a step."""
    zone = settings.city.time_zone
    morning = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begin = morning - timedelta(days=DAYS_AGO)
    questions: dict[str, Callable[[IncidentFilter], int]] = {
        "map": lambda wanted: read_points(engine, settings.city, wanted).total,
        "list": lambda wanted: read_page(engine, settings.city, wanted, "ru").total,
    }
    worst = 0.0
    for name, ask in questions.items():
        now, _ = timed(ask, [IncidentFilter()] * max(3, steps // 8))
        for then in (True, False):
            moments = [IncidentFilter(moment=Moment(begin + n * STEP, then)) for n in range(steps)]
            p50, p95, most = percentiles(ask, moments)
            print(
                f"{name}, {'as known then' if then else 'as known now'}: {p50:.0f} ms median, "
                f"{p95:.0f} ms p95 of {MOST_MS} a step, up to {most:,} incidents; "
                f"now takes {now:.0f} ms: {p50 / now:.2f} times; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            worst = max(worst, p95)
    return worst


def timed(ask: Callable[[IncidentFilter], int], filters: list[IncidentFilter]) -> tuple[float, int]:
    """Median milliseconds, and the largest answer."""
    p50, _, most = percentiles(ask, filters)
    return p50, most


def percentiles(
    ask: Callable[[IncidentFilter], int], filters: list[IncidentFilter]
) -> tuple[float, float, int]:
    ask(filters[0])
    took, totals = [], []
    for wanted in filters:
        began = time.perf_counter()
        totals.append(ask(wanted))
        took.append(1000 * (time.perf_counter() - began))
    p50, p95 = np.percentile(took, (50, 95))
    return float(p50), float(p95), max(totals)


def compare(city: PastCity, engine: Engine, settings: Settings, copies: int) -> int:
    """How many moments are not what was copied; of the incidents of `PastCity`, whatever else there is."""
    taken = []
    for _ in range(copies):
        city.step()
        taken.append(city.copy())
    now = {row["id"]: row for row in city.rows_now()}
    wrong = 0
    for copy in taken:
        wanted = IncidentFilter(moment=moment_of(settings, copy.at))
        rows = [row for row in restated_rows(engine, settings, wanted) if row["id"] in now]
        found = differences(copy, rows, now)
        wrong += bool(found)
        if found:
            print(f"{copy.at}: {found[:3]}", flush=True)
    rows = sum(len(copy.rows) for copy in taken)
    print(
        f"{copies} moments of {rows:,} rows: {wrong} differ from what was copied live; {city.happened}; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return wrong
