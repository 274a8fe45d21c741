"""Playlists: which scenes a wall shows in turn, and for how long; one TOML file each. `rotation.toml` shows every key. A wrong file is refused by line and key.

`/wall/<key>` takes a playlist's key or a scene's: a scene alone is a show of one that never ends.
"""
from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboard.scenes import FOLDER as SCENES
from dashboard.words import LANGUAGES
from geo.errors import InvalidInput, NotFound

FOLDER = Path(__file__).parent
SHORTEST_S, LONGEST_S = 3, 24 * 3600
KEYS = {"key", "critical", "names", "scenes"}


@dataclass(frozen=True)
class Turn:
    scene: str
    seconds: float


@dataclass(frozen=True)
class Show:
    """What one address shows. `critical`: the scene that a critical incident takes. `names` by language; none for a scene alone, which has its own."""

    key: str
    critical: str
    turns: tuple[Turn, ...]
    names: Mapping[str, str] | None = None

    @property
    def scenes(self) -> tuple[str, ...]:
        """Each of them once, in the order of the file."""
        return tuple(dict.fromkeys(turn.scene for turn in self.turns))

    def running(self, now: float) -> str:
        """The scene of a moment, seconds since 1970: turns follow one another from the beginning of 1970 on. `assets/wall_turns.js` reckons alike."""
        left = now % sum(turn.seconds for turn in self.turns)
        for turn in self.turns:
            left -= turn.seconds
            if left < 0:
                return turn.scene
        return self.turns[-1].scene

    def as_json(self) -> dict:
        return {"key": self.key, "critical": self.critical, "turns": [[turn.scene, turn.seconds] for turn in self.turns]}


def shows() -> list[Show]:
    """Every shipped playlist by its key."""
    return [load_playlist(path) for path in sorted(FOLDER.glob("*.toml"))]


def find_show(key: str) -> Show:
    """A playlist, or a scene alone. Raises `NotFound` ("scene.unknown") with what there is."""
    playlists, scenes = (sorted(path.stem for path in folder.glob("*.toml")) for folder in (FOLDER, SCENES))
    if key in playlists:
        return load_playlist(FOLDER / f"{key}.toml")
    if key in scenes:
        return Show(key, key, (Turn(key, LONGEST_S),))
    raise NotFound("scene.unknown", scene=key, known=", ".join(playlists + scenes))


def load_playlist(path: Path) -> Show:
    """Read a playlist. Raises `InvalidInput`: "scene.file" when it is no TOML, "scene.key" (file, line, key, reason) for a wrong value."""
    try:
        source = path.read_text(encoding="utf-8")
        raw = tomllib.loads(source)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("scene.file", file=str(path), reason=str(error)) from error
    try:
        return _read(raw)
    except _Wrong as wrong:
        raise InvalidInput("scene.key", file=str(path), line=_line_of(source, wrong.key, wrong.entry), key=wrong.shown, reason=wrong.reason) from wrong


def is_playlist(path: Path) -> bool:
    """Whether a file means to be one: it lists scenes. A file that cannot be read is none."""
    try:
        return re.search(r"^\s*\[\[scenes\]\]", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


class _Wrong(ValueError):
    """`entry`: in which of the scenes, from 0."""

    def __init__(self, key: str, reason: str, entry: int | None = None) -> None:
        super().__init__(reason)
        self.key, self.reason, self.entry = key, reason, entry
        self.shown = key if entry is None else f"scenes.{key}"


def _read(raw: dict) -> Show:
    for key in raw:
        _need(key in KEYS, key, f"unknown; known: {', '.join(sorted(KEYS))}")
    names = raw.get("names", {})
    for lang in LANGUAGES:
        _need(isinstance(names.get(lang), str), f"names.{lang}", "a name is needed")
    entries = raw.get("scenes")
    _need(isinstance(entries, list) and bool(entries), "scenes", "at least one is needed")
    turns = tuple(_turn(entry, place) for place, entry in enumerate(entries))
    _need(isinstance(raw.get("key"), str) and re.fullmatch(r"[\w-]+", raw["key"]) is not None, "key", "letters, digits, - and _ are needed")
    critical = raw.get("critical", turns[0].scene)
    _need(critical in {turn.scene for turn in turns}, "critical", "one of the scenes below is needed")
    return Show(raw["key"], critical, turns, dict(names))


def _turn(entry: dict, place: int) -> Turn:
    known = sorted(path.stem for path in SCENES.glob("*.toml"))
    for key in entry:
        _need(key in ("scene", "seconds"), key, "unknown; known: scene, seconds", place)
    _need(entry.get("scene") in known, "scene", f"one of {', '.join(known)} is needed", place)
    seconds = entry.get("seconds")
    fits = isinstance(seconds, int | float) and not isinstance(seconds, bool) and SHORTEST_S <= seconds <= LONGEST_S
    _need(fits, "seconds", f"a number from {SHORTEST_S} to {LONGEST_S} is needed", place)
    return Turn(entry["scene"], float(seconds))


def _need(holds: bool, key: str, reason: str, entry: int | None = None) -> None:
    if not holds:
        raise _Wrong(key, reason, entry)


def _line_of(source: str, key: str, entry: int | None) -> int:
    """The line, from 1, of a key: at the top, in its table (`names.ru`), or in one of the scenes; else of the table it belongs into; else 1."""
    table, _, name = key.rpartition(".")
    wanted = ("scenes", entry) if entry is not None else (table, None)
    here: tuple[str, int | None] = ("", None)
    seen, fallback = -1, 1
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)([\w.]+)\]", line)
        if header:
            seen += header[1] == "[["
            here = (header[2], seen if header[1] == "[[" else None)
            fallback = number if here == wanted or header[2] == key else fallback
        elif here == wanted and re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return fallback
