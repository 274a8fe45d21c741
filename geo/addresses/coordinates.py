"""Coordinates as people write them: decimal degrees, degrees and minutes, degrees, minutes and seconds; with
either point or comma, in either order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from geo.settings import City

WORDS = re.compile(
    r"(?<![^\W\d_])(?:[nsew]|с\.?\s?ш|в\.?\s?д|ю\.?\s?ш|з\.?\s?д|lat\w*|lon\w*|шир\w*|долг\w*|ендік|бойлық)"
    r"(?![^\W\d_])[.:=]?",
    re.IGNORECASE,
)
SIGNS = re.compile(r"[°º'′’\"″”;/]")
NUMBERS = re.compile(r"-?\d{1,3}(?:\.\d+)?(?: -?\d{1,3}(?:\.\d+)?)*")
PARTS = (2, 4, 6)
"""Numbers of two angles in degrees, in degrees and minutes, in degrees, minutes and seconds."""


def read_coordinates(written: str, city: City) -> tuple[float, float] | None:
    """(lon, lat) in EPSG:4326, in the order that lies in the city's box; none where neither does, or where
    it is not two angles and nothing else.

    >>> from geo.settings import DEFAULT_CITY
    >>> city = City.load(DEFAULT_CITY)
    >>> read_coordinates("71.43 51.13", city), read_coordinates("51 07.8, 71 25.8", city)
    ((71.43, 51.13), (71.43, 51.13))
    """
    west, south, east, north = city.bbox
    for first, second in _pairs(written):
        for lon, lat in ((second, first), (first, second)):
            if west <= lon <= east and south <= lat <= north:
                return round(lon, 7), round(lat, 7)
    return None


def lie_elsewhere(written: str, city: City) -> bool:
    """Whether it is a point of the earth and nothing else, with parts of a degree, and not of the city's box:
    two whole numbers may be a house of a street with a number.

    >>> from geo.settings import DEFAULT_CITY
    >>> city = City.load(DEFAULT_CITY)
    >>> [lie_elsewhere(one, city) for one in ("55.75, 37.61", "51.13, 71.43", "12 4")]
    [True, False, False]
    """
    if read_coordinates(written, city) is not None:
        return False
    return any(
        not (first.is_integer() and second.is_integer())
        and max(abs(first), abs(second)) <= 180
        and min(abs(first), abs(second)) <= 90
        for first, second in _pairs(written)
    )


def _pairs(written: str) -> Iterator[tuple[float, float]]:
    """The ways to read two angles, likeliest first: a comma is a decimal one where no point is."""
    bare = SIGNS.sub(" ", WORDS.sub(" ", written))
    decimal = re.sub(r"(?<=\d),(?=\d)", ".", bare)
    west = re.search(r"(?<![^\W\d_])(?:w|з\.?\s?д)(?![^\W\d_])", written, re.IGNORECASE) is not None
    for text in (bare, decimal) if "." in bare else (decimal, bare):
        plain = " ".join(text.replace(",", " ").split())
        numbers = [float(number) for number in plain.split()] if NUMBERS.fullmatch(plain) else []
        if len(numbers) in PARTS:
            half = len(numbers) // 2
            first, second = _angle(numbers[:half]), _angle(numbers[half:])
            if first is not None and second is not None:
                yield first, -second if west else second


def _angle(parts: list[float]) -> float | None:
    """Degrees; none where minutes or seconds are 60 or more, or degrees have a fraction beside minutes."""
    whole, *rest = parts
    if any(not 0 <= part < 60 for part in rest) or (rest and not whole.is_integer()):
        return None
    fraction = sum(part / 60**nth for nth, part in enumerate(rest, start=1))
    return whole - fraction if whole < 0 else whole + fraction
