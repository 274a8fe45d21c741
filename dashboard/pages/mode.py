"""The page /mode: the mode of the centre, its switch (pressed twice, so that no slip of a finger raises an
alarm), and who switched it when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.formats import moment
from dashboard.request_context import RequestContext, current
from dashboard.words import word
from geo.city import modes
from layers.executors import CARDS

__all__ = ["NAVIGATION", "PATH", "PERMISSION", "TITLE", "layout", "register"]

PATH = "/mode"
TITLE = "shell.nav.mode"
PERMISSION = "mode.set"
NAVIGATION = (PATH, "shell.nav.mode")


def layout(**query: str) -> html.Div:
    return html.Div(
        [
            html.H1(word("mode.title")),
            html.P(word("mode.about"), className="mode-about"),
            html.Div(draw(current()), id="mode-state"),
            dcc.Store(id="mode-pending"),
            dcc.Store(id="mode-pulse"),
        ],
        id="mode",
        className="mode",
    )


def register(app: Dash) -> None:
    """A first press asks, a second one on the same mode switches. `assets/mode.js` rings `mode-pulse` when
    somebody else has switched."""

    @app.callback(
        Output("mode-state", "children"),
        Output("mode-pending", "data"),
        Input({"type": "mode-switch", "mode": ALL}, "n_clicks"),
        Input({"type": "mode-confirm", "mode": ALL}, "n_clicks"),
        Input({"type": "mode-cancel", "mode": ALL}, "n_clicks"),
        Input("mode-pulse", "data"),
        State("mode-pending", "data"),
        prevent_initial_call=True,
    )
    async def press(*values: Any) -> tuple[list, str | None]:
        confirming: str | None = values[-1]
        if ctx.triggered_id == "mode-pulse":
            return await current().run(CARDS, draw, current(), confirming), confirming
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        return await current().run(CARDS, pressed, ctx.triggered_id["type"], ctx.triggered_id["mode"])


def pressed(button: str, mode: str) -> tuple[list, str | None]:
    """The content of the page after a button, and the mode that waits for its second press."""
    context, confirming = current(), mode if button == "mode-switch" else None
    if button == "mode-confirm":
        modes.set_mode(context.web, context.settings.city.region, mode, context.principal.name)
    return draw(context, confirming), confirming


def draw(context: RequestContext, confirming: str | None = None) -> list:
    now = modes.read_mode(context.web)["mode"]
    return [
        html.Ol(
            [_card(mode, mode == now, mode == confirming) for mode in modes.MODES], className="mode-cards"
        ),
        html.H2(word("mode.history")),
        _history(context),
    ]


def _card(mode: str, on: bool, confirming: bool) -> html.Li:
    head = [
        html.H2(word(f"mode.{mode}")),
        *([html.Span(word("mode.now"), className="mode-now")] if on else []),
    ]
    return html.Li(
        [
            html.Div(head, className="mode-head"),
            html.P(word(f"mode.{mode}.about")),
            html.Div([] if on else _buttons(mode, confirming), className="mode-buttons"),
        ],
        className="mode-card",
        **{"data-mode": mode},
        **({"aria-current": "true"} if on else {}),
    )


def _buttons(mode: str, confirming: bool) -> list:
    if not confirming:
        return [
            html.Button(word("mode.switch"), id={"type": "mode-switch", "mode": mode}, className="button")
        ]
    return [
        html.Span(word("mode.sure"), className="mode-sure", role="alert"),
        html.Button(
            word("mode.confirm"), id={"type": "mode-confirm", "mode": mode}, className="button mode-confirm"
        ),
        html.Button(word("mode.cancel"), id={"type": "mode-cancel", "mode": mode}, className="button"),
    ]


def _history(context: RequestContext) -> html.Ol | html.P:
    switches = modes.latest_switches(context.web)
    if not switches:
        return html.P(word("mode.history.none"), className="mode-about")
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    return html.Ol(
        [
            html.Li(
                [
                    html.Time(moment(switch.at, zone, now)),
                    html.Span(
                        word(
                            "mode.change",
                            before=word(f"mode.{switch.before}"),
                            after=word(f"mode.{switch.mode}"),
                        )
                    ),
                    html.Span(switch.who, className="mode-who"),
                ]
            )
            for switch in switches
        ],
        className="mode-history",
    )
