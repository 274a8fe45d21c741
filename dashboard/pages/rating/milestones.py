"""The list behind an indicator of milestones: those that it counts, each with a way to its project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.rating import method
from dashboard.pages.rating.texts import NONE, address, indicator_name, month_name
from dashboard.request_context import RequestContext
from dashboard.words import error_words, word
from geo.database import Connection
from geo.errors import InvalidInput
from geo.rating.strategy import Strategy
from geo.statistics.definitions import MILESTONE
from layers.rating.cases import one_of
from layers.rating.milestones import read_rated_milestones
from layers.rating.reading import RatedMonth

COLUMNS = ("project", "milestone", "planned", "done", "reason")
PARTS = {"yes": True, "no": False}


def listed(
    context: RequestContext, connection: Connection, month: RatedMonth, query: Mapping[str, str]
) -> html.Section:
    try:
        manager, n, part = _chosen(query, month.strategy)
    except InvalidInput as error:
        return html.Section(html.P(error_words(error), role="alert"), className="rating-card rating-list")
    rows = read_rated_milestones(
        connection, context.settings.city, month.month, manager, n, part, context.language
    )
    figure = month.strategy.indicators[n].figure.key
    post = month.posts.get(manager)
    title = " · ".join((post.name if post else manager, month_name(month.month), indicator_name(figure)))
    head = html.Header(
        [
            dcc.Link(
                word("rating.back"),
                href=address(month.month, manager=manager),
                className="button",
                refresh=True,
            ),
            html.H2(
                [title, ": ", html.Strong(number(len(rows)))],
                id="rating-total",
                **{"data-n": str(len(rows))},
            ),
            html.P(word("rating.milestones.formula")),
            html.P(method.read_from(context, month), className="rating-read"),
        ]
    )
    return html.Section([head, _table(rows)], className="rating-card rating-list")


def _chosen(query: Mapping[str, str], strategy: Strategy) -> tuple[str, int, bool | None]:
    """Manager, number of the indicator, part. Raises `InvalidInput` ("statistics.value")."""
    known = [one.key for one in strategy.indicators if one.figure.source is MILESTONE]
    manager = one_of(query, "manager", list(strategy.weights))
    indicator = one_of(query, "indicator", known)
    if manager is None or indicator is None:
        raise InvalidInput("statistics.value", name="indicator", value=query.get("indicator", "")[:40])
    part = one_of(query, "part", list(PARTS))
    n = [one.key for one in strategy.indicators].index(indicator)
    return manager, n, PARTS[part] if part else None


def _table(rows: list[dict[str, Any]]) -> html.Div:
    heads = [html.Th(word(f"rating.milestones.{name}"), scope="col") for name in COLUMNS]
    body = [html.Tr([html.Td(_cell(row, name)) for name in COLUMNS]) for row in rows]
    return html.Div(
        html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)]), className="rating-rows", tabIndex="0"
    )


def _cell(row: Mapping[str, Any], name: str) -> Any:
    if name == "project":
        href = f"/statistics?view=projects#project-{row['project']}"
        return dcc.Link(row["name"] or row["project"], href=href, refresh=True)
    if name == "milestone":
        return row["milestone"] or row["key"]
    if name == "reason":
        return row["reason"] or NONE
    day: date | None = row[f"{name}_on"]
    if name == "planned" and row["moved_to"]:
        moved = word("rating.milestones.moved", day=f"{row['moved_to']:%d.%m.%Y}")
        return [f"{day:%d.%m.%Y}", html.Br(), html.Small(moved)]
    return NONE if day is None else f"{day:%d.%m.%Y}"
