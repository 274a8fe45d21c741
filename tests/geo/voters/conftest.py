"""A small city with an invented list of its voters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.demo.voters.writing import InventedList
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.voters_list import invented, write

Ask = Callable[..., list[Any]]


voters = engine_as("voters", of="demo_copy")
"""Connections with the rights of `./ikomek voters`."""


@pytest.fixture
def people(demo_copy: Settings) -> InventedList:
    """A tenth of the small city's voters, a few hundred rows, with faults of each kind."""
    return invented(demo_copy)


@pytest.fixture
def file(people: InventedList, tmp_path: Path) -> Path:
    return write(people, tmp_path / "list.csv")


@pytest.fixture
def ask(demo_copy: Settings) -> Iterator[Ask]:
    """Rows of a statement, as the owner."""
    engine = connect_engine(demo_copy, "owner")

    def run(statement: str, **bound: object) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text(statement), bound))

    yield run
    engine.dispose()
