"""The days, or months, in which the incidents of an answer were opened, as columns; the fullest leads to its
list."""

from __future__ import annotations

from dataclasses import replace

from dash import html

from dashboard.formats import day
from dashboard.pages.map.address import MapAddress
from dashboard.words import word
from layers.incidents.trend import Trend, TrendStep


def layout(address: MapAddress, trend: Trend | None) -> list:
    """Nothing where there is none."""
    if trend is None:
        return []
    most = max(trend.steps, key=lambda step: step.n)
    columns = [html.I(style={"--n": f"{step.n / most.n:.3f}"}) for step in trend.steps]
    first, last = day(trend.steps[0].first), day(trend.steps[-1].last)
    text = word("duty.area.trend.text", first=first, last=last)
    fullest = word("duty.area.trend.most", when=_when(most), n=most.n)
    title = word("duty.area.trend.month" if trend.by_month else "duty.area.trend.day")
    return [
        html.H3(title),
        html.Div(columns, className="duty-area-trend", role="img", **{"aria-label": f"{text}, {fullest}"}),
        html.P([text, ", ", _list_of(address, most, fullest)], className="duty-quiet"),
    ]


def _when(step: TrendStep) -> str:
    return day(step.first) if step.first == step.last else f"{day(step.first)}–{day(step.last)}"


def _list_of(address: MapAddress, step: TrendStep, name: str) -> html.A | html.Span:
    if not step.whole:
        return html.Span(name)
    current = address.incident_filter
    days = replace(current.selection, since=step.first, until=step.last)
    return html.A(name, href=address.href(replace(current, window="dates", selection=days)))
