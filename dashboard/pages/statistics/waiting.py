"""A card: how long it took until an operator answered, until work began, until a request was closed. The
curve counts among those that wait what still does; below it stands what the ended alone would make
believe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import numpy as np

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, switch
from dashboard.wording.statistics import duration, other, percent, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.survival import Survival
from geo.statistics.waits import UNTIL
from layers.statistics.requests import WAITS, StatisticsRequest
from layers.statistics.waiting import WaitingTimes, waiting_times

TICKS: Mapping[str, Sequence[float]] = {
    "answer": tuple(seconds / 60 for seconds in (5, 10, 15, 20, 30, 60, 120, 300)),
    "assigned": (5, 15, 60, 180, 480, 1440, 4320, 10_080),
    "closed": (15, 60, 180, 480, 1440, 4320, 10_080, 21_600, 43_200),
}
"""Minutes, on a scale by ratios: from the first to the last."""
MINUTES = "floor(date_part('epoch', coalesce({at}, now()) - i.opened_at) / 60)"
ANSWERED = "select answer_s, count(*) from inquiry q where {condition} group by 1"
POINTS, BARS = 240, 36
SHARES = (0.5, 0.9)


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    wait = request.wait
    now = waiting_times(connection, city, request)
    before = waiting_times(connection, city, request.before())
    return ChartCard(
        title=word("statistics.card.waiting"),
        about=word(f"statistics.waiting.about.{wait}"),
        table=_table(now.estimate, wait),
        link=RowsLink(now.figure, request, now.total),
        switch=switch(request, "wait", WAITS),
        chart=_chart(now, before, TICKS[wait]) if now.estimate.events else None,
        after=_beside(now, before, request),
        formula=(word(f"statistics.waiting.formula.{wait}"), _sql(wait)),
        note=_sum(now, wait),
        empty=word("statistics.empty", period=period(request)),
    )


def _sql(wait: str) -> str:
    """What is counted, of inquiries or incidents."""
    if wait not in UNTIL:
        return ANSWERED
    until = UNTIL[wait]
    rows, minutes = " ".join(until.joined.split()), MINUTES.format(at=until.at)
    return f"select {until.state}, {minutes}, count(*) from incident i {rows} group by 1, 2"


def _sum(now: WaitingTimes, wait: str) -> str:
    counts = {"ended": number(now.estimate.events), "open": number(now.estimate.censored)}
    parts = word(f"statistics.waiting.sum.{wait}", **counts)
    unknown = word(f"statistics.waiting.unknown.{wait}", count=number(now.unknown))
    return f"{parts} {unknown}" if now.unknown else parts


def _beside(now: WaitingTimes, before: WaitingTimes, request: StatisticsRequest) -> list[str]:
    texts = []
    if before.estimate.events:
        times = [_written(before.estimate.quantile(share)) for share in SHARES]
        texts.append(
            word("statistics.waiting.before", against=other(request), median=times[0], ninetieth=times[1])
        )
    if request.wait != "answer":
        texts.append(
            word(
                f"statistics.waiting.open.{request.wait}",
                count=number(now.estimate.censored),
                without=_written(now.ended_only.quantile(0.9)),
                instead=_written(now.estimate.quantile(0.9)),
            )
        )
    return texts


def _written(minutes: float | None) -> str:
    return word("statistics.waiting.not_reached") if minutes is None else duration(minutes)


def _table(estimate: Survival, wait: str) -> DataTable:
    rows = []
    for tick in TICKS[wait]:
        index = int(np.searchsorted(estimate.times, tick, side="right")) - 1
        low, high = (estimate.low[index], estimate.high[index]) if index >= 0 else (0, 0)
        rows.append([duration(tick), *(percent(share, 1) for share in (estimate.at(tick), low, high))])
    for share in SHARES:
        rows.append([percent(share, 1, 0), _written(estimate.quantile(share)), "", ""])
    columns = (
        "statistics.waiting.by",
        f"statistics.waiting.ended.{wait}",
        "statistics.waiting.low",
        "statistics.waiting.high",
    )
    return DataTable([word(column) for column in columns], rows)


def _curve(times: np.ndarray, values: np.ndarray, ticks: Sequence[float]) -> tuple[list[float], list[float]]:
    """The curve at points along the scale: a step at each of a hundred thousand ends would be no other
    line."""
    grid = np.geomspace(ticks[0], ticks[-1], POINTS)
    index = np.searchsorted(times, grid, side="right")
    return grid.tolist(), np.concatenate([[0.0], values])[index].tolist()


def _lines(now: WaitingTimes, before: WaitingTimes, ticks: Sequence[float]) -> list[dict[str, Any]]:
    """The band of the estimate, the period before as a dashed line, the estimate itself."""
    estimate = now.estimate
    grid, ended = _curve(estimate.times, estimate.ended, ticks)
    low, high = (_curve(estimate.times, end, ticks)[1] for end in (estimate.low, estimate.high))
    data: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "x": grid, "y": low, "line": {"width": 0}, "hoverinfo": "skip"},
        {
            "type": "scatter", "mode": "lines", "x": grid, "y": high, "line": {"width": 0}, "fill": "tonexty",
            "fillcolor": "--band", "hoverinfo": "skip",
        },
    ]  # fmt: skip
    if before.estimate.events:
        times, values = _curve(before.estimate.times, before.estimate.ended, ticks)
        data.append(
            {
                "type": "scatter", "mode": "lines", "x": times, "y": values, "hoverinfo": "skip",
                "line": {"width": 1.5, "dash": "dash", "color": "--muted"},
            }
        )  # fmt: skip
    data.append(
        {
            "type": "scatter", "mode": "lines", "x": grid, "y": ended,
            "line": {"width": 2.5, "color": "--cell-5"}, "text": [duration(minutes) for minutes in grid],
            "hovertemplate": "%{text}: %{y:.1%}<extra></extra>",
        }
    )  # fmt: skip
    return data


def _chart(now: WaitingTimes, before: WaitingTimes, ticks: Sequence[float]) -> dict[str, Any]:
    notes, shapes, points = _marks(now.estimate, ticks)
    return {
        "data": [_histogram(now, ticks), *_lines(now, before, ticks), _still_open(now, ticks), points],
        "layout": charts.layout(
            margin={"l": 44, "r": 16, "t": 6, "b": 22},
            xaxis=charts.axis(
                type="log",
                range=[log10(ticks[0]), log10(ticks[-1])],
                tickvals=list(ticks),
                ticktext=[duration(tick) for tick in ticks],
            ),
            yaxis=charts.axis(
                range=[0, 1.06],
                tickvals=[0, 0.25, 0.5, 0.75, 0.9, 1],
                ticktext=[percent(share, 1, 0) for share in (0, 0.25, 0.5, 0.75, 0.9, 1)],
                showgrid=True,
                gridcolor="--line",
            ),
            yaxis2={"overlaying": "y", "visible": False, "fixedrange": True, "rangemode": "tozero"},
            bargap=0.08,
            annotations=notes,
            shapes=shapes,
        ),
    }


def _histogram(now: WaitingTimes, ticks: Sequence[float]) -> dict[str, Any]:
    edges = np.geomspace(ticks[0], ticks[-1], BARS + 1)
    minutes = np.array([minutes for minutes, _ in now.durations], float)
    many = np.array([n for _, n in now.durations], float)
    n, _ = np.histogram(np.clip(minutes, edges[0], edges[-1]), edges, weights=many)
    middle = (edges[:-1] + edges[1:]) / 2
    return {
        "type": "bar",
        "x": middle.tolist(),
        "y": (n / max(n.max(), 1) * 0.45).tolist(),
        "width": (edges[1:] - edges[:-1]).tolist(),
        "marker": {"color": "--raised-bar"},
        "text": [
            f"{duration(low)} – {duration(high)}: {number(value)}"
            for low, high, value in zip(edges, edges[1:], n)
        ],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _still_open(now: WaitingTimes, ticks: Sequence[float]) -> dict[str, Any]:
    """A tick on the curve at the ages of what still waits."""
    ages = sorted({min(max(age, ticks[0]), ticks[-1]) for age, _ in now.open_ages})
    shown = ages[:: max(1, len(ages) // 40)]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": shown,
        "y": [now.estimate.at(age) for age in shown],
        "marker": {"symbol": "line-ns", "size": 9, "line": {"width": 1, "color": "--cell-5"}},
        "hoverinfo": "skip",
    }


def _marks(estimate: Survival, ticks: Sequence[float]) -> tuple[list[dict], list[dict], dict[str, Any]]:
    """The median and the 90th percentile: their texts, their lines down to the scale, their points."""
    notes: list[dict] = []
    shapes: list[dict] = []
    points: dict[str, list[float]] = {"x": [], "y": []}
    for share, key in zip(SHARES, ("statistics.waiting.median", "statistics.waiting.ninetieth")):
        minutes = estimate.quantile(share)
        if minutes is None or not ticks[0] <= minutes <= ticks[-1]:
            continue
        shapes.append(
            {
                "type": "line", "x0": minutes, "x1": minutes, "y0": 0, "y1": share,
                "line": {"width": 1.5, "color": "--text"},
            }
        )  # fmt: skip
        notes.append(
            charts.note(
                log10(minutes), share, f"<b>{word(key, time=duration(minutes))}</b>", xanchor="right",
                yanchor="bottom", xshift=-8, yshift=2,
            )
        )  # fmt: skip
        points["x"].append(minutes)
        points["y"].append(share)
    circles = {"symbol": "circle", "size": 9, "color": "--surface", "line": {"width": 2, "color": "--text"}}
    return (
        notes,
        shapes,
        {"type": "scatter", "mode": "markers", "marker": circles, "hoverinfo": "skip", **points},
    )
