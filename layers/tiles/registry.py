"""The list of layers: zooms, filters, scope, how long a browser keeps what it got.

To add one:

1. `layers/tiles/NAME.py`: `tile(request) -> Statement`, and `geojson(request)` if it has one
2. `layers/tiles/registry.py`: its name in the import and its line in LAYERS
3. `layers/tiles/__init__.py`: its line in the list
4. `layers/tiles/versions.py`: what makes its tiles new, unless it has `stamp_s`
5. `assets/map/NAME.js`: how it is drawn; `assets/map/hook.js` says what a map's `data-layers` may name;
   its line in `assets/README.md`
6. if walls show it, `dashboard/wall/scenes/panels.py`: its key in MAP_LAYERS
7. `tests/layers/tiles/test_NAME.py`

`key` is the name in addresses and caches. `stamp_s` 0 means that the layer's cached tiles are keyed by
`tile_version`, else that they are kept that many seconds (rows that change faster than a version would be
worth).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from geo.errors import NotFound
from layers.tiles import basemap, buildings, density, districts, incidents, precincts, projects
from layers.tiles.requests import BoxRequest, Statement, TileRequest
from layers.tiles.selection import FILTERS


@dataclass(frozen=True)
class Layer:
    key: str
    zooms: tuple[int, int]
    tile: Callable[[TileRequest], Statement]
    geojson: Callable[[BoxRequest], Statement] | None = None
    filters: frozenset[str] = frozenset()
    scoped: bool = False
    """True where a caller's scope narrows what it shows."""
    electoral: bool = False
    """True where it tells how many voters there are."""
    stamp_s: int = 0
    dated: bool = False
    """True where what it shows depends on the city's day: at midnight its cached tiles are others."""
    max_age_s: int = 10
    """How long a browser need not ask again."""


LAYERS = (
    Layer("basemap", (0, 22), basemap.tile, basemap.geojson, max_age_s=300),
    Layer("districts", (0, 22), districts.tile, districts.geojson, dated=True, max_age_s=60),
    Layer("buildings", (0, 22), buildings.tile, buildings.geojson, electoral=True, max_age_s=60),
    Layer("precincts", (6, 22), precincts.tile, precincts.geojson, electoral=True, dated=True, max_age_s=10),
    Layer("projects", (6, 22), projects.tile, projects.geojson, stamp_s=10, max_age_s=10),
    Layer("incidents", (8, 22), incidents.tile, None, FILTERS, scoped=True, stamp_s=2, max_age_s=2),
    Layer("density", density.TILE_ZOOMS, density.tile, None, FILTERS, scoped=True, max_age_s=5),
)


def find(key: str) -> Layer:
    """Raises `NotFound` ("layer.unknown")."""
    for layer in LAYERS:
        if layer.key == key:
            return layer
    raise NotFound("layer.unknown", layer=key[:40], known=", ".join(layer.key for layer in LAYERS))
