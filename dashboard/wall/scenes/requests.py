"""The requests of a scene's panels to `layers.panels.kinds`."""

from __future__ import annotations

from dataclasses import MISSING, fields

from dashboard.wall.scenes import Scene
from dashboard.wall.scenes.panels import Panel
from geo.settings import City
from layers.panels.kinds import FLOODS, SOURCES, Ask
from layers.panels.requests import PanelRequest
from layers.scope import Scope

CARD = "card"
OPTIONS = {option.name for option in fields(PanelRequest) if option.default is not MISSING}
"""Keys of a panel that its figures are asked with; the others are for its drawing."""


def asks_of(scene: Scene, city: City, scope: Scope, lang: str) -> dict[str, Ask]:
    """{place of the panel in the scene: its question}, for a caller of this scope, and under `CARD` and
    `FLOODS` those of the card of a critical incident and of floods, wherever they are. A map of the whole
    city asks nothing."""
    asks = {
        str(index): (source, _request(panel, city, scope, lang))
        for index, panel in enumerate(scene.panels)
        if (source := _source(panel))
    }
    return {
        CARD: ("attention", PanelRequest(city, scope, lang)),
        FLOODS: (FLOODS, PanelRequest(city, scope, lang)),
        **asks,
    }


def _source(panel: Panel) -> str | None:
    if panel.kind == "map":
        return "district" if "district" in panel.options else None
    return panel.kind if panel.kind in SOURCES else None


def _request(panel: Panel, city: City, scope: Scope, lang: str) -> PanelRequest:
    options = panel.options
    district = options.get("district")
    narrowed = scope.narrowed(options.get("kinds"), None if district is None else (district,))
    return PanelRequest(
        city,
        narrowed,
        lang,
        **{key: value for key, value in options.items() if key in OPTIONS},
    )
