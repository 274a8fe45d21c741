"""The point of a row: from its two coordinate fields, or from the geometry that the file carries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from etl.clean.coordinates import CoordinateReading, LocatedPoints, is_missing, likeliest, locate
from etl.entities.shapes import POINT
from etl.entities.shaping import Shaping


def located_points(s: Shaping) -> dict[str, pa.Array]:
    """Staging columns lon, lat (EPSG:4326) and x, y (EPSG:3857), null without a usable point; counts those
    rows in `s.no_point`."""
    found = counted(s, located(s))
    s.no_point = np.isnan(found.lon)
    return {name: pa.array(getattr(found, name), from_pandas=True) for name in ("lon", "lat", "x", "y")}


def points(s: Shaping) -> np.ndarray:
    """The same as shapely points in EPSG:4326, none without a usable one."""
    found = counted(s, located(s))
    return np.where(np.isnan(found.lon), None, shapely.points(found.lon, found.lat))


def counted(s: Shaping, found: LocatedPoints) -> LocatedPoints:
    """The places; how many lie outside is counted in `s.mended`."""
    s.corrections.add("coordinates.outside", found.outside)
    return found


def located(s: Shaping) -> LocatedPoints:
    declared = f"EPSG:{s.feed.srid}" if s.feed.srid else None
    if "lon" in s.columns or s.geometry is None:
        first, second = (
            s.column(name, pa.float64()).to_numpy(zero_copy_only=False) for name in ("lon", "lat")
        )
    else:
        declared = declared or s.crs
        shapes = shapely.from_wkb(s.geometry.to_numpy(zero_copy_only=False), on_invalid="ignore")
        shapes = np.where(shapely.is_empty(shapes), None, shapes)
        points = np.where(shapely.get_type_id(shapes) == POINT, shapes, shapely.point_on_surface(shapes))
        first, second = shapely.get_x(points), shapely.get_y(points)
    s.coordinates = first, second, declared
    return by_reading(s, "point", first, second, declared)


def by_reading(
    s: Shaping, name: str, first: np.ndarray, second: np.ndarray, crs: str | None
) -> LocatedPoints:
    """Places by the declared reading; where the feed says `guess`, by the one that holds most of the run's
    first rows, from then to its end."""
    declared = reading = CoordinateReading(crs, s.feed.swapped, s.feed.scale)
    if s.feed.guess:
        if name not in s.readings and not is_missing(first, second).all():
            s.readings[name] = likeliest(first, second, s.city, declared)
        reading = s.readings.get(name, declared)
    found = locate(first, second, s.city, reading)
    if reading != declared:
        s.corrections.add(f"coordinates.{reading.kind(declared)}", np.isfinite(found.lon))
    return found
