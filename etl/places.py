"""The point of a row: from its two coordinate fields, or from the geometry that the file carries."""
from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from etl.clean.coordinates import Places, locate
from etl.noun import Shaping


def place(s: Shaping) -> dict[str, pa.Array]:
    """Staging columns lon, lat (EPSG:4326) and x, y (EPSG:3857), null without a usable point; counts those rows in `s.no_point`."""
    places = counted(s, located(s))
    s.no_point = np.isnan(places.lon)
    return {name: pa.array(getattr(places, name), from_pandas=True) for name in ("lon", "lat", "x", "y")}


def points(s: Shaping) -> np.ndarray:
    """The same as shapely points in EPSG:4326, none without a usable one."""
    places = counted(s, located(s))
    return np.where(np.isnan(places.lon), None, shapely.points(places.lon, places.lat))


def counted(s: Shaping, places: Places) -> Places:
    """The places; what was mended or lies outside is counted in `s.mended`."""
    s.mended["coordinates.outside"] += int(places.outside.sum())
    for how, rows in places.mended.items():
        s.mended[f"coordinates.{kind_of(how)}"] += rows
    return places


def kind_of(how: str) -> str:
    """The kind of a way to read two numbers: swapped, scaled (degrees as whole numbers), projected, or degrees where metres were declared.

    >>> kind_of("scaled_1e+05_swapped"), kind_of("swapped")
    ('scaled', 'swapped')
    """
    return how.partition("_")[0]


def located(s: Shaping) -> Places:
    declared = f"EPSG:{s.feed.srid}" if s.feed.srid else None
    if "lon" in s.columns or s.geometry is None:
        lon, lat = (s.column(name, pa.float64()).to_numpy(zero_copy_only=False) for name in ("lon", "lat"))
        return locate(lon, lat, s.city, declared)
    shapes = shapely.from_wkb(s.geometry.to_numpy(zero_copy_only=False), on_invalid="ignore")
    points = np.where(shapely.get_type_id(shapes) == 0, shapes, shapely.point_on_surface(shapes))
    return locate(shapely.get_x(points), shapely.get_y(points), s.city, declared or s.crs)
