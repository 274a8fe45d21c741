"""The list behind a figure: exactly the rows that it counts, with its formula, its period, and the moment and
position that it was read at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.statistics.channels import channel_name
from dashboard.request_context import RequestContext
from dashboard.tables import Cell, long_table
from dashboard.wording.statistics import NONE, figure_name, formula_of, period, read_words
from dashboard.words import error_words, word
from geo.errors import Forbidden, InvalidInput, NotFound
from geo.statistics.definitions import CALLS
from layers.reading import snapshot
from layers.statistics.people import check_person
from layers.statistics.requests import StatisticsRequest
from layers.statistics.rows import RowsPage, RowsRequest, read_rows_page

TIMES = ("times",)
"""A column of what was returned: how often."""
SHOWN_TEAMS = 5
LONGEST_REM = 14
"""The length of the bar of the team with most."""
COLUMNS = ("number", "at", "category", "channel", "district", "status")


def layout(context: RequestContext, request: StatisticsRequest, query: Mapping[str, str]) -> html.Section:
    try:
        rows_request = RowsRequest.parse(query)
        with snapshot(context.servers.engine) as connection:
            city, person = context.settings.city, query.get("person")
            if person is not None:
                own = check_person(connection, city, context.principal, person)
                rows_request = replace(rows_request, person=own)
            page = read_rows_page(connection, city, request, rows_request, context.language)
    except (InvalidInput, NotFound, Forbidden) as error:
        return html.Section(html.P(error_words(error), role="alert"), className="statistics-list")
    return html.Section(
        [
            _head(context, request, rows_request, page),
            *_by_team(request, rows_request, page),
            _table(context, rows_request, page),
            *_more(request, rows_request, page),
        ],
        className="statistics-list",
    )


def _head(
    context: RequestContext, request: StatisticsRequest, rows_request: RowsRequest, page: RowsPage
) -> html.Header:
    words, sql = formula_of(rows_request.figure)
    view = {"view": "levels", "compare": request.compare} if rows_request.missed else {}
    back = "/statistics?" + urlencode(view | request.as_query(), safe=",")
    return html.Header(
        [
            dcc.Link(word("statistics.back"), href=back, className="button", refresh=True),
            html.H2(
                [_name(rows_request), ": ", html.Strong(number(page.total))],
                id="statistics-total",
                **{"data-n": str(page.total)},
            ),
            html.P(f"{period(request)} · {words}"),
            html.Code(sql),
            html.P(read_words(page.read, context.settings.city), className="statistics-about"),
        ]
    )


def _by_team(request: StatisticsRequest, rows_request: RowsRequest, page: RowsPage) -> list[html.Ul]:
    """Whose the cases are, and the rest, so that the sum is the list's."""
    if len(page.teams) < 2:
        return []
    named = [one for one in page.teams if one.key is not None][:SHOWN_TEAMS]
    query = {"view": "rows", **request.as_query(), **rows_request.as_query()}
    items = [
        html.Li(
            [
                html.A(one.name, href=f"/statistics?{urlencode({**query, 'team': one.key or ''})}"),
                html.I(style={"width": f"{LONGEST_REM * one.n / named[0].n:.2f}rem"}),
                html.B(number(one.n)),
            ]
        )
        for one in named
    ]
    if rest := page.total - sum(one.n for one in named):
        words = word("statistics.others", count=number(len(page.teams) - len(named)))
        items.append(html.Li([html.Span(words), html.I(style={"width": "0"}), html.B(number(rest))]))
    return [html.Ul(items, className="statistics-by-team")]


def _name(rows_request: RowsRequest) -> str:
    name = figure_name(rows_request.figure)
    if not rows_request.missed:
        return name
    return f"{name}, {word(f'statistics.missed.{rows_request.figure.key}')}"


def _table(context: RequestContext, rows_request: RowsRequest, page: RowsPage) -> html.Div:
    columns: tuple[str, ...] = COLUMNS if rows_request.figure.source is not CALLS else COLUMNS[:2]
    columns += TIMES if page.rows and "times" in page.rows[0] else ()
    heads = [word(f"statistics.column.{name}") for name in columns]
    rows = ([_cell(context, row, name) for name in columns] for row in page.rows)
    return long_table(heads, rows, "statistics-list-rows")


def _cell(context: RequestContext, row: Mapping[str, Any], name: str) -> Cell:
    value = row[name]
    if name == "number":
        address = f"/map?window=dates&incident={row['incident']}"
        return {"text": value, "href": address} if row["incident"] else str(value)
    if name == "at":
        return f"{value.astimezone(context.settings.city.time_zone):%d.%m.%Y %H:%M}"
    if value is None:
        return NONE
    if name == "times":
        return f"{value}×"
    if name == "channel":
        return channel_name(value)
    return word(f"statistics.status.{value}") if name == "status" else str(value)


def _more(request: StatisticsRequest, rows_request: RowsRequest, page: RowsPage) -> list:
    if page.next is None:
        return []
    query = {"view": "rows", **request.as_query(), **rows_request.as_query(), "after": page.next}
    return [
        dcc.Link(
            word("statistics.older"), href=f"/statistics?{urlencode(query)}", className="button", refresh=True
        )
    ]
