"""The process that owns the electoral list: in a thread beside a test's server, or by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.voters.uploads import FileRequests
from geo.errors import Unavailable
from geo.settings import Settings
from geo.voters.client import request, socket_of
from geo.voters.service import Service
from tests.support.killable import eventually

ROOT = Path(__file__).parents[2]
START_S = 30


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    with Service(settings, socket_of(settings), FileRequests) as service:
        listening = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        listening.start()
        try:
            yield
        finally:
            service.shutdown()
            listening.join()


@contextmanager
def logging_apart(settings: Settings) -> Iterator[Path]:
    """In a process of its own, as the supervisor starts it; what it writes goes to the file that this
    yields."""
    environment = os.environ | {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_DATA": str(settings.data),
    }
    log = Path(settings.data) / "voters.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "geo.process", "etl.voters.service"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(lambda: process.poll() is None and _answers(settings), START_S)
        yield log
    finally:
        process.terminate()
        assert process.wait(START_S) == 0, log.read_text(errors="replace")


def _answers(settings: Settings) -> bool:
    try:
        request(settings, "overview", "anna")
    except Unavailable:
        return False
    return True
