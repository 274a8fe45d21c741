"""A file of the wall (a scene, a playlist) being read: every value is checked, every mistake is kept with
the line it stands on, and a key that nobody asked for is a mistake too."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dashboard.words import LANGUAGES
from geo.errors import InvalidInput
from geo.toml import Keys, TomlFile
from geo.toml_values import is_number, is_one_of, is_whole

Check = Callable[[object], Any]
Read = TypeVar("Read")


class Wrong(Exception):
    """A finding of a check: a code and the parameters of its sentence; the reader adds file, line and key."""

    def __init__(self, code: str, **parameters: object) -> None:
        self.code, self.parameters = code, parameters
        super().__init__(code)


@dataclass
class Reader:
    """One file. `mistakes` grows while it is read."""

    file: TomlFile
    mistakes: list[InvalidInput] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    @property
    def top(self) -> Table:
        return Table(self, self.file.tables, ())

    def refuse_unread(self) -> None:
        """A misspelt key would otherwise be passed over in silence."""
        for table in self.tables:
            for key in table.values:
                if key not in table.known:
                    table.wrong(key, Wrong("scene.unknown_key", known=", ".join(sorted(table.known))))


@dataclass
class Table:
    """One table of the file. `keys`: the way to it, none of the top."""

    reader: Reader
    values: dict
    keys: Keys
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reader.tables.append(self)

    def read(self, key: str, check: Check, optional: bool = False) -> Any:
        """The value, checked; none where it is missing or wrong, which is a mistake unless it is optional
        and missing."""
        self.known.add(key)
        try:
            if key in self.values:
                return check(self.values[key])
            if not optional:
                raise Wrong("scene.missing")
        except Wrong as wrong:
            self.wrong(key, wrong)
        return None

    def table(self, key: str, optional: bool = False) -> Table:
        return Table(self.reader, self.read(key, _table, optional) or {}, (*self.keys, key))

    def tables(self, key: str) -> list[Table]:
        return [
            Table(self.reader, values, (*self.keys, key, number))
            for number, values in enumerate(self.read(key, _tables) or ())
        ]

    def wrong(self, key: str, wrong: Wrong) -> None:
        file = self.reader.file
        names = [name for name in self.keys if isinstance(name, str)]
        shown = ".".join([*names[-1:], key])
        line = file.line((*self.keys, key))
        self.reader.mistakes.append(
            InvalidInput(wrong.code, file=str(file.path), line=line, key=shown, **wrong.parameters)
        )


def check_file(path: Path, read: Callable[[Table], Read]) -> tuple[Read | None, list[InvalidInput]]:
    """What `read` makes of the file's top table, and all that is wrong with the file, by line; it is none
    unless nothing is. `read` must bear values that a mistake left none. A file that is no TOML has the one
    mistake "scene.file"."""
    try:
        reader = Reader(TomlFile.read(path, "scene.file"))
    except InvalidInput as unreadable:
        return None, [unreadable]
    found = read(reader.top)
    reader.refuse_unread()
    mistakes = sorted(reader.mistakes, key=lambda mistake: mistake.parameters["line"])
    return (None if mistakes else found), mistakes


def load_file(path: Path, read: Callable[[Table], Read]) -> Read:
    """Raises `InvalidInput`, the first of what `check_file` finds."""
    found, mistakes = check_file(path, read)
    if mistakes:
        raise mistakes[0]
    return found


def _table(value: object) -> dict:
    if not isinstance(value, dict):
        raise Wrong("scene.table")
    return value


def _tables(value: object) -> list[dict]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise Wrong("scene.tables")
    return value


def names(table: Table) -> dict[str, str]:
    """A text in every language."""
    return {lang: table.read(lang, some_text) for lang in LANGUAGES}


def some_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("scene.text")
    return value


def texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Wrong("scene.texts")
    return tuple(some_text(item) for item in value)


def one_of(known: Collection[str]) -> Check:
    def check(value: object) -> str:
        if not is_one_of(value, known):
            raise Wrong("scene.one_of", value=str(value)[:40], known=", ".join(known))
        return value

    return check


def some_of(known: Collection[str]) -> Check:
    return lambda value: tuple(one_of(known)(item) for item in texts(value))


def between(low: float, high: float) -> Check:
    def check(value: object) -> float:
        if not is_number(value, low, high):
            raise Wrong("scene.between", low=f"{low:g}", high=f"{high:g}")
        return float(value)

    return check


def whole(low: int, high: int) -> Check:
    def check(value: object) -> int:
        if not is_whole(value, low, high):
            raise Wrong("scene.whole", low=low, high=high)
        return value

    return check


def numbers(low: float, high: float) -> Check:
    def check(value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or not value:
            raise Wrong("scene.numbers")
        return tuple(between(low, high)(item) for item in value)

    return check


def lon_lat(value: object) -> tuple[float, float]:
    """EPSG:4326, lon, lat."""
    if not isinstance(value, list) or len(value) != 2:
        raise Wrong("scene.lon_lat")
    return between(-180, 180)(value[0]), between(-85, 85)(value[1])
