"""The page /operations, for administrators: the state of every part of the system on one screen, what needs
somebody first. Grey while all is well; it is read again each ten seconds.

* `cards`: a card a subject: processes, routes, feeds, queues, jobs, servers, screens, alarms
* `findings`: what needs somebody, as sentences at the head
* `state`: all that is read for the page, at once
* `tiles`: what the machine measures, each with its last day
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html

from dashboard.answering import answer_address
from dashboard.pages.operations import cards, tiles
from dashboard.pages.operations.findings import findings
from dashboard.pages.operations.state import read_state
from dashboard.request_context import current
from dashboard.words import word
from layers.executors import LISTS

PATH = "/operations"
TITLE = "operations.title"
PERMISSION = "page.operations"
NAVIGATION = (PATH, "shell.nav.operations")
WORK = LISTS
EVERY_MS = 10_000


def layout(**query: str) -> html.Div:
    return html.Div(
        [
            dcc.Interval(id="operations-again", interval=EVERY_MS),
            html.Div(draw(), id="operations-state"),
        ],
        id="operations",
        className="operations",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("operations-state", "children"),
        Input("operations-again", "n_intervals"),
        prevent_initial_call=True,
    )
    async def again(turn: int | None) -> Any:
        drawn, answered = await answer_address(LISTS, draw)
        return drawn if answered else [drawn]


def draw() -> list:
    state = read_state(current())
    found = findings(state)
    return [
        html.Header([html.H1(word("operations.title")), _summary(len(found))], className="operations-head"),
        *([html.Ol([_finding(*one) for one in found], className="operations-findings")] if found else []),
        tiles.tiles(state),
        html.Div(cards.cards(state), className="operations-cards"),
    ]


def _summary(count: int) -> html.P:
    text = word("operations.needs", n=count) if count else word("operations.well")
    return html.P(text, role="status", **{"data-state": "late" if count else "well"})


def _finding(text: str, href: str) -> html.Li:
    return html.Li(dcc.Link(text, href=href) if href else text)
