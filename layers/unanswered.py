"""What a server behind us did not answer, in one error of ours, whichever driver, pool or clock tells."""

from __future__ import annotations

import psycopg
import psycopg_pool
import redis.exceptions as of_redis
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geo.database import is_away, is_collision, is_full, is_read_only, sql_state
from geo.errors import IkomekError, StorageFull, Unavailable

RESTORING_S = 30
"""The pause after which it is worth asking again while a backup is restored."""
SLOW = (PoolTimeout, TimeoutError)
AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
"""Errors without a SQLSTATE, which else decides."""
REDIS_AWAY = (
    of_redis.ConnectionError,
    of_redis.TimeoutError,
    of_redis.OutOfMemoryError,
    of_redis.ReadOnlyError,
)


def refusal_of(error: BaseException) -> IkomekError | None:
    """`Unavailable` ("server.busy", "redis.away", "database.slow", "database.away", "database.read_only") or
    `StorageFull`; none for any other error: that is a failure of ours."""
    if isinstance(error, psycopg_pool.TooManyRequests):
        return Unavailable("server.busy")
    if isinstance(error, REDIS_AWAY):
        return Unavailable("redis.away")
    if is_read_only(error):
        return Unavailable("database.read_only", retry_s=RESTORING_S)
    if is_full(error):
        return StorageFull("database.full")
    if is_collision(error) or isinstance(error, SLOW):
        return Unavailable("database.slow")
    silent = sql_state(error) is None and isinstance(error, AWAY)
    return Unavailable("database.away") if silent or is_away(error) else None
