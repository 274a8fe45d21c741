"""Playlists: which scenes a wall shows in turn, and for how long; one TOML file each. `rotation.toml`
shows every key. A wrong file is refused by line and key.

`/wall/<key>` takes a playlist's key or a scene's: a scene alone is a show of one that never ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from dashboard.wall.scenes import shipped
from dashboard.wall.scenes.reading import (
    Table,
    Wrong,
    between,
    check_file,
    load_file,
    names,
    one_of,
    some_of,
    some_text,
)
from geo.errors import InvalidInput, NotFound

FOLDER = Path(__file__).parent
SHORTEST_S, LONGEST_S = 3, 24 * 3600


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Turn:
    """`days`: ISO weekdays (1 = Monday), none = all. `from_min`, `until_min`: minutes of the city's day;
    from a later to an earlier one is over midnight."""

    scene: str
    seconds: float
    days: tuple[int, ...] = ()
    from_min: int = 0
    until_min: int = 24 * 60

    def is_on(self, at: datetime) -> bool:
        """Whether it is on at a moment of the city's clock."""
        minute = at.hour * 60 + at.minute
        inside = (
            self.from_min <= minute < self.until_min
            if self.from_min <= self.until_min
            else minute >= self.from_min or minute < self.until_min
        )
        return inside and (not self.days or at.isoweekday() in self.days)

    def as_json(self) -> list:
        always = not self.days and (self.from_min, self.until_min) == (0, 24 * 60)
        return [
            self.scene,
            self.seconds,
            None
            if always
            else {"days": list(self.days) or None, "from": self.from_min, "until": self.until_min},
        ]


@dataclass(frozen=True)
class Show:
    """What one address shows. `critical`: the scene that a critical incident takes. `names` by language;
    none for a scene alone, which has its own."""

    key: str
    critical: str
    turns: tuple[Turn, ...]
    names: Mapping[str, str] | None = None

    @property
    def scenes(self) -> tuple[str, ...]:
        """Each of them once, in the order of the file."""
        return tuple(dict.fromkeys(turn.scene for turn in self.turns))

    def running(self, now: float, zone: tzinfo) -> str:
        """The scene of a moment, seconds since 1970, of those whose hours it is by the city's clock, of
        all where it is nobody's: turns follow one another from the beginning of 1970 on.
        `assets/wall/turns.js` reckons alike."""
        at = datetime.fromtimestamp(now, zone)
        turns = [turn for turn in self.turns if turn.is_on(at)] or self.turns
        left = now % sum(turn.seconds for turn in turns)
        for turn in turns:
            left -= turn.seconds
            if left < 0:
                return turn.scene
        return turns[-1].scene

    def as_json(self) -> dict:
        return {"key": self.key, "critical": self.critical, "turns": [turn.as_json() for turn in self.turns]}


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
    scene, seconds = (
        table.read("scene", one_of(shipped())),
        table.read("seconds", between(SHORTEST_S, LONGEST_S)),
    )
    days = table.read("days", some_of(DAYS), optional=True) or ()
    begins, ends = (table.read(key, _minutes, optional=True) for key in ("from", "until"))
    return Turn(
        scene,
        seconds,
        tuple(DAYS.index(day) + 1 for day in days),
        begins or 0,
        24 * 60 if ends is None else ends,
    )


def _minutes(value: object) -> int:
    """The minutes since midnight of a time of day, "00:00" to "24:00"."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("scene.time_of_day")
    hours, minutes = (int(part) for part in found.groups() if part is not None)
    return hours * 60 + minutes
