"""Rows of the change feed as the hub reads them: from its stream in Redis, or from its table."""

from __future__ import annotations

from typing import Any

from psycopg_pool import AsyncConnectionPool
from redis.asyncio import Redis
from redis.exceptions import RedisError

from geo.changes.outbox import CHANGES_AFTER, stream_key
from geo.database import for_driver

Entry = tuple[int, str, int | None, int, str]
"""Position, noun, noun id, version, payload text of a change."""
CHUNK = 1000
"""Rows of one read."""


async def rows_between(
    redis: Redis, pool: AsyncConnectionPool, epoch: str, after: int, until: int
) -> list[Entry]:
    """The next rows past `after`, from the stream if it reaches back so far, else from the table."""
    try:
        entries: Any = await redis.xrange(stream_key(epoch), f"{after + 1}-0", f"{until}-0", count=CHUNK)
    except RedisError:
        entries = []
    rows = [row_of(*entry) for entry in entries]
    if rows and rows[0][0] == after + 1 and rows[-1][0] == after + len(rows):
        return rows
    return [row for row in await table_after(pool, after) if row[0] <= until]


async def table_after(pool: AsyncConnectionPool, position: int) -> list[Entry]:
    async with pool.connection() as connection:
        cursor = await connection.execute(for_driver(CHANGES_AFTER), {"after": position, "limit": CHUNK})
        return await cursor.fetchall()


def row_of(entry_id: bytes, fields: dict[bytes, bytes]) -> Entry:
    noun_id = fields[b"id"].decode()
    return (
        int(entry_id.split(b"-")[0]),
        fields[b"noun"].decode(),
        int(noun_id) if noun_id else None,
        int(fields[b"version"]),
        fields[b"payload"].decode(),
    )
