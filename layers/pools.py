"""Connections by class of work, so that a statement behind a lock never takes those of another class:
eighteen filtered tiles and the heartbeat shared six."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import AsyncConnectionPool

from geo.database import role_dsn
from geo.errors import Unavailable
from geo.settings import Settings
from layers.unanswered import refusal_of

log = logging.getLogger(__name__)

STATEMENT_TIMEOUT_S = 8
"""The time limit of one statement: past it the answer is `Unavailable` and the database is free again."""
POOL_TIMEOUT_S = 5
TRUSTED_S = 1.0
RECONNECT_S = 1.0
"""A server that is away is tried again this often, however long it was away: a pause that grows would go on
refusing long after it is back."""
LIMIT_S = POOL_TIMEOUT_S + STATEMENT_TIMEOUT_S + 1
"""Within which a statement has answered or failed, unless the way to the database hangs."""
CORES = os.cpu_count() or 1

Answer = TypeVar("Answer")


class CheckedPool(AsyncConnectionPool):
    """Gives only connections that answer: after a restart of the server those that it has kept are dead, and
    none of them may cost a caller its answer.

    The library's own `check` throws dead ones away singly and pauses for longer after each, so that four of
    them outlast `POOL_TIMEOUT_S`. Here the first dead one takes all that are older than this moment with it.
    One that was used within `TRUSTED_S` and has heard nothing since is not asked, which would cost a small
    tile a tenth more: a server that ends leaves at least the end of its stream.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._used_at: WeakKeyDictionary[psycopg.AsyncConnection, float] = WeakKeyDictionary()

    async def getconn(self, timeout: float | None = None) -> psycopg.AsyncConnection:
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            connection = await super().getconn(end - time.monotonic())
            try:
                if not self._is_trusted(connection):
                    await self.check_connection(connection)
            except psycopg.OperationalError as error:
                await self.putconn(connection)
                await self.drain()
                log.info("a connection of %s was dead, all are opened anew: %s", self.name, error)
            except BaseException:
                await self.putconn(connection)
                raise
            else:
                return connection

    async def putconn(self, conn: psycopg.AsyncConnection) -> None:
        self._used_at[conn] = time.monotonic()
        await super().putconn(conn)

    def _is_trusted(self, connection: psycopg.AsyncConnection) -> bool:
        idle_s = time.monotonic() - self._used_at.get(connection, float("-inf"))
        return idle_s < TRUSTED_S and is_quiet(connection)


def is_quiet(connection: psycopg.AsyncConnection) -> bool:
    """Whether nothing has come from the server that nobody asked for. Raises `OperationalError` where it is
    closed."""
    unread = select.poll()
    unread.register(connection.fileno(), select.POLLIN)
    return not unread.poll(0)


@dataclass(frozen=True)
class Pools:
    """All read only, as the role `reader`. `hub`: the change feed and the tick, one connection each, never
    shared. `resumes`: what clients of the live stream missed. `tiles`: tiles that are kept by their
    version; `rows`: tiles and GeoJSON that a filter makes of the rows."""

    hub: AsyncConnectionPool
    resumes: AsyncConnectionPool
    versions: AsyncConnectionPool
    snapshots: AsyncConnectionPool
    tiles: AsyncConnectionPool
    rows: AsyncConnectionPool

    def taken(self) -> list[tuple[str, int, int]]:
        """By pool: its name, connections in use and callers that wait for one, how many there may be."""
        found = []
        for name, size in SIZES.items():
            stats = getattr(self, name).get_stats()
            used = stats.get("pool_size", 0) - stats.get("pool_available", 0)
            found.append((name, used + stats.get("requests_waiting", 0), size + WAITING.get(name, 0)))
        return found


SIZES = {"hub": 2, "resumes": 2, "versions": 1, "snapshots": 2, "tiles": CORES + 2, "rows": CORES + 2}
WAITING = {"tiles": 300, "rows": 60}
"""How many may wait for a connection before more are refused. Of the others each waits for one answer at a
time."""


@asynccontextmanager
async def open_pools(settings: Settings) -> AsyncIterator[Pools]:
    """Opened without waiting: the database need not be there yet."""
    async with AsyncExitStack() as stack:
        pools = {}
        for name, size in SIZES.items():
            pools[name] = CheckedPool(
                role_dsn(settings, "reader"),
                min_size=1,
                max_size=size,
                max_waiting=WAITING.get(name, 0),
                timeout=POOL_TIMEOUT_S,
                open=False,
                kwargs={"autocommit": True, "prepare_threshold": 2, "application_name": f"ikomek-{name}"},
                configure=_configure,
                reconnect_timeout=RECONNECT_S,
                reconnect_failed=CheckedPool.check,
                name=name,
            )
            await pools[name].open(wait=False)
            stack.push_async_callback(pools[name].close)
        yield Pools(**pools)


async def within(limit_s: float, answering: asyncio.Future[Answer]) -> Answer:
    """What it answers, for as many as wait for it; past the limit `Unavailable` ("database.slow"). It goes
    on then: a statement behind a link that hangs cannot be called off, and its connection stays counted."""
    await asyncio.wait({answering}, timeout=limit_s)
    if not answering.done():
        raise Unavailable("database.slow")
    return answering.result()


@contextmanager
def in_words() -> Iterator[None]:
    """Turns an error of a pool or a statement inside into what `refusal_of` makes of it."""
    try:
        yield
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


async def _configure(connection: psycopg.AsyncConnection) -> None:
    """Read only and bounded, whatever the server's own settings: on a database not ours the role's
    settings do not apply after SET ROLE."""
    await connection.execute(f"set statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
    await connection.execute("set default_transaction_read_only = on")
    await connection.execute("set jit = off")
    await connection.execute("set max_parallel_workers_per_gather = 0")
