"""A city's file being read: every value is checked, and one that is missing or wrong is told with its line
and its key. A check returns the value as it is used, and raises `ValueError` with what it would take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.errors import InvalidInput
from geo.toml import Keys, TomlFile
from geo.toml_values import is_number, is_whole

Read = TypeVar("Read")
REQUIRED = object()
MOST = 2**31 - 1
MOST_VOTERS = 1_000_000
DESK = {"reopen_days": (0, 3650), "sample_one_in": (1, 1_000_000), "check_days": (0, 3650)}
"""Names of `geo.desk.rules`, each with the least and the most it may be."""
SPAN = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)")


@dataclass(frozen=True)
class CityTable:
    """One table of the file; `at` is the way to it, empty for the file's own keys."""

    file: TomlFile
    values: dict[str, Any]
    at: Keys

    @classmethod
    def one(cls, file: TomlFile, name: str) -> CityTable:
        """Raises `InvalidInput` ("city.key")."""
        return cls(file, cls(file, file.tables, ()).take(name, table), (name,))

    @classmethod
    def several(cls, file: TomlFile, name: str) -> list[CityTable]:
        """The tables `[[name]]`, at least one. Raises `InvalidInput` ("city.key")."""
        found = cls(file, file.tables, ()).take(name, tables)
        return [cls(file, values, (name, number)) for number, values in enumerate(found)]

    def take(self, key: str, check: Callable[[Any], Read], default: Any = REQUIRED) -> Read:
        """Raises `InvalidInput` ("city.key")."""
        if key not in self.values and default is not REQUIRED:
            return default
        try:
            if key not in self.values:
                raise ValueError("missing")
            return check(self.values[key])
        except ValueError as error:
            way = (*self.at, key)
            shown = ".".join(str(one) for one in way if isinstance(one, str))
            line, reason = self.file.line(way), str(error)
            raise InvalidInput(
                "city.key", file=str(self.file.path), line=line, key=shown, reason=reason
            ) from error


def table(value: object) -> dict[str, Any]:
    return _need(value, isinstance(value, dict), "a table")


def tables(value: object) -> list[dict[str, Any]]:
    fine = isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    return _need(value, fine, "tables, each with a header in two pairs of brackets")


def some_text(value: object) -> str:
    return _need(value, isinstance(value, str) and value.strip() and value.isprintable(), "a text")


def texts(value: object) -> tuple[str, ...]:
    return tuple(map(some_text, _need(value, isinstance(value, list), "a list of texts")))


def some_texts(value: object) -> tuple[str, ...]:
    return _need(texts(value), value, "a list of texts")


def texts_by_name(value: object) -> dict[str, str]:
    """A whole number is its digits."""
    given = {name: str(one) if type(one) is int else one for name, one in table(value).items()}
    return {str(name): some_text(one) for name, one in given.items()}


def numbers_by_name(value: object) -> dict[str, int]:
    return {str(name): whole(0, MOST)(one) for name, one in table(value).items()}


def desk_numbers(value: object) -> dict[str, int]:
    for name in table(value):
        _need(name, name in DESK, ", ".join(DESK))
    return {name: whole(*DESK[name])(one) for name, one in table(value).items()}


def whole(least: int, most: int) -> Callable[[object], int]:
    return lambda value: _need(value, is_whole(value, least, most), f"a whole number, {least} to {most}")


def number(least: float, most: float) -> Callable[[object], float]:
    return lambda value: float(_need(value, is_number(value, least, most), f"a number, {least} to {most}"))


def zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(some_text(value))
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"a time zone, as Europe/Paris: {value}"[:100]) from error


def point(value: object) -> tuple[float, float]:
    """EPSG:4326, lon, lat."""
    lon, lat = _need(value, isinstance(value, list) and len(value) == 2, "[lon, lat]")
    return number(-180, 180)(lon), number(-90, 90)(lat)


def box(value: object) -> tuple[float, float, float, float]:
    """EPSG:4326: west, south, east, north."""
    shape = "[west, south, east, north]"
    given = _need(value, isinstance(value, list) and len(value) == 4, shape)
    (west, south), (east, north) = point(given[:2]), point(given[2:])
    _need(value, west < east and south < north, shape)
    return west, south, east, north


def day(value: object) -> date:
    return _need(value, isinstance(value, date) and not isinstance(value, datetime), "a day, as 2026-11-29")


def days_of_year(value: object) -> tuple[tuple[int, int], ...]:
    """(month, day) of "01-31"."""
    found = [date.fromisoformat(f"2024-{one}") for one in some_texts(value)]
    return tuple((one.month, one.day) for one in found)


def spans(value: object) -> tuple[str, ...]:
    """The hours of a working day, one span after another."""
    found = some_texts(value)
    for one in found:
        begins, _, ends = one.partition("-")
        _need(one, SPAN.fullmatch(one) and begins < ends, "spans of hours, as 09:00-13:00")
    return found


def weekdays(value: object) -> tuple[int, ...]:
    """1 = Monday."""
    return tuple(map(whole(1, 7), _need(value, isinstance(value, list) and value, "a list of 1 to 7")))


def _need(value: Any, holds: object, wanted: str) -> Any:
    if not holds:
        raise ValueError(f"{wanted}: {str(value)[:60]}")
    return value
