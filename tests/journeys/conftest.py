"""The processes of a journey, as the supervisor starts them, over one test's database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geo.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """`start("geo.changes.relay")` runs the module until the test ends; it must then end in peace."""
    environment = os.environ | {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_REDIS_URL": settings.redis_url,
        "IKOMEK_DATA": str(settings.data),
    }
    started: list[tuple[subprocess.Popen, Path]] = []

    def run(module: str) -> None:
        log = tmp_path / f"{module}.log"
        with log.open("w") as output:
            started.append(
                (
                    subprocess.Popen(
                        [sys.executable, "-m", "geo.process", module],
                        cwd=ROOT,
                        env=environment,
                        stdout=output,
                        stderr=output,
                    ),
                    log,
                )
            )

    yield run
    for process, _ in started:
        process.terminate()
    for process, log in started:
        assert process.wait(15) == 0, log.read_text()
