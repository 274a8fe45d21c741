"""The page /wall/<scene>: the video wall, a screen that nobody touches.

The layout is a still frame with places to fill (`dashboard.wall.scenes.frame`). Figures come by the
callback below into a store, events by `/live`; `assets/wall.js` fills the places from both, keeps the ages
going, and says so when either has gone quiet. Text sizes follow the scene's farthest seat
(`Scene.letter_share`).
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html

from dashboard.request_context import current
from dashboard.wall import show
from dashboard.wall.manner import read_room
from dashboard.wall.playlists import find_show
from dashboard.wall.scenes import Scene, find_scene
from dashboard.wall.scenes.fit_to_city import fit_scene
from dashboard.wall.scenes.frame import frame
from dashboard.wall.scenes.requests import asks_of
from dashboard.wall.screens import Screen
from geo.errors import Forbidden, InvalidInput
from layers.executors import PANELS
from layers.panels.kinds import PanelDesk
from layers.scope import Scope

PATH = "/wall/<scene>"
TITLE = "shell.nav.wall"
PERMISSION = "page.wall"
NAVIGATION = ("/wall/operations", "shell.nav.wall")
HAS_MAP = True


def layout(
    scene: str,
    lang: str | None = None,
    screen: str | None = None,
    bezel: str | None = None,
    seat_m: str | None = None,
    screen_m: str | None = None,
    theme: str | None = None,
    **query: str,
) -> html.Div:
    """The scenes of a show, `scene` being its key or that of a scene alone. Raises `NotFound` for an
    unknown one, `InvalidInput` for a screen that is none."""
    shown = find_show(scene)
    room = read_room(seat_m, screen_m)
    return show.lay_out(
        shown,
        {key: _framed(find_scene(key).seen_from(*room).in_theme(theme), lang) for key in shown.scenes},
        Screen.read(screen, bezel),
    )


def _framed(scene: Scene, lang: str | None) -> html.Div:
    """The scene in `lang`, else in its own language where the city speaks it, else in the city's first.
    Raises `InvalidInput` ("wall.too_far")."""
    city = current().settings.city
    own = scene.language if scene.language in city.languages else city.languages[0]
    if scene.farthest_seat_m > scene.farthest_m:
        raise InvalidInput(
            "wall.too_far",
            seat=f"{scene.farthest_seat_m:g}",
            farthest=f"{scene.farthest_m:g}",
            screen=f"{scene.screen_height_m:g}",
        )
    return frame(fit_scene(city, scene), lang if lang in city.languages else own, city.precincts)


def register(app: Dash) -> None:
    """The figures, asked for at the scene's interval. When they cannot be read the store keeps the last
    ones, and `wall.js` shows how old they are."""
    show.register(app)
    desk = PanelDesk()

    # The interval rests while an answer is on its way: Dash drops an answer that a newer question overtook,
    # so one slower than the interval would never be shown.
    @app.callback(
        Output("wall-picture", "data"),
        Input("wall-refresh", "n_intervals"),
        State("wall-scene", "data"),
        running=[(Output("wall-refresh", "disabled"), True, False)],
    )
    async def read(_: int | None, state: dict[str, Any]) -> dict:
        context = current()
        scene = find_scene(str(state.get("key")))
        if context.principal.scene and scene.key not in find_show(context.principal.scene).scenes:
            raise Forbidden("door.other_scene", scene=context.principal.scene)
        lang = state.get("lang")
        if lang not in context.settings.city.languages:
            lang = context.language
        asks = asks_of(scene, context.settings.city, Scope.of(context.principal), lang)
        return {
            "scene": scene.key,
            "panels": await context.run(PANELS, desk.ask, context.servers.engine, asks),
        }

    app.clientside_callback(
        ClientsideFunction("ikomek", "showPicture"),
        Output("wall-message", "children"),
        Input("wall-picture", "data"),
    )
