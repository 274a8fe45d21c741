"""Below the table of feeds: the tokens of screens and programs that end soon. Nothing where there is none."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import moment
from dashboard.token_warnings import end, holder, remedy
from dashboard.words import word
from geo.accounts.token_terms import Token

COLUMNS = ("holder", "end", "seen", "remedy")


def ending_tokens(found: list[Token], zone: ZoneInfo, now: datetime) -> list:
    if not found:
        return []
    head = [html.Th(word(f"feeds.tokens.{column}"), scope="col") for column in COLUMNS]
    return [
        html.H2(word("feeds.tokens"), className="feeds-receivers"),
        html.Table(
            [html.Thead(html.Tr(head)), html.Tbody([_row(one, zone, now) for one in found])],
            className="feeds-table feeds-table-tokens",
        ),
    ]


def _row(one: Token, zone: ZoneInfo, now: datetime) -> html.Tr:
    cells = (
        html.Div(end(one, zone, now), className="feeds-error"),
        moment(one.seen_at, zone, now) if one.seen_at else "–",
        html.Code(remedy(one)),
    )
    labelled = [
        html.Td(cell, **{"data-label": word(f"feeds.tokens.{column}")})
        for column, cell in zip(COLUMNS[1:], cells)
    ]
    return html.Tr([html.Th(holder(one), scope="row"), *labelled])
