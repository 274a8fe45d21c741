"""A card: ten topics and the rest, so that the shares give 100 %; a tick marks the period before. Amber is a
change that is large and not of chance. The table has every topic."""

from __future__ import annotations

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, switch
from dashboard.wording.statistics import (
    LARGE,
    change_of,
    figure_name,
    formula_of,
    is_large,
    other,
    percent,
    period,
)
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.counts import Direction
from layers.statistics.requests import FIGURE_OF_SUBJECT, TOPICS, StatisticsRequest

SHOWN = 10
LONGEST = 28
"""Letters of a name that have room; its table has it whole."""
COLUMNS = (0.70, 0.84, 1.0)
"""Right ends of the columns beside the bars, as parts of the width."""


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    figure = FIGURE_OF_SUBJECT[request.counted()]
    found = counts.by_direction(connection, city, request, lang)
    total = sum(one.n for one in found)
    table = [_row(request, _name(one), one.n, one.before, total) for one in found]
    shown, rows = found[:SHOWN], table[:SHOWN]
    if rest := found[SHOWN:]:
        others = word("statistics.others", count=len(rest))
        rows.append(_row(request, others, sum(one.n for one in rest), sum(one.before for one in rest), total))
    return ChartCard(
        title=word("statistics.card.directions"),
        about=word(
            f"statistics.directions.{'about' if rest else 'all'}", count=len(found), against=other(request)
        ),
        switch=switch(request, "topics", TOPICS),
        table=DataTable(
            [
                word("statistics.direction"),
                figure_name(figure),
                word("statistics.share"),
                word("statistics.change"),
                other(request),
            ],
            [[*row, number(one.before)] for row, one in zip(table, found)],
        ),
        link=RowsLink(figure, request, total),
        chart=_chart(shown, rows, request) if total else None,
        formula=formula_of(figure),
        note=word("statistics.directions.amber", share=round(100 * LARGE)),
        empty=word("statistics.empty", period=period(request)),
    )


def _name(one: Direction) -> str:
    return one.name or word("statistics.no_direction")


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _row(request: StatisticsRequest, name: str, n: int, before: int, total: int) -> list[str]:
    return [name, number(n), percent(n, total), change_of(request, n, before)]


def _chart(shown: list[Direction], rows: list[list[str]], request: StatisticsRequest) -> dict:
    positions = list(range(len(shown)))
    top = max(max(one.n, one.before) for one in shown)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [one.n / top for one in shown],
        "y": positions,
        "marker": {"color": "--bar"},
        "customdata": [one.id for one in shown],
        "text": [f"{row[0]}: {row[1]} ({row[3]})" for row in rows],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    ticks = {
        "type": "scatter",
        "mode": "markers",
        "x": [one.before / top for one in shown],
        "y": positions,
        "marker": {"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": "--text"}},
        "text": [word("statistics.before", count=number(one.before)) for one in shown],
        "hovertemplate": "%{text}<extra></extra>",
    }
    return {
        "data": [bars, ticks],
        "layout": charts.layout(
            bargap=0.45,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            # The bars stand between the names and the numbers; these are texts at parts of the width.
            xaxis=charts.hidden_axis(domain=[0.36, 0.56], range=[0, 1.02]),
            yaxis=charts.hidden_axis(range=[len(rows) - 0.5, -1.5]),
            annotations=_texts(shown, rows, request.is_comparable),
        ),
    }


def _texts(shown: list[Direction], rows: list[list[str]], is_comparable: bool) -> list[dict]:
    """The names left of the bars and the numbers right of them, under their heads. `is_comparable` false: no
    change stands out."""
    notes = []
    for position, row in enumerate(rows):
        large = (
            is_comparable and position < len(shown) and is_large(shown[position].n, shown[position].before)
        )
        rest = position >= len(shown)
        quiet = "--muted" if rest else "--text"
        notes.append(_cell(0, position, _shortened(row[0]), quiet, "left"))
        for right, text, colour in zip(
            COLUMNS,
            (f"<b>{row[1]}</b>", row[2], row[3]),
            (quiet, "--muted", "--urgent-text" if large else quiet),
        ):
            notes.append(_cell(right, position, text, colour, "right"))
    heads = (
        word("statistics.direction"),
        word("statistics.n"),
        word("statistics.share"),
        word("statistics.change"),
    )
    for right, text in zip((0, *COLUMNS), heads):
        notes.append(_cell(right, -1, text, "--muted", "right" if right else "left"))
    return notes


def _cell(x: float, position: int, text: str, colour: str, anchor: str) -> dict:
    return charts.note(
        x, position, text, xref="paper", xanchor=anchor, yanchor="middle", color=colour, size=charts.PLAIN
    )
