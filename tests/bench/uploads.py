"""What a large push costs in memory, on its way in and while it is loaded: 64 MB of JSON rows, web server
and ETL as `up` starts them.

For each process the most memory that it ever held (VmHWM), what it held before, and the difference;
PostgreSQL's session beside them is not ours to bound. There is no peer: the goal is the measure.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import httpx
from sqlalchemy import Engine, text

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import connect_engine
from tests.bench._cluster import own_cluster
from tests.bench.pushes import watching
from tests.support.web import Server

GOAL_MB, MEGABYTE = 200, 1_000_000
FEED = "police"
DONE = text("select state, read_rows, written, rejected from run where id = :run")
DECLARED = text("select exists (select from feed where key = :feed)")
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
        return connection.execute(DECLARED, {"feed": FEED}).scalar_one()


def state(database: Engine, run: int):
    with database.connect() as connection:
        return connection.execute(DONE, {"run": run}).one_or_none()


def send(url: str, token: str, file: BinaryIO, size: int) -> tuple[int, float]:
    """The run, and seconds until it was acknowledged."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "large",
        "Content-Length": str(size),
    }
    file.seek(0)
    began = time.monotonic()
    answer = httpx.post(
        f"{url}/api/v1/ingest/{FEED}",
        content=iter(lambda: file.read(1 << 16), b""),
        headers=headers,
        timeout=120,
    )
    answer.raise_for_status()
    return answer.json()["run"], time.monotonic() - began


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench uploads")
    parser.add_argument("--megabytes", type=int, default=64)
    args = parser.parse_args(argv)
    with own_cluster() as settings, tempfile.TemporaryFile() as file:
        rows = write_rows(file, args.megabytes * MEGABYTE)
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
                run, acknowledged_s = send(server.url, token, file, file.seek(0, os.SEEK_END))
                until(
                    lambda: (found := state(owner, run)) and found.state in ("done", "failed"),
                    "the push is not loaded",
                )
                loaded_s, found = time.monotonic() - began, state(owner, run)
                most = {name: memory_mb(pid, "VmHWM") for name, pid in pids.items()}
        finally:
            server.close()
            owner.dispose()
    print(
        f"{args.megabytes} MB, {rows:,} rows: acknowledged in {acknowledged_s:.1f} s, loaded in "
        f"{loaded_s:.1f} s: {found.state}, {found.read_rows:,} read, "
        f"{found.written:,} written, {found.rejected:,} rejected; load {os.getloadavg()[0]:.1f}"
    )
    for name in pids:
        print(
            f"{name}: {most[name]:.0f} MB at most, {before[name]:.0f} MB before it: "
            f"{most[name] - before[name]:.0f} MB for the push"
        )
    kept = found.state == "done" and found.read_rows == rows == found.written
    met = all(most[name] - before[name] <= GOAL_MB for name in pids)
    print(f"kept: {'yes' if kept else 'NO'}; {GOAL_MB} MB each: {'met' if met else 'NOT MET'}")
    return 0 if kept and met else 1
