"""A TOML file that a person wrote (a feed's declaration, a scene, a playlist), and where each key stands in
it: a mistake is told by its line, which `tomllib` does not keep."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from geo.errors import InvalidInput, LineMistake
from geo.ranges import LARGEST
from geo.written_text import read_written

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
ASSIGNMENT = re.compile(r"^\s*([\w.\"'-]+)\s*=")

MANY_DIGITS = re.compile(rf"[0-9](?:_?[0-9]){{{sys.get_int_max_str_digits()}}}")
TOO_LARGE = "a whole number has more than 64 bits"
"""What TOML itself forbids; larger ones can neither be kept nor, from some size on, be written out."""

Checks = Mapping[str, Callable[[Any], object]]
"""Key -> whether a value (none where there is none) can be taken."""
Keys = tuple[str | int, ...]
"""The way to a table or a value: names, and the number (from 0) of a table among those of `[[name]]`."""


@dataclass(frozen=True)
class TomlFile:
    path: Path
    text: str
    tables: dict[str, Any]

    @classmethod
    def read(cls, path: Path, code: str) -> TomlFile:
        """Raises `InvalidInput` (`code`) when it cannot be read as TOML, the reason names the line;
        "file.not_utf8"."""
        text = read_written(path, code)
        try:
            file = cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput(code, file=str(path), reason=str(error)) from error
        except ValueError:  # Python reads no whole number of so many digits
            raise InvalidInput(
                code, file=str(path), reason=f"{TOO_LARGE} (at line {_digits(text)})"
            ) from None
        except RecursionError:
            raise InvalidInput(code, file=str(path), reason="values are nested too deeply") from None
        for keys in _too_large((), file.tables):
            raise InvalidInput(code, file=str(path), reason=f"{TOO_LARGE} (at line {file.line(keys)})")
        return file

    def line(self, keys: Keys) -> int:
        """The line (from 1) of a key; where it is not there itself, of what is nearest on the way to it,
        else 1."""
        shared, line = max(
            ((_shared(keys, found), -number) for found, number in self.headings), default=(0, -1)
        )
        return -line if shared else 1

    @cached_property
    def headings(self) -> list[tuple[Keys, int]]:
        """Every header and key of the file, and its line."""
        section: Keys = ()
        latest: dict[Keys, int] = {}
        headings = []
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := HEADER.match(line):
                section = _section(_names(header[2]), header[1] == "[[", latest)
                headings.append((section, number))
            elif key := ASSIGNMENT.match(line):
                headings.append(((*section, *_names(key[1])), number))
        return headings


def keyed_tables(
    file: TomlFile, name: str, checks: Checks, defaults: Mapping[str, Any], code: str
) -> list[dict[str, Any]]:
    """The tables `[[name]]`, of which a file holds nothing else, with `defaults` for what they leave out;
    each has a `key` of its own. Raises `InvalidInput` (`code` with the file, the line, the key and its
    value)."""
    tables = file.tables.get(name, [])
    if set(file.tables) - {name}:
        raise wrong(file, (name,), name, ", ".join(file.tables), code)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise wrong(file, (name,), name, tables, code)
    filled = [_checked(file, (name, n), table, checks, defaults, code) for n, table in enumerate(tables)]
    for n, table in enumerate(filled):
        if table["key"] in [before["key"] for before in filled[:n]]:
            raise wrong(file, (name, n, "key"), "key", table["key"], code)
    return filled


def wrong(file: TomlFile, keys: Keys, key: str, value: object, code: str) -> InvalidInput:
    """`key` cannot have `value`, told with its line."""
    return InvalidInput(code, file=str(file.path), line=file.line(keys), key=key, value=str(value)[:60])


class TomlChecker:
    """All that is wrong with a file, by line: `mistakes`, in the order in which they were found."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.mistakes: list[LineMistake] = []

    def add(self, at: Keys, code: str, **parameters: object) -> None:
        self.mistakes.append(LineMistake(self.file.line(at), code, parameters))

    def known(self, row: Mapping[str, Any], at: Keys, known: frozenset[str]) -> None:
        """A mistake ("unknown") for each key that no table of its kind has."""
        for name in sorted(row.keys() - known):
            self.add((*at, name), "unknown", key=name[:40], known=", ".join(sorted(known)))

    def number(
        self, row: Mapping[str, Any], at: Keys, name: str, low: float, high: float, whole: bool = False
    ) -> float | None:
        """None, and a mistake ("number"), where there is none from `low` to `high`."""
        value = row.get(name)
        if type(value) is int or (not whole and type(value) is float):
            if low <= value <= high:
                return float(value)
        self.add((*at, name), "number", key=name, low=low, high=high)
        return None


def _checked(
    file: TomlFile,
    at: Keys,
    table: Mapping[str, Any],
    checks: Checks,
    defaults: Mapping[str, Any],
    code: str,
) -> dict[str, Any]:
    for unknown in sorted(set(table) - set(checks)):
        raise wrong(file, (*at, unknown), unknown, table[unknown], code)
    given = {**defaults, **table}
    for key, holds in checks.items():
        if not holds(given.get(key)):
            raise wrong(file, (*at, key), key, given.get(key), code)
    return given


def _digits(text: str) -> int:
    """The line of the first number that Python does not read."""
    found = MANY_DIGITS.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _too_large(at: Keys, value: object) -> Iterator[Keys]:
    """The ways to whole numbers beyond 64 bits."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _too_large((*at, key), one)
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from _too_large((*at, n), one)
    elif type(value) is int and not -LARGEST <= value <= LARGEST:
        yield at


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]


def _section(names: list[str], one_of_many: bool, latest: dict[Keys, int]) -> Keys:
    """The way to a header's table. `latest`: the number of the last table of each `[[name]]` so far."""
    keys: Keys = ()
    for name in names[:-1]:
        keys = (*keys, name)
        keys = (*keys, latest[keys]) if keys in latest else keys
    keys = (*keys, names[-1])
    if one_of_many:
        latest[keys] = latest.get(keys, -1) + 1
        return (*keys, latest[keys])
    return keys


def _shared(keys: Keys, found: Keys) -> int:
    """How far two ways are one."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(keys, found)))
