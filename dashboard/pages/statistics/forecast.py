"""The view of this hour and the next ones: a row an hour, the interval as a band, what came as a mark; below
it, how good such forecasts were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dash import html

from dashboard.formats import number
from dashboard.pages.statistics.card import DataTable, TableFile, files, picture_button
from dashboard.pages.statistics.controls import topic_form
from dashboard.request_context import RequestContext
from dashboard.wording.statistics import figure_name, percent, read_now
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.forecast import Backtest
from layers.reading import snapshot
from layers.statistics.forecast import ForecastHour, HourForecast, read_forecast
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest
from layers.statistics.returns import read_topics

VIEW = "forecast"
COLUMNS = ("hour", "expected", "interval", "came", "band")


def layout(context: RequestContext, request: StatisticsRequest, query: Mapping[str, str]) -> html.Section:
    with snapshot(context.servers.engine) as connection:
        topics = read_topics(connection, context.language)
        topic = query.get("topic") if query.get("topic") in topics else None
        found = read_forecast(connection, context.settings.city, request, datetime.now(UTC), topic)
        read = read_now(connection, context.settings.city)
    name = _name(request, topics, topic)
    choice = topic_form(VIEW, request, topics, topic)
    if not found.hours:
        return html.Section([choice, html.P(word("forecast.none", name=name))], className="forecast")
    named = {**request.as_query(), **({"topic": topic} if topic else {})}
    return html.Section(
        [
            html.H2(word("forecast.title", name=name)),
            choice,
            html.P(f"{word('forecast.about')} {read}", className="forecast-about"),
            _table(found),
            html.P([picture_button(), *files(VIEW, named)], className="statistics-files"),
            *([html.P(_tested(found.tested), className="forecast-tested")] if found.tested else []),
        ],
        className="forecast",
        **{"data-picture": VIEW},
    )


def table_file(
    connection: Connection, city: City, request: StatisticsRequest, lang: str, topic: str | None
) -> TableFile:
    """The hours as a file."""
    topics = read_topics(connection, lang)
    topic = topic if topic in topics else None
    found = read_forecast(connection, city, request, datetime.now(UTC), topic)
    heads = [word(f"forecast.column.{key}") for key in COLUMNS[:-1]]
    rows = [_cells(one, n == found.now) for n, one in enumerate(found.hours)]
    title = word("forecast.title", name=_name(request, topics, topic))
    return TableFile(title, DataTable(heads, rows), (word("forecast.about"), ""))


def _name(request: StatisticsRequest, topics: Mapping[str, str], topic: str | None) -> str:
    """A topic is one of the requests of 109, whatever subject is chosen beside it."""
    return topics[topic] if topic else figure_name(FIGURE_OF_SUBJECT[request.counted()])


def _table(found: HourForecast) -> html.Table:
    top = max(max(one.expected.high, one.n or 0) for one in found.hours) or 1
    heads = [html.Th(word(f"forecast.column.{key}"), scope="col") for key in COLUMNS]
    rows = [_row(one, top, n == found.now) for n, one in enumerate(found.hours)]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)])


def _cells(one: ForecastHour, now: bool) -> list[str]:
    expected = one.expected
    came = "" if one.n is None else number(one.n)
    if now:
        came = word("forecast.so_far", count=came)
    elif one.n is not None and one.n > expected.high:
        came = word("forecast.more", count=came)
    return [
        f"{one.begins:%d.%m %H:00}",
        number(expected.mean, 1),
        word("forecast.between", low=number(expected.low), high=number(expected.high)),
        came,
    ]


def _row(one: ForecastHour, top: int, now: bool) -> html.Tr:
    off = one.n is not None and one.n > one.expected.high
    cells = [*_cells(one, now), html.Div(_band(one, top), className="forecast-band")]
    return html.Tr(
        [html.Td(cell) for cell in cells],
        **{"data-off": str(off).lower(), "data-now": str(now).lower()},
    )


def _band(one: ForecastHour, top: int) -> list[html.I]:
    low, high = 100 * one.expected.low / top, 100 * one.expected.high / top
    band = html.I(style={"left": f"{low:.2f}%", "width": f"{high - low:.2f}%"})
    if one.n is None:
        return [band]
    return [band, html.I(className="forecast-mark", style={"left": f"{100 * one.n / top:.2f}%"})]


def _tested(tested: Backtest) -> str:
    return word(
        "forecast.tested",
        hours=number(tested.steps),
        error=number(tested.error, 2),
        naive=number(tested.naive, 2),
        coverage=percent(tested.coverage, 1),
        plain=percent(tested.plain, 1),
    )
