"""What people say to the rating: a section of the page with its history, the form of something new, and the
answer to what is open (`assets/rating/forms.js` sends it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.formats import number
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.rating.objections import LONGEST


def section(name: str, about: str, form: Sequence[Any], items: Sequence[list[Any]]) -> html.Section:
    """`name`: of its words ("rating.<name>") and its id; `items`: what was said, in the order to show."""
    history = html.Ul([html.Li(item) for item in items]) if items else html.P(word(f"rating.{name}.none"))
    return html.Section(
        [
            html.H3([word(f"rating.{name}"), " ", html.Span(number(len(items)))]),
            html.P(word(about)),
            *form,
            html.P(role="status"),
            history,
        ],
        className="rating-messages",
        id=f"rating-{name}",
    )


def make_form(caption: str, button: str, route: str, fields: Sequence[Any], of: Mapping[str, str]) -> Any:
    """The form of something new, closed until it is asked for. `of`: what else is sent, by name."""
    return html.Details(
        [
            html.Summary(caption, className="button"),
            html.Form(
                [*fields, reason(), html.Button(button, type="submit", className="button")],
                className="rating-form",
                **{"data-route": route, **{f"data-{name}": value for name, value in of.items()}},
            ),
        ]
    )


def reply_form(route: str, fields: Sequence[Any], buttons: Mapping[str, str]) -> html.Form:
    """`buttons`: the end of the route -> caption."""
    return html.Form(
        [
            *fields,
            reason(),
            *(
                html.Button(caption, type="submit", className="button", **{"data-how": how})
                for how, caption in buttons.items()
            ),
        ],
        className="rating-form",
        **{"data-route": route},
    )


def reason() -> html.Label:
    return html.Label(
        [
            html.Span(word("rating.reason")),
            html.Textarea(name="reason", maxLength=LONGEST, rows=1, required=True),
        ],
        className="field rating-why",
    )


def step(context: RequestContext, at: datetime, who: str, why: str) -> html.Small:
    local = at.astimezone(context.settings.city.time_zone)
    return html.Small(f"{local:%d.%m.%Y %H:%M} · {who} · {why}")
