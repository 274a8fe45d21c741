"""What stands behind every number of the page, opened below it: the period, until when and from what it was
counted, the moment and the position of the change feed at which it was read, and the formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from dash import html

from dashboard.formats import moment
from dashboard.pages.rating.texts import formula, indicator_name, share
from dashboard.request_context import RequestContext
from dashboard.wording.statistics import formula_of, read_words
from dashboard.words import word
from geo.rating.cases import next_month
from geo.rating.strategy import Indicator
from layers.rating.reading import RatedMonth

ID = "rating-method"
"""What explains the score; the bar leads there."""
PARTS = ("points", "interval", "place")
"""How a score is made, in words."""


def read_from(context: RequestContext, month: RatedMonth) -> str:
    """ "Period 01.01.2025 – 31.01.2025 · ..."."""
    return f"{read_until(context, month)} · {read_words(month.read, context.settings.city)}"


def read_until(context: RequestContext, month: RatedMonth) -> str:
    city, last = context.settings.city, next_month(month.month) - timedelta(1)
    until = moment(month.as_of, city.time_zone, month.as_of.replace(year=month.as_of.year + 1))
    period = word("rating.period", first=f"{month.month:%d.%m.%Y}", last=f"{last:%d.%m.%Y}")
    return f"{period} · {word('rating.read_until', at=until)}"


def strategy_words(context: RequestContext, month: RatedMonth) -> str:
    name = month.strategy.names[context.language]
    return word("rating.strategy_version", version=month.strategy.version, name=name)


def of_score(context: RequestContext, month: RatedMonth) -> html.Details:
    parts = [word(f"rating.method.{part}") for part in PARTS]
    return _opened(context, month, [html.P(one) for one in (*parts, strategy_words(context, month))], id=ID)


def of_indicators(
    context: RequestContext, month: RatedMonth, indicators: Sequence[Indicator]
) -> html.Details:
    terms: list[Any] = []
    for indicator in indicators:
        plan, zero = share(indicator.plan, 0), share(indicator.zero, 0)
        terms += [
            html.Dt(indicator_name(indicator.figure.key)),
            html.Dd(
                [
                    html.P(formula(indicator)),
                    html.P(word("rating.method.indicator", plan=plan, zero=zero)),
                    html.Code(formula_of(indicator.figure)[1]),
                ]
            ),
        ]
    return _opened(context, month, [html.Dl(terms)])


def _opened(
    context: RequestContext, month: RatedMonth, inside: Iterable[Any], **attributes: str
) -> html.Details:
    return html.Details(
        [
            html.Summary(word("statistics.formula")),
            *inside,
            html.P(read_from(context, month), className="rating-read"),
        ],
        className="rating-method",
        **attributes,
    )
