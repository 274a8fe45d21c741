"""Lines that a source gives as lists of places: `[{"lat": 51.1, "lng": 71.4}, ...]` or `[[71.4, 51.1],
...]`, lon first.

Where such a list runs the segments of a street together, it is cut between neighbours that lie farther
apart than the row's `gap_m`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from etl.clean.coordinates import LocatedPoints
from etl.entities.points import by_reading, counted
from etl.entities.shaping import Shaping
from geo.crs import to_metric
from geo.foreign_json import read_foreign_json

LON, LAT = ("lon", "lng", "long", "longitude", "x"), ("lat", "latitude", "y")
LEAST = 2
"""Vertices of a line."""


def lines(s: Shaping) -> np.ndarray:
    """(Multi)LineStrings in EPSG:4326 from the field `vertices`, as long as `s`; none where no two
    vertices inside the city are left together."""
    listed = [vertices(text) for text in s.column("vertices").to_pylist()]
    row = np.repeat(np.arange(len(s)), [len(line) for line in listed])
    lon, lat = np.concatenate([np.empty((0, 2)), *listed]).T
    located = counted(s, by_reading(s, "vertices", lon, lat, f"EPSG:{s.feed.srid}" if s.feed.srid else None))
    inside = np.isfinite(located.lon)
    part = parts(
        located,
        inside,
        row,
        s.column("gap_m", pa.float64()).to_numpy(zero_copy_only=False),
        s.city.metric_srid,
    )
    kept = inside & (np.bincount(part, inside)[part] >= LEAST) if len(part) else inside
    _, first, number = np.unique(part[kept], return_index=True, return_inverse=True)
    rows, of = np.unique(row[kept][first], return_inverse=True)
    found = np.full(len(s), None, dtype=object)
    if len(rows):
        pieces = shapely.linestrings(np.column_stack([located.lon, located.lat])[kept], indices=number)
        many = shapely.multilinestrings(pieces, indices=of)
        found[rows] = np.where(shapely.get_num_geometries(many) == 1, shapely.get_geometry(many, 0), many)
    return found


def parts(
    located: LocatedPoints, inside: np.ndarray, row: np.ndarray, gap_m: np.ndarray, srid: int
) -> np.ndarray:
    """The number of the part that each vertex belongs to: a new one with each row, after what lies
    outside, and after a gap."""
    at = to_metric(srid, np.column_stack([located.lon, located.lat]))
    step = np.hypot(*np.diff(at, axis=0).T)
    new = (row[1:] != row[:-1]) | ~inside[1:] | ~inside[:-1] | (step > gap_m[row[1:]])
    return np.concatenate([[0], np.cumsum(new)])[: len(row)]


def vertices(text: str | None) -> np.ndarray:
    """Rows of (lon, lat), NaN where one is none; no rows for what is no list.

    >>> vertices('[{"lat": 51.1, "lng": 71.4}, [71.5, 51.2]]').tolist()
    [[71.4, 51.1], [71.5, 51.2]]
    """
    try:
        listed = read_foreign_json(text or "[]")
    except ValueError:
        listed = []
    return np.array([pair(one) for one in listed] if isinstance(listed, list) else [], dtype=float).reshape(
        -1, 2
    )


def pair(vertex: Any) -> tuple[float, float]:
    if isinstance(vertex, dict):
        vertex = [next((vertex[name] for name in names if name in vertex), None) for names in (LON, LAT)]
    try:
        lon, lat = vertex
        return float(lon), float(lat)
    except (TypeError, ValueError):
        return np.nan, np.nan
