"""What may fail, read from a file (`causes.toml` shows every key)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.errors import InvalidInput
from geo.rule_file import RuleFile
from geo.toml import Checks, TomlFile, keyed_tables
from geo.toml_values import are_all, in_every_language, is_number, is_one_of, is_whole

FILE = Path(__file__).with_name("causes.toml")
VARIABLE = "IKOMEK_WARNING_CAUSES"
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


def current_causes() -> tuple[Cause, ...]:
    """Those of a running city (`CAUSES`). Raises what `read_causes` raises."""
    return CAUSES.current(causes_file())


def causes_file() -> Path:
    return Path(os.environ.get(VARIABLE) or FILE)


def read_causes(path: Path | None = None) -> tuple[Cause, ...]:
    """In the file's order; without a path those of `IKOMEK_WARNING_CAUSES`, else of the software. Raises
    `InvalidInput` ("warning.causes" with the file, the line and the key that is wrong, "warning.file")."""
    file = TomlFile.read(path or causes_file(), "warning.file")
    checks: Checks = {
        "key": lambda value: isinstance(value, str) and value.isidentifier(),
        "topics": lambda value: are_all(value, str.strip) and value,
        "reach_m": lambda value: is_number(value, 1, LARGEST_REACH_M),
        "by": lambda value: is_one_of(value, BY),
        "least": lambda value: is_whole(value, 2, MOST_LEAST),
        "surprise": lambda value: is_number(value, 0.1, MOST_SURPRISE),
        "name": in_every_language,
    }
    tables = keyed_tables(file, "cause", checks, {}, "warning.causes")
    return tuple(Cause(**{**table, "topics": tuple(table["topics"])}) for table in tables)


def cause_name(key: str, lang: str) -> str:
    """Its key where the file does not have it, or is wrong: a warning is shown all the same."""
    try:
        causes = current_causes()
    except InvalidInput:
        return key
    return next((cause.name[lang] for cause in causes if cause.key == key), key)


CAUSES = RuleFile(read_causes)
