"""Knows the version of the data that a tile shows, without asking the database for each tile.

A process reads the whole of `tile_version` and `density_series` (some hundreds of rows) at most once in
`FRESH_S`, in one snapshot; a tile asked meanwhile uses what was read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import blake2b
from pathlib import Path

from psycopg_pool import AsyncConnectionPool

import layers
from geo.database import for_driver
from geo.ranges import whole
from layers.pools import LIMIT_S, within
from layers.tiles.registry import LAYERS
from layers.tiles.tile import Tile

FRESH_S = 1.0
PACKAGE = Path(layers.__file__).parent
DATED = frozenset(layer.key for layer in LAYERS if layer.dated)

READ = """
    select layer, x10, y10, version, null, null from tile_version where region = :region
    union all
    select null, null, null, series, kind, category_id from density_series where region = :region
    union all
    select null, null, null, null, epoch, null from change_position"""


@cache
def code_revision() -> str:
    """A hash of the sources of `layers`, rooms included: part of a cached tile's key, so that a new release
    never serves what an older one drew."""
    sources = sorted(PACKAGE.rglob("*.py"))
    return blake2b(b"".join(source.read_bytes() for source in sources), digest_size=4).hexdigest()


@dataclass(frozen=True)
class VersionsSnapshot:
    tiles: dict[tuple[str, int, int], int] = field(default_factory=dict)
    layers: dict[str, int] = field(default_factory=dict)
    """The sum over a layer's tiles: changes when any of them does."""
    series: tuple[tuple[int, str, int], ...] = ()
    """Pairs that exist: series, kind, category."""
    epoch: str = ""
    """The epoch of the change feed, new when a backup is restored: its versions count anew, over other
    content."""

    def is_behind(self, layer: str, wanted: str | None) -> bool:
        """Whether a client was told of a newer version than this, or of another database."""
        if not wanted:
            return False
        epoch, _, version = wanted.partition(".")[0].rpartition("-")
        return epoch != self.epoch or (whole(version) or 0) > self.layers.get(layer, 0)

    def version(self, layer: str, tile: Tile) -> int:
        """Changes whenever a z10 tile under this one changes, as versions only rise. 0 where nothing ever
        was."""
        if tile.z < 6:
            return self.layers.get(layer, 0)
        return sum(self.tiles.get((layer, x, y), 0) for x, y in tile.parents())


def versions_by_layer(epoch: str, layers: Mapping[str, int], today: date) -> dict[str, str]:
    """The version of each layer, as the tick announces it and a tile's address carries it. One that shows the
    city's day has another every day."""
    return {
        layer: f"{epoch}-{version}" + (f".{today:%Y%m%d}" if layer in DATED else "")
        for layer, version in layers.items()
    }


class Versions:
    def __init__(self, pool: AsyncConnectionPool, region: str) -> None:
        self.pool = pool
        self.region = region
        self.snapshot = VersionsSnapshot()
        self.read_at = float("-inf")
        self.reading: asyncio.Task[VersionsSnapshot] | None = None

    async def now(self, layer: str = "", wanted: str | None = None) -> VersionsSnapshot:
        """The versions, at most `FRESH_S` old, and not older than what the client was told of a layer:
        read again if they are. Whoever asks while they are being read waits for that read, and shares its
        failure. Raises what the pool raises when the database is away, and `Unavailable`."""
        if time.monotonic() - self.read_at <= FRESH_S and not self.snapshot.is_behind(layer, wanted):
            return self.snapshot
        if self.reading is None or self.reading.done():
            self.reading = asyncio.create_task(self._read())
        return await within(LIMIT_S, self.reading)

    async def _read(self) -> VersionsSnapshot:
        self.snapshot = await self._ask()
        self.read_at = time.monotonic()
        return self.snapshot

    async def _ask(self) -> VersionsSnapshot:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(for_driver(READ), {"region": self.region})
            rows = await cursor.fetchall()
        tiles = {(layer, x, y): version for layer, x, y, version, _, _ in rows if layer is not None}
        layers: dict[str, int] = {}
        for (layer, _, _), version in tiles.items():
            layers[layer] = layers.get(layer, 0) + version
        pairs = tuple(row[3:] for row in rows if row[0] is None and row[3] is not None)
        (epoch,) = [row[4] for row in rows if row[0] is None and row[3] is None]
        return VersionsSnapshot(tiles, layers, pairs, epoch)
