"""The still frame of a scene: header, columns of panels, footer. Every panel is a place that
`assets/wall/<kind>.js` fills; the frame holds no figure."""

from __future__ import annotations

import json
from functools import partial

import dash_leaflet as dl
from dash import dcc, html

from dashboard.wall.scenes import Scene
from dashboard.wall.scenes.panels import Panel
from dashboard.words import word
from geo.settings import PrecinctRules

SMALLEST_PX = 18
"""The smallest size of any text, whatever the seat: below it letters break up on a wall's pixels."""
UNTITLED = ("figures", "district")
MAP = "ikomek-map-wall"


def frame(scene: Scene, lang: str, rules: PrecinctRules | None) -> html.Div:
    """The scene in `lang`; with `rules` a map fills precincts by how full they are.

    `--letter` (wall.css, from `--letter-share`) is the smallest text: everything on a wall is a multiple
    of it. The card of what is critical stands in the column of the first map where that map has the column
    for itself, else across all columns."""
    translate = partial(word, lang=lang)
    across = [] if _carries_card(scene) else _cards()
    return html.Div(
        id="wall",
        className="wall",
        lang=lang,
        style={"--letter-share": f"{scene.letter_share:.5f}", "--letter-least": f"{SMALLEST_PX}px"},
        **{
            "data-scene": scene.key,
            "data-lang": lang,
            "data-refresh": f"{scene.refresh_s:g}",
            "data-feeds": " ".join(scene.feeds),
            "data-goals": json.dumps(dict(scene.goals)),
            "data-theme": scene.theme,
            "data-screen-m": f"{scene.screen_height_m:g}",
        },
        children=[
            dcc.Store(id="wall-scene", data={"key": scene.key, "lang": lang}),
            dcc.Store(id="wall-picture"),
            dcc.Interval(id="wall-refresh", interval=scene.refresh_s * 1000),
            _header(scene, lang, translate),
            *across,
            html.Div(_columns(scene, translate, rules), className="wall-body"),
            html.Footer(
                [
                    html.Div(id="wall-feeds", className="wall-feeds"),
                    html.Div(id="wall-sound", className="wall-sound"),
                    html.Div(id="wall-state", className="wall-state"),
                ],
                className="wall-footer",
            ),
            html.Div(id="wall-message", hidden=True),
        ],
    )


def _header(scene: Scene, lang: str, translate: partial) -> html.Header:
    return html.Header(
        [
            html.Div(id="wall-mode", className="wall-mode"),
            html.Div(translate("shell.product"), className="wall-brand"),
            html.H1(scene.names[lang], className="wall-title"),
            html.Div(id="wall-briefs", className="wall-briefs"),
            html.Div(id="wall-lost", className="wall-lost", role="alert"),
            html.Div(className="wall-space"),
            html.Div([html.Div(id="wall-weekday"), html.Div(id="wall-date")], className="wall-day"),
            html.Time(id="wall-clock", className="wall-clock"),
        ],
        className="wall-header",
    )


def _carries_card(scene: Scene) -> bool:
    """Whether the first map is alone in its column, and not one of several maps side by side."""
    maps = [panel for panel in scene.panels if panel.kind == "map"]
    return len(maps) == 1 and sum(panel.column == maps[0].column for panel in scene.panels) == 1


def _cards() -> list[html.Div]:
    """The places of a flood's sign and of a critical incident's card."""
    return [
        html.Div(id="wall-flood", className="wall-flood", role="status"),
        html.Div(id="wall-card", className="wall-card", role="alert"),
    ]


def _columns(scene: Scene, translate: partial, rules: PrecinctRules | None) -> list[html.Div]:
    maps, card = (
        [panel for panel in scene.panels if panel.kind == "map"],
        _cards() if _carries_card(scene) else [],
    )
    cap = {"data-cap": str(rules.cap), "data-warn": f"{rules.warning_share:g}"} if rules else {}
    return [
        html.Div(
            [
                _panel(panel, nth, translate, maps, cap, card)
                for nth, panel in enumerate(scene.panels)
                if panel.column == column
            ],
            className="wall-column",
            **{"data-letters": f"{letters:g}"},
        )
        for column, letters in enumerate(scene.columns, start=1)
    ]


def _panel(
    panel: Panel, nth: int, translate: partial, maps: list[Panel], cap: dict, card: list[html.Div]
) -> html.Section:
    marks = {
        "data-kind": panel.kind,
        "data-panel": str(nth),
        "data-options": json.dumps(dict(panel.options)),
    }
    if panel.kind == "map":
        return _map(
            panel, maps.index(panel), marks, cap | {"data-focus": panel.options.get("district", "")}, card
        )
    title = (
        []
        if panel.kind in UNTITLED and "level" not in panel.options
        else [html.H2([html.Span(_title(panel, translate)), html.Span(className="wall-panel-count")])]
    )
    return html.Section(
        [*title, html.Div(className="wall-panel-body")],
        className=f"wall-panel wall-panel-{panel.kind}",
        **marks,
    )


def _title(panel: Panel, translate: partial) -> str:
    if panel.kind == "hours":
        return translate(f"wall.hours.{panel.options['of']}")
    level = panel.options.get("level")
    return translate(f"wall.level.{level}" if level else f"wall.panel.{panel.kind}")


def _map(panel: Panel, number: int, marks: dict, drawn: dict, card: list[html.Div]) -> html.Section:
    """The first map of a scene carries the legend; the card takes height from it and never lies on a small
    one."""
    lon, lat = panel.options["centre"]
    legend = [] if number else [html.Ul(id="wall-legend", className="wall-legend")]
    stage = html.Div(
        [
            dl.Map(
                id=f"{MAP}-{number + 1}" if number else MAP,
                className="wall-map",
                center=[lat, lon],
                zoom=panel.options["zoom"],
                zoomControl=False,
                dragging=False,
                scrollWheelZoom=False,
                doubleClickZoom=False,
                boxZoom=False,
                touchZoom=False,
                keyboard=False,
                attributionControl=True,
                zoomAnimation=False,
                fadeAnimation=False,
                trackViewport=False,
            ),
            *legend,
        ],
        className="wall-stage",
        **drawn,
        **{"data-layers": " ".join(panel.options["layers"]), "data-scale": "auto"},
    )
    return html.Section([*card, stage], className="wall-panel wall-panel-map", **marks)
