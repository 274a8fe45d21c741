"""The basemap: green, water, rail, roads by class, places; from the city's own rows, generalised for the zoom of the tile.

A feature appears from its `min_zoom` on; areas smaller than two pixels are left out; lines of one class (and, from `NAMED_FROM` on, of
one name) are merged before they are simplified, so that a tile of a whole city holds a few features and not a few thousand.
"""
from __future__ import annotations

from layers.asked import AROUND, BOX, NAMES, SQUARE, BoxAsked, Statement, TileAsked, feature_collection

NAMED_FROM = 12
"""Zoom from which roads and water carry their names: below, no label of theirs fits."""
LAYERS = {"green": "area", "water": "area", "rail": "line", "road": "line", "place": "point"}
MVT_NAMES = {"green": "green", "water": "water", "rail": "rail", "road": "roads", "place": "places"}

SHOWN = f"""
    select theme, class, {NAMES}, geom_3857 as geom from basemap_feature
    where region = %(region)s and geom_3857 && {AROUND} and min_zoom <= %(z)s"""

WIDE_ENOUGH = "(ST_XMax(geom) - ST_XMin(geom) > 2 * %(pixel)s or ST_YMax(geom) - ST_YMin(geom) > 2 * %(pixel)s)"
CLIPPED = f"ST_AsMVTGeom({{geometry}}, {SQUARE}, 4096, 64)"


def _encoded(theme: str, z: int) -> str:
    """SQL of one MVT layer, from the rows `shown`."""
    names = "name_kk, name_ru, name_en"
    if LAYERS[theme] == "point":
        body = f"select class, {names}, {CLIPPED.format(geometry='geom')} as geom from shown where theme = '{theme}'"
    else:
        labels = f"class, {names}" if z >= NAMED_FROM else "class"
        merged = "ST_LineMerge(ST_Collect(geom))" if LAYERS[theme] == "line" else "ST_Collect(geom)"
        simple = f"ST_Simplify({merged}, %(pixel)s / 2)" if LAYERS[theme] == "line" else "ST_Collect(ST_Simplify(geom, %(pixel)s / 2))"
        body = f"select {labels}, {CLIPPED.format(geometry=simple)} as geom from shown where theme = '{theme}' and {WIDE_ENOUGH} group by {labels}"
    return f"coalesce((select ST_AsMVT(t, '{MVT_NAMES[theme]}', 4096, 'geom') from ({body}) as t where geom is not null), ''::bytea)"


def tile(asked: TileAsked) -> Statement:
    layers = " || ".join(_encoded(theme, asked.tile.z) for theme in LAYERS)
    return Statement(f"with shown as materialized ({SHOWN}) select {layers}", asked.values())


GEOJSON = feature_collection(f"""
    select id, theme, class, min_zoom, {NAMES}, geom_4326 as geom from basemap_feature
    where region = %(region)s and geom_3857 && ST_Transform({BOX}, 3857) order by id""")
"""The box is transformed, not the column, so that the index serves."""


def geojson(asked: BoxAsked) -> Statement:
    return Statement(GEOJSON, asked.values())
