"""Persons who are in the list of another region too, one at a time, masked: who stays and who is struck off
is decided with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard.fields import text_field
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import Forbidden
from geo.voters.client import request
from geo.voters.given import LONGEST
from geo.voters.regions.doubles import DECISIONS
from layers.executors import STUDIO

PERMISSION = "voters.decide"


def layout() -> list:
    """Nothing where nobody waits, or for those who may not decide."""
    if not current().may(PERMISSION):
        return []
    double, shown = _first()
    if double is None:
        return []
    buttons = [
        html.Button(
            word(f"voters.double.{name}"), id=f"voters-double-{name}", type="button", className="button"
        )
        for name in DECISIONS
    ]
    return [
        dcc.Store(id="voters-double-id", data=double),
        html.Header(html.H2(word("voters.doubles")), className="voters-line"),
        html.P(shown, id="voters-double", role="status"),
        text_field("voters-double-reason", word("voters.double.reason"), LONGEST),
        html.Div(buttons, className="voters-line"),
    ]


def register(app: Dash) -> None:
    @app.callback(
        Output("voters-double", "children"),
        Output("voters-double-id", "data"),
        Output("voters-double-reason", "value"),
        *(Input(f"voters-double-{name}", "n_clicks") for name in DECISIONS),
        State("voters-double-id", "data"),
        State("voters-double-reason", "value"),
        prevent_initial_call=True,
    )
    async def decide(*given: Any) -> tuple:
        *clicks, double, reason = given
        if not any(clicks) or double is None:
            return no_update, no_update, no_update
        decision = ctx.triggered_id.removeprefix("voters-double-")
        following, shown = await current().run(STUDIO, do, double, decision, reason or "")
        return shown, following, ""


def do(double: int, decision: str, reason: str) -> tuple[int | None, str]:
    """The decision, and the one that waits then. Raises what the list's process refuses, and `Forbidden`
    ("door.forbidden")."""
    context = current()
    if not context.may(PERMISSION):
        raise Forbidden("door.forbidden", permission=PERMISSION)
    about = {"double": double, "decision": decision, "reason": reason}
    request(context.settings, "decide_double", context.session, **about)
    return _first()


def _first() -> tuple[int | None, str]:
    """The id of the one that waits longest, and what is said of it."""
    context = current()
    found = request(context.settings, "doubles", context.session)
    if not found["first"]:
        return None, word("command.voters.compare.open", n=0)
    one = found["first"][0]
    day = datetime.fromisoformat(one["found_on"]).astimezone(context.settings.city.time_zone)
    about = {"iin": one["iin"], "other": one["other"], "day": day.strftime("%d.%m.%Y")}
    return one["id"], word("voters.double.about", n=found["open"], **about)
