"""Playlists: which scenes a wall shows in turn, and for how long; one TOML file each. `rotation.toml` shows every key. A wrong file is refused by line and key.

`/wall/<key>` takes a playlist's key or a scene's: a scene alone is a show of one that never ends.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboard.scenes import shipped
from dashboard.scenes.reading import Table, between, check_file, load_file, names, one_of, some_text
from geo.errors import InvalidInput, NotFound

FOLDER = Path(__file__).parent
SHORTEST_S, LONGEST_S = 3, 24 * 3600


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
    playlists = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if key in playlists:
        return load_playlist(FOLDER / f"{key}.toml")
    if key in shipped():
        return Show(key, key, (Turn(key, LONGEST_S),))
    raise NotFound("scene.unknown", scene=key, known=", ".join([*playlists, *shipped()]))


def load_playlist(path: Path) -> Show:
    """Read a playlist. Raises `InvalidInput`, the first of what `check_playlist` finds."""
    return load_file(path, _read)


def check_playlist(path: Path) -> tuple[Show | None, list[InvalidInput]]:
    """The show and all that is wrong with its file (`check_file`)."""
    return check_file(path, _read)


def _read(top: Table) -> Show:
    key, titles = top.read("key", some_text), names(top.table("names"))
    turns = tuple(_turn(table) for table in top.tables("scenes"))
    critical = top.read("critical", one_of([turn.scene for turn in turns if turn.scene]), optional=True)
    return Show(key, critical or next((turn.scene for turn in turns), ""), turns, titles)


def is_playlist(path: Path) -> bool:
    """Whether a file means to be one: it lists scenes. A file that cannot be read is none."""
    try:
        return re.search(r"^\s*\[\[scenes\]\]", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def _turn(table: Table) -> Turn:
    return Turn(table.read("scene", one_of(shipped())), table.read("seconds", between(SHORTEST_S, LONGEST_S)))
