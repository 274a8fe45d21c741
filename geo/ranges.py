"""The values that a column, a coordinate or a time can have, as types: a validator at the edge (a route's
body) reads the bounds from them. A number that stands in an address is read by `whole`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from annotated_types import Ge, Le, Lt
from pydantic import AwareDatetime

LARGEST = 2**63 - 1
"""The largest number that a column of the database holds."""
Id = Annotated[int, Ge(0), Le(LARGEST)]
"""An id or a version."""
Lon = Annotated[float, Ge(-180), Le(180)]
"""Degrees, EPSG:4326."""
Lat = Annotated[float, Ge(-90), Le(90)]
"""Degrees, EPSG:4326."""

DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
YEARS = (1900, 2200)
"""The first year of times that people and programs give, and the first that is none: nearer the ends of the
calendar a day before, a day after or another zone would be none."""
Moment = Annotated[
    AwareDatetime, Ge(datetime(YEARS[0], 1, 1, tzinfo=UTC)), Lt(datetime(YEARS[1], 1, 1, tzinfo=UTC))
]
"""With its zone."""
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
LATEST_S = 7_258_118_400
"""The year 2200, in seconds since 1970."""


def day_in(given: str) -> date | None:
    """ "2026-11-29"; none for what is none, is written otherwise, or lies outside the years.

    >>> day_in("2026-11-29"), day_in("20261129"), day_in("2026-W48-7"), day_in("0001-01-01")
    (datetime.date(2026, 11, 29), None, None, None)
    """
    if not DAY.fullmatch(given):
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if YEARS[0] <= day.year < YEARS[1] else None


def month_in(given: str) -> date | None:
    """The first day of "2026-11"; none for what is none, or lies outside the years.

    >>> month_in("2026-11"), month_in("0000-01"), month_in("9999-12"), month_in("\u0662\u0660\u0662\u0666-11")
    (datetime.date(2026, 11, 1), None, None, None)
    """
    return day_in(f"{given}-01") if MONTH.fullmatch(given) else None


def moment_in(given: str) -> datetime | None:
    """The same of a time, with its zone where one is written."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment if YEARS[0] <= moment.year < YEARS[1] else None


def whole(given: str, least: int = 0, most: int = LARGEST) -> int | None:
    """A whole number in plain digits, none for what is none or outside the bounds.

    >>> whole("12"), whole("\u0661\u0662"), whole("+1"), whole("0" * 5000), whole("7", most=5)
    (12, None, None, None, None)
    """
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(LARGEST))):
        return None
    number = int(given)
    return number if least <= number <= most else None


def decimal(given: str, least: float = -1e12, most: float = 1e12) -> float | None:
    """A number as JSON and programs write it, as a coordinate; none for what is none or outside the bounds.
    Python alone reads "5_1" and digits of other scripts too.

    >>> decimal("51.13"), decimal("-7e1"), decimal("5_1.13"), decimal("\u0665\u0661"), decimal("nan")
    (51.13, -70.0, None, None, None)
    """
    number = float(given) if DECIMAL.fullmatch(given) else None
    return number if number is not None and least <= number <= most else None
