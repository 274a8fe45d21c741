"""Statistics: what came to the city, when, about what, from where, how long it waited; against a period
before.

Everything chosen stands in the address (`layers.statistics.requests`, and `view=rows` with what
`layers.statistics.rows` takes); the fields are a plain form that leads there. Each card is read and drawn by
itself: one that fails says why in its own frame, and the others stand.

* `calendar`: the card of days: 53 weeks, days out of the ordinary
* `card`: what all cards have: headline, chart, formula, rows, table, picture
* `cells`: the view by cell of the grid: map, list
* `channels`: the card of channels
* `charts`: axes, bars, cells of charts; steps of colour, sizes of letters
* `choropleth`: maps of figures: from which excess on an area has the next colour
* `controls`: the bar: period, comparison, district, subject
* `course`: the card of days by week or month: how many of these, against a year before
* `directions`: the card of topics and their change: how many, from when a change is marked
* `districts`: the card of districts: per 1,000 residents
* `forecast`: the view of this hour and the next: how many hours, expected and actual
* `hours`: the card of hours by weekday
* `levels`: the view of the three levels: goal, what it lacks, cases
* `legend`: the legend of a chart's colours
* `map_address`: the address of the map with what a number counts
* `measures`: preventive measures: the list, the form, when one is due at the latest
* `notes`: the view of notes to a year: of which years one is written
* `people`: an operator beside their team, the team by name for its head
* `performers`: the card of organisations: how many of them; those of a manager
* `precincts`: the view by precinct: map, list, which are beyond chance
* `projects`: the view of projects of the city: milestones, plan and fact, reasons
* `reports`: the view of kept reports: their papers, links to them and how long these last
* `returns`: the view of what returns: places, map, near repeats, preventive measures
* `rows`: the list behind a figure: its columns
* `spread`: a figure's weeks and teams as small charts of boxes: sizes, lanes
* `staffing`: the view of operators needed and on the roster, hour by hour
* `waiting`: the card of times to answer, to assign, to close: scales, shares
* `years`: the cards by year: how many years, from which jump on a break is marked

`assets/statistics/statistics.js` draws the charts in the colours of `tokens.css`, opens formula and table,
saves a picture, and has the keys; `reports.js` makes and revokes links, `measures.js` proposes measures,
`notes.js` writes notes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from dash import ClientsideFunction, Dash, Input, Output, State, html

from dashboard.pages.statistics import (
    calendar,
    cells,
    channels,
    controls,
    directions,
    districts,
    forecast,
    hours,
    levels,
    notes,
    people,
    performers,
    precincts,
    projects,
    reports,
    returns,
    rows,
    staffing,
    waiting,
    years,
)
from dashboard.pages.statistics.card import ChartCard, TableFile, failed, frame, show
from dashboard.request_context import RequestContext, current
from dashboard.wording.statistics import day, read_now
from dashboard.words import error_words, word
from geo.database import Connection
from geo.errors import IkomekError, InvalidInput, Unavailable
from geo.settings import City
from geo.statistics.definitions import LEVELS
from layers.executors import LISTS, STATISTICS
from layers.reading import snapshot
from layers.scope import Scope
from layers.statistics import counts
from layers.statistics.counts import nearest_period
from layers.statistics.levels import default_period
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest
from layers.unanswered import refusal_of

log = logging.getLogger(__name__)

PATH = "/statistics"
TITLE = "statistics.title"
PERMISSION = "page.statistics"
NAVIGATION = (PATH, "shell.nav.statistics")
WORK = LISTS
"""The executor of the layout; each card has its own."""

CARDS: Mapping[str, Callable[..., ChartCard]] = {
    "inquiries": years.inquiries,
    "police": years.police,
    "emergencies": years.emergencies,
    "offences": years.offences,
    "channels": channels.card,
    "calendar": calendar.card,
    "hours": hours.card,
    "directions": directions.card,
    "waiting": waiting.card,
    "districts": districts.card,
    "organisations": performers.card,
}
"""In the order of the page. To add one: a module with `card(connection, city, request, lang)`, its line, and
the word "statistics.card.KEY"."""

TABLES = (*CARDS, *(one.VIEW for one in (precincts, cells, returns, forecast, staffing, levels)))
"""What can be had as a file."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    context = current()
    request, mistake = read(context, query)
    view = query.get("view", "")
    shown = (
        rows.layout(context, request, query)
        if view == "rows"
        else reports.layout(context, query)
        if view == reports.VIEW
        else forecast.layout(context, request, query)
        if view == forecast.VIEW
        else returns.layout(context, request, query)
        if view == returns.VIEW
        else precincts.layout(context, request)
        if view == precincts.VIEW
        else cells.layout(context, request)
        if view == cells.VIEW
        else staffing.layout(context)
        if view == staffing.VIEW
        else projects.layout(context, request)
        if view == projects.VIEW
        else notes.layout(context, query)
        if view == notes.VIEW
        else _levels(context, request)
        if view == levels.VIEW
        else _cards()
    )
    return html.Div(
        id="statistics",
        className="statistics",
        children=[
            controls.bar(context, request, mistake, view),
            *([] if view else _mixed(context, request)),
            shown,
        ],
    )


def register(app: Dash) -> None:
    """Each card is read when it is laid out, and once more when it failed and somebody asks for it."""
    for key in (*CARDS, *LEVELS):
        _register_reading(app, key)
    for key in (*CARDS, returns.VIEW, precincts.VIEW, cells.VIEW):
        _register_chart(app, key)


def read(context: RequestContext, query: Mapping[str, str]) -> tuple[StatisticsRequest, str | None]:
    """The request in the address, and the mistake in it; where it cannot be read, the request of a plain
    address."""
    scope, today = Scope.of(context.principal), context.settings.city.today()
    plain: dict[str, str] = default_period(today) if query.get("view") == levels.VIEW else {}
    try:
        return replace(StatisticsRequest.parse({**plain, **query}, today), scope=scope), None
    except InvalidInput as error:
        return replace(StatisticsRequest.parse(plain, today), scope=scope), error_words(error)


def tabled(
    key: str,
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    lang: str,
    query: Mapping[str, str],
) -> ChartCard | TableFile:
    """What stands behind a file: a card, or a view that has a table (`TABLES`)."""
    request = counts.scaled(connection, request)
    if key == forecast.VIEW:
        return forecast.table_file(connection, city, request, lang, query.get("topic"))
    if key == staffing.VIEW:
        return staffing.table_file(connection, city)
    if key == levels.VIEW:
        return levels.table_file(connection, city, request, lang)
    if key == returns.VIEW:
        return returns.card(connection, city, request, lang, query.get("topic"))
    of_views = {precincts.VIEW: precincts.card, cells.VIEW: cells.card}
    make = of_views.get(key) or CARDS[key]
    return make(connection, city, request, lang)


def draw(key: str, query: Mapping[str, str]) -> list:
    """One card. Raises `Unavailable`, which the page answers by asking again; any other fault stands in the
    card."""
    context = current()
    request, _ = read(context, query)
    try:
        with snapshot(context.servers.engine) as connection:
            request = counts.scaled(connection, request)
            city, lang = context.settings.city, context.language
            read_at = read_now(connection, city, request)
            if key in LEVELS:
                return levels.band(connection, city, request, lang, key, read_at)
            card = CARDS[key](connection, city, request, lang)
            return show(key, card, request.as_query(), read_at, _nearest(connection, city, request, card))
    except Unavailable:
        raise
    except IkomekError as error:
        return failed(key, error_words(error))
    except Exception as error:
        if refusal := refusal_of(error):
            raise refusal from error
        log.exception("the card %s could not be drawn", key)
        return failed(key, word("error.request.failed"))


def _nearest(
    connection: Connection, city: City, request: StatisticsRequest, card: ChartCard
) -> StatisticsRequest | None:
    """Where a card with no records may lead."""
    if card.chart is not None:
        return None
    of_figure = {figure.key: subject for subject, figure in FIGURE_OF_SUBJECT.items()}
    subject = of_figure.get(card.link.figure.key, request.counted())
    return nearest_period(connection, city, request, subject)


def _register_reading(app: Dash, key: str) -> None:
    @app.callback(
        Output(f"statistics-card-{key}", "children"),
        Input(f"statistics-again-{key}", "n_clicks"),
        State("address", "search"),
    )
    async def read_card(_: int | None, search: str | None) -> list:
        query = dict(parse_qsl((search or "").lstrip("?")))
        return await current().run(STATISTICS, draw, key, query)


def _register_chart(app: Dash, key: str) -> None:
    app.clientside_callback(
        ClientsideFunction("ikomek", "statisticsDraw"),
        Output(f"statistics-graph-{key}", "figure"),
        Input(f"statistics-chart-{key}", "data"),
    )


def _cards() -> html.Div:
    return html.Div([frame(key) for key in CARDS], className="statistics-cards")


def _mixed(context: RequestContext, request: StatisticsRequest) -> list[html.P]:
    """Why no change is told, where the period and the one before are counted to another scale."""
    with snapshot(context.servers.engine) as connection:
        scaled = counts.scaled(connection, request)
    if scaled.full_from is None or scaled.is_comparable:
        return []
    text = word("statistics.mixed", day=day(scaled.full_from, True))
    return [html.P(text, className="statistics-mixed", role="note")]


def _levels(context: RequestContext, request: StatisticsRequest) -> html.Div:
    with snapshot(context.servers.engine) as connection:
        city, principal = context.settings.city, context.principal
        own = people.own_band(connection, city, request, principal)
        own += performers.own_band(connection, city, request, principal.manager, context.language)
    bands = [*(frame(key, len(of)) for key, of in LEVELS.items()), *own]
    return html.Div(bands, className="statistics-bands", **{"data-picture": levels.VIEW})
