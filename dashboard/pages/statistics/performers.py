"""A card: organisations with the most requests of 109, how many of them on time and returned; for a manager
of the rating a band of their own ones. Amber is only a share that misses its goal by more than chance."""

from __future__ import annotations

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, switch
from dashboard.wording.statistics import NONE, change_of, figure_name, formula_of, other, percent, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.counting import Counted
from geo.statistics.definitions import ON_TIME, RETURNED, SERVICE, Figure
from layers.statistics.levels import is_beyond
from layers.statistics.performers import PerformerCount, by_performer, performers_of
from layers.statistics.requests import ORGANISATIONS, StatisticsRequest

SHOWN = 10
LONGEST = 44
"""Letters of a name that have room; the table has it whole."""
COLUMNS = (0.66, 0.76, 0.88, 1.0)
"""Right ends of the columns beside the bars, as parts of the width."""
HEADS = ("statistics.n", "statistics.change", "statistics.figure.on_time", "statistics.figure.returned")
OF_TEAM = ((2, ON_TIME), (3, RETURNED))
"""The figures with a goal, in their columns."""


def card(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    found = by_performer(connection, city, request, lang)
    total = sum(one.n for one in found)
    rows = [_row(one, request) for one in found]
    named = [one for one in found if one.key is not None]
    return ChartCard(
        title=word("statistics.card.organisations"),
        about=word(
            "statistics.performers.about",
            figure=figure_name(SERVICE),
            count=len(named),
            against=other(request),
        ),
        switch=switch(request, "organisations", ORGANISATIONS),
        table=DataTable([word("statistics.performer"), *map(word, HEADS)], rows),
        link=RowsLink(SERVICE, request, total),
        chart=_chart(found, rows[:SHOWN]) if total else None,
        formula=formula_of(ON_TIME),
        note=_rest(found[SHOWN:]),
        empty=word("statistics.empty", period=period(request)),
    )


def own_band(
    connection: Connection, city: City, request: StatisticsRequest, manager: str | None, lang: str
) -> list[html.Section]:
    """The organisations that the caller answers for; empty for who is no manager."""
    own = performers_of(connection, manager) if manager else set()
    found = [one for one in by_performer(connection, city, request, lang) if one.key in own] if own else []
    if not found:
        return []
    title = word("statistics.performers.own", count=len(found))
    heads = [html.Th(word(head), scope="col") for head in ("statistics.performer", *HEADS)]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr(heads)),
            html.Tbody([_own_row(one, request) for one in found]),
        ],
        className="statistics-levels statistics-people",
    )
    body = html.Div([html.Header([html.H2(title)]), table], className="statistics-body")
    return [html.Section(body, className="statistics-card", id="statistics-own-performers")]


def _own_row(one: PerformerCount, request: StatisticsRequest) -> html.Tr:
    """Each number leads to its rows, a share to those that keep it from its goal."""
    name, n, changed, on_time, returned = _row(one, request)
    team, missed = {"team": one.key or ""}, {"part": "missed"}
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(_link(n, RowsLink(SERVICE, request, one.n, team))),
            html.Td(changed),
            html.Td(_link(on_time, RowsLink(ON_TIME, request, one.on_time.missed, team | missed))),
            html.Td(_link(returned, RowsLink(RETURNED, request, one.returned.missed, team | missed))),
        ]
    )


def _link(text: str, link: RowsLink) -> dcc.Link:
    return dcc.Link(text, href=link.address(), refresh=True)


def _row(one: PerformerCount, request: StatisticsRequest) -> list[str]:
    shares = (_share(counted) for counted in (one.on_time, one.returned))
    name = one.name or word("statistics.no_performer")
    return [name, number(one.n), change_of(request, one.n, one.before), *shares]


def _share(counted: Counted) -> str:
    return percent(counted.part, counted.whole) if counted.whole else NONE


def _rest(others: list[PerformerCount]) -> str:
    if not others:
        return ""
    count = number(sum(one.n for one in others))
    return f"{word('statistics.others', count=len(others))}: {count}"


def _chart(found: list[PerformerCount], rows: list[list[str]]) -> dict:
    shown = found[:SHOWN]
    top = max(one.n for one in shown) or 1
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [one.n / top for one in shown],
        "y": list(range(len(shown))),
        "marker": {"color": "--bar"},
        "customdata": [one.key or "" for one in shown],
        "text": [f"{row[0]}: {row[1]} ({row[2]})" for row in rows],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    return {
        "data": [bars],
        "layout": charts.layout(
            bargap=0.45,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            xaxis=charts.hidden_axis(domain=[0.3, 0.6], range=[0, 1.02]),
            yaxis=charts.hidden_axis(range=[len(rows) - 0.5, -1.5]),
            annotations=_texts(found, rows),
        ),
    }


def _texts(found: list[PerformerCount], rows: list[list[str]]) -> list[dict]:
    """The names left of the bars and the numbers right of them, under their heads."""
    all_of_them = {figure: _together(found, figure) for _, figure in OF_TEAM}
    notes = [_cell(0, -1, word("statistics.performer"), "--muted", "left")]
    notes += [_cell(x, -1, word(head), "--muted", "right") for x, head in zip(COLUMNS, HEADS)]
    for position, (one, row) in enumerate(zip(found, rows)):
        colours = ["--text", "--muted", "--text", "--text"]
        for column, figure in OF_TEAM:
            if one.key and is_beyond(figure, _of(one, figure), all_of_them[figure]):
                colours[column] = "--urgent-text"
        name = row[0] if len(row[0]) <= LONGEST else f"{row[0][: LONGEST - 1].rstrip()}…"
        notes.append(_cell(0, position, name, "--text", "left"))
        for x, cell, colour in zip(COLUMNS, row[1:], colours):
            notes.append(_cell(x, position, cell, colour, "right"))
    return notes


def _of(one: PerformerCount, figure: Figure) -> Counted:
    """With its value."""
    counted = one.on_time if figure is ON_TIME else one.returned
    return _valued(counted.part, counted.whole)


def _together(found: list[PerformerCount], figure: Figure) -> Counted:
    each = [_of(one, figure) for one in found]
    return _valued(sum(one.part for one in each), sum(one.whole for one in each))


def _valued(part: int, whole: int) -> Counted:
    return Counted(part / whole if whole else None, part, whole)


def _cell(x: float, position: int, text: str, colour: str, anchor: str) -> dict:
    return charts.note(
        x, position, text, xref="paper", xanchor=anchor, yanchor="middle", color=colour, size=charts.PLAIN
    )
