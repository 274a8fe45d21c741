"""Connections that are kept outlive their server: after a restart of PostgreSQL, and after it was away for
long, nobody is refused who asks once it answers again."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import psycopg_pool
import pytest
from sqlalchemy import Engine, text

from dashboard.machine import cluster as machine
from dashboard.machine.database import ensure_database
from geo.database import connect_engine
from geo.migrations import upgrade
from geo.settings import Settings
from layers import pools
from layers.pools import SIZES, CheckedPool, Pools, open_pools
from tests.conftest import settings_for
from tests.layers.conftest import Tiles
from tests.support.killable import eventually

OURS = "from pg_stat_activity where datname = current_database() and application_name = any(:names)"
NAMES = {"names": [f"ikomek-{name}" for name in SIZES]}
SESSIONS = text(f"select count(*) {OURS}")
END_SESSIONS = text(f"select pg_terminate_backend(pid) {OURS}")


@dataclass
class OwnServer:
    """A PostgreSQL and a Redis that a test may stop, with an empty city."""

    cluster: machine.Cluster
    settings: Settings
    postgres: subprocess.Popen[bytes]

    def stop(self) -> None:
        machine.stop([self.postgres])

    def start(self) -> None:
        """Until it answers."""
        self.postgres = machine.spawn(self.cluster, "postgres")
        machine.wait_for_postgres(self.cluster, self.postgres)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    folder = Path(tempfile.mkdtemp(prefix="ikomek-pools-")).resolve()
    folder.chmod(0o755)
    cluster = machine.Cluster(folder / "data", throwaway=True)
    postgres, redis = machine.start(cluster)
    server = OwnServer(cluster, settings_for(cluster, machine.NAME, folder), postgres)
    try:
        ensure_database(cluster)
        engine = connect_engine(server.settings, "owner")
        upgrade(engine)
        engine.dispose()
        yield server
    finally:
        machine.stop([server.postgres, redis])
        shutil.rmtree(folder)


async def use_every_connection(found: Pools) -> None:
    """Until each pool holds as many as it may."""
    for field in fields(found):
        pool = getattr(found, field.name)
        both = asyncio.Barrier(SIZES[field.name])

        async def hold(pool: CheckedPool = pool, both: asyncio.Barrier = both) -> None:
            async with pool.connection(30):
                await both.wait()

        await asyncio.gather(*(hold() for _ in range(both.parties)))
        assert pool.get_stats()["pool_size"] == both.parties


async def ask_every_pool(found: Pools) -> list[object]:
    """Twice as many questions at once as there are connections; errors among the answers."""

    async def ask(pool: CheckedPool) -> object:
        async with pool.connection() as connection:
            return (await (await connection.execute("select 1")).fetchone())[0]

    wanted = [getattr(found, name) for name, size in SIZES.items() for _ in range(2 * size)]
    return await asyncio.gather(*map(ask, wanted), return_exceptions=True)


def test_after_a_restart_of_the_server_nobody_is_refused(own: OwnServer) -> None:
    paths = [
        f"/tiles/{path}"
        for x in range(4)
        for path in (
            f"density/14/{11442 + x}/5470.mvt",
            f"incidents/14/{11442 + x}/5470.mvt?priority=2",
            f"buildings/14/{11442 + x}/5470.mvt",
        )
    ] + ["/layers/districts.geojson", "/layers/buildings.geojson?bbox=71.4,51.1,71.41,51.11"]
    with Tiles(own.settings) as tiles, ThreadPoolExecutor(len(paths)) as screens:
        servers = tiles.app.state.servers
        tiles.on_loop(use_every_connection(servers.pools))
        with servers.engine.connect() as one, servers.engine.connect() as two:
            assert [one.scalar(text("select 1")), two.scalar(text("select 1"))] == [1, 1]

        own.stop()
        own.start()

        answers = list(screens.map(tiles.get, paths))
        assert [answer.status_code for answer in answers] == [200] * len(paths)
        assert set(tiles.on_loop(ask_every_pool(servers.pools))) == {1}
        for _ in range(2):
            with servers.engine.connect() as one, servers.engine.connect() as two:
                assert [one.scalar(text("select 1")), two.scalar(text("select 1"))] == [1, 1]


def test_a_dead_connection_takes_the_others_with_it(own: OwnServer) -> None:
    """Thrown away singly, with a pause after each, they would outlast a caller's patience."""

    async def restart() -> tuple[list[object], list[int]]:
        async with open_pools(own.settings) as found:
            await use_every_connection(found)
            await asyncio.to_thread(own.stop)
            await asyncio.to_thread(own.start)
            answers = [await one_after_another(found.tiles) for _ in range(SIZES["tiles"])]
            return answers, [found.tiles.get_stats().get("requests_errors", 0)]

    async def one_after_another(pool: CheckedPool) -> object:
        async with pool.connection() as connection:
            return (await (await connection.execute("select 1")).fetchone())[0]

    assert asyncio.run(restart()) == ([1] * SIZES["tiles"], [0])


def test_a_session_that_ends_just_after_its_use_is_not_given_out(settings: Settings, owner: Engine) -> None:
    """However short ago it was used: nobody need have been asked whether it still answers."""

    async def end_all() -> set[object]:
        async with open_pools(settings) as found:
            await use_every_connection(found)
            await asyncio.to_thread(end_sessions)
            return set(await ask_every_pool(found))

    def end_sessions() -> None:
        with owner.begin() as connection:
            connection.execute(END_SESSIONS, NAMES)
        eventually(lambda: sessions(owner) == 0)

    assert asyncio.run(end_all()) == {1}


def sessions(owner: Engine) -> int:
    with owner.connect() as connection:
        return connection.scalar(SESSIONS, NAMES)


def test_a_server_that_was_away_for_long_is_tried_as_often_as_at_first(own: OwnServer) -> None:
    """With pauses that double, the seventh attempt would come after a minute, and until it everybody would be
    refused by a server that answers."""

    def failures(pool: CheckedPool) -> int:
        return pool.get_stats().get("connections_errors", 0)

    async def attempts() -> object:
        own.stop()
        try:
            async with open_pools(own.settings) as found:
                await asyncio.to_thread(eventually, lambda: failures(found.tiles) >= 7, 20)
                own.start()
                async with found.tiles.connection(30) as connection:
                    return (await (await connection.execute("select 1")).fetchone())[0]
        finally:
            if own.postgres.poll() is not None:
                own.start()

    assert asyncio.run(attempts()) == 1


def test_a_server_that_stays_away_is_said_in_time(own: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "POOL_TIMEOUT_S", 0.5)

    async def ask() -> list[object]:
        async with open_pools(own.settings) as found:
            await use_every_connection(found)
            await asyncio.to_thread(own.stop)
            try:
                return await ask_every_pool(found)
            finally:
                await asyncio.to_thread(own.start)

    assert {type(answer) for answer in asyncio.run(ask())} == {psycopg_pool.PoolTimeout}
