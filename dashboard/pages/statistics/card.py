"""The frame of a card: headline, chart, and below it formula, rows, table and picture.

A chart is hidden from screen readers; its table, with the same numbers, is always there for them, and for all
once it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number
from dashboard.wording.statistics import period
from dashboard.words import word
from geo.statistics.definitions import Figure
from layers.statistics.requests import StatisticsRequest

HIDDEN = {"aria-hidden": "true"}
"""Hides from screen readers what the table says too."""
FILES = ("csv", "xlsx")
"""Forms of a table (`dashboard.api.statistics`)."""
CONFIG: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "scrollZoom": False}


@dataclass(frozen=True)
class RowsLink:
    """A link to the list of exactly `n` rows of a figure."""

    figure: Figure
    request: StatisticsRequest
    n: int
    more: dict[str, str] = field(default_factory=dict)

    def address(self, **more: str) -> str:
        query = {"view": "rows", "figure": self.figure.key, **self.request.as_query(), **self.more, **more}
        return f"/statistics?{urlencode(query, safe=',:')}"


@dataclass(frozen=True)
class DataTable:
    """`columns` are words, `rows` text."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class TableFile:
    """What a view that is no card has as a file."""

    title: str
    table: DataTable
    formula: tuple[str, str] | None = None


@dataclass(frozen=True)
class ChartCard:
    """What stands in a card. `chart`: a Plotly figure whose colours are tokens ("--bar") and sizes those of a
    root of 16 px; none = the period is `empty`, in words. `headline`: its number and what stands beside it.
    `after`: below the chart, `side`: beside it, what the table says once more. `formula`: what the figure is,
    in words and in SQL. `note`: at the foot's end."""

    title: str
    about: str
    table: DataTable
    link: RowsLink
    chart: dict[str, Any] | None = None
    headline: list[Any] | None = None
    after: list[Any] | None = None
    side: list[Any] | None = None
    formula: tuple[str, str] | None = None
    note: Any = None
    empty: str | None = None
    mark: str | None = None
    """The symbol of its kind: square, triangle, diamond."""
    switch: html.Nav | None = None
    """What else the card can show."""
    beside_files: Sequence[Any] = ()
    """Links beside the files of its table."""


def frame(key: str, rows: int = 0) -> html.Section:
    """A card that is not read yet; where it will be a table, with room for so many rows."""
    return html.Section(
        [
            html.Div(
                html.Div(word("shell.loading"), className="statistics-wait"),
                id=f"statistics-card-{key}",
                className="statistics-body",
            ),
            html.Button(
                word("statistics.again"),
                id=f"statistics-again-{key}",
                className="button statistics-again",
                type="button",
            ),
        ],
        className=f"statistics-card statistics-{key}",
        style={"--rows": rows},
        tabIndex="0",
        **{"data-card": key, "aria-label": word(f"statistics.card.{key}")},
    )


def failed(key: str, reason: str) -> list:
    """The failure in the card's own frame; the button below asks again."""
    return [
        html.H2(word(f"statistics.card.{key}")),
        html.P([word("statistics.failed"), " ", reason], className="statistics-failed", role="alert"),
    ]


def show(
    key: str,
    card: ChartCard,
    query: Mapping[str, str],
    read: str,
    nearest: StatisticsRequest | None = None,
) -> list:
    """`query`: the page's, for the table as a file. `read`: its period, and when it was read. `nearest`: of a
    card without records, the nearest period that has some."""
    head = html.Header(
        [
            html.H2([*([html.I(className=f"statistics-mark-{card.mark}")] if card.mark else []), card.title]),
            html.Span(card.about, className="statistics-about"),
            *([card.switch] if card.switch else []),
        ]
    )
    headline = [html.Div(card.headline, className="statistics-headline")] if card.headline else []
    return [head, *headline, _picture(key, card, nearest), _table(key, card, query), _foot(key, card, read)]


def _picture(key: str, card: ChartCard, nearest: StatisticsRequest | None) -> html.Div:
    if card.chart is None:
        text = html.P([card.empty, *_nearest(nearest)], className="statistics-empty")
        return html.Div(text, className="statistics-picture")
    graph = html.Div(
        [
            dcc.Store(id=f"statistics-chart-{key}", data=card.chart),
            dcc.Graph(id=f"statistics-graph-{key}", config=CONFIG, className="statistics-graph"),
        ],
        className="statistics-plot",
        **HIDDEN,
    )
    side = [html.Div(card.side, className="statistics-side", **HIDDEN)] if card.side else []
    after = (part if isinstance(part, html.Ul) else html.Span(part) for part in card.after or ())
    return html.Div(
        [
            html.Div([graph, *side], className="statistics-drawn"),
            html.Div(list(after), className="statistics-beside"),
        ],
        className="statistics-picture",
    )


def _nearest(nearest: StatisticsRequest | None) -> list:
    if nearest is None:
        return []
    words = word("statistics.nearest", period=period(nearest))
    return [" · ", html.A(words, href=f"/statistics?{urlencode(nearest.as_query())}")]


def _table(key: str, card: ChartCard, query: Mapping[str, str]) -> html.Div:
    table = html.Table(
        [
            html.Caption(f"{card.title}: {card.about}"),
            html.Thead(html.Tr([html.Th(column, scope="col") for column in card.table.columns])),
            html.Tbody(
                [
                    html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])])
                    for row in card.table.rows
                ]
            ),
        ]
    )
    return html.Div(
        [table, html.P([*files(key, query), *card.beside_files], className="statistics-files")],
        id=f"statistics-table-{key}",
        className="statistics-table unseen",
    )


def saved_as(key: str, query: Mapping[str, str]) -> list:
    """A view that is no card: its map as a picture, its table as files. `data-card` names it to the
    script."""
    return [html.P([picture_button(), *files(key, query)], className="returns-files")]


def map_section(view: str, chart: dict[str, Any], graph: str = "", title: str = "", about: str = "") -> Any:
    """The map of a view; screen readers have the list beside it. `graph`: a class of its frame."""
    return html.Section(
        [
            *([html.H3(title)] if title else []),
            dcc.Store(id=f"statistics-chart-{view}", data=chart),
            html.Div(
                dcc.Graph(id=f"statistics-graph-{view}", config=CONFIG, className="statistics-graph"),
                className=f"returns-graph {graph}".strip(),
            ),
            *([html.P(about, className="returns-about")] if about else []),
        ],
        className="returns-map",
        **HIDDEN,
    )


def files(key: str, query: Mapping[str, str]) -> list[html.A]:
    """Links to the table as a file of each form."""
    return [
        html.A(
            form.upper(),
            href=f"/api/v1/statistics/{key}.{form}?{urlencode(query)}",
            download=True,
            className="button",
        )
        for form in FILES
    ]


def picture_button(className: str = "button", disabled: bool = False) -> html.Button:
    """Saves the chart of its card, or all of the view that is named `data-picture`."""
    return html.Button(
        "PNG",
        type="button",
        className=f"{className} statistics-png".strip(),
        title=word("statistics.png"),
        disabled=disabled,
    )


def _foot(key: str, card: ChartCard, read: str) -> html.Footer:
    words, sql = card.formula or ("", "")
    return html.Footer(
        [
            _opener(key, "formula"),
            html.A(
                word("statistics.rows", count=number(card.link.n)),
                href=card.link.address(),
                className="statistics-rows",
            ),
            _opener(key, "table"),
            picture_button("", card.chart is None),
            html.Span(card.note, className="statistics-note"),
            html.Div(
                [html.P(words), html.Code(sql), html.Small(read)],
                id=f"statistics-formula-{key}",
                className="statistics-formula",
                hidden=True,
            ),
        ]
    )


def _opener(key: str, what: str) -> html.Button:
    return html.Button(
        word(f"statistics.{what}"),
        type="button",
        className="statistics-opener",
        **{"aria-expanded": "false", "aria-controls": f"statistics-{what}-{key}"},
    )


def switch(request: StatisticsRequest, name: str, values: Sequence[str]) -> html.Nav:
    """What the card shows, of several: each is the same page. `name`: of the request's field."""
    links = [
        html.A(
            word(f"statistics.{name}.{value}"),
            href=f"/statistics?{urlencode({**request.as_query(), name: value})}",
            **({"aria-current": "true"} if value == getattr(request, name) else {}),
        )
        for value in values
    ]
    label = {"aria-label": word(f"statistics.{name}")}
    return html.Nav(links, className="views statistics-switch", **label)


def headline(n: float, change: str, beside: str, below: str) -> list:
    """The number, its change, and what stands below that."""
    return [
        html.Strong(number(n)),
        html.Div([html.Span([html.B(change), " ", beside]), html.Span(below)]),
    ]
