"""What a large push costs in memory, on its way in and while it is loaded: web server and ETL as `up` starts
them.

`--of`: 64 MB of JSON rows; 900,000 rows of Parquet in one group; JSON of which one row takes all but a few
bytes, which is rejected, and the others loaded. `--at-once`: so many pushes to as many feeds.

For each process the most memory that it ever held (VmHWM), what it held before, and the difference;
PostgreSQL's session beside them is not ours to bound. There is no peer: the goal is the measure.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import httpx
import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import Engine, text

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import connect_engine
from tests.bench._cluster import own_cluster
from tests.bench.pushes import watching
from tests.support.web import Server

GOAL_MB, MEGABYTE = 200, 1_000_000
FEEDS = ("police", "emergencies", "offences")
PARQUET_ROWS = 900_000
MEDIA_TYPES = {
    "json": "application/json",
    "row": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
DONE = text("select state, read_rows, written, rejected from run where id = :run")
DECLARED = text("select count(*) from feed where key = any(:feeds)")
WAIT_S = 900.0


def write_rows(file: BinaryIO, size: int) -> int:
    """JSON rows up to `size` bytes; returns how many."""
    file.write(b"[")
    rows = 0
    while file.tell() < size - 1000:
        row = {
            "source_id": f"large-{rows}",
            "opened_at": "2026-11-01T10:00:00+05:00",
            "status": "open",
            "priority": "urgent",
            "title": f"Жарық жоқ, {rows}-үй",
            "address": f"Достық көшесі, {rows % 200}",
            "lon": 71.40 + rows % 1000 / 10_000,
            "lat": 51.12 + rows % 700 / 10_000,
        }
        file.write(b"," * bool(rows) + json.dumps(row, ensure_ascii=False).encode())
        rows += 1
    file.write(b"]")
    return rows


def write_parquet(file: BinaryIO, size: int) -> int:
    """Rows in one group, as most programs write them."""
    numbers = np.arange(PARQUET_ROWS)
    columns = {
        "source_id": pa.array([f"large-{n}" for n in numbers]),
        "opened_at": pa.array(["2026-11-01T10:00:00+05:00"] * len(numbers)),
        "status": pa.array(["open"] * len(numbers)),
        "title": pa.array([f"Жарық жоқ, {n}-үй" for n in numbers]),
        "address": pa.array([f"Достық көшесі, {n % 200}" for n in numbers]),
        "lon": pa.array(71.40 + numbers % 1000 / 10_000),
        "lat": pa.array(51.12 + numbers % 700 / 10_000),
    }
    parquet.write_table(pa.table(columns), file, row_group_size=len(numbers))
    return len(numbers)


def write_long_row(file: BinaryIO, size: int) -> int:
    """Three rows, the second of nearly `size` bytes."""
    rows = [{"source_id": f"large-{n}", "opened_at": "2026-11-01T10:00:00+05:00"} for n in range(3)]
    rows[1]["title"] = "я" * ((size - 1000) // 2)
    file.write(json.dumps(rows, ensure_ascii=False).encode())
    return len(rows)


WRITERS = {"json": write_rows, "parquet": write_parquet, "row": write_long_row}


def memory_mb(pid: int, name: str) -> float:
    """`VmRSS` (now) or `VmHWM` (the most so far) of a process, in MB."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name)
    )
    return int(line.split()[1]) * 1024 / MEGABYTE


def until(true, what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


def is_declared(database: Engine) -> bool:
    with database.connect() as connection:
        return connection.execute(DECLARED, {"feeds": list(FEEDS)}).scalar_one() == len(FEEDS)


def state(database: Engine, run: int):
    with database.connect() as connection:
        return connection.execute(DONE, {"run": run}).one_or_none()


def ended(database: Engine, run: int) -> bool:
    found = state(database, run)
    return found is not None and found.state in ("done", "failed")


def send(url: str, token: str, path: str, media_type: str, feed: str) -> tuple[int, float]:
    """The run, and seconds until it was acknowledged."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": media_type,
        "Idempotency-Key": "large",
        "Content-Length": str(os.path.getsize(path)),
    }
    began = time.monotonic()
    with open(path, "rb") as file:
        answer = httpx.post(
            f"{url}/api/v1/ingest/{feed}",
            content=iter(lambda: file.read(1 << 16), b""),
            headers=headers,
            timeout=120,
        )
    answer.raise_for_status()
    return answer.json()["run"], time.monotonic() - began


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench uploads")
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--of", choices=sorted(WRITERS), default="json")
    parser.add_argument("--at-once", type=int, choices=range(1, len(FEEDS) + 1), default=1)
    args = parser.parse_args(argv)
    with own_cluster() as settings, tempfile.NamedTemporaryFile() as file:
        rows = WRITERS[args.of](file, args.megabytes * MEGABYTE)
        file.flush()
        owner = connect_engine(settings, "owner")
        server = Server(settings)
        try:
            add_user(owner, "exchange", "push", None)
            token = sessions.add_token(owner, "exchange")
            with watching(settings) as etl:
                until(lambda: is_declared(owner), "no feed is declared")
                pids = {"web": server.process.pid, "etl": etl.pid}
                before = {name: memory_mb(pid, "VmRSS") for name, pid in pids.items()}
                began = time.monotonic()
                with ThreadPoolExecutor(args.at_once) as senders:
                    sent = list(
                        senders.map(
                            lambda feed: send(server.url, token, file.name, MEDIA_TYPES[args.of], feed),
                            FEEDS[: args.at_once],
                        )
                    )
                until(lambda: all(ended(owner, run) for run, _ in sent), "a push is not loaded")
                loaded_s, runs = time.monotonic() - began, [state(owner, run) for run, _ in sent]
                most = {name: memory_mb(pid, "VmHWM") for name, pid in pids.items()}
        finally:
            server.close()
            owner.dispose()
    acknowledged_s = max(seconds for _, seconds in sent)
    print(
        f"{args.at_once} of {args.of}, {rows:,} rows: acknowledged in {acknowledged_s:.1f} s, loaded in "
        f"{loaded_s:.1f} s; load {os.getloadavg()[0]:.1f}"
    )
    for run in runs:
        print(f"  {run.state}, {run.read_rows:,} read, {run.written:,} written, {run.rejected:,} rejected")
    for name in pids:
        print(
            f"{name}: {most[name]:.0f} MB at most, {before[name]:.0f} MB before it: "
            f"{most[name] - before[name]:.0f} MB for the push"
        )
    rejected = int(args.of == "row")
    kept = all(
        run.state == "done" and run.read_rows == rows == run.written + rejected == run.written + run.rejected
        for run in runs
    )
    met = all(most[name] - before[name] <= GOAL_MB for name in pids)
    print(f"kept: {'yes' if kept else 'NO'}; {GOAL_MB} MB each: {'met' if met else 'NOT MET'}")
    return 0 if kept and met else 1
