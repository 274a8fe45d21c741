"""One manager: indicators with weight, plan, value, twelve months and points that add up to the score."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.rating import assignments, funnel, method, objections
from dashboard.pages.rating.ranks import MOVES
from dashboard.pages.rating.texts import (
    address,
    cases_address,
    formula,
    half,
    indicator_name,
    month_name,
    rank,
    share,
    signed,
)
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.database import Connection
from geo.rating.strategy import Indicator
from geo.statistics.definitions import MILESTONE, ON_TIME
from layers.rating.cases import closed_in_time, count_marks, performer_shares
from layers.rating.milestones import count_recorded_later
from layers.rating.reading import RatedMonth, moved, rated_value, trend


def section(
    context: RequestContext, connection: Connection, month: RatedMonth, one: dict[str, Any]
) -> html.Section:
    city, key = context.settings.city, one["manager"]
    history = trend(connection, city, month.month, key)
    indicators = [
        (n, month.strategy.indicator_of(key, n))
        for n, indicator in enumerate(month.strategy.indicators)
        if indicator.key in one["indicators"]
    ]
    own = [pair[1] for pair in indicators]
    loose = _loose(context, connection, month, key, indicators)
    children = [_head(month, one), _table(month, one, own, history, loose), *_moves(month, one)]
    children.append(method.of_indicators(context, month, own))
    children += _recorded_later(context, connection, month, one, own)
    if month.closing is not None:
        n, first = indicators[0]
        shares = performer_shares(connection, city, month.month, key, n)
        marks = count_marks(connection, city, month.month, key)
        parts = [funnel.section(context, month, key, first, shares), _marks(month, key, marks)]
        children.append(html.Div(parts, className="rating-below-table"))
    children.append(objections.section(context, connection, month, key))
    children.append(assignments.section(context, connection, month, key))
    return html.Section(children, className="rating-card rating-one", id="rating-manager")


def _recorded_later(
    context: RequestContext,
    connection: Connection,
    month: RatedMonth,
    one: dict[str, Any],
    indicators: list[Indicator],
) -> list[html.P]:
    """Why a signed month counts milestones otherwise than the page of projects does now."""
    asking = next((own for own in indicators if own.figure.source is MILESTONE), None)
    if month.closing is None or asking is None:
        return []
    n = count_recorded_later(connection, context.settings.city, month.month, one["manager"])
    if not n:
        return []
    post = month.posts.get(one["manager"])
    at = month.as_of.astimezone(context.settings.city.time_zone).strftime("%d.%m.%Y %H:%M")
    message = word(
        "rating.recorded_later",
        indicator=indicator_name(asking.figure.key),
        n=n,
        name=post.name if post else one["manager"],
        at=at,
    )
    return [html.P(message, className="rating-read rating-later")]


def _head(month: RatedMonth, one: dict[str, Any]) -> html.Header:
    post = month.posts.get(one["manager"])
    before = (month.before or {}).get(one["manager"])
    was = word("rating.was", score=number(before["score"], 1)) if before else ""
    line = half(one) + (f" · {was}" if was else "")
    rank_line = word("rating.rank_of", rank=rank(one)) if month.closing and one["best"] is not None else ""
    return html.Header(
        [
            html.Div(
                [
                    dcc.Link(
                        word("rating.all"),
                        href=address(month.month),
                        className="button rating-back",
                        refresh=True,
                    ),
                    html.H2(post.name if post else one["manager"]),
                    html.Span(
                        f"{post.post} · {word('rating.performers', count=post.performers)}" if post else ""
                    ),
                ]
            ),
            html.Strong(number(one["score"], 1)),
            html.Div([html.Span(line), html.Span(rank_line)]),
        ]
    )


def _moves(month: RatedMonth, one: dict[str, Any]) -> list[html.P]:
    """The change of the score against the month before, as a sum of what each indicator changed."""
    changes = moved(month, one)
    if not changes or month.before_month is None:
        return []
    total = sum(by for _, by in changes)
    head = word("rating.moves", by=signed(total), month=month_name(month.before_month))
    parts = " · ".join(f"{indicator_name(key)} {signed(by)}" for key, by in changes)
    return [html.P([html.Strong(head), " = ", parts], id=MOVES, className="rating-moves")]


def _loose(
    context: RequestContext,
    connection: Connection,
    month: RatedMonth,
    manager: str,
    indicators: list[tuple[int, Indicator]],
) -> str:
    """How many of the closed alone were in time: beside the strict share, and of no weight."""
    on_time = [n for n, indicator in indicators if indicator.figure is ON_TIME]
    if month.closing is None or not on_time:
        return ""
    part, closed = closed_in_time(
        connection, context.settings.city, month.month, manager, on_time[0], month.as_of
    )
    return word("rating.loose", share=share(part / closed)) if closed else ""


def _table(
    month: RatedMonth,
    one: dict[str, Any],
    indicators: list[Indicator],
    history: dict[str, list[float]],
    loose: str,
) -> html.Table:
    """`loose`: what stands beside the sum and is no part of it."""
    heads = ("indicator", "weight", "plan", "fact", "year", "points")
    weights = month.strategy.weights[one["manager"]]
    rows = [
        _row(month, one, indicator, weights[indicator.key], history.get(indicator.key, []))
        for indicator in indicators
    ]
    total = html.Tr(
        [
            html.Th(word("rating.total"), scope="row"),
            html.Td(str(sum(weights.values()))),
            html.Td(loose, colSpan=2, className="rating-loose"),
            html.Td(),
            html.Td(html.Strong(number(one["score"], 1))),
        ]
    )
    return html.Table(
        [
            html.Caption(word("rating.indicators", month=month_name(month.month))),
            html.Thead(html.Tr([html.Th(word(f"rating.head.{head}"), scope="col") for head in heads])),
            html.Tbody(rows),
            html.Tfoot(total),
        ],
        className="rating-indicators",
    )


def _row(
    month: RatedMonth, one: dict[str, Any], indicator: Indicator, weight: int, history: list[float]
) -> html.Tr:
    found = one["indicators"][indicator.key]
    value = rated_value(found)
    is_below = value is not None and indicator.reached(value) < 1
    return html.Tr(
        [
            html.Th(
                [indicator_name(indicator.figure.key), html.Span(_counted(month, one, indicator, found))],
                scope="row",
                title=formula(indicator),
            ),
            html.Td(str(weight)),
            html.Td(f"{'≥' if indicator.plan > indicator.zero else '≤'} {share(indicator.plan, 0)}"),
            html.Td(_fact(found), className="rating-below" if is_below else ""),
            html.Td(_line(indicator, [*history, *([value] if value is not None else [])])),
            html.Td([html.Strong(number(found["points"], 1)), f" / {weight}"]),
        ]
    )


def _fact(found: dict[str, Any]) -> list:
    """The share as it is, and below it the adjusted one, for which points are given."""
    if "adjusted" not in found:
        return [share(found["value"])]
    expected = number(found["expected"], 1)
    return [
        share(found["value"]),
        html.Span(
            word("rating.adjusted", share=share(found["adjusted"])),
            className="rating-adjusted",
            title=word("rating.adjusted.expected", expected=expected, whole=number(found["whole"])),
        ),
    ]


def _counted(month: RatedMonth, one: dict[str, Any], indicator: Indicator, found: dict[str, Any]) -> list:
    """The numbers of the formula, each a link to its cases; a month that is not closed has no list yet."""
    part, whole = number(found["part"]), number(found["whole"])
    if month.closing is None:
        return [f"{part} / {whole}"]
    view = "milestones" if indicator.figure.source is MILESTONE else "cases"
    link = {"view": view, "manager": one["manager"], "indicator": indicator.key}
    return [
        dcc.Link(part, href=address(month.month, **link, part="yes"), refresh=True),
        " / ",
        dcc.Link(whole, href=address(month.month, **link), refresh=True),
    ]


def _line(indicator: Indicator, values: list[float]) -> html.Div:
    """Twelve months as a line with the plan; the numbers stand in its title."""
    low, high = min([indicator.plan, *values]), max([indicator.plan, *values])
    room = max(high - low, 0.01)
    heights = [92 - 84 * (value - low) / room for value in values]
    plan = 92 - 84 * (indicator.plan - low) / room
    step = 96 / max(1, len(values) - 1)
    points = [(n * step, y) for n, y in enumerate(heights)]
    over = [f"{x:.1f}% calc({y:.1f}% - 1px)" for x, y in points]
    under = [f"{x:.1f}% calc({y:.1f}% + 1px)" for x, y in reversed(points)]
    marks = [html.I(className="rating-plan", style={"top": f"{plan:.1f}%"})]
    if len(values) > 1:
        polygon = f"polygon({', '.join([*over, *under])})"
        marks.append(html.I(className="rating-line", style={"clipPath": polygon}))
    if values:
        x, y = points[-1]
        is_below = indicator.reached(values[-1]) < 1
        marks.append(
            html.I(
                className="rating-dot" + (" rating-below" if is_below else ""),
                style={"left": f"{x:.1f}%", "top": f"{y:.1f}%"},
            )
        )
    return html.Div(
        marks, className="rating-year", role="img", title="  ".join(share(value) for value in values)
    )


def _marks(month: RatedMonth, manager: str, marks: dict[str, int]) -> html.Div:
    """The marks that an inspector should look at, each with its cases."""
    items = [
        html.Li(
            [
                dcc.Link(
                    [html.Span(word(f"rating.mark.{mark}")), html.Strong(number(n))],
                    href=cases_address(month.month, manager, mark=mark),
                    refresh=True,
                )
            ]
        )
        for mark, n in marks.items()
    ]
    return html.Div(
        [
            html.H3(word("rating.marks")),
            html.P(word("rating.marks.about" if items else "rating.marks.none")),
            html.Ul(items),
        ],
        className="rating-marks",
    )
