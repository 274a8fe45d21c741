"""Scenes: what a wall shows, one TOML file each. `operations.toml` shows every key. A wrong file is refused with its line and key, never half shown."""
from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import radians, tan
from pathlib import Path

from dashboard.words import LANGUAGES
from geo.errors import InvalidInput, NotFound

FOLDER = Path(__file__).parent
FIGURES = ("inquiries", "one_take", "lost_calls", "police", "emergencies", "overdue")
MAP_LAYERS = ("basemap", "districts", "buildings", "precincts", "incidents", "density")
ARC_MINUTES = 20
CAPITAL_HEIGHT = 0.714
"""Of a capital letter of the house font, as a share of the font's size."""


@dataclass(frozen=True)
class Scene:
    """`centre` is EPSG:4326, lon, lat. `zoom` is that of a screen 1080 px high."""

    key: str
    names: Mapping[str, str]
    language: str
    refresh_s: float
    farthest_seat_m: float
    screen_height_m: float
    centre: tuple[float, float]
    zoom: int
    layers: tuple[str, ...]
    figures: tuple[str, ...]
    topics: int
    feeds: tuple[str, ...]
    one_take_percent: float
    lost_calls_percent: float

    @property
    def letter_share(self) -> float:
        """Font size of the smallest text as a share of the screen's height: its capitals are 20 minutes of arc high at the farthest seat.

        At 5 m from a screen 2.06 m high: 5 m * tan(20') = 29 mm, / 0.714 = 41 mm, / 2.06 m = 0.0198: 21 px of 1080."""
        return tan(radians(ARC_MINUTES / 60)) * self.farthest_seat_m / CAPITAL_HEIGHT / self.screen_height_m


def find_scene(key: str) -> Scene:
    """A shipped scene. Raises `NotFound` ("scene.unknown") with the scenes there are."""
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if key not in known:
        raise NotFound("scene.unknown", scene=key, known=", ".join(known))
    return load_scene(FOLDER / f"{key}.toml")


def load_scene(path: Path) -> Scene:
    """Read a scene file. Raises `InvalidInput`: "scene.file" when it cannot be read as TOML, "scene.key" (file, line, key, reason) for a wrong value."""
    try:
        source = path.read_text(encoding="utf-8")
        raw = tomllib.loads(source)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("scene.file", file=str(path), reason=str(error)) from error
    reader = _Reader(path, source, raw)
    reader.refuse_unknown()
    return Scene(
        key=reader.read("key", _text),
        names=reader.read("names", _names),
        language=reader.read("language", _one_of(LANGUAGES)),
        refresh_s=reader.read("refresh_s", _between(2, 3600)),
        farthest_seat_m=reader.read("farthest_seat_m", _between(0.3, 100)),
        screen_height_m=reader.read("screen_height_m", _between(0.1, 30)),
        centre=reader.read("map.centre", _lon_lat),
        zoom=int(reader.read("map.zoom", _between(6, 18))),
        layers=reader.read("map.layers", _some_of(MAP_LAYERS)),
        figures=reader.read("panels.figures", _some_of(FIGURES)),
        topics=int(reader.read("panels.topics", _between(0, 20))),
        feeds=reader.read("panels.feeds", _texts),
        one_take_percent=reader.read("goals.one_take_percent", _between(0, 100)),
        lost_calls_percent=reader.read("goals.lost_calls_percent", _between(0, 100)),
    )


KEYS = {
    "": {"key", "language", "refresh_s", "farthest_seat_m", "screen_height_m", "names", "map", "panels", "goals"},
    "names": set(LANGUAGES),
    "map": {"centre", "zoom", "layers"},
    "panels": {"figures", "topics", "feeds"},
    "goals": {"one_take_percent", "lost_calls_percent"},
}


@dataclass(frozen=True)
class _Reader:
    """The file being read, so that an error can name the line."""

    path: Path
    source: str
    raw: dict

    def read(self, key: str, check: Callable[[object], object]) -> object:
        """The value at a dotted key, checked."""
        value: object = self.raw
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise self.wrong(key, "missing")
            value = value[part]
        try:
            return check(value)
        except ValueError as error:
            raise self.wrong(key, str(error)) from error

    def refuse_unknown(self) -> None:
        """A misspelt key would otherwise be passed over in silence."""
        for table, known in KEYS.items():
            values = self.raw.get(table, {}) if table else self.raw
            for key in values if isinstance(values, dict) else ():
                if key not in known:
                    raise self.wrong(f"{table}.{key}".lstrip("."), f"unknown; known: {', '.join(sorted(known))}")

    def wrong(self, key: str, reason: str) -> InvalidInput:
        return InvalidInput("scene.key", file=str(self.path), line=_line_of(self.source, key), key=key, reason=reason)


def _line_of(source: str, key: str) -> int:
    """The line, from 1, of a dotted key, or of its table, or 1 where neither is written."""
    table, _, name = key.rpartition(".")
    inside, fallback = table == "", 1
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*\[([\w.]+)\]", line)
        if header:
            inside = header[1] == table
            fallback = number if inside or header[1] == key else fallback
        elif inside and re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return fallback


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is needed")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of texts is needed")
    return tuple(_text(item) for item in value)


def _names(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("a table of names is needed")
    missing = [lang for lang in LANGUAGES if not isinstance(value.get(lang), str)]
    if missing:
        raise ValueError(f"no name in {', '.join(missing)}")
    return dict(value)


def _one_of(known: tuple[str, ...]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in known:
            raise ValueError(f"one of {', '.join(known)} is needed")
        return str(value)

    return check


def _some_of(known: tuple[str, ...]) -> Callable[[object], tuple[str, ...]]:
    def check(value: object) -> tuple[str, ...]:
        return tuple(_one_of(known)(item) for item in _texts(value))

    return check


def _between(low: float, high: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"a number from {low} to {high} is needed")
        return float(value)

    return check


def _lon_lat(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("[lon, lat] is needed")
    return _between(-180, 180)(value[0]), _between(-85, 85)(value[1])
