"""What a layer is asked, and the statement it answers with. A layer module is a function from one to the
other; it runs nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import InvalidInput
from geo.ranges import decimal
from geo.settings import City
from layers.tiles.selection import Selection
from layers.tiles.tile import Tile


@dataclass(frozen=True)
class TileRequest:
    """`series` are the pairs of kind and category that exist: (series, kind, category id)."""

    city: City
    tile: Tile
    selection: Selection
    series: tuple[tuple[int, str, int], ...] = ()

    def values(self) -> dict[str, Any]:
        """The values that every statement binds: the region, the city's day, and the tile's square in
        EPSG:3857."""
        west, south, east, north = self.tile.bounds()
        return {
            "region": self.city.region,
            "today": self.city.today(),
            "counted": not self.selection.without_voters,
            "z": self.tile.z,
            "x": self.tile.x,
            "y": self.tile.y,
            "pixel": self.tile.pixel_m(),
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        }


@dataclass(frozen=True)
class BoxRequest:
    """`box` is EPSG:4326: west, south, east, north; None = everywhere."""

    city: City
    box: tuple[float, float, float, float] | None
    selection: Selection

    def values(self) -> dict[str, Any]:
        west, south, east, north = self.box or (-180.0, -85.0, 180.0, 85.0)
        return {
            "region": self.city.region,
            "today": self.city.today(),
            "counted": not self.selection.without_voters,
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "limit": MAX_FEATURES + 1,
        }


def read_box(text: str | None) -> Box | None:
    """EPSG:4326 west,south,east,north. Raises `InvalidInput` ("layer.bbox")."""
    if text is None:
        return None
    numbers = [number for part in text.split(",") if (number := decimal(part)) is not None]
    if len(numbers) != 4 or text.count(",") != 3:
        raise InvalidInput("layer.bbox", value=text[:80])
    west, south, east, north = numbers
    if not (-180 <= west < east <= 180 and -85.06 <= south < north <= 85.06):
        raise InvalidInput("layer.bbox", value=text[:80])
    return west, south, east, north


MAX_FEATURES = 10_000
"""The most features one GeoJSON answer carries; more is `TooLarge`, never a part of them."""


@dataclass(frozen=True)
class Statement:
    """One row, one column: the encoded answer, or null when it would be too large. Its parameters are written
    `:name` (`geo.database.for_driver`)."""

    sql: str
    values: Mapping[str, Any]


SQUARE = "ST_MakeEnvelope(:west, :south, :east, :north, 3857)"
"""The tile's square."""
AROUND = (
    "ST_MakeEnvelope(:west - 4 * :pixel, :south - 4 * :pixel, :east + 4 * :pixel, :north + 4 * :pixel, 3857)"
)
"""The square and the 4 pixels around it that a line's width or a symbol may reach over."""
IN_TILE = """ST_SetSRID(ST_MakePoint(floor((ST_X(point_3857) - :west) / (:east - :west) * 4096),
    floor((:north - ST_Y(point_3857)) / (:north - :south) * 4096)), 3857)"""
"""`point_3857` in units of the tile: what ST_AsMVTGeom makes of a point, in a third of its time."""
COUNTED = "case when :counted then voters end as voters"
"""For those alone whose work it is (`layers.scope.ELECTORAL`)."""
Box = tuple[float, float, float, float]
"""EPSG:4326: west, south, east, north."""
BOX = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
NAMES = """coalesce(name_kk, name_ru, name_en) as name_kk, coalesce(name_ru, name_kk, name_en) as name_ru,
    coalesce(name_en, name_ru, name_kk) as name_en"""
"""A name in each language; where one is missing, another stands in."""


def feature_collection(rows: str) -> str:
    """SQL of a FeatureCollection as text, of a query whose columns are `id`, `geom` (EPSG:4326) and the
    properties.

    Null when it has more than `MAX_FEATURES` rows.
    """
    return f"""
        with feature as ({rows} limit :limit)
        select case when count(*) < :limit then json_build_object(
            'type', 'FeatureCollection',
            'features', coalesce(json_agg(json_build_object(
                'type', 'Feature', 'id', f.id, 'geometry', ST_AsGeoJSON(f.geom, 6)::json, 'properties',
                    to_jsonb(f) - 'geom' - 'id')), '[]')
          )::text end
        from feature as f"""
