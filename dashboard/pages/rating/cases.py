"""The list behind a number: exactly the cases that it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.rating import method
from dashboard.pages.rating.texts import (
    NONE,
    address,
    cases_address,
    formula,
    indicator_name,
    month_name,
)
from dashboard.request_context import RequestContext
from dashboard.tables import Cell, long_table
from dashboard.words import error_words, word
from geo.database import Connection
from geo.errors import InvalidInput
from layers.rating.cases import CasesPage, CasesRequest, read_cases_page
from layers.rating.reading import RatedMonth
from layers.scope import Scope

COLUMNS = ("number", "at", "category", "performer", "district", "due", "closed", "marks")


def listed(
    context: RequestContext, connection: Connection, month: RatedMonth, query: Mapping[str, str]
) -> html.Section:
    try:
        request = CasesRequest.parse(query, month.strategy)
    except InvalidInput as error:
        return html.Section(html.P(error_words(error), role="alert"), className="rating-card rating-list")
    scope = Scope.of(context.principal)
    page = read_cases_page(
        connection, context.settings.city, month.month, month.strategy, request, scope, context.language
    )
    return html.Section(
        [_head(context, month, request, page), _table(context, page), *_more(month, query, page)],
        className="rating-card rating-list",
    )


def _head(context: RequestContext, month: RatedMonth, request: CasesRequest, page: CasesPage) -> html.Header:
    post = month.posts.get(request.manager)
    parts = [post.name if post else request.manager, month_name(month.month)]
    if request.indicator:
        parts.append(indicator_name(_figure(month, request.indicator)))
    if request.part:
        parts.append(word(f"rating.part.{request.part}"))
    if request.mark:
        parts.append(word(f"rating.mark.{request.mark}"))
    return html.Header(
        [
            dcc.Link(
                word("rating.back"),
                href=address(month.month, manager=request.manager),
                className="button",
                refresh=True,
            ),
            html.H2(
                [" · ".join(parts), ": ", html.Strong(number(page.total))],
                id="rating-total",
                **{"data-n": str(page.total)},
            ),
            *_formula(month, request),
            html.P(method.read_from(context, month), className="rating-read"),
        ]
    )


def _formula(month: RatedMonth, request: CasesRequest) -> list:
    if not request.indicator:
        return []
    [indicator] = [one for one in month.strategy.indicators if one.key == request.indicator]
    return [html.P(formula(indicator))]


def _figure(month: RatedMonth, indicator: str) -> str:
    return next(one.figure.key for one in month.strategy.indicators if one.key == indicator)


def _table(context: RequestContext, page: CasesPage) -> html.Div:
    heads = [word(f"rating.column.{name}") for name in COLUMNS]
    rows = ([_cell(context, row, name) for name in COLUMNS] for row in page.rows)
    return long_table(heads, rows, "rating-rows")


def _cell(context: RequestContext, row: Mapping[str, Any], name: str) -> Cell:
    value = row[name]
    if name == "number":
        return {"text": value, "href": f"/map?window=dates&incident={row['id']}"}
    if name == "marks":
        return ", ".join(word(f"rating.mark.{mark}") for mark in value)
    if value is None:
        return NONE
    if name in ("at", "due", "closed"):
        return f"{value.astimezone(context.settings.city.time_zone):%d.%m.%Y %H:%M}"
    return str(value)


def _more(month: RatedMonth, query: Mapping[str, str], page: CasesPage) -> list:
    if page.next is None:
        return []
    kept = {key: value for key, value in query.items() if key not in ("view", "month", "manager", "after")}
    href = cases_address(month.month, query["manager"], **kept, after=page.next)
    return [dcc.Link(word("rating.more"), href=href, className="button", refresh=True)]
