"""Coordinates: what a source calls a place, as lon, lat (EPSG:4326) inside the city, or no point and the reason."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.errors import InvalidInput
from geo.settings import City

HALF_WORLD_M = 20037508.342789244
"""Half the width of EPSG:3857 in metres."""
SCALES = (1e5, 1e6, 1e7)
"""Degrees kept as whole numbers."""
Reading = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
MISSING, OUTSIDE = "coordinates.missing", "coordinates.outside"


@dataclass(frozen=True)
class Places:
    """`lon`, `lat` in degrees, `x`, `y` in EPSG:3857 metres; NaN in all four without a usable point. `mended`: how many were right only after ..."""

    lon: np.ndarray
    lat: np.ndarray
    x: np.ndarray
    y: np.ndarray
    missing: np.ndarray
    outside: np.ndarray
    mended: dict[str, int]


def locate(first: np.ndarray, second: np.ndarray, city: City, crs: str | None = None) -> Places:
    """Places from two numbers each, x (lon, easting) first, in `crs` (none = EPSG:4326); NaN = none given, and 0, 0 counts as none.

    What lies outside the city's box is tried as swapped, as whole numbers of 1e-5, 1e-6 or 1e-7 degrees, and as projected in EPSG:3857 or the
    city's metric CRS; the first reading that lies inside is taken. Raises `InvalidInput` ("feed.crs") for a CRS that pyproj does not know.
    """
    missing = ~(np.isfinite(first) & np.isfinite(second)) | ((first == 0) & (second == 0))
    lon, lat, mended = np.full(len(first), np.nan), np.full(len(first), np.nan), {}
    left = ~missing
    for name, reading in readings(city, crs):
        if not left.any():
            break
        read_lon, read_lat = reading(first[left], second[left])
        found = within(read_lon, read_lat, city)
        places = np.flatnonzero(left)[found]
        lon[places], lat[places] = read_lon[found], read_lat[found]
        left[places] = False
        if name != "declared" and len(places):
            mended[name] = len(places)
    x, y = mercator(lon, lat)
    return Places(lon, lat, x, y, missing, left, mended)


def readings(city: City, crs: str | None) -> Iterator[tuple[str, Reading]]:
    """The ways to read two numbers, likeliest first."""
    if crs is not None and not is_degrees(crs):
        yield "declared", from_crs(crs)
        yield "swapped", lambda a, b: from_crs(crs)(b, a)
        yield "degrees", lambda a, b: (a, b)
        return
    yield "declared", lambda a, b: (a, b)
    yield "swapped", lambda a, b: (b, a)
    for scale in SCALES:
        yield f"scaled_{scale:.0e}", lambda a, b, scale=scale: (a / scale, b / scale)
        yield f"scaled_{scale:.0e}_swapped", lambda a, b, scale=scale: (b / scale, a / scale)
    for projected in ("EPSG:3857", f"EPSG:{city.metric_srid}"):
        yield f"projected_{projected}", from_crs(projected)
        yield f"projected_{projected}_swapped", lambda a, b, projected=projected: from_crs(projected)(b, a)


def within(lon: np.ndarray, lat: np.ndarray, city: City) -> np.ndarray:
    """Whether each point (EPSG:4326) lies in the city's box, borders included."""
    west, south, east, north = city.bbox
    return (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)


def mercator(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """EPSG:4326 degrees to EPSG:3857 metres; NaN stays NaN."""
    return lon * (HALF_WORLD_M / 180), np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * (HALF_WORLD_M / np.pi)


@lru_cache
def is_degrees(crs: str) -> bool:
    """Whether a CRS is EPSG:4326 or so near to it (CRS84) that its numbers are lon, lat all the same."""
    return known_crs(crs).to_epsg(min_confidence=70) == 4326 or "CRS84" in crs.upper()


@lru_cache
def from_crs(crs: str) -> Reading:
    """A reading of x, y in a CRS."""
    return Transformer.from_crs(known_crs(crs), 4326, always_xy=True).transform


@lru_cache
def to_crs(crs: str) -> Reading:
    """The other way: lon, lat to x, y in a CRS."""
    return Transformer.from_crs(4326, known_crs(crs), always_xy=True).transform


def known_crs(crs: str) -> CRS:
    """Raises `InvalidInput` ("feed.crs")."""
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise InvalidInput("feed.crs", crs=crs[:80], reason=str(error)) from error
