"""Scenes: what a wall shows, one TOML file each. Copy a shipped one; `./ikomek wall check FILE` names
every mistake with its line.

```
key = "operations"            the file's name without .toml
language = "ru"               kk, ru or en; ?lang= in the address goes before it
theme = "light"               for a bright room; left out = dark; ?theme= in the address goes before it
refresh_s = 4                 how often figures are asked for, seconds, 2 to 3600
farthest_seat_m = 4.4         from the screen to the farthest seat, metres: the smallest letter is 20
                              minutes of arc high there
screen_height_m = 2.06        of the lit screen, metres; ?seat_m= and ?screen_m= in the address go before
                              both
columns = [0, 30]             widths from left to right in letters of the smallest text; those with 0
                              share what is left
feeds = ["inquiries", ...]    whose ages stand in the footer
[names]                       kk, ru, en
[goals]                       optional: one_take, lost_calls, answered_15, answered_20, classified,
                              escalated, on_time, returned in percent, answer in seconds
[[panels]]                    in the order of their columns, top to bottom; `kind` and `column` (from 1),
                              and by kind what `PANELS` in `panels.py` says
```

A screen that is small for its farthest seat has another layout: fewer columns, panels, boxes and rows, in
that order, each whole or not there, never smaller letters (`assets/wall/layout.js`, `assets/wall/fit.js`).
Beyond the seat at which one line would take more than 12 % of its height the file and the page are
refused. A wrong file is refused, never half shown. Read in this order: `reading` (the file and its lines),
`panels` (the kinds), this module.

* `fit_to_city`: a scene's map in a city that it was not drawn for
* `frame`: the frame of a scene as HTML: header, columns of panels, footer
* `panels`: kinds of panels and the keys each takes in a scene's file; a new kind begins here
* `reading`: reading a TOML file of the wall: types and bounds of values, mistakes with their lines
* `requests`: which request to layers.panels.kinds each panel makes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor, radians, tan
from pathlib import Path

from dashboard.wall.scenes.panels import Panel, read_panel
from dashboard.wall.scenes.reading import (
    Table,
    Wrong,
    between,
    check_file,
    load_file,
    names,
    numbers,
    one_of,
    some_text,
    texts,
)
from dashboard.words import LANGUAGES
from geo.errors import InvalidInput, NotFound
from geo.statistics.definitions import LEVELS

FOLDER = Path(__file__).parent
FIRST = "operations"
GOALS = tuple(figure.key for of in LEVELS.values() for figure in of)
THEMES = ("dark", "light")
ARC_MINUTES = 20
CAPITAL_HEIGHT = 0.714
"""The height of a capital letter of the house font, as a share of the font's size."""
SEAT_M, SCREEN_M = (0.3, 100.0), (0.1, 30.0)
MOST_SHARE = 0.12
"""The largest share of the screen's height that a letter may have: one line then takes all that header and
footer may (`assets/wall/layout.js`)."""


@dataclass(frozen=True)
class Scene:
    """`columns` in letters, 0 = shares the rest. `goals` in percent, of an answer in seconds, without those
    that the file does not state."""

    key: str
    names: Mapping[str, str]
    language: str
    refresh_s: float
    farthest_seat_m: float
    screen_height_m: float
    columns: tuple[float, ...]
    feeds: tuple[str, ...]
    goals: Mapping[str, float]
    panels: tuple[Panel, ...]
    theme: str = "dark"

    @property
    def letter_share(self) -> float:
        """Font size of the smallest text as a share of the screen's height: its capitals are 20 minutes of
        arc high at the farthest seat.

        At 5 m from a screen 2.06 m high: 5 m * tan(20') = 29 mm, / 0.714 = 41 mm, / 2.06 m = 0.0198: 21 px
        of 1080."""
        return tan(radians(ARC_MINUTES / 60)) * self.farthest_seat_m / CAPITAL_HEIGHT / self.screen_height_m

    @property
    def farthest_m(self) -> float:
        """The farthest seat that the screen can serve, metres, to a decimetre below: 10 m from one of
        0.685 m."""
        return (
            floor(MOST_SHARE * CAPITAL_HEIGHT * self.screen_height_m / tan(radians(ARC_MINUTES / 60)) * 10)
            / 10
        )

    def in_theme(self, theme: str | None) -> Scene:
        return replace(self, theme=theme) if theme in THEMES else self

    def seen_from(self, seat_m: float | None, screen_m: float | None) -> Scene:
        """The same scene in another room; none = as in the file."""
        return replace(
            self,
            farthest_seat_m=seat_m or self.farthest_seat_m,
            screen_height_m=screen_m or self.screen_height_m,
        )


def shipped() -> tuple[str, ...]:
    """The keys of the scenes there are, the first one first."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda key: (key != FIRST, key)))


def find_scene(key: str) -> Scene:
    """A shipped scene. Raises `NotFound` ("scene.unknown") with the scenes there are."""
    if key not in shipped():
        raise NotFound("scene.unknown", scene=key, known=", ".join(shipped()))
    return load_scene(FOLDER / f"{key}.toml")


def load_scene(path: Path) -> Scene:
    """Read a scene file. Raises `InvalidInput`, the first of what `check_scene` finds."""
    return load_file(path, _read)


def check_scene(path: Path) -> tuple[Scene | None, list[InvalidInput]]:
    """The scene and all that is wrong with its file (`check_file`)."""
    return check_file(path, _read)


def _read(top: Table) -> Scene:
    columns = top.read("columns", numbers(0, 200)) or (0,)
    goals = top.table("goals", optional=True)
    scene = Scene(
        key=top.read("key", some_text),
        names=names(top.table("names")),
        language=top.read("language", one_of(LANGUAGES)),
        refresh_s=top.read("refresh_s", between(2, 3600)),
        theme=top.read("theme", one_of(THEMES), optional=True) or "dark",
        farthest_seat_m=top.read("farthest_seat_m", between(*SEAT_M)),
        screen_height_m=top.read("screen_height_m", between(*SCREEN_M)),
        columns=columns,
        feeds=top.read("feeds", texts),
        goals={
            key: value
            for key in GOALS
            if (value := goals.read(key, between(0, 100), optional=True)) is not None
        },
        panels=tuple(read_panel(table, len(columns)) for table in top.tables("panels")),
    )
    if scene.farthest_seat_m and scene.screen_height_m and scene.farthest_seat_m > scene.farthest_m:
        top.wrong(
            "farthest_seat_m",
            Wrong("scene.too_far", farthest=f"{scene.farthest_m:g}", screen=f"{scene.screen_height_m:g}"),
        )
    return scene
