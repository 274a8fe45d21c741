"""The hub: in each web process one reader of the change feed, fanning out to the streams of its clients.

It follows the Redis Stream, and while Redis is away the table. Positions have no gaps: wherever the stream
skips one, the missing rows are read from the table, so a client sees each change once and in order
whatever happened to Redis. Everything runs on the process' event loop, so what happens between two awaits
is atomic: a client joins at a position and misses nothing after it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from geo.changes.outbox import stream_key
from geo.database import for_driver
from geo.recovery.read_only import IS_BOUND
from layers.live.feed_rows import CHUNK, Entry, row_of, rows_between, table_after
from layers.live.stream import Client, ScopeKeys, frame, live_change
from layers.live.whereabouts import MOVERS, Whereabouts
from layers.pools import Pools
from layers.scope import Scope
from layers.tiles.versions import versions_by_layer

log = logging.getLogger(__name__)

TICK_S = 5.0
CATCH_UP_S = 2.0
"""How long a tick waits for the changes that were committed before it."""
AWAY_S = 8.0
"""After this long without an answered tick, screens are told that the database is away: before they miss its
changes, which they do after two ticks."""
AWAY_STEP_S = 2.0
BLOCK_MS = 1000
TABLE_POLL_S = 0.5
PREPARE_S = 1.0
RESUME_LIMIT = 20_000
"""A client that missed more than this is answered with a reset: the snapshot is then the shorter way."""

TICK = (
    """
    select p.epoch, p.position,
      (select coalesce(json_agg(json_build_object('key', f.key, 'layer', f.layer, 'interval_s', f.interval_s,
          'polled_at', extract(epoch from f.polled_at)::float8, 'newest_at', extract(epoch
              from f.newest_at)::float8,
          'failed_at', extract(epoch from f.failed_at)::float8, 'error', f.error_code, 'expected',
              f.next_at is not null) order by f.key), '[]')
        from feed f where f.region = :region),
      coalesce((select s.value from setting s where s.key = 'mode'), '"normal"'),
      coalesce((select s.value from setting s where s.key = 'demo'), 'false'),
      (select coalesce(json_object_agg(d.id, d.key), '{}') from district d where d.region = :region),
      (select coalesce(json_object_agg(p.id, p.key), '{}') from performer p),
          wall_payload(:region),
      (select coalesce(json_object_agg(t.layer, t.version), '{}')
        from (select layer, sum(version) as version from tile_version where region = :region
            group by layer) t),
    """
    + IS_BOUND
    + " from change_position p"
)

OLDEST_UNSTAMPED = "select min(id) from change where position is null"


class Behind(Exception):
    """The cursor is older than what the stream and the table keep."""


class Hub:
    """Start `run` as a task; `ready` is set once the position is known."""

    def __init__(
        self, pools: Pools, redis: Redis, region: str, today: Callable[[], date] = date.today
    ) -> None:
        """`today`: the city's."""
        self.pools, self.redis, self.region, self.today = pools, redis, region, today
        self.epoch, self.position = "", 0
        self.clients: set[Client] = set()
        self.ready = asyncio.Event()
        self.redis_away = False
        self.closing = False
        self._committed = 0
        self._whole_at = 0.0
        """A value of `time.monotonic()`: what was committed until then has been given to every client."""
        self._answered_at = 0.0
        """When the database answered a tick last, by the same clock."""
        self._unstamped: int | None = None
        self._keys = ScopeKeys({}, {})
        self._whereabouts = Whereabouts(pools, region)

    async def run(self) -> None:
        """Follow the feed and tick until cancelled or closed. A fault of ours is logged and both start
        again: screens must not stand still for it."""
        while not self.closing:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._tick_for_ever())
                    tasks.create_task(self._warn_for_ever())
                    tasks.create_task(self._follow_for_ever())
                    tasks.create_task(self._keep_whereabouts())
            except* Exception:
                log.exception("the hub stopped by a fault")
            await asyncio.sleep(TABLE_POLL_S)

    def close(self) -> None:
        """The process is ending: let every client go now, so that none has to be cut off. The tasks look
        at `closing` too, because a client library that turns a cancellation into its own time-out would
        otherwise swallow it."""
        self.closing = True
        for client in self.clients:
            client.end()

    # -- clients

    async def prepare(self, scope: Scope) -> None:
        """Know what may leave the scope of a client that is about to join, if that is quickly known; until
        it is, every scope is told what leaves any."""
        if not scope.is_whole:
            self._whereabouts.want()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._whereabouts.known.wait(), PREPARE_S)

    def join(self, scope: Scope) -> Client:
        """A client at the hub's present position."""
        client = Client(scope, self.position)
        if self.closing:
            client.end()
        self.clients.add(client)
        return client

    async def reach(self, position: int) -> bool:
        """Wait until the hub is at `position`, which another process may have given to a client before;
        false when nobody has given it."""
        if position > self.position:
            async with self.pools.resumes.connection() as connection:
                cursor = await connection.execute("select position from change_position")
                (self._committed,) = await cursor.fetchone()
        while self.position < position <= self._committed:
            await asyncio.sleep(0.02)
        return position <= self.position

    def leave(self, client: Client) -> None:
        self.clients.discard(client)

    async def missed(self, client: Client, after: int) -> AsyncIterator[bytes]:
        """The changes after position `after` up to where `client` joined, in pieces. Raises `Behind` before
        the first piece if they are no longer kept whole."""
        if client.position - after > RESUME_LIMIT:
            raise Behind
        left_out = False
        while after < client.position:
            rows = await rows_between(self.redis, self.pools.resumes, self.epoch, after, client.position)
            if not rows or rows[0][0] != after + 1:
                raise Behind
            changes = [live_change(row, self.epoch, self._keys, None) for row in rows]
            frames = [change.for_scope(client.scope, self.epoch) for change in changes]
            left_out = left_out or None in frames
            yield b"".join(piece for piece in frames if piece)
            after = rows[-1][0]
        if left_out:
            # One of them may have left the scope: where it was before is not kept, a new snapshot tells.
            yield frame("reset", {"reset": "incidents"}, self.epoch, after)

    # -- the feed

    async def _follow_for_ever(self) -> None:
        await self.ready.wait()
        while not self.closing:
            try:
                await self._follow_stream()
            except RedisError as error:
                if not self.redis_away:
                    log.warning("Redis does not answer, the change feed is read from the table: %s", error)
                self.redis_away = True
                await self._follow_table()
            except psycopg.Error as error:
                log.warning("the change feed cannot be read: %s", error)
                await asyncio.sleep(TABLE_POLL_S)

    async def _follow_stream(self) -> None:
        while not self.closing:
            epoch = self.epoch
            answer: Any = await self.redis.xread(
                {stream_key(epoch): f"{self.position}-0"}, count=CHUNK, block=BLOCK_MS
            )
            if self.redis_away:
                log.info("Redis is back, the change feed is read from its stream")
                self.redis_away = False
            rows = [row_of(*entry) for _, entries in answer or () for entry in entries]
            if rows and rows[0][0] == self.position + 1 and rows[-1][0] == self.position + len(rows):
                self._publish(epoch, rows)
            elif rows or self._committed > self.position:
                await self._catch_up()

    async def _follow_table(self) -> None:
        try:
            await self._catch_up()
        except psycopg.Error as error:
            log.warning("the change feed cannot be read: %s", error)
        await asyncio.sleep(TABLE_POLL_S)

    async def _catch_up(self) -> None:
        """Publish from the table what is there beyond the position."""
        epoch = self.epoch
        while rows := await table_after(self.pools.hub, self.position):
            self._publish(epoch, rows)

    def _publish(self, epoch: str, rows: Iterable[Entry]) -> None:
        """Hand on rows that follow the position, unless the epoch they were read in is over."""
        for row in rows:
            if epoch != self.epoch:
                return
            change = live_change(row, self.epoch, self._keys, self._whereabouts.of(row[2]))
            self.position = change.position
            if row[1] == "layer" and json.loads(row[4]).get("reset") in MOVERS:
                self._forget_whereabouts()
            self._whereabouts.follow(change)
            for client in self.clients:
                data = change.for_scope(client.scope, self.epoch)
                if data:
                    client.put(data)

    def _forget_whereabouts(self) -> None:
        self._whereabouts.forget()
        if any(not client.scope.is_whole for client in self.clients):
            self._whereabouts.want()

    async def _keep_whereabouts(self) -> None:
        """Read where live incidents are whenever that is wanted and not known. Meanwhile everything goes
        on."""
        await self.ready.wait()
        while not self.closing:
            await self._whereabouts.wanted.wait()
            try:
                await self._whereabouts.load(self.position)
            except psycopg.Error as error:
                log.warning("the places of incidents cannot be read: %s", error)
                await asyncio.sleep(TABLE_POLL_S)

    # -- the tick

    async def _tick_for_ever(self) -> None:
        while not self.closing:
            began = time.monotonic()
            try:
                await self._tick()
            except psycopg.Error as error:
                # No tick: the screens say that what they show is old, and `away` tells them why.
                log.warning("no tick, the database does not answer: %s", error)
            await asyncio.sleep(max(TICK_S - (time.monotonic() - began), TABLE_POLL_S))

    async def _tick(self) -> None:
        # Changes go on arriving while the answer is on its way: it is older than they are, and no restored
        # database.
        requested_at, began = self.position, time.monotonic()
        async with self.pools.hub.connection() as connection:
            # Planned each time: a plan made while the month was empty would go on reading all of it.
            cursor = await connection.execute(OLDEST_UNSTAMPED, prepare=False)
            (unstamped,) = await cursor.fetchone()
            cursor = await connection.execute(for_driver(TICK), {"region": self.region})
            row = await cursor.fetchone()
            epoch, position, feeds, mode, demo, districts, performers, wall, tiles, restoring = row
        self._keys = ScopeKeys(districts, performers)
        self._answered_at = time.monotonic()
        if epoch != self.epoch or position < requested_at:
            self._start_over(epoch, position)
        self._committed = position
        relay_stands = unstamped is not None and unstamped == self._unstamped
        self._unstamped = unstamped
        if await self._is_at(position) and not relay_stands:
            self._whole_at = began
        now = time.time()
        state = {
            "now": now,
            "as_of": now - (time.monotonic() - self._whole_at),
            "position": self.position,
            "feeds": feeds,
            "mode": mode,
            "demo": bool(demo),
            "restoring": restoring,
            "wall": wall,
            "tiles": versions_by_layer(epoch, tiles, self.today()),
        }
        data = frame("tick", state, self.epoch, self.position)
        for client in self.clients:
            client.put(data)

    async def _warn_for_ever(self) -> None:
        """A tick behind a database that hangs never comes: the stream goes on, and says what is away."""
        await self.ready.wait()
        while not self.closing:
            if time.monotonic() - self._answered_at > AWAY_S:
                data = frame("away", {"part": "database"}, self.epoch, self.position)
                for client in self.clients:
                    client.put(data)
            await asyncio.sleep(AWAY_STEP_S)

    async def _is_at(self, position: int) -> bool:
        """Whether everything up to a position is given to the clients, after a moment's wait for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_S):
                while self.position < position:
                    await asyncio.sleep(0.02)
        return self.position >= position

    def _start_over(self, epoch: str, position: int) -> None:
        """Resets the position, at startup and after a restore: earlier positions are no longer valid."""
        self.epoch, self.position = epoch, position
        self._whole_at, self._unstamped = 0.0, None
        self._forget_whereabouts()
        for client in self.clients:
            client.put(frame("reset", {"reset": "all"}, epoch, position))
        self.ready.set()
