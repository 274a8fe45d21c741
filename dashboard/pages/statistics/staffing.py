"""The view of operators: needed and on the roster, an hour a column, and the same as a table. Amber is only
an hour in which some are lacking, and it says how many."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html

from dashboard.formats import number
from dashboard.pages.statistics.card import DataTable, TableFile, files, picture_button
from dashboard.request_context import RequestContext
from dashboard.wording.staffing import silence, summary
from dashboard.wording.statistics import percent, read_now
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.staffing.need import GOALS
from layers.reading import snapshot
from layers.statistics.staffing import StaffedHour, read_staffing

VIEW = "staffing"
COLUMNS = ("hour", "calls", "interval", "needed", "busy", "patient", "rostered", "within", "lost")
EVERY_H = 3
"""Hours that are named below the picture."""


def layout(context: RequestContext) -> html.Section:
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        found = read_staffing(connection, city, datetime.now(UTC))
        read = read_now(connection, city)
    if not found.hours:
        return html.Section(html.P(silence(found, city)), className="staffing")
    return html.Section(
        [
            html.H2(word("staffing.title")),
            *(html.P(line, className="staffing-about") for line in summary(found, city)),
            _legend(),
            _picture(found.hours),
            _table(found.hours),
            html.P([picture_button(), *files(VIEW, {})], className="statistics-files"),
            html.P(f"{word('staffing.formula')} {read}", className="staffing-about"),
        ],
        className="staffing",
        **{"data-picture": VIEW},
    )


def _legend() -> html.Ul:
    marks = ("needed", "busy", "rostered", "short")
    items = [html.Li([html.I(className=f"staffing-{mark}"), word(f"staffing.mark.{mark}")]) for mark in marks]
    return html.Ul(items, className="staffing-legend")


def _picture(hours: list[StaffedHour]) -> html.Div:
    """The table below says the same to who cannot see it."""
    top = max(1, *(max(one.busy, one.needed, one.rostered or 0) for one in hours))
    return html.Div(
        [_column(one, top, named=n % EVERY_H == 0) for n, one in enumerate(hours)],
        className="staffing-picture",
        **{"aria-hidden": "true"},
    )


def _column(one: StaffedHour, top: int, named: bool) -> html.Div:
    def high(n: int) -> dict[str, str]:
        return {"height": f"{100 * n / top:.2f}%"}

    marks = [
        html.I(className="staffing-busy", style=high(max(one.busy, one.needed))),
        html.I(className="staffing-needed", style=high(one.needed)),
    ]
    if one.rostered is not None:
        marks.append(
            html.I(className="staffing-rostered", style={"bottom": f"{100 * one.rostered / top:.2f}%"})
        )
    lacks = [
        html.B(
            f"\N{MINUS SIGN}{number(one.short)}", style={"bottom": high(max(one.busy, one.needed))["height"]}
        )
    ]
    return html.Div(
        [
            html.Div([*marks, *(lacks if one.short else [])], className="staffing-bars"),
            html.Span(f"{one.begins:%H}" if named else ""),
        ],
        title=_spoken(one),
        **{"data-short": str(one.short > 0).lower()},
    )


def _spoken(one: StaffedHour) -> str:
    return word(
        "staffing.hour",
        hour=f"{one.begins:%d.%m %H:%M}",
        needed=number(one.needed),
        busy=number(one.busy),
        rostered=_rostered(one),
    )


def _rostered(one: StaffedHour) -> str:
    if one.rostered is None:
        return "–"
    if not one.short:
        return number(one.rostered)
    return word("staffing.lacking", count=number(one.rostered), lacking=number(one.short))


def table_file(connection: Connection, city: City) -> TableFile:
    """The hours as a file."""
    found = read_staffing(connection, city, datetime.now(UTC))
    rows = [_cells(one) for one in found.hours]
    return TableFile(word("staffing.title"), DataTable(_heads(), rows), (word("staffing.formula"), ""))


def _heads() -> list[str]:
    wait_s = number(GOALS.within[0][0])
    return [word(f"staffing.column.{key}", seconds=wait_s) for key in COLUMNS]


def _table(hours: list[StaffedHour]) -> html.Div:
    heads = [html.Th(name, scope="col") for name in _heads()]
    rows = [_row(one) for one in hours]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)])
    return html.Div(table, className="staffing-table", tabIndex=0)


def _cells(one: StaffedHour) -> list[str]:
    answers = one.with_them
    return [
        f"{one.begins:%d.%m %H:%M}",
        number(one.calls.mean, 1),
        word("forecast.between", low=number(one.calls.low), high=number(one.calls.high)),
        number(one.needed),
        number(one.busy),
        number(one.patient),
        _rostered(one),
        "–" if answers is None else percent(answers.within, 1),
        "–" if answers is None else percent(answers.lost, 1),
    ]


def _row(one: StaffedHour) -> html.Tr:
    return html.Tr([html.Td(cell) for cell in _cells(one)], **{"data-short": str(one.short > 0).lower()})
