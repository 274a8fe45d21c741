"""A small city with an invented list of its voters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.machine.cluster import Cluster
from etl.demo.voters.writing import InventedList
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.prepared import city_to_prepare, copy_of
from tests.support.voters_list import approve, invented, load, write

Ask = Callable[..., list[Any]]


voters = engine_as("voters", of="demo_copy")
"""Connections with the rights of `./ikomek voters`."""


@pytest.fixture(scope="session")
def all_people(demo_settings: Settings) -> InventedList:
    """To be copied."""
    return invented(demo_settings)


@pytest.fixture
def people(all_people: InventedList) -> InventedList:
    """A tenth of the small city's voters, a few hundred rows, with faults of each kind."""
    return deepcopy(all_people)


@pytest.fixture(scope="session")
def listed_city(
    all_people: InventedList, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The small city with the list of `people` in force, to be copied."""
    with city_to_prepare(cluster, "listed_city", tmp_path_factory.mktemp("listed")) as settings:
        approve(settings, load(settings, write(all_people, settings.data / "list.csv")).id)
        yield settings


@pytest.fixture
def listed_copy(listed_city: Settings, cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    """A copy of it of the test's own: what a module whose tests all need a list has for `demo_copy`."""
    with copy_of(listed_city, cluster, tmp_path) as settings:
        yield settings


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
