"""Between EPSG:4326 (lon, lat, degrees) and the city's metric CRS (x = easting, y = northing, metres), for
whole arrays at once.

Coordinates in the metric CRS are rounded to the millimetre, the grid of every plan.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer

GRID_MM = 3
"""Decimal places of a metre that are kept."""


def to_metric(srid: int, lon_lat: np.ndarray) -> np.ndarray:
    """Rows of (lon, lat) -> rows of (x, y). No rows, none back."""
    return np.round(
        np.column_stack(_transformer(4326, srid).transform(lon_lat[:, 0], lon_lat[:, 1])), GRID_MM
    )


def shapes_to_metric(srid: int, shapes: np.ndarray) -> np.ndarray:
    return shapely.transform(shapes, lambda c: to_metric(srid, c))


def shapes_to_lon_lat(srid: int, shapes: np.ndarray) -> np.ndarray:
    return shapely.transform(
        shapes, lambda c: np.column_stack(_transformer(srid, 4326).transform(c[:, 0], c[:, 1]))
    )


@lru_cache(maxsize=8)
def _transformer(source: int, target: int) -> Transformer:
    """Making one takes 50 ms; it may be used by several threads."""
    return Transformer.from_crs(source, target, always_xy=True)
