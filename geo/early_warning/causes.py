"""What may fail, read from a file (`causes.toml` shows every key)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geo.errors import InvalidInput
from geo.toml import Checks, TomlFile, all_of, keyed_tables

FILE = Path(__file__).with_name("causes.toml")
VARIABLE = "IKOMEK_WARNING_CAUSES"
LANGUAGES = ("kk", "ru", "en")
BY = ("circle", "line", "performer")
LARGEST_REACH_M, MOST_LEAST, MOST_SURPRISE = 100_000, 1000, 1000


@dataclass(frozen=True)
class Cause:
    key: str
    topics: tuple[str, ...]
    reach_m: float
    by: str
    least: int
    surprise: float
    name: Mapping[str, str]


@lru_cache(maxsize=4)
def read_causes(path: Path | None = None) -> tuple[Cause, ...]:
    """In the file's order; without a path those of `IKOMEK_WARNING_CAUSES`, else of the software. Raises
    `InvalidInput` ("warning.causes" with the file, the line and the key that is wrong, "warning.file")."""
    file = TomlFile.read(path or Path(os.environ.get(VARIABLE) or FILE), "warning.file")
    checks: Checks = {
        "key": lambda value: isinstance(value, str) and value.isidentifier(),
        "topics": lambda value: all_of(value, bool) and value,
        "reach_m": lambda value: _is_number(value, 1, LARGEST_REACH_M),
        "by": lambda value: value in BY,
        "least": lambda value: type(value) is int and 2 <= value <= MOST_LEAST,
        "surprise": lambda value: _is_number(value, 0.1, MOST_SURPRISE),
        "name": lambda value: (
            isinstance(value, dict) and set(value) == set(LANGUAGES) and all(value.values())
        ),
    }
    tables = keyed_tables(file, "cause", checks, {}, "warning.causes")
    return tuple(Cause(**{**table, "topics": tuple(table["topics"])}) for table in tables)


def cause_name(key: str, lang: str) -> str:
    """Its key where the file does not have it, or is wrong: a warning is shown all the same."""
    try:
        causes = read_causes()
    except InvalidInput:
        return key
    return next((cause.name[lang] for cause in causes if cause.key == key), key)


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
