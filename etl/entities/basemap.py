"""The basemap's features: roads by class, water, rail, green, labels, borders. Merged by
`geo.loading.basemap`; a snapshot.

Their shape is the file's geometry, or a point from `lon` and `lat`, or a line from `vertices`
(`etl.entities.vertices`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.clean.numbers import mask
from etl.clean.words import look_up
from etl.entities.entity import Entity, Field
from etl.entities.points import points
from etl.entities.shapes import content_ids, hexadecimal, shapes
from etl.entities.shaping import Shaping
from etl.entities.vertices import lines
from geo.loading import basemap

FIELDS = (
    Field("source_id", code=True),
    Field("theme", required=True),
    Field("class"),
    Field("min_zoom", "integer", least=0),
    Field("name_kk"),
    Field("name_ru"),
    Field("name_en"),
    Field("lon", "coordinate"),
    Field("lat", "coordinate"),
    Field("vertices", nested=True),
    Field("gap_m", "number", least=0),
)
THEMES = {theme: theme for theme in ("road", "water", "rail", "green", "place", "border", "landmark")}
MIN_ZOOM = {
    "motorway": 6,
    "trunk": 7,
    "primary": 9,
    "secondary": 10,
    "tertiary": 11,
    "residential": 13,
    "service": 14,
    "path": 15,
    "country": 4,
    "region": 5,
    "area": 7,
    "municipality": 9,
    "city_district": 10,
    "quarter": 12,
    "river": 7,
    "lake": 8,
    "stream": 13,
    "ditch": 14,
    "drain": 14,
    "square": 14,
    "locality": 13,
    "city": 4,
    "town": 7,
    "district": 10,
    "suburb": 11,
    "neighbourhood": 13,
}
THEME_ZOOM = {"road": 13, "water": 9, "rail": 10, "green": 11, "place": 11, "border": 10, "landmark": 22}
"""The zoom from which a feature is drawn: by its class, else by its theme. No map goes so near as a
landmark's: it is found by its name, and not drawn."""


def shape(s: Shaping) -> dict[str, pa.Array]:
    theme, bad = look_up(s.column("theme"), THEMES, pa.string())
    s.faults.mark(bad, "theme.unknown", "theme")
    found = drawn(s)
    s.faults.mark(np.equal(found, None), "geometry.missing", "geometry")
    class_ = pc.coalesce(s.column("class"), theme)
    zoom = pc.coalesce(
        s.column("min_zoom", pa.int64()),
        look_up(class_, MIN_ZOOM, pa.int64())[0],
        look_up(theme, THEME_ZOOM, pa.int64())[0],
    )
    s.faults.mark(mask(pc.greater(zoom, 22)), "value.most", "min_zoom")
    return {
        "source_id": pc.coalesce(s.column("source_id"), content_ids(s, found)),
        "theme": theme,
        "class": class_,
        "min_zoom": zoom,
        "name_kk": s.column("name_kk"),
        "name_ru": s.column("name_ru"),
        "name_en": s.column("name_en"),
        "geometry": hexadecimal(found),
    }


def drawn(s: Shaping) -> np.ndarray:
    """Shapely geometries in EPSG:4326, none where a row has none."""
    if "vertices" in s.columns:
        return lines(s)
    return points(s) if "lon" in s.columns else shapes(s)


ENTITY = Entity("basemap_feature", FIELDS, shape, basemap.load, vanish=basemap.vanish)
