"""A card: how many come in each hour of each weekday, on an average of the period's days."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink
from dashboard.pages.statistics.legend import steps
from dashboard.wording.statistics import figure_name, formula_of, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

HOURS = range(24)


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    figure = FIGURE_OF_SUBJECT[request.counted()]
    found = counts.by_hour(connection, city, request)
    means = averages(found, request)
    digits = 0 if max(means.values(), default=0) >= 10 else 1
    limits = charts.steps_of([round(mean * 10**digits) for mean in means.values()])
    limits = [limit / 10**digits for limit in limits]
    return ChartCard(
        title=word("statistics.card.hours"),
        about=word("statistics.hours.about", figure=figure_name(figure), count=request.days),
        table=_table(means, digits),
        link=RowsLink(figure, request, sum(found.values())),
        chart=_chart(means, limits, digits) if found else None,
        after=[steps(limits, digits), *_peak(means, digits)],
        formula=formula_of(figure),
        note=word("statistics.hours.week", total=number(sum(means.values()))),
        empty=word("statistics.empty", period=period(request)),
    )


def averages(found: dict[tuple[int, int], int], request: StatisticsRequest) -> dict[tuple[int, int], float]:
    """(weekday 1 = Monday, hour) -> how many in that hour of one such day; only weekdays of the period."""
    days = Counter((request.first + timedelta(days=i)).isoweekday() for i in range(request.days))
    return {
        (weekday, hour): found.get((weekday, hour), 0) / n for weekday, n in days.items() for hour in HOURS
    }


def _peak(means: dict[tuple[int, int], float], digits: int) -> list[str]:
    if not any(means.values()):
        return []
    (weekday, hour), mean = max(means.items(), key=lambda item: item[1])
    return [
        word(
            "statistics.hours.peak",
            weekday=word(f"date.weekday.{weekday - 1}"),
            first=hour,
            last=hour + 1,
            mean=number(mean, digits),
        )
    ]


def _table(means: dict[tuple[int, int], float], digits: int) -> DataTable:
    columns = [word("statistics.hour"), *(word(f"date.weekday_short.{weekday}") for weekday in range(7))]
    rows = [
        [_span(hour), *(number(means.get((weekday, hour), 0), digits) for weekday in range(1, 8))]
        for hour in HOURS
    ]
    return DataTable(columns, rows)


def _span(hour: int) -> str:
    """ "09–10": no time of day, of which a spreadsheet makes a number."""
    return f"{hour:02}–{hour + 1:02}"


def _chart(means: dict[tuple[int, int], float], limits: list[float], digits: int) -> dict:
    z = [[means.get((weekday, hour)) for hour in HOURS] for weekday in range(1, 8)]
    links = [[f"{weekday}-{hour}" for hour in HOURS] for weekday in range(1, 8)]
    names = [word(f"date.weekday_short.{weekday}") for weekday in range(7)]
    texts = [
        [f"{name} {_span(hour)}: {number(mean or 0, digits)}" for hour, mean in zip(HOURS, row)]
        for name, row in zip(names, z)
    ]
    return charts.of_weekdays(
        [charts.cells(z, limits, links, texts)],
        tickvals=list(range(0, 24, 3)),
        ticktext=[f"{hour:02}:00" for hour in range(0, 24, 3)],
    )
