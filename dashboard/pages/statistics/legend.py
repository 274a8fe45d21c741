"""The steps of colour of a chart, and what each stands for."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard.formats import number
from dashboard.words import word


def steps(limits: Sequence[float], digits: int = 0) -> html.Ul:
    """Six cells: below the first limit, from each limit on."""
    labels = [word("statistics.below", limit=number(limits[0], digits))]
    labels += [number(limit, digits) for limit in limits[:-1]]
    labels += [word("statistics.from", limit=number(limits[-1], digits))]
    return html.Ul(
        [html.Li([html.I(className=f"statistics-step-{step}"), label]) for step, label in enumerate(labels)],
        className="statistics-steps",
    )
