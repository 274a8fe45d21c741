"""A card: by which way it came, most first. Where no row names one, that alone is said."""

from __future__ import annotations

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, headline
from dashboard.wording.statistics import figure_name, formula_of, percent, period
from dashboard.words import word, word_or
from geo.database import Connection
from geo.settings import City
from layers.statistics import counts
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

SHOWN = 7
"""The centre has seven; the table has each that is recorded."""
SOCIAL = ("telegram", "instagram", "facebook")


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    figure = FIGURE_OF_SUBJECT[request.counted()]
    found = counts.by_channel(connection, city, request)
    total = sum(found.values())
    named = any(channel and n for channel, n in found.items())
    social = sum(found.get(channel, 0) for channel in SOCIAL)
    rows = [[channel_name(channel), number(n), percent(n, total, 2)] for channel, n in found.items()]
    return ChartCard(
        title=word("statistics.card.channels"),
        about=period(request),
        table=DataTable([word("statistics.channel"), figure_name(figure), word("statistics.share")], rows),
        link=RowsLink(figure, request, total),
        chart=_chart(found, rows) if named else None,
        headline=headline(
            social,
            percent(social, total),
            word("statistics.channels.social"),
            word("statistics.channels.rest", count=number(total - social)),
        )
        if named
        else None,
        formula=formula_of(figure),
        empty=word("statistics.channels.unnamed", count=number(total))
        if total
        else word("statistics.empty", period=period(request)),
    )


def channel_name(channel: str) -> str:
    return word_or(f"duty.channel.{channel}", channel) if channel else word("statistics.no_channel")


def _chart(found: dict[str, int], rows: list[list[str]]) -> dict:
    shown = list(found.items())[:SHOWN]
    top = max(found.values())
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [n / top for _, n in shown],
        "y": list(range(len(shown))),
        "marker": {"color": "--symbol"},
        "customdata": [channel for channel, _ in shown],
        "text": [f"{row[0]}: {row[1]}" for row in rows],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    notes = []
    for position, row in enumerate(rows[:SHOWN]):
        for x, text, colour, anchor in (
            (0, row[0], "--text", "left"),
            (0.7, row[2], "--muted", "right"),
            (1, f"<b>{row[1]}</b>", "--text", "right"),
        ):
            notes.append(
                charts.note(
                    x, position - 0.45, text, xref="paper", xanchor=anchor, yanchor="middle", color=colour,
                    size=charts.PLAIN,
                )
            )  # fmt: skip
    return {
        "data": [bars],
        "layout": charts.layout(
            bargap=0.82,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            xaxis=charts.hidden_axis(range=[0, 1]),
            yaxis=charts.hidden_axis(range=[len(shown) - 0.7, -0.9]),
            annotations=notes,
        ),
    }
