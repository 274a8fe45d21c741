"""The view by cell of the city's grid, reached from the card of districts: map and list of what happened in
each. Amber is only a cell with more than its residents explain beyond chance, and it says by how much."""

from __future__ import annotations

from dash import html

from dashboard.formats import number
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, map_section, saved_as
from dashboard.pages.statistics.map_address import box_area, map_address
from dashboard.pages.statistics.returns import grid_chart, written_p
from dashboard.request_context import RequestContext
from dashboard.tables import Cell, long_table
from dashboard.wording.statistics import figure_name, formula_of, percent, period, read_now
from dashboard.words import word
from geo.database import Connection
from geo.recurrence.hotspots import FALSE_SHARE
from geo.settings import City
from geo.statistics.area_days import CELL_M
from layers.reading import snapshot
from layers.statistics.cells import CellCount, CellCounts, by_cell
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

VIEW = "cells"
COLUMNS = ("location", "n", "expected", "p")


def layout(context: RequestContext, request: StatisticsRequest) -> html.Div:
    subject = request.of_incidents()
    with snapshot(context.servers.engine) as connection:
        found = by_cell(connection, context.settings.city, request, subject, context.language)
        read = read_now(connection, context.settings.city, request)
    title = html.H2(word("statistics.cells.title"))
    about = html.Span(_about(found, request, subject), className="returns-about")
    if not found.cells:
        nothing = html.P(word("statistics.empty", period=period(request)))
        return html.Div([html.Header([title, about], className="returns-head"), nothing], className="returns")
    head = html.Header([title, about, *saved_as(VIEW, request.as_query())], className="returns-head")
    chart = map_section(VIEW, grid_chart(found.cells, found.outlines), "precincts-graph")
    parts = html.Div([_list(found, request, subject), chart], className="returns-parts")
    formula = html.P(f"{_formula()} {read}", className="returns-formula")
    return html.Div([head, parts, formula], className="returns", **{"data-card": VIEW})


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    """The same as a table and a map."""
    subject = request.of_incidents()
    figure, found = FIGURE_OF_SUBJECT[subject], by_cell(connection, city, request, subject, lang)
    return ChartCard(
        title=word("statistics.cells.title"),
        about=_about(found, request, subject),
        table=DataTable(_heads(), [[_name(one), *_numbers(one)] for one in found.cells]),
        link=RowsLink(figure, request, found.total),
        chart=grid_chart(found.cells, found.outlines) if found.cells else None,
        formula=(_formula(), formula_of(figure)[1]),
    )


def _about(found: CellCounts, request: StatisticsRequest, subject: str) -> str:
    return word(
        "statistics.cells.about",
        figure=figure_name(FIGURE_OF_SUBJECT[subject]),
        period=period(request),
        total=number(found.total),
        nowhere=number(found.nowhere),
    )


def _formula() -> str:
    return word("statistics.cells.formula", metres=number(CELL_M), share=percent(FALSE_SHARE, 1, 0))


def _heads() -> list[str]:
    return [word(f"returns.column.{column}") for column in COLUMNS]


def _name(one: CellCount) -> str:
    return word("returns.cell", name=one.name) if one.name else word("statistics.cells.no_street")


def _numbers(one: CellCount) -> list[str]:
    """How many, how many were expected, how likely so many are."""
    return [number(one.n), number(one.expected, 1), written_p(one.p)]


def _list(found: CellCounts, request: StatisticsRequest, subject: str) -> html.Div:
    rows: list[list[Cell]] = []
    for one in found.cells:
        n, *others = _numbers(one)
        link: Cell = {"text": _name(one), "href": map_address(request, subject, box_area(one.box))}
        rows.append([link, {"text": n, "strong": one.hot}, *others])
    table = long_table(_heads(), rows, "returns-card precincts-list", row_heads=True)
    return html.Div(table, className="returns-lists")
