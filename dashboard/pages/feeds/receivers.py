"""Below the table of feeds: the programs of others that are told of changes, the dead first. Nothing where
there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import moment
from dashboard.words import word

COLUMNS = ("client", "state", "behind", "answered")


def receivers(found: list[dict[str, Any]], zone: ZoneInfo, now: datetime) -> list:
    if not found:
        return []
    head = [html.Th(word(f"feeds.receivers.{column}"), scope="col") for column in COLUMNS]
    return [
        html.H2(word("feeds.receivers"), className="feeds-receivers"),
        html.Table(
            [html.Thead(html.Tr(head)), html.Tbody([_row(one, zone, now) for one in found])],
            className="feeds-table feeds-table-receivers",
        ),
    ]


def _row(one: dict[str, Any], zone: ZoneInfo, now: datetime) -> html.Tr:
    """The row of one; its address is shown as the host alone, for what follows may hold a secret."""
    host = html.Div(urlsplit(one["address"]).hostname, className="muted")
    answered = moment(one["answered_at"], zone, now) if one["answered_at"] else "–"
    behind = "–" if one["behind"] is None else word("feeds.receivers.changes", n=one["behind"])
    cells = (_state(one, zone, now), behind, answered)
    labelled = [
        html.Td(cell, **{"data-label": word(f"feeds.receivers.{column}")})
        for column, cell in zip(COLUMNS[1:], cells)
    ]
    return html.Tr([html.Th([html.Div(one["client"]), host], scope="row"), *labelled])


def _state(one: dict[str, Any], zone: ZoneInfo, now: datetime) -> html.Div | str:
    if one["dead_at"]:
        since = moment(one["dead_at"], zone, now)
        message = word("feeds.receivers.dead", moment=since, error=one["error"], number=str(one["id"]))
    elif one["failing_since"]:
        since = moment(one["failing_since"], zone, now)
        message = word("feeds.receivers.failing", moment=since, error=one["error"])
    else:
        return word("feeds.receivers.well")
    return html.Div(message, className="feeds-error")
