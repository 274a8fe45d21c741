"""A card: the days of 53 weeks, or what came by week or month (`course`). A ring marks a day that had more
than its weekday and month explain."""

from __future__ import annotations

from datetime import date, timedelta

from dashboard.formats import number
from dashboard.pages.statistics import charts, course
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, switch
from dashboard.pages.statistics.legend import steps
from dashboard.wording.statistics import day, figure_name, formula_of, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.expected import Surge, surges
from layers.statistics.requests import FIGURE_OF_SUBJECT, STEPS, StatisticsRequest

WEEKS = 53
MOST_NAMED = 3


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    if request.step != STEPS[0]:
        return course.card(connection, city, request)
    figure = FIGURE_OF_SUBJECT[request.counted()]
    monday = request.last - timedelta(days=request.last.weekday(), weeks=WEEKS - 1)
    shown = request.of(monday, request.last)
    found = counts.by_day(connection, city, shown)
    high = surges(found)
    limits = charts.steps_of(list(found.values()))
    return ChartCard(
        title=word("statistics.card.calendar"),
        about=word("statistics.calendar.about", figure=figure_name(figure), last=day(request.last, True)),
        table=DataTable(
            [word("statistics.date"), figure_name(figure)],
            [[day(at, True), number(n)] for at, n in sorted(found.items())],
        ),
        switch=switch(request, "step", STEPS),
        link=RowsLink(figure, shown, sum(found.values())),
        chart=_chart(found, high, monday, shown, limits) if found else None,
        after=[steps(limits), *_named(high)],
        formula=formula_of(figure),
        note=word("statistics.calendar.expected"),
        empty=word("statistics.empty", period=period(shown)),
    )


def _named(high: list[Surge]) -> list[str]:
    if not high:
        return [word("statistics.calendar.calm")]
    named = " · ".join(f"{day(surge.day)} {number(surge.n)}" for surge in high[-MOST_NAMED:])
    return [word("statistics.calendar.surges", count=len(high), named=named)]


def _chart(
    found: dict[date, int], high: list[Surge], monday: date, shown: StatisticsRequest, limits: list[float]
) -> dict:
    days = [[monday + timedelta(weeks=week, days=weekday) for week in range(WEEKS)] for weekday in range(7)]
    z = [[found.get(at, 0) if at <= shown.last else None for at in row] for row in days]
    links = [[at.isoformat() for at in row] for row in days]
    texts = [[f"{day(at, True)}: {number(found.get(at, 0))}" for at in row] for row in days]
    rings = {
        "type": "scatter",
        "mode": "markers",
        "x": [(surge.day - monday).days // 7 for surge in high],
        "y": [surge.day.weekday() for surge in high],
        "marker": {
            "symbol": "square-open", "size": 16, "color": "--urgent",
            "line": {"width": 2, "color": "--urgent"},
        },
        "customdata": [surge.day.isoformat() for surge in high],
        "text": [
            word(
                "statistics.calendar.surge", day=day(surge.day, True), count=number(surge.n),
                limit=number(surge.limit),
            )
            for surge in high
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    months = [
        (week, at)
        for week in range(WEEKS)
        for at in (monday + timedelta(weeks=week),)
        if at.day <= 7 and week < WEEKS - 1
    ]
    return charts.of_weekdays(
        [charts.cells(z, limits, links, texts), rings],
        tickvals=[week for week, _ in months],
        ticktext=[_month(at, at == months[0][1]) for _, at in months],
        ticklabelposition="outside right",
        range=[-0.5, WEEKS - 0.5],
    )


def _month(at: date, first: bool) -> str:
    name = word(f"date.month_short.{at.month}")
    return f"{name} {at.year}" if first or at.month == 1 else name
