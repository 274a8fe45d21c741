"""The feeds: how old each is against its interval, what its runs read and rejected, a run asked for once
more.

What is chosen stands in the address (`dashboard.pages.feeds.address`). `assets/feeds/feeds.js` keeps ages and
states alive from the live feed and rings (`feeds-pulse`) when a run has ended; the rows are then read again.

* `address`: what the address of the page holds
* `corrections`: the form to correct a rejected row and send it again; all rows of a run again
* `findings`: findings of a feed, and the button that accepts one
* `panel`: beside the table: runs of a feed, rejected rows of a run; how many of each
* `table`: the table of feeds: its columns, the state of a feed in words
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from dash import ALL, Dash, Input, Output, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.pages.feeds import corrections
from dashboard.pages.feeds import findings as found_in
from dashboard.pages.feeds.address import Chosen
from dashboard.pages.feeds.panel import panel
from dashboard.pages.feeds.table import table
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import Forbidden
from geo.intake import runs
from layers import feeds
from layers.executors import CARDS, LISTS

PATH = "/feeds"
TITLE = "feeds.title"
PERMISSION = "page.feeds"
NAVIGATION = (PATH, "shell.nav.feeds")
WORK = LISTS
"""Of the layout, which reads the list."""


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    rows, side = draw(Chosen.read(query))
    return html.Div(
        id="feeds",
        className="feeds",
        children=[
            dcc.Store(id="feeds-pulse"),
            html.Section(
                [
                    html.Header(
                        [html.H1(word("feeds.title")), html.P(id="feeds-summary", role="status")],
                        className="feeds-head",
                    ),
                    html.Div(rows, id="feeds-table"),
                ],
                className="feeds-list",
                **{"aria-label": word("feeds.title")},
            ),
            html.Aside(side, id="feeds-panel", className="feeds-panel", **{"aria-live": "polite"}),
        ],
    )


def register(app: Dash) -> None:
    """Read again when the address asks for something else or a run has ended; ask for a run once more;
    send mended rows; accept what was found."""
    corrections.register(app)
    found_in.register(app)

    @app.callback(
        Output("feeds-table", "children"),
        Output("feeds-panel", "children"),
        Input("address", "search"),
        Input("feeds-pulse", "data"),
        prevent_initial_call=True,
    )
    async def read_again(search: str | None, pulse: float | None) -> tuple:
        chosen = Chosen.read(dict(parse_qsl((search or "").lstrip("?"))))
        rows, side = await current().run(LISTS, draw, chosen, ctx.triggered_id != "feeds-pulse")
        return rows, no_update if side is None else side

    @app.callback(
        Output("feeds-said", "children"),
        Input({"type": "feeds-repeat", "run": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def repeat(clicks: list[int | None]) -> str:
        if not ctx.triggered_id or not any(clicks):
            raise PreventUpdate
        new_run = await current().run(CARDS, ask_again, ctx.triggered_id["run"])
        return word("feeds.repeat.asked", run=new_run)


def draw(chosen: Chosen, looks: bool = True) -> tuple[list, list | None]:
    """The table of feeds and the panel beside it. `looks`: somebody asked for it. Rejected rows that are
    read are a look that the audit holds, and where nobody asked they are not read again: the panel is
    none, and stays as it is."""
    context = current()
    region = context.settings.city.region
    now = datetime.now(UTC)
    found = feeds.all_feeds(context.servers.engine, region)
    return table(found, chosen.feed, context.settings.city.time_zone, now), panel(
        context, chosen, found, now
    ) if looks or chosen.run is None else None


def ask_again(run_id: int) -> int:
    """Put the run into the inbox once more; returns the id it will have. Raises `Forbidden`, `NotFound`,
    `Conflict`."""
    context = current()
    if not context.may("feed.run"):
        raise Forbidden("door.forbidden", permission="feed.run")
    with context.web.begin() as connection:
        return runs.repeat(connection, context.settings.city.region, run_id, context.principal.name)
