"""What the routes of `layers` work with, opened once a process and kept at `app.state.servers`."""
from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import redis
import redis.asyncio
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Engine

from geo.database import connect_engine, role_dsn
from geo.settings import Settings
from layers.cache import TileCache
from layers.versions import Versions

STATEMENT_TIMEOUT_S = 8
"""Of one tile or GeoJSON statement: past it the answer is `Unavailable` and the database is free again."""
POOL_TIMEOUT_S = 5
REDIS_CONNECT_S = 0.5


@dataclass(frozen=True)
class Servers:
    """`engine` is the reader's (psycopg2, for figures and lists), `tiles` an async pool of the reader for tiles and the live stream alone."""

    settings: Settings
    engine: Engine
    tiles: AsyncConnectionPool
    redis: redis.asyncio.Redis
    redis_sync: redis.Redis
    cache: TileCache
    versions: Versions


@asynccontextmanager
async def open_servers(settings: Settings) -> AsyncIterator[Servers]:
    """Open pools and clients, close them on the way out. Neither server need be there yet: what needs it answers `Unavailable`."""
    engine = connect_engine(settings, "reader")
    tiles = AsyncConnectionPool(
        role_dsn(settings, "reader"), min_size=1, max_size=2 * (os.cpu_count() or 1) + 2, timeout=POOL_TIMEOUT_S, open=False,
        kwargs={"autocommit": True, "prepare_threshold": 2, "application_name": "ikomek-tiles"}, configure=_configure,
    )
    client = redis.asyncio.from_url(settings.redis_url, socket_connect_timeout=REDIS_CONNECT_S)
    client_sync = redis.from_url(settings.redis_url, socket_connect_timeout=REDIS_CONNECT_S, socket_timeout=5)
    await tiles.open(wait=False)
    try:
        yield Servers(settings, engine, tiles, client, client_sync, TileCache(client), Versions(tiles, settings.city.region))
    finally:
        await client.aclose()
        client_sync.close()
        await tiles.close()
        engine.dispose()


async def _configure(connection: psycopg.AsyncConnection) -> None:
    """Read only and bounded, whatever the server's own settings: on a database not ours the role's settings do not apply after SET ROLE."""
    await connection.execute(f"set statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
    await connection.execute("set default_transaction_read_only = on")
    await connection.execute("set jit = off")
    await connection.execute("set max_parallel_workers_per_gather = 0")
