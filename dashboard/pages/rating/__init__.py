"""The rating of managers: a month, places with intervals, what moved them, and a manager on whose page every
point leads to its cases.

Everything chosen stands in the address: `month=2025-01`, `manager=KEY`, and `view=cases` with what
`layers.rating.cases` takes. A month that is not closed is counted now; it has no places.

* `assignments`: indicators assigned to a manager: proposed, accepted, returned
* `bar`: the month, by whom it was closed, the way to the others
* `cases`: the list behind a number
* `forms`: a section of what people say: its history, the form of something new, the answer to what is open
* `funnel`: the shares of performers against their cases
* `manager`: one manager: indicators, points, twelve months
* `milestones`: the list behind an indicator of milestones: each leads to its project
* `method`: what stands behind every number: period, until when was read, the formulas
* `objections`: objections to how a case is counted, and their decisions
* `ranks`: the table of managers
* `texts`: shares, points and changes in words
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dash import Dash, html

from dashboard.pages.rating import bar, cases, manager, milestones, ranks
from dashboard.request_context import RequestContext, current
from dashboard.words import error_words, word
from geo.database import Connection
from geo.errors import InvalidInput, NotFound
from geo.rating.strategy import first_of_month
from layers.executors import STATISTICS
from layers.rating import reading
from layers.rating.reading import RatedMonth
from layers.reading import snapshot

PATH = "/rating"
TITLE = "rating.title"
PERMISSION = "page.rating"
NAVIGATION = (PATH, "shell.nav.rating")
WORK = STATISTICS


@dataclass(frozen=True)
class ChosenMonth:
    """What the address asks for; where it cannot be read, `mistake` says why."""

    month: date
    mistake: str | None = None


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    context = current()
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        chosen = read(reading.newest_month(connection, city), query)
        try:
            month = reading.read_month(connection, city, chosen.month, context.language)
        except NotFound as error:
            return _page([bar.bar(context, chosen.month, None, chosen.mistake), _empty(error)])
        parts = (
            [cases.listed(context, connection, month, query)]
            if query.get("view") == "cases"
            else [milestones.listed(context, connection, month, query)]
            if query.get("view") == "milestones"
            else _parts(context, connection, month, query)
        )
    return _page([bar.bar(context, chosen.month, month, chosen.mistake), *parts])


def register(app: Dash) -> None:
    """Nothing to call back: a link opens the page anew."""


def read(newest: date, query: Mapping[str, str]) -> ChosenMonth:
    if not query.get("month"):
        return ChosenMonth(newest)
    try:
        return ChosenMonth(first_of_month(query["month"]))
    except InvalidInput as error:
        return ChosenMonth(newest, error_words(error))


def _parts(
    context: RequestContext, connection: Connection, month: RatedMonth, query: Mapping[str, str]
) -> list:
    own = month.manager(context.principal.manager)
    chosen = month.manager(query.get("manager")) or own or month.managers[0]
    table = ranks.table(context, month, chosen["manager"])
    one = manager.section(context, connection, month, chosen)
    opened = " rating-opened" if query.get("manager") else ""
    return [html.Div([table, one], className=f"rating-parts{opened}")]


def _page(children: list) -> html.Div:
    return html.Div(children, id="rating", className="rating")


def _empty(error: NotFound) -> html.P:
    does = [" ", word("rating.no_strategy.do")] if error.code == "rating.no_strategy" else []
    return html.P([error_words(error), *does], className="rating-empty", role="status")
