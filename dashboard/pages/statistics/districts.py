"""A card: per 1,000 residents of each district. What has no district stands in a row of its own and is
given to none, and the city has all of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html

from dashboard.formats import number
from dashboard.pages.statistics import charts, choropleth
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink
from dashboard.wording.statistics import NONE, figure_name, percent, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.counts import DistrictCount
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

Z_95 = 1.96


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    subject = request.of_incidents()
    figure = FIGURE_OF_SUBJECT[subject]
    found = counts.by_district(connection, city, request, subject, lang)
    named = [one for one in found if one.key is not None]
    nowhere = sum(one.n for one in found if one.key is None)
    total = sum(one.n for one in found)
    rates = {one.key: rate(one, city) for one in named}
    ordered = sorted(named, key=lambda one: -(rates[one.key] or 0))
    living = sum(city.residents.get(one.key or "", 0) for one in named)
    rows = [[one.name or "", number(one.n), _written(rates[one.key])] for one in ordered]
    whole = 1000 * total / living if living and all(rates[one.key] is not None for one in named) else None
    if nowhere:
        rows.append([word("statistics.districts.without"), number(nowhere), NONE])
    rows.append([word("statistics.city"), number(total), _written(whole)])
    return ChartCard(
        title=word("statistics.card.districts"),
        about=word("statistics.districts.about", figure=figure_name(figure), count=request.days),
        table=DataTable(
            [word("statistics.district"), word("statistics.n"), word("statistics.per_1000")], rows
        ),
        link=RowsLink(figure, request, total),
        chart=_chart(ordered, rates, rows) if total and named else None,
        after=[
            word("statistics.districts.nowhere", count=number(nowhere), share=percent(nowhere, total)),
            *(
                [word("statistics.districts.residents", count=number(living), year=city.residents["year"])]
                if living
                else [word("statistics.districts.unknown")]
            ),
            *(
                html.A(
                    word(f"statistics.{view}.title"),
                    href=f"/statistics?{urlencode({'view': view, **request.as_query()})}",
                )
                for view in ("precincts", "cells")
            ),
        ],
        side=[_list(ordered, rows)],
        formula=(
            word("statistics.districts.formula"),
            f"1000.0 * {figure.sql} / residents",
        ),
        note=_precision(ordered, city),
        empty=word("statistics.empty", period=period(request)),
    )


def _list(ordered: list[DistrictCount], rows: list[list[str]]) -> html.Table:
    """The list beside the map, each district with the colour that it has there; below it the
    rest, and the city."""
    heads = (word("statistics.district"), word("statistics.n"), word("statistics.per_1000"))
    shades = [html.I(className=f"statistics-step-{step}") for step in _shades(ordered).values()]
    marks = [*shades, *(None for _ in rows[len(shades) :])]
    return html.Table(
        [
            html.Thead(html.Tr([html.Td(head) for head in heads])),
            html.Tbody(
                [
                    html.Tr([html.Td([mark, row[0]]), html.Td(row[1]), html.Td(html.B(row[2]))])
                    for mark, row in zip(marks, rows)
                ]
            ),
        ]
    )


def _shades(ordered: list[DistrictCount]) -> dict[str | None, int]:
    """District -> its step of colour, the first the brightest."""
    return {one.key: max(0, len(charts.STEPS) - 1 - rank) for rank, one in enumerate(ordered)}


def rate(one: DistrictCount, city: City) -> float | None:
    """Per 1,000 residents; none where it is not known how many live there."""
    living = city.residents.get(one.key or "", 0)
    return 1000 * one.n / living if living else None


def _precision(named: list[DistrictCount], city: City) -> str:
    """Half the 95 % interval of a Poisson count, per 1,000 residents: from the most to the least precise."""
    halves = [
        Z_95 * one.n**0.5 * 1000 / city.residents[one.key or ""]
        for one in named
        if rate(one, city) is not None
    ]
    if not halves:
        return ""
    return word("statistics.districts.precision", low=number(min(halves), 1), high=number(max(halves), 1))


def _written(per_1000: float | None) -> str:
    return NONE if per_1000 is None else number(per_1000, 1)


def _chart(
    ordered: list[DistrictCount], rates: dict[str | None, float | None], rows: list[list[str]]
) -> dict[str, Any]:
    shades = _shades(ordered)
    data, notes = [], []
    for one, row in zip(ordered, rows):
        rings, label = choropleth.rings_of(one.shape), f"{row[0]}: {row[2]}"
        more = {"hoveron": "fills", "name": label, "text": label, "hoverinfo": "text", "meta": one.key}
        data.append(choropleth.filled(rings, charts.STEPS[shades[one.key]], "--ground", **more))
        largest = max(rings, key=len)
        x = (min(point[0] for point in largest) + max(point[0] for point in largest)) / 2
        y = (min(point[1] for point in largest) + max(point[1] for point in largest)) / 2
        notes.append(
            charts.note(
                x, y, f"{row[0]} <b>{row[2]}</b>", size=charts.SMALL, color="--text", bgcolor="--label"
            )
        )
    return {"data": data, "layout": choropleth.layout(annotations=notes)}
