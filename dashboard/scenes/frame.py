"""The still frame of a scene: header, columns of panels, footer. Every panel is a place that `assets/wall_<kind>.js` fills; the frame holds no figure."""
from __future__ import annotations

import json
from functools import partial

import dash_leaflet as dl
from dash import dcc, html

from dashboard.scenes import Scene
from dashboard.scenes.panels import Panel
from dashboard.words import word
from geo.settings import PrecinctRules

SMALLEST_PX = 18
"""Of any text, whatever the seat: below it letters break up on a wall's pixels."""
UNTITLED = ("figures", "district")
MAP = "ikomek-map-wall"


def frame(scene: Scene, lang: str, rules: PrecinctRules | None) -> html.Div:
    """The scene in `lang`; with `rules` a map fills precincts by how full they are.

    `--letter` is the smallest text: everything on a wall is a multiple of it."""
    say = partial(word, lang=lang)
    return html.Div(
        id="wall", className="wall", lang=lang,
        style={"--letter": f"max({SMALLEST_PX}px, calc(var(--wall-height, 100vh) * {scene.letter_share:.5f}))"},
        **{"data-scene": scene.key, "data-lang": lang, "data-refresh": f"{scene.refresh_s:g}", "data-feeds": " ".join(scene.feeds),
           "data-goals": json.dumps(dict(scene.goals)), "data-theme": scene.theme, "data-screen-m": f"{scene.screen_height_m:g}"},
        children=[
            dcc.Store(id="wall-scene", data={"key": scene.key, "lang": lang}),
            dcc.Store(id="wall-picture"),
            dcc.Interval(id="wall-refresh", interval=scene.refresh_s * 1000),
            _header(scene, lang, say),
            html.Div(_columns(scene, say, rules), className="wall-body", style={"gridTemplateColumns": " ".join(map(_width, scene.columns))}),
            html.Footer(
                [html.Div(id="wall-feeds", className="wall-feeds"), html.Div(id="wall-sound", className="wall-sound"),
                 html.Div(id="wall-state", className="wall-state")], className="wall-footer",
            ),
            html.Div(id="wall-lost", className="wall-lost", role="alert"),
            html.Div(id="wall-said", hidden=True),
        ],
    )


def _header(scene: Scene, lang: str, say: partial) -> html.Header:
    return html.Header(
        [
            html.Div(say("shell.product"), className="wall-brand"),
            html.Div(scene.names[lang], className="wall-title"),
            html.Div(className="wall-space"),
            html.Div([html.Div(id="wall-weekday"), html.Div(id="wall-date")], className="wall-day"),
            html.Time(id="wall-clock", className="wall-clock"),
        ],
        className="wall-header",
    )


def _width(letters: float) -> str:
    return f"minmax(0, min({letters:g}em, 50%))" if letters else "minmax(0, 1fr)"


def _columns(scene: Scene, say: partial, rules: PrecinctRules | None) -> list[html.Div]:
    maps = [panel for panel in scene.panels if panel.kind == "map"]
    cap = {"data-cap": str(rules.cap), "data-warn": f"{rules.warning_share:g}"} if rules else {}
    return [
        html.Div(
            [_panel(panel, place, say, maps, cap) for place, panel in enumerate(scene.panels) if panel.column == column],
            className="wall-column", **{"data-letters": f"{letters:g}"},
        )
        for column, letters in enumerate(scene.columns, start=1)
    ]


def _panel(panel: Panel, place: int, say: partial, maps: list[Panel], cap: dict) -> html.Section:
    marks = {"data-kind": panel.kind, "data-panel": str(place), "data-options": json.dumps(dict(panel.options))}
    if panel.kind == "map":
        return _map(panel, maps.index(panel), marks | cap | {"data-focus": panel.options.get("district", "")})
    title = [] if panel.kind in UNTITLED else [html.H2([html.Span(_title(panel, say)), html.Span(className="wall-panel-count")])]
    return html.Section([*title, html.Div(className="wall-panel-body")], className=f"wall-panel wall-panel-{panel.kind}", **marks)


def _title(panel: Panel, say: partial) -> str:
    if panel.kind == "hours":
        return say(f"wall.hours.{panel.options['of']}")
    return say(f"wall.level.{panel.options['level']}" if panel.kind == "indicators" else f"wall.panel.{panel.kind}")


def _map(panel: Panel, number: int, marks: dict) -> html.Section:
    """The first map of a scene carries the card of a critical incident and the legend."""
    lon, lat = panel.options["centre"]
    extras = [html.Div(id="wall-card", className="wall-card", role="alert"), html.Ul(id="wall-legend", className="wall-legend")] if number == 0 else []
    return html.Section(
        [
            dl.Map(
                id=f"{MAP}-{number + 1}" if number else MAP, className="wall-map", center=[lat, lon], zoom=panel.options["zoom"], zoomControl=False,
                dragging=False, scrollWheelZoom=False, doubleClickZoom=False, boxZoom=False, touchZoom=False, keyboard=False, attributionControl=True,
                zoomAnimation=False, fadeAnimation=False, trackViewport=False,
            ),
            *extras,
        ],
        className="wall-panel wall-stage", **marks, **{"data-layers": " ".join(panel.options["layers"]), "data-scale": "auto"},
    )
