"""The table of managers: place, change, score with its interval, what moved it, how many cases."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.rating import method
from dashboard.pages.rating.texts import (
    NONE,
    address,
    cases_address,
    half,
    indicator_name,
    month_name,
    rank,
    signed,
)
from dashboard.request_context import RequestContext
from dashboard.words import word
from layers.rating.reading import RatedMonth, moved

STEP = 5
"""The step of the axis, in points."""
SHOWN = 2
"""Indicators that moved a score, up and down; all of them stand on the manager's page, at `MOVES`."""
MOVES = "rating-moves"


def table(context: RequestContext, month: RatedMonth, chosen: str) -> html.Section:
    ranked = [one for one in month.managers if one["best"] is not None]
    axis = Axis(ranked)
    rows = [_row(month, ranked, n, axis, chosen) for n in range(len(ranked))]
    return html.Section(
        [
            html.Table(
                [
                    html.Caption(word("rating.caption", month=month_name(month.month))),
                    html.Thead(_head(month, axis, bool(ranked))),
                    html.Tbody(rows),
                ],
                className="rating-ranks",
            ),
            *([] if ranked else [html.P(word("rating.nobody"), className="rating-nobody")]),
            _legend(month),
            _outside(month),
            method.of_score(context, month),
        ],
        className="rating-card rating-all",
        **{"aria-label": word("rating.title")},
    )


class Axis:
    """The axis from points to a part of the width, whole steps at both ends."""

    def __init__(self, ranked: list[dict[str, Any]]) -> None:
        low = min((one["low"] for one in ranked), default=0.0)
        high = max((one["high"] for one in ranked), default=100.0)
        self.low = min(floor(low / STEP) * STEP, 100 - STEP)
        self.high = max(ceil(high / STEP) * STEP, self.low + STEP)
        wide = 1 + (self.high - self.low) // (6 * STEP)
        self.ticks = list(range(self.low, self.high + 1, STEP * wide))

    def at(self, points: float) -> str:
        return f"{100 * (points - self.low) / (self.high - self.low):.2f}%"

    def holds(self, points: float) -> bool:
        return self.low <= points <= self.high


def _head(month: RatedMonth, axis: Axis, ranked: bool) -> html.Tr:
    before = word("rating.moved", month=month_name(month.before_month)) if month.before_month else ""
    ticks = [html.Span(str(tick), style={"left": axis.at(tick)}) for tick in axis.ticks if ranked]
    return html.Tr(
        [
            html.Th(word("rating.rank"), scope="col"),
            html.Th(word("rating.change"), scope="col"),
            html.Th(word("rating.manager"), scope="col"),
            html.Th(word("rating.score"), scope="col", className="rating-number"),
            html.Th(html.Div(ticks, className="rating-axis"), scope="col", **{"aria-hidden": "true"}),
            html.Th(before or word("rating.moved.none"), scope="col"),
            html.Th(word("rating.cases"), scope="col", className="rating-number"),
        ]
    )


def _row(month: RatedMonth, ranked: list[dict[str, Any]], n: int, axis: Axis, chosen: str) -> html.Tr:
    one = ranked[n]
    key, post = one["manager"], month.posts.get(one["manager"])
    name, href = post.name if post else key, address(month.month, manager=key)
    below = one["high"] < month.strategy.threshold
    return html.Tr(
        [
            html.Td(_rank(month, ranked, n), className="rating-rank"),
            html.Td(_change(month, one, n), className="rating-change"),
            html.Th(
                [
                    dcc.Link(name, href=href, refresh=True),
                    html.Span(post.post if post else ""),
                ],
                scope="row",
                className="rating-name",
            ),
            html.Td(
                [html.Strong(number(one["score"], 1)), html.Span(half(one)), *_incomplete(one)],
                className="rating-number rating-score" + (" rating-below" if below else ""),
            ),
            html.Td(_interval(month, one, axis, below), className="rating-plot", **{"aria-hidden": "true"}),
            html.Td(_moved(month, one), className="rating-moved"),
            html.Td(_cases(month, one), className="rating-number"),
        ],
        className="rating-chosen" if key == chosen else "",
        **{"data-manager": key},
    )


def _rank(month: RatedMonth, ranked: list[dict[str, Any]], n: int) -> list:
    """The rank, with a bracket beside it where it is shared; only a closed month has places."""
    one = ranked[n]
    if month.closing is None:
        return [NONE]
    is_shared = one["best"] != one["worst"]
    return [
        *([html.I(className="rating-bracket", title=word("rating.shared"))] if is_shared else []),
        rank(one),
    ]


def _change(month: RatedMonth, one: dict[str, Any], n: int) -> Any:
    """The change of the manager's row against the closed month before."""
    before = (month.before or {}).get(one["manager"])
    if before is None or before["best"] is None or month.closing is None:
        return NONE
    by = before["position"] - n
    return NONE if not by else f"{'▲' if by > 0 else '▼'} {abs(by)}"


def _incomplete(one: dict[str, Any]) -> list:
    return [html.Em(word("rating.incomplete"))] if one["incomplete"] else []


def _interval(month: RatedMonth, one: dict[str, Any], axis: Axis, below: bool) -> html.Div:
    before = (month.before or {}).get(one["manager"])
    lines = [html.I(className="rating-grid", style={"left": axis.at(tick)}) for tick in axis.ticks]
    threshold = month.strategy.threshold
    if axis.holds(threshold):
        lines.append(html.I(className="rating-threshold", style={"left": axis.at(threshold)}))
    width = f"calc({axis.at(one['high'])} - {axis.at(one['low'])})"
    marks = [
        html.I(className="rating-whisker", style={"left": axis.at(one["low"]), "width": width}),
        html.I(className="rating-dot", style={"left": axis.at(one["score"])}),
    ]
    if before is not None and axis.holds(before["score"]):
        marks.insert(0, html.I(className="rating-was", style={"left": axis.at(before["score"])}))
    return html.Div([*lines, *marks], className="rating-interval" + (" rating-below" if below else ""))


def _moved(month: RatedMonth, one: dict[str, Any]) -> list:
    changes = [(key, by) for key, by in moved(month, one) if by]
    href, lines = f"{address(month.month, manager=one['manager'])}#{MOVES}", []
    for sign, found in (
        ("▲", [pair for pair in changes if pair[1] > 0]),
        ("▼", [pair for pair in changes if pair[1] < 0]),
    ):
        if found:
            parts = [f"{indicator_name(key)} {signed(by)}" for key, by in found[:SHOWN]]
            lines.append(dcc.Link([html.B(sign), " ", " · ".join(parts)], href=href, refresh=True))
    return lines


def _cases(month: RatedMonth, one: dict[str, Any]) -> Any:
    n = number(one["cases"])
    if month.closing is None:
        return n
    return dcc.Link(n, href=cases_address(month.month, one["manager"]), refresh=True)


def _legend(month: RatedMonth) -> html.Ul:
    before = [(html.I(className="rating-was"), month_name(month.before_month))] if month.before_month else []
    items = [
        (html.I(className="rating-dot"), word("rating.legend.score")),
        *before,
        (
            html.I(className="rating-threshold"),
            word("rating.legend.threshold", threshold=number(month.strategy.threshold)),
        ),
        (html.I(className="rating-bracket"), word("rating.shared")),
    ]
    return html.Ul([html.Li([mark, words]) for mark, words in items], className="rating-legend")


def _outside(month: RatedMonth) -> html.P:
    """Who has too few cases, without a place."""
    few = [one for one in month.managers if one["best"] is None]
    names = ", ".join(
        f"{month.posts[one['manager']].name if one['manager'] in month.posts else one['manager']} "
        f"({number(one['cases'])})"
        for one in few
    )
    least = number(month.strategy.least_cases)
    key = "rating.outside" if few else "rating.outside.none"
    return html.P(word(key, least=least, names=names), className="rating-outside")
