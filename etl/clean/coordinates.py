"""Coordinates: what a source calls a place, as lon, lat (EPSG:4326) inside the city, or no point and the
reason.

Two numbers can be read in many ways (swapped, whole numbers of 1e-5 degrees, metres of some projection),
and almost any two numbers lie inside a city by one of them. So a file has one reading, of all its rows:
the declared one. `ReadingCounts` finds out which reading holds most of a file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.errors import InvalidInput
from geo.settings import City

HALF_WORLD_M = 20037508.342789244
"""Half the width of EPSG:3857 in metres."""
SCALES = (100_000, 1_000_000, 10_000_000)
"""Parts of a degree that are kept as whole numbers."""
WORDS = re.compile(r"[^:+=\[{]*")
"""A CRS by its name alone."""
Transform = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class CoordinateReading:
    """How two numbers are read: in which CRS (none = EPSG:4326), the second one first if `swapped`,
    divided by `scale`."""

    crs: str | None = None
    swapped: bool = False
    scale: int | None = None

    def lon_lat(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Degrees lon, lat. Raises `InvalidInput` ("source.crs") for a CRS that pyproj does not know."""
        x, y = (second, first) if self.swapped else (first, second)
        if self.scale:
            x, y = x / self.scale, y / self.scale
        return (x, y) if self.crs is None or is_degrees(self.crs) else from_crs(self.crs)(x, y)

    def kind(self, declared: CoordinateReading) -> str:
        """How it differs from the declared reading, for a count: scaled, projected, degrees, swapped."""
        if self.scale != declared.scale:
            return "scaled"
        if self.crs != declared.crs:
            return "degrees" if self.crs is None else "projected"
        return "swapped"

    def keys(self, declared: CoordinateReading) -> dict[str, Any]:
        """The keys that a declaration must have for this reading, beside those that it has."""
        srid = None if self.crs in (None, declared.crs) else int(self.crs.rpartition(":")[2])
        given = {
            "srid": srid if self.crs is not None else 4326 if declared.crs else None,
            "swapped": self.swapped or None,
            "scale": self.scale,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class LocatedPoints:
    """`lon`, `lat` in degrees, `x`, `y` in EPSG:3857 metres; NaN in all four without a usable point."""

    lon: np.ndarray
    lat: np.ndarray
    x: np.ndarray
    y: np.ndarray
    missing: np.ndarray
    outside: np.ndarray


def locate(
    first: np.ndarray, second: np.ndarray, city: City, reading: CoordinateReading = CoordinateReading()
) -> LocatedPoints:
    """Places from two numbers each by one reading; NaN = none given, and 0, 0 counts as none. What lies
    outside the city's box has no point.

    Raises `InvalidInput` ("source.crs").
    """
    missing = is_missing(first, second)
    lon, lat = (np.array(numbers, dtype=float) for numbers in reading.lon_lat(first, second))
    inside = ~missing & within(lon, lat, city)
    lon[~inside], lat[~inside] = np.nan, np.nan
    x, y = mercator(lon, lat)
    return LocatedPoints(lon, lat, x, y, missing, ~missing & ~inside)


def is_missing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return ~(np.isfinite(first) & np.isfinite(second)) | ((first == 0) & (second == 0))


def readings(city: City, declared: CoordinateReading) -> Iterator[CoordinateReading]:
    """The ways to read two numbers, the declared one first, then the likeliest."""
    projected = declared.crs is not None and not is_degrees(declared.crs)
    bases = [
        CoordinateReading(declared.crs, scale=declared.scale),
        *([CoordinateReading()] if projected else []),
    ]
    bases += [CoordinateReading(scale=scale) for scale in SCALES] + [
        CoordinateReading(f"EPSG:{srid}") for srid in (3857, city.metric_srid)
    ]
    both = [CoordinateReading(base.crs, swapped, base.scale) for base in bases for swapped in (False, True)]
    yield from dict.fromkeys((declared, *both))


@dataclass
class ReadingCounts:
    """How many rows of a file lie inside the city by each reading."""

    city: City
    declared: CoordinateReading = CoordinateReading()
    rows: int = 0
    inside: Counter[CoordinateReading] = field(default_factory=Counter)

    def add(self, first: np.ndarray, second: np.ndarray) -> None:
        given = ~is_missing(first, second)
        self.rows += int(given.sum())
        for reading in readings(self.city, self.declared):
            self.inside[reading] += int(
                within(*reading.lon_lat(first[given], second[given]), self.city).sum()
            )

    @property
    def best(self) -> CoordinateReading:
        """The reading that holds the most rows; of several the likeliest."""
        return max(self.inside, key=self.inside.__getitem__, default=self.declared)


def likeliest(
    first: np.ndarray, second: np.ndarray, city: City, declared: CoordinateReading
) -> CoordinateReading:
    counts = ReadingCounts(city, declared)
    counts.add(first, second)
    return counts.best


def within(lon: np.ndarray, lat: np.ndarray, city: City) -> np.ndarray:
    """Whether each point (EPSG:4326) lies in the city's box, borders included."""
    west, south, east, north = city.bbox
    return (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)


def mercator(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """EPSG:4326 degrees to EPSG:3857 metres; NaN stays NaN."""
    return lon * (HALF_WORLD_M / 180), np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * (
        HALF_WORLD_M / np.pi
    )


@lru_cache
def is_degrees(crs: str) -> bool:
    """Whether a CRS is EPSG:4326 or so near to it (CRS84) that its numbers are lon, lat all the same."""
    return known_crs(crs).to_epsg(min_confidence=70) == 4326 or "CRS84" in crs.upper()


@lru_cache
def from_crs(crs: str) -> Transform:
    """The transformation from x, y in a CRS to lon, lat."""
    return Transformer.from_crs(known_crs(crs), 4326, always_xy=True).transform


@lru_cache
def to_crs(crs: str) -> Transform:
    """The other way: lon, lat to x, y in a CRS."""
    return Transformer.from_crs(4326, known_crs(crs), always_xy=True).transform


def known_crs(crs: str) -> CRS:
    """The CRS by number, definition, or its whole name: of a part of one the likeliest would be a guess.
    Raises `InvalidInput` ("source.crs")."""
    found = look_up(crs)
    if isinstance(found, str):
        raise InvalidInput("source.crs", crs=crs[:80], reason=found)
    return found


@lru_cache
def look_up(crs: str) -> CRS | str:
    """The CRS, or why it is none that could be used. A name is looked for among thousands: it is kept that
    it is none."""
    try:
        known = CRS.from_user_input(f"EPSG:{crs}" if crs.isdigit() else crs)
    except CRSError as error:
        return str(error)[:200]
    if not (known.is_geographic or known.is_projected):
        return str(known.type_name)
    by_name = WORDS.fullmatch(crs) and not crs.isdigit()
    return f"{known.name}?" if by_name and folded(crs) != folded(known.name) else known


def folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
