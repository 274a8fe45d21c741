"""The layout around a scene: all scenes of the show as data, so that the conductor
(`assets/wall/turns.js`) changes them at the same moment on every screen and goes on changing them while
the server is away."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboard.request_context import current
from dashboard.wall.playlists import Show
from dashboard.wall.screens import Screen
from geo import wall


def lay_out(show: Show, frames: Mapping[str, object], screen: Screen) -> html.Div:
    """`frames`: the layout of each scene of the show."""
    context = current()
    state = wall.read_state(context.web, context.settings.city.region)
    now = time.time()
    hold = state["holds"].get(show.key)
    first = (
        hold["scene"]
        if hold and hold["until"] > now and hold["scene"] in frames
        else show.running(now, context.settings.city.time_zone)
    )
    return html.Div(
        id="wall-show",
        className="wall-show",
        **{
            "data-show": json.dumps(show.as_json() | screen.as_json()),
            "data-standing": json.dumps(state),
            "data-running": first,
        },
        children=[
            dcc.Store(id="wall-frames", data=dict(frames)),
            dcc.Store(id="wall-turn"),
            html.Div(frames[first], id="wall-frame", className="wall-frame"),
        ],
    )


def register(app: Dash) -> None:
    """The scene whose turn it is, put there by the browser itself. None empties the place: the next scene
    is then built anew, not patched out of the last."""
    app.clientside_callback(
        ClientsideFunction("ikomek", "showScene"),
        Output("wall-frame", "children"),
        Input("wall-turn", "data"),
        State("wall-frames", "data"),
        prevent_initial_call=True,
    )
