"""/desk: the three levels at work. An inspector's queue beside the card, a performer's inbox (made for a
phone first), and what a citizen hears of a case. `assets/desk/desk.js` reads it anew, opens the form, sends
what is pressed and goes on to the next.

The view (`show`), the queue or list, the case and the number that was looked up stand in the address.

* `case`: the card: what, where, its clock, what was done, pictures, buttons with their keys
* `citizen`: a case as its citizen sees it: messages, mark, reopening
* `form`: the form below, with the fields of each action
* `inbox`: the cases of the caller's organisation
* `queue`: what waits for an inspector, and why
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html

from dashboard.formats import number
from dashboard.pages.desk import citizen, form, inbox, queue
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import IkomekError
from layers.desk.citizen import read_median
from layers.executors import LISTS

PATH = "/desk"
TITLE = "desk.title"
PERMISSION = "page.desk"
NAVIGATION = (PATH, "shell.nav.desk")
WORK = LISTS
VIEWS = {"queue": "case.check", "inbox": "case.work", "citizen": "case.citizen"}
"""View -> the permission of who works there; who has none may look at the queue."""
QUERY = ("show", "queue", "list", "case", "number")
DAY_S = 86400
GOAL_DAYS, BEFORE_DAYS = 2, 7
"""What the centre brought the median to, and from."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    known = {key: query[key] for key in QUERY if key in query}
    return html.Div(
        [
            dcc.Store(id="desk-pulse"),
            dcc.Store(id="desk-query", data=known),
            html.Div(draw(known), id="desk-shown"),
            form.layout(),
            html.Div(id="desk-message", className="page-message", role="status"),
        ],
        id="desk",
        className="desk",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("desk-shown", "children"),
        Input("desk-pulse", "data"),
        Input("desk-query", "data"),
        prevent_initial_call=True,
    )
    async def read_again(pulse: float | None, query: dict[str, Any]) -> list:
        return await current().run(LISTS, draw, query)


def draw(query: dict[str, Any]) -> list:
    """Head and the view that the address names; a view that cannot be read says why, and the head stays."""
    shown = view_of(query)
    parts = {"queue": queue.draw, "inbox": inbox.draw, "citizen": citizen.draw}
    try:
        body = parts[shown](query)
    except IkomekError as error:
        body = [html.P(error_words(error), className="desk-none", role="alert")]
    return [_head(shown), html.Div(body, id="desk-view", **{"data-view": shown})]


def view_of(query: dict[str, Any]) -> str:
    """The one that is asked for, if the caller works there, else the first where they do."""
    allowed = [view for view, permission in VIEWS.items() if current().may(permission)]
    wanted = str(query.get("show") or "")
    return wanted if wanted in allowed else (allowed or ["queue"])[0]


def _head(shown: str) -> html.Header:
    context = current()
    links = [
        html.A(
            word(f"desk.view.{view}"),
            href=f"{PATH}?show={view}",
            **({"aria-current": "page"} if view == shown else {}),
        )
        for view, permission in VIEWS.items()
        if context.may(permission)
    ]
    views = html.Nav(links, className="views", **{"aria-label": word("desk.views")})
    return html.Header(
        [html.H1(word("desk.title")), *([views] if len(links) > 1 else []), *_median(shown)],
        className="desk-head",
    )


def _median(shown: str) -> list:
    """From an inquiry to its answer: of the city, so it is no performer's."""
    if shown == "inbox":
        return []
    context = current()
    seconds = read_median(context.servers.engine, context.settings.city)
    if seconds is None:
        return [html.P(word("desk.median.none"), className="desk-median")]
    days = seconds / DAY_S
    text = word("desk.median", days=number(days, 1), goal=GOAL_DAYS, before=BEFORE_DAYS)
    missed = {"data-missed": "yes"} if round(days, 1) > GOAL_DAYS else {}
    return [html.P(text, className="desk-median", title=word("statistics.figure.waited.formula"), **missed)]
