"""The view by precinct, reached from the card of districts: map and list of what happened in each. Amber is
only a precinct with more than its voters explain beyond chance, and it says by how much."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.formats import number
from dashboard.pages.statistics import choropleth
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, map_section, saved_as
from dashboard.pages.statistics.map_address import map_address
from dashboard.pages.statistics.returns import written_p
from dashboard.request_context import RequestContext
from dashboard.tables import Cell, long_table
from dashboard.wording.statistics import NONE, figure_name, formula_of, percent, period, read_now
from dashboard.words import word
from geo.database import Connection
from geo.recurrence.hotspots import FALSE_SHARE
from geo.settings import City
from layers.reading import snapshot
from layers.statistics.precincts import PrecinctCount, PrecinctCounts, by_precinct
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

VIEW = "precincts"


def layout(context: RequestContext, request: StatisticsRequest) -> html.Div:
    subject = request.of_incidents()
    with snapshot(context.servers.engine) as connection:
        found = by_precinct(connection, context.settings.city, request, subject)
        read = read_now(connection, context.settings.city, request)
    title = html.H2(word("statistics.precincts.title"))
    about = html.Span(_about(found, request, subject), className="returns-about")
    if not found.precincts:
        head = html.Header([title, about], className="returns-head")
        return html.Div([head, html.P(word("statistics.precincts.none"))], className="returns")
    head = html.Header([title, about, *saved_as(VIEW, request.as_query())], className="returns-head")
    parts = html.Div(
        [_list(found, request, subject), map_section(VIEW, _chart(found.precincts), "precincts-graph")],
        className="returns-parts",
    )
    formula = html.P(f"{_formula()} {read}", className="returns-formula")
    return html.Div([head, parts, formula], className="returns", **{"data-card": VIEW})


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    """The same as a table and a map."""
    subject = request.of_incidents()
    figure, found = FIGURE_OF_SUBJECT[subject], by_precinct(connection, city, request, subject)
    columns = [_heads()[0], word("statistics.precincts.voters"), *_heads()[1:]]
    rows = [[str(one.number), number(one.voters), *_numbers(one)] for one in found.precincts]
    return ChartCard(
        title=word("statistics.precincts.title"),
        about=_about(found, request, subject),
        table=DataTable(columns, rows),
        link=RowsLink(figure, request, found.total),
        chart=_chart(found.precincts) if found.precincts else None,
        formula=(_formula(), formula_of(figure)[1]),
    )


def _about(found: PrecinctCounts, request: StatisticsRequest, subject: str) -> str:
    return word(
        "statistics.precincts.about",
        figure=figure_name(FIGURE_OF_SUBJECT[subject]),
        period=period(request),
        total=number(found.total),
        elsewhere=number(found.elsewhere),
        nowhere=number(found.nowhere),
    )


def _formula() -> str:
    return word("statistics.precincts.formula", share=percent(FALSE_SHARE, 1, 0))


def _heads() -> list[str]:
    return [
        word("statistics.precincts.precinct"),
        word("returns.column.n"),
        word("returns.column.expected"),
        word("statistics.precincts.per_1000"),
        word("returns.column.p"),
    ]


def _numbers(one: PrecinctCount) -> list[str]:
    """How many, how many were expected, per 1,000 voters, how likely so many are."""
    per_1000 = number(1000 * one.n / one.voters, 1) if one.voters else NONE
    return [number(one.n), number(one.expected, 1), per_1000, written_p(one.p)]


def _list(found: PrecinctCounts, request: StatisticsRequest, subject: str) -> html.Div:
    rows: list[list[Cell]] = []
    for one in found.precincts:
        n, *others = _numbers(one)
        link: Cell = {
            "text": str(one.number),
            "href": map_address(request, subject, {"area": f"precinct,{one.id}"}),
        }
        rows.append([link, {"text": n, "strong": one.hot}, *others])
    table = long_table(_heads(), rows, "returns-card precincts-list", row_heads=True)
    return html.Div(table, className="returns-lists")


def _chart(precincts: list[PrecinctCount]) -> dict[str, Any]:
    areas = [_area(one) for one in precincts]
    data = [*choropleth.shaded(areas, "--ground"), choropleth.hovers(areas)]
    return {"data": data, "layout": choropleth.layout()}


def _area(one: PrecinctCount) -> choropleth.ShadedArea:
    text = word("statistics.precincts.hover", precinct=str(one.number), count=number(one.n))
    return choropleth.ShadedArea(one.rings, one.excess, one.hot, one.middle, text)
