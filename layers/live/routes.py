"""`GET /live`: the change feed as server-sent events.

Events: `hello` {epoch, position, now, rights: another where the caller sees other incidents}, `change`
{noun, id, version, payload; payload null = it left your scope}, `reset` {reset: layer or "all"}: fetch
that snapshot again, `tick` every 5 s {now, as_of, position, feeds, mode, demo, restoring, wall, tiles}.
`restoring`: a backup is, and nothing can be written; `tiles` are the versions that a tile's address takes
(`?v=`), by layer. `now` is the server's clock, seconds since 1970; `as_of`, by the same clock: what was
committed until then has been sent. A tick whose `as_of` stands still says that changes do not come through,
although the stream does. `away` {part: "database"} comes every 2 s while the database answers no tick.
The id of every event is the cursor `<epoch>-<position>` to resume from, by the header Last-Event-ID or
`?from=`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from geo.errors import InvalidInput, Unavailable
from geo.ranges import whole
from layers.live.hub import Behind, Hub
from layers.live.snapshot import Snapshots, incidents_geojson
from layers.live.stream import frame
from layers.scope import Scope
from layers.state import Servers

LIFE_S = 900.0
"""A stream ends after this long, give or take a fifth, and the browser resumes it: so the middleware looks at
the session again."""
READY_S = 5.0


@asynccontextmanager
async def open_hub(servers: Servers) -> AsyncIterator[tuple[Hub, Snapshots]]:
    """One running hub and one keeper of snapshots for the life of the web process."""
    redis = Redis.from_url(
        servers.settings.redis_url, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    city = servers.settings.city
    hub = Hub(servers.pools, redis, city.region, city.today)
    task = asyncio.create_task(hub.run(), name="hub")
    try:
        yield hub, Snapshots(servers.pools.snapshots, servers.executors, city.region)
    finally:
        hub.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await redis.aclose()


router = APIRouter()
router.add_api_route("/layers/incidents.geojson", incidents_geojson)


@router.get("/live", response_class=StreamingResponse)
async def live(request: Request) -> StreamingResponse:
    """The caller's stream. Raises `Unavailable` while the database has not answered yet, `InvalidInput`
    for a cursor that is none."""
    hub: Hub = request.app.state.hub
    cursor = parse_cursor(request.headers.get("last-event-id") or request.query_params.get("from"))
    try:
        await asyncio.wait_for(hub.ready.wait(), READY_S)
    except TimeoutError as error:
        raise Unavailable("live.not_ready") from error
    return StreamingResponse(
        stream(hub, Scope.live(request.state.principal), cursor),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def parse_cursor(value: str | None) -> tuple[str, int] | None:
    """`"5ef89d0b-812"` -> ("5ef89d0b", 812); none and empty are none."""
    if not value:
        return None
    epoch, _, position = value.rpartition("-")
    number = whole(position)
    if not epoch.isalnum() or number is None or len(value) > 40:
        raise InvalidInput("live.cursor", value=value[:40])
    return epoch, number


async def stream(hub: Hub, scope: Scope, cursor: tuple[str, int] | None) -> AsyncIterator[bytes]:
    """Hello, what was missed since `cursor`, then everything as it comes, until the client lags or its
    time is over."""
    resumed = cursor is not None and cursor[0] == hub.epoch and await hub.reach(cursor[1])
    await hub.prepare(scope)
    client = hub.join(scope)
    try:
        epoch, joined = hub.epoch, client.position
        start = cursor[1] if resumed else joined
        hello = {"epoch": epoch, "position": start, "now": time.time(), "rights": scope.mark()}
        yield b"retry: 1000\n" + frame("hello", hello, epoch, start)
        if resumed:
            try:
                async for piece in hub.missed(client, start):
                    yield piece
            except Behind:
                yield frame("reset", {"reset": "all"}, epoch, joined)
        elif cursor is not None:
            yield frame("reset", {"reset": "all"}, epoch, joined)
        ends_at = time.monotonic() + LIFE_S * random.uniform(0.8, 1.2)
        while time.monotonic() < ends_at and (data := await client.take()):
            yield data
    finally:
        hub.leave(client)
