"""What the routes of `layers` work with, opened once a process and kept at `app.state.servers`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from sqlalchemy import Engine

from geo.database import connect_engine
from geo.settings import Settings
from layers import executors
from layers.executors import Executors
from layers.pools import Pools, open_pools
from layers.tiles.cache import TileCache
from layers.tiles.versions import Versions
from layers.traffic import RouteLedger

REDIS_CONNECT_S = 0.5
READERS = sum(
    work.threads
    for work in (
        executors.HEALTH,
        executors.PAGES,
        executors.CARDS,
        executors.STATISTICS,
        executors.PANELS,
        executors.LISTS,
        executors.EXPORTS,
        executors.STUDIO,
        executors.PUSHES,
        executors.PROGRAMS,
    )
)
"""So no thread waits for the connection of another class."""


@dataclass(frozen=True)
class Servers:
    """`engine` is the reader's (psycopg2, for what runs in `executors`: a connection for each of their
    threads that reads), `pools` are the reader's too, for what runs on the event loop."""

    settings: Settings
    engine: Engine
    pools: Pools
    executors: Executors
    redis: AsyncRedis
    redis_sync: Redis
    cache: TileCache
    versions: Versions
    traffic: RouteLedger


@asynccontextmanager
async def open_servers(settings: Settings) -> AsyncIterator[Servers]:
    """Open pools and clients, close them on the way out. Neither server need be there yet: what needs it
    answers `Unavailable`."""
    engine = connect_engine(settings, "reader", pool_size=READERS)
    client = AsyncRedis.from_url(settings.redis_url, socket_connect_timeout=REDIS_CONNECT_S)
    client_sync = Redis.from_url(settings.redis_url, socket_connect_timeout=REDIS_CONNECT_S, socket_timeout=5)
    workers = Executors()
    try:
        async with open_pools(settings) as pools:
            yield Servers(
                settings,
                engine,
                pools,
                workers,
                client,
                client_sync,
                TileCache(client),
                Versions(pools.versions, settings.city.region),
                RouteLedger(),
            )
    finally:
        await client.aclose()
        client_sync.close()
        workers.close()
        engine.dispose()
