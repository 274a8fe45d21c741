"""The kinds of incident and the layers that a screen's token opens: those of the scenes of its show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dashboard.wall.playlists import find_show
from dashboard.wall.scenes import find_scene
from dashboard.wall.scenes.panels import Panel
from geo.accounts.users import Shown
from geo.errors import NotFound

OUTLINES = "districts"
"""Every map finds its way by them."""


@cache
def shown_on(show: str) -> Shown:
    """The show by the key of a playlist or of a scene alone; nothing where there is none (any more)."""
    try:
        panels = [panel for scene in find_show(show).scenes for panel in find_scene(scene).panels]
    except NotFound:
        return Shown()
    layers = {
        layer for panel in panels if panel.kind == "map" for layer in (OUTLINES, *panel.options["layers"])
    }
    dotted = [panel for panel in panels if has_incidents(panel)]
    districts = None
    if all("district" in panel.options for panel in dotted):
        districts = frozenset(str(panel.options["district"]) for panel in dotted)
    return Shown(frozenset(layers), kinds_of(dotted), districts)


def has_incidents(panel: Panel) -> bool:
    """It shows incidents one by one."""
    return panel.kind == "attention" or (panel.kind == "map" and "incidents" in panel.options["layers"])


def kinds_of(panels: Sequence[Panel]) -> frozenset[str] | None:
    """None: one of them shows every kind."""
    if any("kinds" not in panel.options for panel in panels):
        return None
    return frozenset(kind for panel in panels for kind in panel.options["kinds"])
