"""The card of days by week or month instead: a bar each, with a mark for what the same one had a year before.
The last is as long as the period reaches, and so is the one that it is compared with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, switch
from dashboard.wording.statistics import NONE, change, day, figure_name, formula_of, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.counts import CourseStep
from layers.statistics.requests import FIGURE_OF_SUBJECT, STEPS, StatisticsRequest

SHOWN = {"week": 53, "month": 25}
LABELLED = {"week": 4, "month": 1}
"""One of so many has its name below."""


def card(connection: Connection, city: City, request: StatisticsRequest) -> ChartCard:
    figure = FIGURE_OF_SUBJECT[request.counted()]
    steps = counts.by_step(connection, city, request, SHOWN[request.step])
    shown = request.of(steps[0].first, request.last)
    total = sum(one.n for one in steps)
    return ChartCard(
        title=word("statistics.course"),
        about=word(
            f"statistics.course.about.{request.step}",
            figure=figure_name(figure),
            last=day(request.last, True),
        ),
        table=DataTable(
            [
                word(f"statistics.step.{request.step}"),
                figure_name(figure),
                word("statistics.compare.year"),
                word("statistics.change"),
            ],
            [_row(one, request.step) for one in steps],
        ),
        switch=switch(request, "step", STEPS),
        link=RowsLink(figure, shown, total),
        chart=_chart(steps, request.step) if total else None,
        formula=formula_of(figure),
        note=word("statistics.course.note"),
        empty=word("statistics.empty", period=period(shown)),
    )


def _row(one: CourseStep, step: str) -> list[str]:
    return [_name(one.first, step, True), number(one.n), number(one.before), _change(one)]


def _change(one: CourseStep) -> str:
    return change(one.n, one.before) if one.is_comparable else NONE


def _name(first: date, step: str, whole: bool = False) -> str:
    """`whole`: with its year; else a January is its year."""
    if step == "week":
        return f"{day(first, whole)} – {day(first + timedelta(6), whole)}" if whole else day(first)
    name = word(f"date.month_short.{first.month}")
    return f"{name} {first.year}" if whole else str(first.year) if first.month == 1 else name


def _chart(steps: list[CourseStep], step: str) -> dict[str, Any]:
    positions = list(range(len(steps)))
    texts = [f"{_name(one.first, step, True)}: {number(one.n)} ({_change(one)})" for one in steps]
    colours = ["--bar"] * (len(steps) - 1) + ["--cell-5"]
    bars = {
        "type": "bar", "x": positions, "y": [one.n for one in steps], "marker": {"color": colours},
        "customdata": [[one.first.isoformat(), one.last.isoformat()] for one in steps], "text": texts,
        "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    before = {
        "type": "scatter", "mode": "markers", "x": positions, "y": [one.before or None for one in steps],
        "marker": {"symbol": "line-ew", "size": 12, "line": {"width": 2, "color": "--text"}},
        "hoverinfo": "skip",
    }  # fmt: skip
    named = [n for n in positions if (len(steps) - 1 - n) % LABELLED[step] == 0]
    return {
        "data": [bars, before],
        "layout": charts.layout(
            margin={"l": 56, "r": 4, "t": 8, "b": 22},
            bargap=0.25,
            xaxis=charts.axis(
                tickvals=named, ticktext=[_name(steps[n].first, step) for n in named], tickangle=0
            ),
            yaxis=charts.axis(rangemode="tozero", showgrid=True, gridcolor="--line", nticks=4),
        ),
    }
