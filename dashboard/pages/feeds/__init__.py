"""The feeds: how old each is against its interval, what its runs read and rejected, a run asked for once
more.

What is chosen stands in the address (`dashboard.pages.feeds.address`). `assets/feeds/feeds.js` keeps ages and
states alive from the live feed and rings (`feeds-pulse`, `feeds-panel-pulse`) when a run has ended; the rows
are then read again.

* `address`: what the address of the page holds
* `corrections`: the form to correct a rejected row and send it again; all rows of a run again
* `findings`: findings of a feed, and the button that accepts one
* `panel`: beside the table: runs of a feed, rejected rows of a run; how many of each
* `receivers`: programs of others that are told of changes: which fail, which are dead
* `table`: the table of feeds: its columns, the state of a feed in words
* `tokens`: tokens of screens and programs that end soon
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from dash import ALL, Dash, Input, Output, ctx, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.answering import answer_address, answer_press
from dashboard.pages.feeds import corrections
from dashboard.pages.feeds import findings as found_in
from dashboard.pages.feeds.address import Chosen
from dashboard.pages.feeds.panel import panel
from dashboard.pages.feeds.receivers import receivers
from dashboard.pages.feeds.table import table
from dashboard.pages.feeds.tokens import ending_tokens
from dashboard.request_context import current
from dashboard.words import word
from geo.accounts import token_terms
from geo.errors import Forbidden
from geo.exchange.webhooks import list_webhooks
from geo.intake import runs
from geo.intake.seeing import need_whole
from layers import feeds
from layers.executors import CARDS, LISTS

PATH = "/feeds"
TITLE = "feeds.title"
PERMISSION = "page.feeds"
NAVIGATION = (PATH, "shell.nav.feeds")
WORK = LISTS
"""The executor of the layout, which reads the list."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    chosen = Chosen.read(query)
    return html.Div(
        id="feeds",
        className="feeds",
        children=[
            dcc.Store(id="feeds-pulse"),
            dcc.Store(id="feeds-panel-pulse"),
            html.Section(
                [
                    html.Header(
                        [html.H1(word("feeds.title")), html.P(id="feeds-summary", role="status")],
                        className="feeds-head",
                    ),
                    html.Div(draw_table(chosen), id="feeds-table"),
                ],
                className="feeds-list",
                **{"aria-label": word("feeds.title")},
            ),
            html.Aside(
                draw_panel(chosen), id="feeds-panel", className="feeds-panel", **{"aria-live": "polite"}
            ),
        ],
    )


def register(app: Dash) -> None:
    """Read again when the address asks for something else or a run has ended; ask for a run once more;
    send mended rows; accept what was found."""
    corrections.register(app)
    found_in.register(app)

    # Each by itself: a pulse on the way of what somebody has chosen would be taken for the newer question.
    for output, pulse, draw in (
        ("feeds-table", "feeds-pulse", draw_table),
        ("feeds-panel", "feeds-panel-pulse", draw_panel),
    ):
        app.callback(
            Output(output, "children"),
            Input("address", "search"),
            Input(pulse, "data"),
            prevent_initial_call=True,
        )(partial(read_again, draw))

    @app.callback(
        Output("feeds-message", "children"),
        Input({"type": "feeds-repeat", "run": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def repeat(clicks: list[int | None]) -> Any:
        if not ctx.triggered_id or not any(clicks):
            raise PreventUpdate
        run, answered = await answer_press(CARDS, ask_again, ctx.triggered_id["run"])
        return word("feeds.repeat.asked", run=run) if answered else run


async def read_again(draw: Callable[[Chosen], list], search: str | None, pulse: float | None) -> list:
    chosen = Chosen.read(dict(parse_qsl((search or "").lstrip("?"))))
    drawn, answered = await answer_address(LISTS, draw, chosen)
    return drawn if answered else [drawn]


def draw_table(chosen: Chosen) -> list:
    context = current()
    found = feeds.all_feeds(context.servers.engine, context.settings.city.region)
    webhooks = list_webhooks(context.servers.engine, context.settings.city.region)
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    return [
        *table(found, chosen.feed, zone, now),
        *ending_tokens(token_terms.ending(context.web), zone, now),
        *receivers(webhooks, zone, now),
    ]


def draw_panel(chosen: Chosen) -> list:
    """The panel beside the table. Rejected rows that are read are a look that the audit holds: while a run is
    chosen, the script asks for no more of them by itself."""
    context = current()
    found = feeds.all_feeds(context.servers.engine, context.settings.city.region)
    return panel(context, chosen, found, datetime.now(UTC))


def ask_again(run_id: int) -> int:
    """Put the run into the inbox once more; returns the id it will have. Raises `Forbidden`, `NotFound`,
    `Conflict`."""
    context = current()
    if not context.may("feed.run"):
        raise Forbidden("door.forbidden", permission="feed.run")
    region = context.settings.city.region
    with context.web.begin() as connection:
        need_whole(connection, region, context.principal, "run", run_id)
        return runs.repeat(connection, region, run_id, context.principal.name)
