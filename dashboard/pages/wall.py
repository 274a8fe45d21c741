"""The wall: a scene on a screen that nobody touches.

The layout is a still frame with places to fill. Figures come by the callback below into a store, events by `/live`; `assets/wall.js` fills the places from
both, keeps the ages going, and says so when either has gone quiet. Text sizes follow the scene's farthest seat (`Scene.letter_share`).
"""
from __future__ import annotations

import asyncio
from functools import partial

import dash_leaflet as dl
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard.scenes import Scene, find_scene
from dashboard.visit import current
from dashboard.words import LANGUAGES, word
from layers.picture import PictureDesk
from layers.scope import Scope

PATH = "/wall/<scene>"
TITLE = "shell.nav.wall"
PERMISSION = "page.wall"

SMALLEST_PX = 18
"""Of any text, whatever the seat: below it letters break up on a wall's pixels."""


def layout(scene: str, lang: str | None = None, **query: str) -> html.Div:
    """The frame of a scene in `lang` or its own language. Raises `NotFound` for an unknown scene."""
    shown = find_scene(scene)
    spoken = lang if lang in LANGUAGES else shown.language
    say = partial(word, lang=spoken)
    return html.Div(
        id="wall", className="wall", lang=spoken,
        style={"--letter": f"max({SMALLEST_PX}px, {shown.letter_share * 100:.3f}vh)"},
        **{"data-scene": shown.key, "data-lang": spoken, "data-refresh": str(shown.refresh_s), "data-feeds": " ".join(shown.feeds)},
        children=[
            dcc.Store(id="wall-scene", data={"lang": spoken, "topics": shown.topics}),
            dcc.Store(id="wall-picture"),
            dcc.Interval(id="wall-refresh", interval=shown.refresh_s * 1000),
            _header(shown, spoken, say),
            html.Div([_map(shown), _column(shown, say)], className="wall-body"),
            html.Footer(
                [html.Div(id="wall-feeds", className="wall-feeds"), html.Div(id="wall-state", className="wall-state")], className="wall-footer",
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


def _map(scene: Scene) -> html.Div:
    lon, lat = scene.centre
    return html.Div(
        [
            dl.Map(
                id="ikomek-map-wall", className="wall-map", center=[lat, lon], zoom=scene.zoom, zoomControl=False, dragging=False, scrollWheelZoom=False,
                doubleClickZoom=False, boxZoom=False, touchZoom=False, keyboard=False, attributionControl=True, zoomAnimation=False, fadeAnimation=False, trackViewport=False,
            ),
            html.Div(id="wall-card", className="wall-card", role="alert"),
            html.Ul(id="wall-legend", className="wall-legend"),
        ],
        className="wall-stage", **{"data-layers": " ".join(scene.layers), "data-scale": "auto"},
    )


def _column(scene: Scene, say: partial) -> html.Aside:
    goals = {"one_take": f"{scene.one_take_percent:g}", "lost_calls": f"{scene.lost_calls_percent:g}"}
    return html.Aside(
        [
            html.Div(
                [
                    html.Div(
                        [html.Div(say(f"wall.figure.{key}"), className="wall-figure-name"), html.Div(className="wall-figure-value"),
                         html.Div(className="wall-figure-note")],
                        className="wall-figure", **{"data-figure": key, "data-goal": goals.get(key, "")},
                    )
                    for key in scene.figures
                ],
                id="wall-figures", className="wall-figures",
            ),
            html.Section(
                [html.H2([html.Span(say("wall.attention")), html.Span(id="wall-attention-count")]), html.Ol(id="wall-attention", className="wall-attention")],
                className="wall-attention-box",
            ),
            html.Section([html.H2(html.Span(say("wall.topics"))), html.Ol(id="wall-topics", className="wall-topics")], className="wall-topics-box"),
        ],
        className="wall-column",
    )


def register(app: Dash) -> None:
    """The figures, asked for at the scene's interval. When they cannot be read the store keeps the last ones, and `wall.js` shows how old they are."""
    desk = PictureDesk()

    @app.callback(Output("wall-picture", "data"), Input("wall-refresh", "n_intervals"), State("wall-scene", "data"))
    async def read(_: int | None, scene: dict) -> dict:
        visit = current()
        lang = scene["lang"] if scene["lang"] in LANGUAGES else visit.language
        topics = min(int(scene["topics"]), 20)
        picture = await asyncio.to_thread(desk.ask, visit.servers.engine, visit.settings.city, Scope.of(visit.principal), lang, topics)
        return picture.as_json()

    app.clientside_callback(ClientsideFunction("ikomek", "showPicture"), Output("wall-said", "children"), Input("wall-picture", "data"))
