"""The live set of incidents as one GeoJSON snapshot, rendered by PostgreSQL, with the cursor that was read
before its rows.

Every change up to that position is in the snapshot; a client that applies the later ones, ignoring
versions it has, is where the database is.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from psycopg_pool import AsyncConnectionPool

from geo.database import for_driver
from geo.incidents.payload import INCIDENT_PAYLOAD
from geo.ranges import whole
from layers.executors import COMPRESSION, Executors
from layers.live.cut import cut_titles
from layers.pools import LIMIT_S, in_words, within
from layers.scope import Scope
from layers.tiles.requests import BOX, Box, read_box

FRESH_S = 1.0
"""A snapshot this young answers everybody: after a reset all screens ask at once."""
SCOPES_KEPT = 64

FEATURES = f"""
    select coalesce(string_agg(jsonb_build_object('type', 'Feature', 'id', i.id, 'geometry',
        st_asgeojson(i.point_4326, 6)::jsonb,
        'properties', {INCIDENT_PAYLOAD} - 'point')::text, ','), '')
    from incident i where i.region = :region and i.status <> 'closed' and i.vanished_at is null and """


@dataclass(frozen=True)
class IncidentsSnapshot:
    """`body` is a FeatureCollection with the members epoch, position and now (seconds since 1970);
    incidents without a point have geometry null."""

    epoch: str
    position: int
    taken_at: float
    body: bytes
    packed: bytes


class Snapshots:
    """The newest snapshot of each scope; whoever asks while one is being taken waits for it, and shares
    its failure."""

    def __init__(self, pool: AsyncConnectionPool, executors: Executors, region: str) -> None:
        self.pool, self.executors, self.region = pool, executors, region
        self._newest: dict[Scope, IncidentsSnapshot] = {}
        self._flights: dict[Scope, asyncio.Task[IncidentsSnapshot]] = {}

    async def incidents(self, scope: Scope, at_least: int = 0) -> IncidentsSnapshot:
        """A snapshot at most `FRESH_S` old whose position is not below `at_least`, if the database has got
        there. Raises `Unavailable`."""
        newest = self._newest.get(scope)
        if (
            newest is not None
            and newest.position >= at_least
            and time.monotonic() - newest.taken_at <= FRESH_S
        ):
            return newest
        under_way = self._flights.get(scope)
        found = await self._wait(under_way or self._fly(scope))
        if under_way is not None and found.position < at_least:
            found = await self._wait(self._flights.get(scope) or self._fly(scope))
        return found

    async def _wait(self, flight: asyncio.Task[IncidentsSnapshot]) -> IncidentsSnapshot:
        with in_words():
            return await within(LIMIT_S, flight)

    def _fly(self, scope: Scope) -> asyncio.Task[IncidentsSnapshot]:
        flight = asyncio.create_task(self._take(scope))
        self._flights[scope] = flight
        flight.add_done_callback(lambda _: self._landed(scope, flight))
        return flight

    def _landed(self, scope: Scope, flight: asyncio.Task[IncidentsSnapshot]) -> None:
        del self._flights[scope]
        if not flight.cancelled() and flight.exception() is None:
            self._keep(scope, flight.result())

    def _keep(self, scope: Scope, snapshot: IncidentsSnapshot) -> None:
        self._newest.pop(scope, None)
        self._newest[scope] = snapshot
        for oldest in list(self._newest)[:-SCOPES_KEPT]:
            del self._newest[oldest]

    async def within(self, scope: Scope, box: Box) -> IncidentsSnapshot:
        """The snapshot of a part of the city; incidents without a point are in no part. Raises
        `Unavailable`."""
        with in_words():
            return await within(LIMIT_S, asyncio.create_task(self._take(scope, box)))

    async def _take(self, scope: Scope, box: Box | None = None) -> IncidentsSnapshot:
        taken_at = time.monotonic()
        condition, values = scope.where()
        if box is not None:
            condition, values = (
                f"{condition} and i.point_4326 && {BOX}",
                {**values, **dict(zip(("west", "south", "east", "north"), box))},
            )
        async with self.pool.connection() as connection:
            # Each statement sees what was committed before it: the rows hold at least all that the position
            # counts.
            epoch, position = await _one(connection, "select epoch, position from change_position", {})
            (features,) = await _one(connection, FEATURES + condition, {"region": self.region, **values})
        if scope.cut:
            features = await self.executors.run(COMPRESSION, cut_titles, features)
        head = (
            f'{{"type": "FeatureCollection", "epoch": "{epoch}", "position": {position}, "now": '
            f'{time.time():.3f}, "features": ['
        )
        body = (head + features + "]}").encode()
        return IncidentsSnapshot(
            epoch, position, taken_at, body, await self.executors.run(COMPRESSION, gzip.compress, body, 1)
        )


async def _one(connection, statement: str, values: Mapping) -> tuple:
    cursor = await connection.execute(for_driver(statement), values)
    return await cursor.fetchone()


async def incidents_geojson(request: Request) -> Response:
    """`GET /layers/incidents.geojson?position=`: the caller's snapshot, not older than a position where
    one is given; `?bbox=west,south,east,north` (EPSG:4326): what lies there. Raises `InvalidInput`
    ("layer.bbox")."""
    position, box = request.query_params.get("position", ""), read_box(request.query_params.get("bbox"))
    scope, snapshots = Scope.live(request.state.principal), request.app.state.snapshots
    if box is not None:
        snapshot = await snapshots.within(scope, box)
    else:
        snapshot = await snapshots.incidents(scope, whole(position) or 0)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            snapshot.packed, media_type="application/geo+json", headers=headers | {"Content-Encoding": "gzip"}
        )
    return Response(snapshot.body, media_type="application/geo+json", headers=headers)
