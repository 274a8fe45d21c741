"""The persons of the list in force who have no building: how many, and, page by page, who they are: by
initials, recorded, for a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.voters.address import VotersAddress
from dashboard.pages.voters.person import PERMISSION
from dashboard.request_context import current
from dashboard.words import word
from geo.voters.client import request


def layout(address: VotersAddress, counted: Mapping[str, int] | None) -> list:
    """`counted`: {"list", "count"}; none = no list is in force. Nothing where everybody has a building, or
    for those who may not look at persons."""
    context = current()
    if counted is None or not counted["count"] or not context.may(PERMISSION):
        return []
    head = html.Header(
        [
            html.H2(word("voters.without")),
            html.Span(
                word("voters.without.count", n=counted["count"], list=counted["list"]),
                className="voters-note",
            ),
        ],
        className="voters-line",
    )
    if address.without is None:
        return [head, dcc.Link(word("voters.without.show"), href=address.href(without=1))]
    found = request(context.settings, "without", context.session, page=address.without)
    return [
        head,
        html.Div(
            [
                html.P(word("voters.without.recorded"), className="voters-note"),
                html.Ol([_person(one) for one in found["persons"]]),
            ],
            id="voters-nowhere",
            className="voters-nowhere",
        ),
        _pages(address, found),
    ]


def _person(one: Mapping[str, Any]) -> html.Li:
    return html.Li(
        [
            html.Span(one["line"], className="voters-nowhere-line"),
            html.Span(one["room"] or "–"),
            html.Span(one["name"]),
            html.Span(one["year"]),
            html.Span(one["iin"]),
        ]
    )


def _pages(address: VotersAddress, found: Mapping[str, Any]) -> html.Nav:
    page, pages = found["page"], found["pages"]
    before = [dcc.Link(word("voters.without.back"), href=address.href(without=page - 1))] if page > 1 else []
    after = [dcc.Link(word("voters.without.next"), href=address.href(without=page + 1))]
    return html.Nav(
        [
            *before,
            html.Span(word("voters.without.page", page=number(page), pages=number(pages))),
            *(after if page < pages else []),
            dcc.Link(word("voters.without.close"), href=address.href(without=None)),
        ],
        className="voters-pages",
        **{"aria-label": word("voters.without")},
    )
