"""How many small pushes a second are taken in and loaded, for as long as they come: no backlog may build
up.

Two rows a push over HTTP from several connections at a steady rate, web server and ETL as `up` starts
them, fsync on, a tenth of the rows rejected. Sustained means that in the last third of the time the oldest
waiting push is no older than in the first, or than `GOAL_AGE_S`, and that all are loaded within that time
after the last. The peer is one run a push (`etl.runs.engine.run`), which is how they were taken before,
measured alone on the same rows.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from dashboard.machine import cluster as machine
from etl.readers import Source
from etl.runs import engine
from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import connect_engine
from geo.errors import Conflict
from geo.intake import runs
from geo.settings import Settings
from tests.bench._cluster import own_cluster
from tests.bench._faults_site import descendants
from tests.support.web import ROOT, Server

GOAL_RATE, GOAL_AGE_S = 200, 5.0
SENDERS = 8
ALONE = 20

STATE = text("""select count(*) filter (where state = 'waiting') as waiting,
    coalesce(extract(epoch from now() - min(asked_at) filter (where state = 'waiting')), 0)::float8 as age_s
        from inbox""")
LEDGER = text(
    "select count(*), sum(read_rows), sum(written), sum(rejected), count(*) filter (where state <> "
    "'done') from run where feed = 'police' and source like 'push%'"
)


def body(key: str) -> bytes:
    bad = hash(key) % 5 == 0
    return json.dumps(
        [
            {
                "source_id": f"{key}.{n}",
                "opened_at": "2026-11-01 10:00",
                "status": "?" if bad and n else "open",
                "title": "Оқиға",
                "lon": 71.43 + n / 100,
                "lat": 51.13,
            }
            for n in range(2)
        ]
    ).encode()


@contextmanager
def watching(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The ETL as a process of its own."""
    own = {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_REDIS_URL": settings.redis_url,
        "IKOMEK_DATA": str(settings.data),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "geo.process", "etl.runs.watch"],
        cwd=ROOT,
        env=os.environ | own,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far, and of those children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def database_cpu_s(settings: Settings) -> float:
    """Processor seconds of PostgreSQL so far, its sessions among them."""
    postmaster = int(
        (machine.Cluster(settings.data).database_folder / "postmaster.pid").read_text().split()[0]
    )
    return sum(cpu_s(pid) for pid in (postmaster, *descendants(postmaster)))


@dataclass
class Steady:
    """What came of pushing steadily."""

    took: list[float] = field(default_factory=list)
    """Seconds to each acknowledgement."""
    ages: list[float] = field(default_factory=list)
    """The age of the oldest waiting one, at each second."""
    wrong: list[str] = field(default_factory=list)
    drained_s: float = 0.0
    """Until all were loaded after the last."""
    own_cpu_s: float = 0.0
    """What the senders themselves cost."""

    @property
    def p95_ms(self) -> float:
        return 1000 * sorted(self.took)[int(0.95 * len(self.took))]


def send(port: int, token: str, number: int, rate: float, until: float, found: Steady) -> None:
    """One of the senders: evenly spaced, late ones at once. The plainest client there is: it shares the
    cores with what it measures."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent, began = 0, time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        while (now := time.monotonic()) < until:
            if (wait := began + sent * SENDERS / rate - now) > 0:
                time.sleep(min(wait, until - now))
                continue
            key = f"{number}-{sent}"
            client.request("POST", "/api/v1/ingest/police", body(key), headers | {"Idempotency-Key": key})
            answer = client.getresponse()
            answer_body = answer.read()
            sent += 1
            found.took.append(time.monotonic() - now)
            if answer.status != 202:
                found.wrong.append(answer_body.decode())


def steadily(server: Server, database: Engine, token: str, rate: float, seconds: float) -> Steady:
    began, own = time.monotonic(), time.process_time()
    found = Steady()
    threads = [
        threading.Thread(target=send, args=(server.port, token, n, rate, began + seconds, found))
        for n in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(1)
        found.ages.append(state(database)[1])
    found.own_cpu_s = time.process_time() - own
    ended = time.monotonic()
    while state(database)[0]:
        time.sleep(0.1)
    found.drained_s = time.monotonic() - ended
    return found


def warm_up(web: Engine, database: Engine, settings: Settings) -> None:
    """A push of its own, until it is loaded: the ETL has started."""
    with web.begin() as connection:
        runs.push(
            connection, settings.city.region, "police", "warm", "exchange", "application/json", body("warm")
        )
    while state(database)[0]:
        time.sleep(0.1)


def state(database: Engine) -> tuple[int, float]:
    with database.connect() as connection:
        return tuple(connection.execute(STATE).one())


def one_by_one(settings: Settings) -> float:
    """Pushes a second where each is a run of its own."""
    began = time.perf_counter()
    for n in range(ALONE):
        engine.run(settings, "police", [Source(f"push alone-{n}", body=body(f"alone-{n}"), format="json")])
    return ALONE / (time.perf_counter() - began)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench pushes")
    parser.add_argument("--rate", type=float, default=GOAL_RATE)
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args(argv)
    with own_cluster() as settings:
        alone = one_by_one(settings)
        print(
            f"one run a push, without HTTP: {alone:.1f} pushes/s; load {os.getloadavg()[0]:.2f}", flush=True
        )
        web, owner, server = (
            connect_engine(settings, "web"),
            connect_engine(settings, "owner"),
            Server(settings),
        )
        try:
            try:
                add_user(owner, "exchange", "push", None)
            except Conflict:
                pass
            with watching(settings) as etl:
                warm_up(web, owner, settings)
                before = [cpu_s(server.process.pid), cpu_s(etl.pid), database_cpu_s(settings)]
                found = steadily(
                    server, owner, sessions.add_token(owner, "exchange"), args.rate, args.seconds
                )
                after = [cpu_s(server.process.pid), cpu_s(etl.pid), database_cpu_s(settings)]
                with owner.connect() as connection:
                    lines, read, written, rejected, failed = connection.execute(LEDGER).one()
        finally:
            server.close()
            web.dispose()
            owner.dispose()
    ages, sent, wrong, drained_s = found.ages, len(found.took), found.wrong, found.drained_s
    third = max(1, len(ages) // 3)
    rate, last = sent / args.seconds, max(ages[-third:])
    print(
        f"{sent:,} pushes acknowledged in {args.seconds:.0f} s: {rate:.0f}/s, 95 % of them within "
        f"{found.p95_ms:.0f} ms; the oldest waiting at most {max(ages[:third]):.1f} s old in the "
        f"first third, "
        f"{last:.1f} s in the last; all loaded {drained_s:.1f} s after the last; {len(wrong)} "
        f"refused; load {os.getloadavg()[0]:.2f}"
    )
    used = [
        *(1000 * (end - start) / sent for start, end in zip(before, after, strict=True)),
        1000 * found.own_cpu_s / sent,
    ]
    print(
        "processor time a push: "
        + ", ".join(
            f"{name} {ms:.1f} ms"
            for name, ms in zip(("web", "etl", "PostgreSQL", "the senders of this bench"), used, strict=True)
        )
        + f": {sum(used) * args.rate / 10:.0f} % of a core at {args.rate:.0f}/s"
    )
    print(
        f"ledger: {lines - ALONE - 1:,} runs, {failed} not done, {read:,} rows read = {written:,} "
        f"written + {rejected:,} rejected"
    )
    kept = lines - ALONE - 1 == sent and not failed and not wrong and read == written + rejected == 2 * lines
    met = rate >= 0.98 * args.rate and last <= max(GOAL_AGE_S, max(ages[:third])) and drained_s <= GOAL_AGE_S
    print(
        f"kept: {'yes' if kept else 'NO'}; {args.rate:.0f}/s sustained: "
        f"{'met' if met else 'NOT MET'}; {rate / alone:.0f} times one run a push"
    )
    return 0 if kept and met else 1
