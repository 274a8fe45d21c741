"""Tiles and GeoJSON over HTTP.

`/tiles/<layer>/<z>/<x>/<y>.mvt` and `/layers/<layer>.geojson?bbox=west,south,east,north` (EPSG:4326), with
the filters of `layers.tiles.selection`. The caller is `request.state.principal`, put there by the middleware.
`?v=` in a tile's address is the version that the tick told of its layer: it makes the browser ask anew,
and the answer is not older. A tile's ETag is its cache key, so a browser that has the current one is
answered without a look at Redis or the database.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg_pool import AsyncConnectionPool

from geo.database import for_driver
from geo.errors import Forbidden, InvalidInput, NotFound, TooLarge, Unauthenticated
from layers.pools import LIMIT_S, in_words, within
from layers.scope import Scope, tells_voters
from layers.state import Servers
from layers.tiles.cache import KEEP_S
from layers.tiles.incidents import MAX_INCIDENTS
from layers.tiles.registry import Layer, find
from layers.tiles.requests import MAX_FEATURES, BoxRequest, Statement, TileRequest, read_box
from layers.tiles.selection import Selection, parse
from layers.tiles.tile import Tile
from layers.tiles.versions import VersionsSnapshot, code_revision

router = APIRouter()
MVT = "application/vnd.mapbox-vector-tile"
GEOJSON = "application/geo+json"
STAMP_S, STAMPED_KEEP_S = 2, 10
"""For a selection that only the rows can answer: how many seconds one answer serves, and after how many it
leaves Redis."""


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt")
async def tile(request: Request) -> Response:
    # The path is read here, not by FastAPI's parameters: validating four strings costs as much as the look
    # into Redis.
    layer, z, x, y = (request.path_params[name] for name in ("layer", "z", "x", "y"))
    shown, square = find(layer), Tile.parse(z, x, y)
    if not shown.zooms[0] <= square.z <= shown.zooms[1]:
        raise InvalidInput("tile.zoom", layer=layer, z=square.z, least=shown.zooms[0], most=shown.zooms[1])
    servers: Servers = request.app.state.servers
    query = dict(request.query_params)
    versions = await _known_versions(servers, layer, query.pop("v", None))
    selection = _selection(request, shown, query)
    needs_stamp = shown.stamp_s or selection.needs_rows()
    version = (
        f"t{int(time.time() / (shown.stamp_s or STAMP_S))}"
        if needs_stamp
        else f"v{versions.version(layer, square)}"
    )
    if shown.dated:
        version += f"@{servers.settings.city.today()}"
    key = (
        f"tile:{servers.settings.city.region}:{layer}:{z}/{x}/{y}"
        f":{versions.epoch}:{version}:{code_revision()}:{selection.key()}"
    )
    etag = f'"{blake2b(key.encode(), digest_size=12).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"private, max-age={shown.max_age_s}",
        "Vary": "Cookie, Accept-Encoding",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    tile_request = TileRequest(servers.settings.city, square, selection, versions.series)
    pool = servers.pools.rows if needs_stamp else servers.pools.tiles
    packed = await servers.cache.get(
        key, lambda: _packed_tile(pool, shown, tile_request), STAMPED_KEEP_S if needs_stamp else KEEP_S
    )
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=MVT, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=MVT, headers=headers)


@router.get("/layers/{layer}.geojson")
async def geojson(request: Request, layer: str) -> Response:
    shown = find(layer)
    if shown.geojson is None:
        raise NotFound("layer.no_geojson", layer=layer)
    servers: Servers = request.app.state.servers
    query = dict(request.query_params)
    box = read_box(query.pop("bbox", None))
    box_request = BoxRequest(servers.settings.city, box, _selection(request, shown, query))
    body = await run(servers.pools.rows, shown.geojson(box_request))
    if body is None:
        raise TooLarge("layer.features", layer=layer, limit=MAX_FEATURES)
    return Response(
        body, media_type=GEOJSON, headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"}
    )


async def run(pool: AsyncConnectionPool, statement: Statement) -> Any:
    """The one value of a statement: a tile's bytes, a collection's text, or none where that is too much.
    Raises `Unavailable` when the database is away or the statement takes too long."""
    with in_words():
        return await within(LIMIT_S, asyncio.create_task(_fetch(pool, statement)))


async def _fetch(pool: AsyncConnectionPool, statement: Statement) -> Any:
    async with pool.connection() as connection:
        cursor = await connection.execute(for_driver(statement.sql), statement.values, binary=True)
        return (await cursor.fetchone())[0]


async def _packed_tile(pool: AsyncConnectionPool, layer: Layer, request: TileRequest) -> bytes:
    """The tile, compressed: 0.3 ms for a full density tile, which is then a quarter of the size in Redis
    and on the wire."""
    body = await run(pool, layer.tile(request))
    if body is None:
        raise TooLarge("tile.incidents", layer=layer.key, limit=MAX_INCIDENTS)
    return gzip.compress(body, 1, mtime=0)


async def _known_versions(servers: Servers, layer: str, wanted: str | None) -> VersionsSnapshot:
    with in_words():
        return await servers.versions.now(layer, wanted)


def _selection(request: Request, layer: Layer, query: dict[str, str]) -> Selection:
    principal = getattr(request.state, "principal", None)
    if principal is None:
        raise Unauthenticated("door.signed_out")
    if principal.shown is not None and layer.key not in principal.shown.layers:
        raise Forbidden("door.other_scene", scene=principal.scene)
    selection = parse(query, layer.filters)
    if layer.electoral and not tells_voters(principal):
        selection = replace(selection, without_voters=True)
    scope = Scope.live(principal)
    return selection.within(scope.kinds, scope.districts, scope.performer) if layer.scoped else selection
