"""Loading new incidents and the same ones again, against a plain upsert (COPY to staging, INSERT ... ON
CONFLICT) of the same rows into the same table.

Ours is the whole load: reading and checking the file, staging, upsert, events, density deltas, changes,
the district of each point, the ledger. The peer's file is already clean, its load does nothing but the
upsert. Side by side in one run on one cluster with fsync on; each run starts from empty tables.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg2
import pyarrow as pa
import shapely
from pyarrow import csv

from etl.runs import engine
from geo.database import role_dsn
from geo.settings import City, Settings
from tests.bench._cluster import own_cluster

GOAL_NEW, GOAL_AGAIN = 0.5, 4.0
CATEGORIES, STREETS, HOUSES = 30, 400, 50
STATUSES = np.array(
    ["closed", "closed", "closed", "closed", "closed", "closed", "closed", "closed", "in_progress", "open"]
)

STAGE = """create temp table plain (source_id text, opened_at timestamptz, closed_at timestamptz, status text,
    priority smallint, category text,
    title text, address text, lon float8, lat float8) on commit drop"""
UPSERT = """insert into incident as i (region, source, source_id, kind, category_id, title, source_status,
    source_priority, status, priority, opened_at, closed_at,
        address, point_4326, point_3857)
    select '71', 'plain', s.source_id, 'police', c.id, s.title, s.status, s.priority, s.status, s.priority,
        s.opened_at, s.closed_at, s.address, p,
        st_transform(p, 3857)
    from plain s left join category c on c.key = s.category cross join lateral st_setsrid(st_makepoint(s.lon,
        s.lat), 4326) p
    on conflict (region, source, source_id) do update set category_id = excluded.category_id,
        title = excluded.title,
        source_status = excluded.source_status, source_priority = excluded.source_priority,
            status = excluded.status, priority = excluded.priority,
        opened_at = excluded.opened_at, closed_at = excluded.closed_at, address = excluded.address,
            point_4326 = excluded.point_4326,
        point_3857 = excluded.point_3857
    where (i.category_id, i.title, i.source_status, i.source_priority, i.opened_at, i.closed_at, i.address,
        i.point_4326) is distinct from
        (excluded.category_id, excluded.title, excluded.source_status, excluded.source_priority,
            excluded.opened_at, excluded.closed_at, excluded.address,
        excluded.point_4326)"""
EMPTY = "truncate incident, incident_event, density_delta, change, run, reject"


@dataclass(frozen=True)
class Run:
    """Rows a second."""

    plain: float
    new: float
    again: float


def main(argv: list[str]) -> int:
    args = parse(argv)
    with own_cluster() as settings, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "incidents.csv"
        write_incidents(file, args.rows, settings.city)
        set_up(settings)
        runs = []
        for number in range(1, args.runs + 1):
            runs.append(measure(settings, file, args.rows))
            load = " ".join(f"{value:.2f}" for value in os.getloadavg())
            print(
                f"run {number}: plain upsert {runs[-1].plain:,.0f} rows/s, whole load "
                f"{runs[-1].new:,.0f}, again {runs[-1].again:,.0f}; load {load}",
                flush=True,
            )
    return report(runs, args.rows)


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek bench ingest")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args(argv)


def report(runs: list[Run], rows: int) -> int:
    plain, new, again = (
        statistics.median(getattr(run, name) for run in runs) for name in ("plain", "new", "again")
    )
    print(
        f"{rows:,} incidents, median of {len(runs)}: plain upsert {plain:,.0f} rows/s, whole load "
        f"{new:,.0f}, the same again {again:,.0f}"
    )
    ratios = (
        statistics.median(run.new / run.plain for run in runs),
        statistics.median(run.again / run.new for run in runs),
    )
    met = ratios[0] >= GOAL_NEW and ratios[1] >= GOAL_AGAIN
    print(
        f"whole load / plain upsert {ratios[0]:.2f} (goal {GOAL_NEW}), again / first time "
        f"{ratios[1]:.2f} (goal {GOAL_AGAIN}): {'met' if met else 'NOT MET'}"
    )
    return 0 if met else 1


def measure(settings: Settings, file: Path, rows: int) -> Run:
    execute(settings, EMPTY, "checkpoint")
    started = time.perf_counter()
    plain_upsert(settings, file)
    plain = rows / (time.perf_counter() - started)
    execute(settings, EMPTY, "checkpoint")
    new = engine.run(settings, "police", [str(file)])
    again = engine.run(settings, "police", [str(file)])
    if (new.written, again.written, again.unchanged) != (rows, 0, rows):
        raise AssertionError(f"not all or not once: {new} {again}")
    return Run(plain, rows / new.seconds, rows / again.seconds)


def plain_upsert(settings: Settings, file: Path) -> None:
    with (
        closing(psycopg2.connect(role_dsn(settings, "etl"))) as connection,
        connection,
        connection.cursor() as cursor,
        file.open("rb") as rows,
    ):
        cursor.execute(STAGE)
        cursor.copy_expert("copy plain from stdin with (format csv, header)", rows)
        cursor.execute(UPSERT)


def execute(settings: Settings, *statements: str) -> None:
    with closing(psycopg2.connect(role_dsn(settings, "owner"))) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def set_up(settings: Settings) -> None:
    """Categories, and six districts with some hundred corners each."""
    execute(
        settings,
        *(
            f"insert into category (id, key, kind, name_kk, name_ru, name_en) values ({i}, 'c{i}', "
            f"'police', 'c', 'c', 'c')"
            for i in range(1, CATEGORIES + 1)
        ),
    )
    for i, district in enumerate(districts(settings.city)):
        geometry = f"st_multi(st_geomfromtext('{district.wkt}', 4326))"
        execute(
            settings,
            f"""insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326,
                geom_3857)
            values ('71', 'd{i}', 'd', 'd', 'd', '1900-01-01', {geometry}, st_transform({geometry}, 3857))""",
        )


def districts(city: City) -> list[shapely.Polygon]:
    """Six vertical stripes of the city's box with winding borders that neighbours share."""
    west, south, east, north = city.bbox
    lat = np.linspace(south, north, 200)
    borders = [
        np.column_stack([west + (east - west) * i / 6 + 0.01 * np.sin(lat * 90) * (0 < i < 6), lat])
        for i in range(7)
    ]
    return [shapely.Polygon(np.concatenate([left, right[::-1]])) for left, right in zip(borders, borders[1:])]


def write_incidents(file: Path, rows: int, city: City) -> None:
    """Six years of incidents, nine in ten closed, most of them near a few hundred corners of the city."""
    rng = np.random.default_rng(109)
    west, south, east, north = city.bbox
    corners = rng.uniform((west + 0.2, south + 0.1), (east - 0.2, north - 0.1), (STREETS, 2))
    points = np.round(corners[rng.integers(STREETS, size=rows)] + rng.normal(0, 0.01, (rows, 2)), 6)
    opened = np.sort(rng.integers(1_577_836_800, 1_767_225_600, rows)).astype("datetime64[s]")
    status = STATUSES[rng.integers(len(STATUSES), size=rows)]
    closed = pa.array(
        opened + rng.integers(600, 400_000, rows).astype("timedelta64[s]"), mask=status != "closed"
    )
    numbers = np.arange(rows)
    street, house = rng.integers(STREETS, size=rows).astype(str), rng.integers(1, HOUSES, rows).astype(str)
    csv.write_csv(
        pa.table(
            {
                "source_id": np.char.add("P-", numbers.astype(str)),
                "opened_at": with_zone(pa.array(opened)),
                "closed_at": with_zone(closed),
                "status": status,
                "priority": rng.integers(0, 3, rows),
                "category": np.char.add("c", rng.integers(1, CATEGORIES + 1, rows).astype(str)),
                "title": np.char.add("Оқиға ", rng.integers(1000, size=rows).astype(str)),
                "address": np.char.add(np.char.add("көше ", street), np.char.add(", ", house)),
                "lon": points[:, 0],
                "lat": points[:, 1],
            }
        ),
        file,
    )


def with_zone(times: pa.Array) -> pa.Array:
    return times.cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
