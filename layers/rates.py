"""How often one caller may ask in a minute, counted in Redis for all processes of the server together; while
Redis is away each process counts for itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter

from redis.asyncio import Redis
from redis.exceptions import RedisError

from geo.errors import TooMany

log = logging.getLogger(__name__)

WINDOW_S = 60
PATIENCE_S = 1.0
MOST_KNOWN = 10_000
"""Callers that a process remembers by itself: strangers can make up as many as they like."""


class Rates:
    """Those of one process."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: Counter[str] = Counter()

    async def spend(self, redis: Redis, caller: str, per_minute: int) -> None:
        """Count one request. Raises `TooMany` ("request.rate") with the seconds until the next window."""
        now = time.time()
        window = int(now // WINDOW_S)
        try:
            async with asyncio.timeout(PATIENCE_S):
                count = await _count(redis, f"ikomek:rate:{caller}:{window}")
        except (RedisError, TimeoutError) as error:
            log.warning("rates are counted by each process alone: %s", error)
            count = self._count_here(caller, window)
        if count > per_minute:
            wait_s = max(1, int((window + 1) * WINDOW_S - now) + 1)
            raise TooMany("request.rate", per_minute=per_minute, retry_s=wait_s)

    def _count_here(self, caller: str, window: int) -> int:
        if window != self._window:
            self._window, self._counts = window, Counter()
        key = caller if caller in self._counts or len(self._counts) < MOST_KNOWN else ""
        self._counts[key] += 1
        return self._counts[key]


async def _count(redis: Redis, key: str) -> int:
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, 2 * WINDOW_S)
        count, _ = await pipeline.execute()
    return count
