"""The city of a soak and its servers, in a process of its own: their clock may run faster than the true one
(Debian's faketime). `Running` is the side of it that the bench holds.

A clock that runs faster is that of the application, PostgreSQL and the feed; how long something takes is
reckoned in true seconds, and the browser learns the time from the server, as a wall does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO
from unittest.mock import patch
from urllib.parse import urlencode

import etl.demo
from dashboard.machine import cluster as machine
from geo.accounts import sessions
from geo.database import connect_engine
from tests.bench._cluster import own_cluster
from tests.bench._soak_source import changing
from tests.support.web import Server

REDIS_S = 5


@dataclass
class Running:
    """`refreshes`, and what went wrong with the feed, as of the last `look`."""

    address: str
    server: int
    process: subprocess.Popen[str]
    refreshes: int = 0
    failure: str | None = None

    def look(self) -> None:
        answer = _request(self.process)
        self.refreshes, self.failure = answer["refreshes"], answer["failure"]


def _request(process: subprocess.Popen[str]) -> dict:
    process.stdin.write("\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the city of the soak has ended with {process.wait()}")
    return json.loads(line)


@contextmanager
def running(show: str, rate: float, speed: int) -> Iterator[Running]:
    """A city that shows `show`, refreshed so often a true second, its clock `speed` times as fast."""
    command = [sys.executable, "-m", "tests.bench._soak_city", show, str(rate), str(speed)]
    environment = dict(os.environ)
    if speed != 1:
        faketime = shutil.which("faketime")
        if faketime is None:
            raise RuntimeError("A faster clock needs Debian's package faketime: apt-get install faketime")
        command = [faketime, "-f", f"+0 x{speed}", *command]
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        answer = _request(process)
        yield Running(answer["address"], answer["server"], process)
    finally:
        process.stdin.close()
        process.wait(120)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("show")
    parser.add_argument("rate", type=float)
    parser.add_argument("speed", type=int)
    args = parser.parse_args(argv)
    answers, sys.stdout = sys.stdout, sys.stderr
    if args.speed != 1:
        _share_the_clock()
    with own_cluster() as settings:
        if args.speed != 1:
            settings = replace(settings, redis_url=_patient(settings.redis_url, args.speed))
        etl.demo.load(settings, scale="tiny")
        with changing(settings, args.rate, speed=args.speed) as source:
            server = Server(settings)
            engine = connect_engine(settings, "accounts")
            token = sessions.add_device(engine, args.show, "soak")
            engine.dispose()
            sys.stdin.readline()
            answer = {
                "address": f"{server.url}/wall/{args.show}?token={token}&",
                "server": server.process.pid,
            }
            _send(answers, answer)
            for _ in sys.stdin:
                failure = source.failure and repr(source.failure)
                _send(answers, {"refreshes": source.refreshes, "failure": failure})
            server.close()
    return 0


def _send(answers: TextIO, answer: dict) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _patient(redis_url: str, speed: int) -> str:
    """What a socket waits is reckoned by the faster clock: a second would be 5 ms."""
    waits = {"socket_timeout": REDIS_S * speed, "socket_connect_timeout": REDIS_S * speed}
    return f"{redis_url}?{urlencode(waits)}"


def _share_the_clock() -> None:
    """PostgreSQL runs as another user: it may read when this clock began. Redis does not start under
    faketime and asks for no date, and `time.sleep` fails there where the monotonic clock is true."""
    for name in os.environ["FAKETIME_SHARED"].split():
        for path in (Path("/dev/shm") / name.lstrip("/"), Path("/dev/shm") / f"sem.{name.lstrip('/')}"):
            if path.exists():
                path.chmod(0o666)
    time.sleep = lambda seconds: threading.Event().wait(seconds)
    start = machine.spawn

    def spawn(cluster: machine.Cluster, name: str, outlives_us: bool = False) -> subprocess.Popen[bytes]:
        if name != "redis":
            return start(cluster, name, outlives_us)
        with patch.dict(os.environ):
            del os.environ["LD_PRELOAD"]
            return start(cluster, name, outlives_us)

    machine.spawn = spawn


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
