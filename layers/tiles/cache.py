"""Tiles in Redis, and one flight a tile: however many ask for the same tile at once, one statement runs.

Redis is a cache and no more: when it does not answer, the tile is made, and Redis is left alone for
`PAUSE_S`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import redis.asyncio
from redis.exceptions import RedisError

from layers.pools import LIMIT_S, within

log = logging.getLogger(__name__)

KEEP_S = 24 * 3600
"""How long a tile is kept unused; a newer version has another key, so nothing stale is ever read."""
REDIS_TIMEOUT_S = 0.25
PAUSE_S = 2.0


class TileCache:
    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client
        self.flights: dict[str, asyncio.Task[bytes]] = {}
        self.away_until = float("-inf")

    async def get(self, key: str, make: Callable[[], Awaitable[bytes]], keep_s: int = KEEP_S) -> bytes:
        """The tile of `key`: from Redis, from the flight that is under way, or made. A client that leaves
        does not take it from the others. Raises what
        `make` raises, to all who wait, and `Unavailable`."""
        flight = self.flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._fetch(key, make, keep_s))
            self.flights[key] = flight
            flight.add_done_callback(lambda _: self.flights.pop(key, None))
        return await within(LIMIT_S, flight)

    async def _fetch(self, key: str, make: Callable[[], Awaitable[bytes]], keep_s: int) -> bytes:
        found = await self._ask(lambda: self.client.get(key))
        if found is not None:
            return found
        tile = await make()
        await self._ask(lambda: self.client.set(key, tile, ex=keep_s))
        return tile

    async def _ask(self, command: Callable[[], Awaitable]) -> bytes | None:
        """The answer of Redis, None when it gives none in time."""
        if time.monotonic() < self.away_until:
            return None
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                return await command()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("no Redis, tiles are made anew for %.0f s: %r", PAUSE_S, error)
            self.away_until = time.monotonic() + PAUSE_S
            return None
