"""Parts of a chart, as Plotly takes them. Colours are tokens of `assets/tokens.css` by name, sizes those of a
root of 16 px: `assets/statistics/statistics.js` makes both real."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.words import language, word

STEPS = ("--cell-0", "--cell-1", "--cell-2", "--cell-3", "--cell-4", "--cell-5")
"""Colours from few to many."""
SMALL, PLAIN = 12, 13


def layout(**more: Any) -> dict[str, Any]:
    """A layout without ornament: what is not a value is quiet."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "--font", "size": PLAIN, "color": "--muted"},
        "margin": {"l": 0, "r": 0, "t": 4, "b": 22},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "--raised", "bordercolor": "--line", "font": {"color": "--text"}},
        "separators": ".," if language.get() == "en" else ",\u2009",
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    return {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "linecolor": "--line",
        "ticks": "",
        "tickfont": {"size": PLAIN, "color": "--muted"},
        **more,
    }


def hidden_axis(**more: Any) -> dict[str, Any]:
    return axis(visible=False, **more)


def note(x: Any, y: Any, text: str, **more: Any) -> dict[str, Any]:
    """A text in the chart, without an arrow."""
    font = {"size": more.pop("size", PLAIN), "color": more.pop("color", "--text")}
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": font, **more}


def steps_of(values: Sequence[int]) -> list[float]:
    """Round limits between six steps of colour; five of them, ascending."""
    some = sorted(value for value in values if value)
    if not some:
        return [1, 2, 3, 4, 5]
    picked = [some[min(len(some) - 1, int(len(some) * share))] for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    limits: list[float] = []
    for value in picked:
        limit = _round(value)
        limits.append(limit if not limits or limit > limits[-1] else limits[-1] + _unit(limits[-1]))
    return limits


def cells(
    z: list[list[Any]], limits: Sequence[float], links: list[list[str]], texts: list[list[str]]
) -> dict[str, Any]:
    """A heat map of weekdays, in steps of colour; `links`: what each cell leads to."""
    top = max([limits[-1], *(value for row in z for value in row if value is not None)]) * 1.0001
    return {
        "type": "heatmap",
        "z": z,
        "zmin": 0,
        "zmax": top,
        "colorscale": _colours(limits, top),
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": links,
        "text": texts,
        "hovertemplate": "%{text}<extra></extra>",
    }


def of_weekdays(data: list[dict[str, Any]], **xaxis: Any) -> dict[str, Any]:
    """Monday at the top, the scale above."""
    return {
        "data": data,
        "layout": layout(
            margin={"l": 30, "r": 4, "t": 20, "b": 2},
            xaxis=axis(side="top", **xaxis),
            yaxis=axis(
                autorange="reversed",
                tickvals=list(range(7)),
                ticktext=[word(f"date.weekday_short.{weekday}") for weekday in range(7)],
            ),
        ),
    }


def _colours(limits: Sequence[float], top: float) -> list[list[Any]]:
    """A colour scale in steps, of 0..`top`."""
    edges = [0.0, *(limit / top for limit in limits), 1.0]
    scale: list[list[Any]] = []
    for step, low, high in zip(STEPS, edges, edges[1:]):
        scale += [[low, step], [high, step]]
    return scale


def _unit(value: float) -> float:
    digits = len(str(int(abs(value))))
    return float(10 ** max(0, digits - 2))


def _round(value: float) -> float:
    unit = _unit(value)
    return max(unit, round(value / unit) * unit)
