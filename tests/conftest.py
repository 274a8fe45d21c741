"""What the tests stand on: a throwaway PostgreSQL with PostGIS and a Redis of their own, never a server
that is already there.

`cluster` starts once a session; `settings` is a fresh, migrated, empty database per test (a clone of a
template); `connection` is an open connection to it as the owner; `owner`, `reader`, `etl`, `web`, `jobs` and
`accounts` are engines of those roles; `demo_settings` is a small city, loaded once and read only by
agreement. Servers and pages of a browser (`server`, `demo_server`, `browser_page`): `tests/support/web.py`.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg2
import pytest
import redis
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from dashboard import words
from dashboard.machine import cluster as machine
from dashboard.machine.database import ensure_database
from geo.changes import relay
from geo.database import role_dsn
from geo.migrations import upgrade
from geo.settings import Settings
from tests.support.connected import connection_as, engine_as
from tests.support.longest import longest_files
from tests.support.watched import watch

pytest_plugins = ("tests.support.fast", "tests.support.web")

hypothesis.settings.register_profile(
    "suite", deadline=None
)  # how long an example takes says more of the machine than of the code
hypothesis.settings.load_profile("suite")


NEEDED_BYTES = 3 * 2**30
"""The memory for a cluster of the tests."""
TEMPLATE = "template_migrated"
DEMO = "template_demo"
YEARS_OF_CALLERS = 36_500
"""Days: what tests load is of a fixed year, and what callers said then shall be there whenever they run."""
DEMO_UNTIL = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Until all is collected there is no garbage, and ever more to look through."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is begun last should be short: whoever has nothing left waits for it."""
    order = {path: nth for nth, path in enumerate(longest_files())}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end. Looking through it for garbage after every
    700 objects takes half the time of a test that reads the whole tree."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def language_of_the_process() -> Iterator[None]:
    """A command that a test runs in its own process speaks the terminal's language, and so would every test
    after it."""
    before = words.language.get()
    yield
    words.language.set(before)


@pytest.fixture(scope="session")
def cluster() -> Iterator[machine.Cluster]:
    """Both servers, with the migrated template database made."""
    folder = Path(tempfile.mkdtemp(prefix="ikomek-test-", dir=_memory())).resolve()
    cluster = machine.Cluster(folder / "data", throwaway=True)
    folder.chmod(0o755)
    servers = machine.start(cluster)
    try:
        ensure_database(cluster, TEMPLATE)
        _migrate(settings_for(cluster, TEMPLATE, folder))
        yield cluster
    finally:
        machine.stop(servers)
        shutil.rmtree(folder)


@pytest.fixture
def settings(cluster: machine.Cluster, tmp_path: Path) -> Iterator[Settings]:
    """A fresh database with all tables and no rows, an empty Redis, and a data folder of the test's own."""
    database = "test"
    clone(cluster, TEMPLATE, database)
    settings = settings_for(cluster, database, tmp_path)
    with redis.Redis.from_url(settings.redis_url) as doorbell:
        doorbell.flushall()
    yield settings
    _administer(cluster, f'drop database "{database}" with (force)')


connection = connection_as("owner", "connection")
"""An open connection to the test's database as the owner. The test commits what others shall see."""


owner, reader, etl, web, jobs, accounts = (
    engine_as(role) for role in ("owner", "reader", "etl", "web", "jobs", "accounts")
)


@pytest.fixture(scope="session")
def demo_settings(cluster: machine.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A tiny demo city that ends at `DEMO_UNTIL`. Tests only read it; one that writes uses `demo_copy`.
    It is a copy itself: copying a database disconnects all of its readers."""
    import etl.demo

    clone(cluster, TEMPLATE, DEMO)
    data = tmp_path_factory.mktemp("demo")
    loaded = settings_for(cluster, DEMO, data)
    etl.demo.load(loaded, scale="tiny", until=DEMO_UNTIL)
    _stamp(loaded)
    clone(cluster, DEMO, "demo")
    return settings_for(cluster, "demo", data)


def _stamp(settings: Settings) -> None:
    """Give what the load has announced its positions, as the relay does: it waits for nobody."""
    connection = psycopg2.connect(role_dsn(settings, "owner"))
    relay.prepare(connection)
    while relay.stamp(connection)[1]:
        pass
    connection.close()


@pytest.fixture
def demo_copy(demo_settings: Settings, cluster: machine.Cluster, tmp_path: Path) -> Iterator[Settings]:
    """The tiny city in a database of the test's own, to be written to."""
    clone(cluster, DEMO, "test_demo")
    yield settings_for(cluster, "test_demo", tmp_path)
    _administer(cluster, 'drop database "test_demo" with (force)')


def _memory() -> Path | None:
    """A file system in memory with room for a cluster, where a database of two thousand files is copied
    ten times as fast; none = there is none."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > NEEDED_BYTES else None


def settings_for(cluster: machine.Cluster, database: str, data: Path) -> Settings:
    """Settings for one database of the throwaway cluster, with login roles as on a private cluster."""
    settings = Settings.load({"IKOMEK_DATA": str(data)})
    kept = replace(settings.city, retention=settings.city.retention | {"callers": YEARS_OF_CALLERS})
    url = cluster.database_url(database).replace("postgresql:", "postgresql+psycopg2:")
    own = {"database_url": url, "redis_url": f"unix://{cluster.redis_socket}", "own_database": True}
    return replace(settings, city=kept, **own)


def clone(cluster: machine.Cluster, template: str, database: str) -> None:
    """Copy a database; a server that reads it comes back when it has been copied. The copy has an epoch of
    its own, as a restored one has: all share one Redis, where the stream of one must not be taken for that of
    another."""
    with _administering(cluster) as execute:
        execute(f'alter database "{template}" allow_connections false')
        try:
            execute(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{template}'")
            execute(
                f'create database "{database}" owner ikomek_owner template "{template}" strategy file_copy'
            )
        finally:
            execute(f'alter database "{template}" allow_connections true')
    with _administering(cluster, database) as execute:
        execute(
            "update change_position set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 8)"
        )


def _migrate(settings: Settings) -> None:
    engine = create_engine(settings.database_url, poolclass=NullPool)
    upgrade(engine)
    with engine.begin() as connection:
        watch(connection)
    engine.dispose()


def _administer(cluster: machine.Cluster, statement: str, database: str = "postgres") -> None:
    with _administering(cluster, database) as execute:
        execute(statement)


@contextmanager
def _administering(cluster: machine.Cluster, database: str = "postgres") -> Iterator[Callable[[str], None]]:
    """Runs statements as the superuser."""
    connection = psycopg2.connect(cluster.database_url(database, machine.SUPERUSER))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor.execute
    finally:
        connection.close()
