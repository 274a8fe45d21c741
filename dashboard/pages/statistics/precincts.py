"""The view by precinct, reached from the card of districts: map and list of what happened in each. Amber is
only a precinct with more than its voters explain beyond chance, and it says by how much."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.statistics import charts
from dashboard.pages.statistics.card import CONFIG
from dashboard.pages.statistics.returns import SHADES, written_p
from dashboard.pages.statistics.texts import NONE, figure_name, percent, period
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.recurrence.hotspots import FALSE_SHARE
from layers.reading import snapshot
from layers.statistics.precincts import PrecinctCount, PrecinctCounts, by_precinct
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest

VIEW = "precincts"


def layout(context: RequestContext, request: StatisticsRequest) -> html.Div:
    subject = request.of_incidents()
    with snapshot(context.servers.engine) as connection:
        found = by_precinct(connection, context.settings.city, request, subject)
    about = word(
        "statistics.precincts.about",
        figure=figure_name(FIGURE_OF_SUBJECT[subject]),
        period=period(request),
        total=number(found.total),
        elsewhere=number(found.elsewhere),
        nowhere=number(found.nowhere),
    )
    head = html.Header(
        [html.H2(word("statistics.precincts.title")), html.Span(about)], className="returns-head"
    )
    if not found.precincts:
        return html.Div([head, html.P(word("statistics.precincts.none"))], className="returns")
    parts = html.Div([_list(found, request, subject), _map(found)], className="returns-parts")
    formula = word("statistics.precincts.formula", share=percent(FALSE_SHARE, 1, 0))
    return html.Div([head, parts, html.P(formula, className="returns-about")], className="returns")


def _list(found: PrecinctCounts, request: StatisticsRequest, subject: str) -> html.Div:
    heads = (
        word("statistics.precincts.precinct"),
        word("returns.column.n"),
        word("returns.column.expected"),
        word("statistics.precincts.per_1000"),
        word("returns.column.p"),
    )
    rows = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(str(one.number), href=_map_address(one, request, subject), refresh=True),
                    scope="row",
                ),
                html.Td(html.B(number(one.n)) if one.hot else number(one.n)),
                html.Td(number(one.expected, 1)),
                html.Td(number(1000 * one.n / one.voters, 1) if one.voters else NONE),
                html.Td(written_p(one.p)),
            ]
        )
        for one in found.precincts
    ]
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)]
    )
    return html.Div(html.Section(table, className="precincts-list", tabIndex="0"), className="returns-lists")


def _map_address(one: PrecinctCount, request: StatisticsRequest, subject: str) -> str:
    """What is counted in it, on the map."""
    query = {
        "window": "dates",
        "from": request.first.isoformat(),
        "to": request.last.isoformat(),
        "kind": subject,
        "area": f"precinct,{one.id}",
        **({"district": request.district} if request.district else {}),
    }
    return f"/map?{urlencode(query, safe=',')}"


def _map(found: PrecinctCounts) -> html.Section:
    return html.Section(
        [
            dcc.Store(id=f"statistics-chart-{VIEW}", data=_chart(found.precincts)),
            html.Div(
                dcc.Graph(id=f"statistics-graph-{VIEW}", config=CONFIG, className="statistics-graph"),
                className="returns-graph precincts-graph",
            ),
        ],
        className="returns-map",
        **{"aria-hidden": "true"},
    )


def _chart(precincts: list[PrecinctCount]) -> dict[str, Any]:
    """One shape for all of a colour: Plotly takes seconds for hundreds of them."""
    data = []
    for step, low in enumerate(SHADES):
        high = SHADES[step + 1] if step + 1 < len(SHADES) else float("inf")
        calm = [one for one in precincts if not one.hot and low <= one.excess < high]
        data += [_filled(calm, charts.STEPS[step], "--ground")] if calm else []
    hot = [one for one in precincts if one.hot]
    data += [_filled(hot, "--urgent", "--ground")] if hot else []
    return {
        "data": [*data, _hovers(precincts)],
        "layout": charts.layout(
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            xaxis=charts.hidden_axis(),
            yaxis=charts.hidden_axis(scaleanchor="x", scaleratio=1),
        ),
    }


def _filled(precincts: list[PrecinctCount], fill: str, line: str) -> dict[str, Any]:
    rings = [ring for one in precincts for ring in one.rings]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for ring in rings for x in (*(point[0] for point in ring), None)],
        "y": [y for ring in rings for y in (*(point[1] for point in ring), None)],
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 1, "color": line},
        "hoverinfo": "skip",
    }


def _hovers(precincts: list[PrecinctCount]) -> dict[str, Any]:
    """Said where the pointer is: most precincts are smaller than their numbers."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [one.middle[0] for one in precincts],
        "y": [one.middle[1] for one in precincts],
        "marker": {"opacity": 0},
        "hovertext": [
            word("statistics.precincts.hover", precinct=str(one.number), count=number(one.n))
            for one in precincts
        ],
        "hoverinfo": "text",
    }
