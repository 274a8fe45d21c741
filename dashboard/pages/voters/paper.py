"""What is printed: the list of a precinct for its commission, and the notices to houses whose precinct
changes. The browser fetches the files itself; nothing of a person is on the page."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.request_context import current
from dashboard.words import language, word
from geo.voters.limits import PRINTED
from geo.voters.package.source import READABLE
from geo.voters.printed import ORDERS, PRINTED_IN

PERMISSION = "voters.print"
PREFIX = "/api/v1/voters"


def layout(version: dict[str, Any]) -> list:
    """The lists for those who may print them, once there is one in force."""
    in_force = version["state"] in READABLE or version["base_id"] is not None
    lists = [_form()] if in_force and current().may(PERMISSION) else []
    return [
        html.Header(
            [
                html.H2(word("voters.paper")),
                html.Span(word("voters.paper.about", n=PRINTED.most), className="voters-note"),
            ],
            className="voters-line",
        ),
        *lists,
        html.A(
            word("voters.paper.notices"),
            href=f"{PREFIX}/notices.pdf",
            target="_blank",
            className="voters-notices",
        ),
    ]


def _form() -> html.Form:
    chosen = language.get() if language.get() in PRINTED_IN else "ru"
    orders = {name: word(f"voters.printed.by.{name}") for name in ORDERS}
    languages = {lang: word(f"voters.paper.lang.{lang}") for lang in PRINTED_IN}
    number = dcc.Input(
        id="voters-print-number",
        type="text",
        name="number",
        required=True,
        pattern="[0-9]{1,5}",
        maxLength=5,
        inputMode="numeric",
        autoComplete="off",
    )
    return html.Form(
        [
            html.Label([html.Span(word("voters.paper.number")), number], className="field"),
            select_field("by", word("voters.paper.order"), orders, "name"),
            select_field("lang", word("voters.paper.lang"), languages, chosen),
            html.Button(word("voters.paper.print"), type="submit", className="button"),
        ],
        action=f"{PREFIX}/printed.pdf",
        method="GET",
        target="_blank",
        className="voters-paper",
    )
