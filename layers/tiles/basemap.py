"""The basemap: green, water, rail, roads by class, administrative borders, places; from the city's own
rows, generalised for the zoom of the tile.

A feature appears from its `min_zoom` on; areas smaller than two pixels are left out; features of one class
(and, from `NAMED_FROM` on, of one name) are merged, lines before they are simplified, so that a tile of a
whole city holds a few features and not a few thousand, and a road of a hundred short pieces is one line.
"""

from __future__ import annotations

from geo.city.basemap import LOW_ZOOM
from layers.tiles.requests import (
    AROUND,
    BOX,
    NAMES,
    SQUARE,
    BoxRequest,
    Statement,
    TileRequest,
    feature_collection,
)

NAMED_FROM = 12
"""Zoom from which more than places carry names: below, no label of theirs fits."""
THEMES = {
    "green": "green",
    "water": "water",
    "rail": "rail",
    "road": "roads",
    "border": "borders",
    "place": "places",
}
"""A theme's name in the tile, in the order they are drawn."""

SHOWN = f"""
    select theme, class, {NAMES}, geom_3857 as geom, ST_Dimension(geom_3857) as dimension from basemap_feature
    where region = :region and geom_3857 && {AROUND} and min_zoom <= :z"""
LOW = f" and min_zoom < {LOW_ZOOM}"
"""Follows from the tile's zoom; said so that the index of such features serves."""

ENCODED = f"""
    coalesce((select ST_AsMVT(t, '{{layer}}', 4096, 'geom') from (
        select {{labels}}, ST_AsMVTGeom(
            case when dimension = 1 then ST_Simplify(ST_LineMerge(merged), :pixel / 2) else merged end,
                {SQUARE}, 4096, 64) as geom
        from (
            select {{labels}}, dimension, ST_Collect(case when dimension = 2 then ST_Simplify(geom,
                :pixel / 2) else geom end) as merged
            from shown
            where theme = '{{theme}}'
              and (dimension < 2 or ST_XMax(geom) - ST_XMin(geom) > 2 * :pixel
                  or ST_YMax(geom) - ST_YMin(geom) > 2 * :pixel)
            group by {{labels}}, dimension
        ) as m
    ) as t), ''::bytea)"""
"""One theme as a layer of the tile. Lines and areas are merged apart: a collection of both would lose its
lines when it is clipped."""


def tile(request: TileRequest) -> Statement:
    shown = SHOWN + (LOW if request.tile.z < LOW_ZOOM else "")
    layers = " || ".join(
        ENCODED.format(layer=layer, theme=theme, labels=_labels(theme, request.tile.z))
        for theme, layer in THEMES.items()
    )
    return Statement(f"with shown as materialized ({shown}) select {layers}", request.values())


def _labels(theme: str, z: int) -> str:
    return "class, name_kk, name_ru, name_en" if theme == "place" or z >= NAMED_FROM else "class"


GEOJSON = feature_collection(f"""
    select id, theme, class, min_zoom, {NAMES}, geom_4326 as geom from basemap_feature
    where region = :region and geom_3857 && ST_Transform({BOX}, 3857) order by id""")
"""The box is transformed, not the column, so that the index serves."""


def geojson(request: BoxRequest) -> Statement:
    return Statement(GEOJSON, request.values())
