"""One person by the exact IIN, or those of a house: why, then who; recorded before it is shown, masked, for a
minute."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard.answering import answer_press
from dashboard.fields import text_field
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import Forbidden
from geo.voters.client import request
from geo.voters.given import LONGEST, text_of
from geo.voters.limits import LOOKS
from geo.voters.looks import REASONS
from layers.executors import CARDS

PERMISSION = "voters.look"
DIGITS = 12
LONGEST_LINE = 160


def layout() -> list:
    """Nothing for those who may not look."""
    if not current().may(PERMISSION):
        return []
    return [
        html.Header(
            [
                html.H2(word("voters.look")),
                html.Span(word("voters.look.most", n=LOOKS.most), className="voters-note"),
            ],
            className="voters-line",
        ),
        text_field("voters-who", word("voters.look.who"), LONGEST_LINE),
        html.Fieldset(
            [
                html.Legend(word("voters.look.why")),
                dcc.RadioItems(
                    id="voters-why",
                    options=[{"label": word(f"voters.why.{name}"), "value": name} for name in REASONS],
                ),
            ],
            className="voters-why",
        ),
        text_field("voters-document", word("voters.look.document"), LONGEST),
        html.Div(
            [
                html.Span(word("voters.look.recorded"), className="voters-note"),
                html.Button(word("voters.look.show"), id="voters-look", type="button", className="button"),
            ],
            className="voters-line",
        ),
        html.Div(id="voters-person", className="voters-person", role="status"),
    ]


def register(app: Dash) -> None:
    @app.callback(
        Output("voters-person", "children"),
        Output("voters-who", "value"),
        Input("voters-look", "n_clicks"),
        State("voters-who", "value"),
        State("voters-why", "value"),
        State("voters-document", "value"),
        prevent_initial_call=True,
        running=[(Output("voters-who", "readOnly"), True, False)],
    )
    async def look(clicks: int | None, who: str | None, why: str | None, document: str | None) -> tuple:
        if not clicks:
            return no_update, no_update
        message, answered = await answer_press(CARDS, show, who or "", why or "", document or "")
        return message, "" if answered else no_update


def show(wanted: str, why: str, document: str) -> Any:
    """The person, or those of the house. Raises what the list's process refuses, and `Forbidden`
    ("door.forbidden")."""
    context, given = current(), " ".join(text_of(wanted, "iin").split())
    if not context.may(PERMISSION):
        raise Forbidden("door.forbidden", permission=PERMISSION)
    reason = {"why": why, "document": document}
    if given.isdigit() or len(given) <= DIGITS:
        seen = request(context.settings, "look", context.session, number=given, **reason)
        return _person(seen)
    found = request(context.settings, "look_at_house", context.session, line=given, **reason)
    return _house(found)


def _person(seen: dict[str, Any]) -> html.Dl:
    name = " ".join(filter(None, (seen["surname"], seen["first_name"], seen["patronymic"])))
    rows = {"iin": seen["iin"], "name": name, "birth": seen["birth"], "address": seen["address"]}
    return html.Dl(
        [
            part
            for key, value in rows.items()
            for part in (html.Dt(word(f"voters.person.{key}")), html.Dd(value))
        ]
    )


def _house(found: list[dict[str, Any]]) -> list:
    rows = [
        html.Li(
            [
                html.Span(one["room"] or "–"),
                html.Span(one["name"]),
                html.Span(one["year"]),
                html.Span(one["iin"]),
            ]
        )
        for one in found
    ]
    return [html.P(word("voters.person.house", n=len(found))), html.Ul(rows)]
