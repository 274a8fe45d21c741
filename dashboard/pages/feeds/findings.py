"""What is wrong with the content of a feed, above its runs, and the button by which a person accepts it:
what was held back is then done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import ALL, Dash, Input, Output, ctx, html
from dash.exceptions import PreventUpdate

from dashboard.answering import answer_press
from dashboard.formats import moment
from dashboard.pages.feeds.table import outside
from dashboard.request_context import RequestContext, current
from dashboard.words import code_words, word
from geo.errors import Forbidden
from geo.intake.findings import release
from geo.intake.seeing import need_whole
from layers import feeds
from layers.executors import CARDS


def found(context: RequestContext, feed: str, held: bool, now: datetime) -> list:
    """One entry a finding, oldest first; nothing where the feed is well. `held`: whether the caller's scope
    holds all that the feed may bring; else only that there are findings is said, for they quote its rows."""
    rows = feeds.findings(context.servers.engine, context.settings.city.region, feed)
    if not rows:
        return []
    if not held:
        return [html.H3(word("feeds.found")), html.P(outside(feed), className="feeds-choose")]
    zone = context.settings.city.time_zone
    items = [
        html.Li(
            [
                html.Span(moment(row["found_at"], zone, now), className="muted"),
                " ",
                html.Span(code_words(row["code"], row["parameters"]), className="feeds-error"),
                *_accepted(row),
            ],
            className="feeds-found-item",
        )
        for row in rows
    ]
    open_ = any(row["accepted_by"] is None for row in rows)
    button = [
        html.Button(
            word("feeds.release"),
            id={"type": "feeds-release", "feed": feed},
            className="button",
            title=word("feeds.release.why"),
        )
    ]
    return [
        html.H3(word("feeds.found")),
        html.Ul(items, className="feeds-found"),
        *(button if open_ and context.may("feed.run") else []),
    ]


def _accepted(row: dict) -> list:
    return (
        []
        if row["accepted_by"] is None
        else [" ", html.Span(word("feeds.release.by", who=row["accepted_by"]), className="muted")]
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("feeds-released", "children"),
        Input({"type": "feeds-release", "feed": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def accept(clicks: list[int | None]) -> Any:
        if not ctx.triggered_id or not any(clicks):
            raise PreventUpdate
        message, _ = await answer_press(CARDS, _accept, ctx.triggered_id["feed"])
        return message


def _accept(feed: str) -> str:
    """Raises `Forbidden`, and what `release` raises."""
    context = current()
    if not context.may("feed.run"):
        raise Forbidden("door.forbidden", permission="feed.run")
    with context.web.begin() as connection:
        need_whole(connection, context.settings.city.region, context.principal, "feed", feed)
        release(connection, context.settings.city, feed, context.principal.name)
    return word("feeds.release.done")
