"""The shares of a manager's performers against how many cases they have, with the limits that chance explains
(D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Stat. Med. 24 (2005),
1185-1202). Only performers beyond 99.8 % are named: few cases shame nobody."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from dash import html

from dashboard.formats import number
from dashboard.pages.rating.texts import cases_address, indicator_name, share
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.rating.strategy import Indicator
from geo.statistics.survival import Z_95
from layers.rating.cases import PerformerShare
from layers.rating.reading import RatedMonth

Z_998 = 3.090232306167813
"""The 99.9 % quantile of the normal distribution: two sides of 99.8 %."""
NEAR_AXIS = 4
"""Part of the axis, on the scale of the root half of it, on which a name stands to the right of its mark."""
POINTS = 40
"""How many points a limit's curve is drawn with."""


def section(
    context: RequestContext,
    month: RatedMonth,
    manager: str,
    indicator: Indicator,
    shares: Sequence[PerformerShare],
) -> html.Div:
    part, whole = sum(one.part for one in shares), sum(one.whole for one in shares)
    mean = part / whole if whole else 0.0
    head = html.H3([word("rating.funnel", figure=indicator_name(indicator.figure.key)), " ", share(mean)])
    if not shares:
        return html.Div([head, html.P(word("rating.funnel.none"))], className="rating-funnel")
    chart = Funnel(mean, shares)
    marks = [_mark(context, month, manager, indicator, chart, one) for one in shares]
    return html.Div(
        [
            head,
            html.P(word("rating.funnel.about", part=number(part), whole=number(whole))),
            html.Div(
                [
                    html.I(className="rating-limit-998", style={"clipPath": chart.band(Z_998)}),
                    html.I(className="rating-limit-95", style={"clipPath": chart.band(Z_95)}),
                    html.I(className="rating-mean", style={"top": chart.y(mean)}),
                    *marks,
                    *(
                        html.Span(number(n), className="rating-n", style={"left": chart.x(n)})
                        for n in chart.ticks()
                    ),
                    *(
                        html.Span(share(level, 0), className="rating-level", style={"top": chart.y(level)})
                        for level in chart.levels()
                    ),
                ],
                className="rating-chart",
            ),
            html.P(word("rating.funnel.legend"), className="rating-note"),
        ],
        className="rating-funnel",
    )


class Funnel:
    """Cases along x on the scale of their root, shares along y."""

    def __init__(self, mean: float, shares: Sequence[PerformerShare]) -> None:
        self.mean = mean
        self.most = max(one.whole for one in shares) * 1.1
        spread = max(
            (abs(one.part / one.whole - mean) for one in shares if one.whole >= self.most / 400), default=0.0
        )
        reach = min(1.0, max(0.02, 1.25 * spread, Z_998 * self.deviation(self.most / 25)))
        self.low, self.high = max(0.0, mean - reach), min(1.0, mean + reach)

    def deviation(self, n: float) -> float:
        return sqrt(self.mean * (1 - self.mean) / max(n, 1.0))

    def is_beyond(self, one: PerformerShare) -> bool:
        return abs(one.part / one.whole - self.mean) > Z_998 * self.deviation(one.whole)

    def x(self, n: float) -> str:
        return f"{100 * sqrt(n / self.most):.2f}%"

    def y(self, value: float) -> str:
        inside = min(self.high, max(self.low, value))
        return f"{100 * (self.high - inside) / (self.high - self.low):.2f}%"

    def band(self, z: float) -> str:
        counts = [self.most * (n / POINTS) ** 2 for n in range(1, POINTS + 1)]
        upper = [f"{self.x(n)} {self.y(self.mean + z * self.deviation(n))}" for n in counts]
        lower = [f"{self.x(n)} {self.y(self.mean - z * self.deviation(n))}" for n in reversed(counts)]
        return f"polygon({', '.join([*upper, *lower])})"

    def ticks(self) -> list[int]:
        """Round counts, four at most."""
        steps = [base * 10**power for power in range(7) for base in (1, 2, 5)]
        fitting = [step for step in steps if step <= self.most]
        return fitting[-6::2]

    def levels(self) -> list[float]:
        step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 1.0) if (self.high - self.low) / step <= 6)
        first = int(self.low / step) + 1
        return [n * step for n in range(first, int(self.high / step) + 1)]


def _mark(
    context: RequestContext,
    month: RatedMonth,
    manager: str,
    indicator: Indicator,
    chart: Funnel,
    one: PerformerShare,
) -> html.A:
    value, name = one.part / one.whole, one.names[context.language]
    beyond = chart.is_beyond(one)
    is_worse = beyond and (value < chart.mean) == (indicator.plan > indicator.zero)
    label = [html.Span(f"{name} {share(value)}")] if beyond else []
    kinds = ["rating-performer"]
    for name_of_kind, holds in (
        ("beyond", beyond),
        ("below", is_worse),
        ("few", one.whole < chart.most / NEAR_AXIS),
    ):
        kinds += [f"rating-{name_of_kind}"] if holds else []
    return html.A(
        label,
        href=cases_address(month.month, manager, indicator=indicator.key, performer=one.key),
        className=" ".join(kinds),
        title=word("rating.funnel.one", name=name, share=share(value), whole=number(one.whole)),
        style={"left": chart.x(one.whole), "top": chart.y(value)},
    )
