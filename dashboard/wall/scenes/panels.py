"""The kinds of panels and the keys that each takes in a scene file.

A key that ends in `?` may be left out. What it means:

`centre`, `zoom`     EPSG:4326 [lon, lat] and the zoom of a screen 1080 px high; a finer screen shows the
                     same ground with more pixels
`layers`             of the map, from `MAP_LAYERS`
`kinds`              only incidents of these kinds; left out = all
`district`           only this district, by its key ("esil"); left out = the city
`figures`            which, from `FIGURES`
`rows`               at most so many; fewer where they do not fit
`of`                 what is counted by the hour: "inquiries" or a kind of incident
`level`              whose indicators: operators, inspectors or performers; `figures` of a level are its own
`names`              of the rating: "posts", and none below the threshold; or "people"; left out = posts

To add a kind:

1. `layers/panels/NAME.py`, or a module there: its figures, `(connection, request) -> dict`; a new module has
   its line in `layers/panels/__init__.py`
2. `layers/panels/kinds.py`: a line in SOURCES
3. `dashboard/wall/scenes/panels.py`: a line in PANELS with its keys; a new key has its meaning above, its
   check in CHECKS and, if figures depend on it, its field with a default in `layers/panels/requests.py`
4. `assets/wall/NAME.js`: `wall.panels.NAME = {draw, live, feeds}` (`assets/wall.js` says what they are); of
   an `ol` in its body the rows that do not fit are left out, each whole; its line in `assets/README.md`
5. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: its title, "wall.panel.NAME", in each language; one
   without a title stands in UNTITLED of `dashboard/wall/scenes/frame.py`
6. `tests/layers/panels/test_NAME.py`: its figures against the same, counted row by row
7. if it looks like no other, `assets/wall/NAME.css`: letters in multiples of `--letter`; its line in
   `assets/README.md`
8. if it grows, or goes before others where room is short, `assets/wall/fit.js`: GROWS, WORTH

The cap of voters in a precinct, and from which share of it a precinct is named, are settings of the city
([precincts] in its file).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.wall.scenes.reading import Check, Table, Wrong, lon_lat, one_of, some_of, some_text, whole
from geo.incidents.model import KINDS
from geo.statistics.definitions import LEVELS

FIGURES = (
    "inquiries",
    "one_take",
    "lost_calls",
    "police",
    "emergencies",
    "offences",
    "overdue",
    "open",
    "urgent",
    "closed",
    "on_time",
)
"""The figures of the city; those of a level are in `geo.statistics.definitions.LEVELS`."""
MAP_LAYERS = ("basemap", "districts", "buildings", "precincts", "incidents", "density")
OF = ("inquiries", *KINDS)
NAMES = ("posts", "people")

CHECKS: Mapping[str, Check] = {
    "centre": lon_lat,
    "zoom": whole(6, 18),
    "layers": some_of(MAP_LAYERS),
    "kinds": some_of(KINDS),
    "district": some_text,
    "figures": some_of((*FIGURES, *dict.fromkeys(figure.key for of in LEVELS.values() for figure in of))),
    "rows": whole(1, 40),
    "of": one_of(OF),
    "level": one_of(LEVELS),
    "names": one_of(NAMES),
}
PANELS: Mapping[str, tuple[str, ...]] = {
    "map": ("centre", "zoom", "layers", "kinds?", "district?"),
    "district": ("district",),
    "figures": ("figures", "level?", "kinds?", "district?"),
    "attention": ("kinds?", "district?"),
    "flood": (),
    "topics": ("rows",),
    "channels": ("rows",),
    "categories": ("rows", "kinds?", "district?"),
    "hours": ("of",),
    "indicators": ("level",),
    "performers": ("rows",),
    "rating": ("names?",),
    "tagging": (),
    "precincts": ("rows",),
    "loads": (),
    "plan": (),
    "days": (),
}


@dataclass(frozen=True)
class Panel:
    """`column` counts from 1. `options`: the keys of its kind, without those left out."""

    kind: str
    column: int
    options: Mapping[str, Any]


def read_panel(table: Table, columns: int) -> Panel:
    """One `[[panels]]` of a file."""
    kind = table.read("kind", one_of(PANELS))
    column = table.read("column", _column(columns))
    options = {}
    for name in PANELS.get(kind, ()):
        key = name.rstrip("?")
        value = table.read(key, CHECKS[key], optional=name.endswith("?"))
        if value is not None:
            options[key] = value
    if kind == "figures":
        _check_level(table, options)
    if kind is None:
        table.known.update(table.values)
    return Panel(kind, column, options)


def _check_level(table: Table, options: Mapping[str, Any]) -> None:
    """A figure that its panel does not read would stand there without a value for ever."""
    level = options.get("level")
    known = [figure.key for figure in LEVELS[level]] if level else FIGURES
    for key in options.get("figures", ()):
        if key not in known:
            table.wrong("figures", Wrong("scene.one_of", value=key, known=", ".join(known)))
            return


def _column(columns: int) -> Check:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= columns:
            raise Wrong("scene.column", columns=columns)
        return value

    return check
