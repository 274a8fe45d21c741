"""The processes of a journey, as the supervisor starts them, over one test's database; a list with planted
names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.demo.voters.faults import ListLine
from etl.demo.voters.writing import InventedList
from geo.settings import Settings
from tests.journeys.planted import FIRST, SURNAME
from tests.support.voters_list import invented

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


@pytest.fixture
def planted(demo_copy: Settings) -> tuple[InventedList, list[ListLine]]:
    """A list, and rows of it that bear the name: two sound ones, a refused one, one whose address is
    unknown."""
    people = invented(demo_copy, 0.3)
    sound = [line for line in people.lines if line.building and not line.fault and not line.also]
    chosen = [*sound[:2], next(line for line in people.lines if line.fault == "birth"), sound[2]]
    for n, line in enumerate(chosen):
        line.cells |= {"Фамилия": f"{SURNAME}{'абвг'[n]}", "Имя": FIRST}
    chosen[-1].cells["Адрес регистрации"] = "ул. Никому Неизвестная, д. 5, кв. 1"
    return people, chosen
