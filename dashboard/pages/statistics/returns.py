"""The view of what returns: places with more requests than their residents explain, on a map and as lists,
near repeats, and the list of preventive measures. Amber is only a place that is beyond chance, and it says by
how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.fields import select_field
from dashboard.formats import number
from dashboard.pages.statistics import charts, measures
from dashboard.pages.statistics.card import CONFIG
from dashboard.pages.statistics.texts import percent, period
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.recurrence.hotspots import FALSE_SHARE, PERMUTATIONS
from geo.recurrence.near_repeat import SPANS_D, NearRepeat
from layers.reading import snapshot
from layers.statistics.measures import read_measures, read_owners, read_streets
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import (
    CELL_M,
    LOCATIONS,
    GridCell,
    HotSpot,
    Returns,
    read_returns,
    read_topics,
)

VIEW = "returns"
COLUMNS = ("location", "n", "expected", "p", "trend")
LEAST_P = 1e-6
SHADES = (-99.0, 0.0, 1.0, 2.0, 3.0, 4.5)
"""From which excess on a cell has the next step of colour."""


def layout(context: RequestContext, request: StatisticsRequest, query: Mapping[str, str]) -> html.Div:
    city, lang = context.settings.city, context.language
    with snapshot(context.servers.engine) as connection:
        topics = read_topics(connection, lang)
        topic = query.get("topic") if query.get("topic") in topics else None
        found = read_returns(connection, city, request, topic, lang)
        planned = read_measures(connection, city, request, lang)
        plans = context.may(measures.PERMISSION)
        owners = read_owners(connection, lang) if plans else {}
        streets = read_streets(connection, city, lang) if plans else {}
    head = html.Header(
        [
            html.H2(word("returns.title")),
            html.Span(word("returns.about", total=number(found.total), period=period(request))),
            _topic_form(request, topics, topic),
        ],
        className="returns-head",
    )
    parts: list[Any] = [html.P(word("returns.none"), className="returns-about")]
    if found.total:
        lists = html.Div(
            [_locations(found, kind, request, topic) for kind in LOCATIONS], className="returns-lists"
        )
        side = html.Div([_map(found), _repeats(found.repeats)], className="returns-side")
        parts = [html.Div([lists, side], className="returns-parts")]
    formula = html.P(
        word(
            "returns.formula",
            share=percent(FALSE_SHARE, 1, 0),
            permutations=number(PERMUTATIONS),
            metres=number(CELL_M),
        ),
        className="returns-about",
    )
    hot = [spot for kind in LOCATIONS for spot in found.spots.get(kind, ())]
    locations = {f"{spot.kind}:{spot.key}": location_name(spot) for spot in hot} | streets
    planning = measures.section(context, planned, locations, owners, topics, topic)
    return html.Div([head, *parts, planning, formula], className="returns")


def _topic_form(request: StatisticsRequest, topics: Mapping[str, str], topic: str | None) -> html.Form:
    kept = {"view": VIEW, **request.as_query()}
    hidden = [dcc.Input(type="hidden", name=name, value=value) for name, value in kept.items()]
    options = {"": word("statistics.all"), **topics}
    return html.Form(
        [
            *hidden,
            select_field("topic", word("returns.topic"), options, topic or "", "statistics-field"),
            html.Button(word("statistics.show"), type="submit", className="button"),
        ],
        action="/statistics",
        method="GET",
        className="returns-topic",
    )


def _locations(found: Returns, kind: str, request: StatisticsRequest, topic: str | None) -> html.Section:
    spots = found.spots[kind]
    title = html.H3(
        [word(f"returns.location.{kind}"), " ", html.Span(word("returns.named", count=found.counted[kind]))]
    )
    if not spots:
        return html.Section([title, html.P(word("returns.no_place"), className="returns-about")])
    heads = [html.Th(word(f"returns.column.{key}"), scope="col") for key in COLUMNS]
    rows = [html.Tr([html.Td(cell) for cell in _cells_of(spot, request)]) for spot in spots]
    return html.Section(
        [title, html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)])], **{"data-kind": kind}
    )


def _cells_of(spot: HotSpot, request: StatisticsRequest) -> list[Any]:
    return [
        dcc.Link(
            location_name(spot),
            href=_map_address(spot, request),
            refresh=True,
            title=f"{spot.kind}:{spot.key}",  # what `./ikomek prevention add` calls it
        ),
        html.B(number(spot.n)),
        number(spot.expected, 1),
        written_p(spot.p),
        html.Span(word(f"returns.trend.{spot.trend}", count=number(spot.late)), **{"data-trend": spot.trend}),
    ]


def location_name(spot: HotSpot) -> str:
    return word("returns.cell", name=spot.name) if spot.kind == "cell" else spot.name


def written_p(p: float) -> str:
    return f"< {number(LEAST_P, 6)}" if p < LEAST_P else number(p, 6 if p < 0.001 else 3)


def _map_address(spot: HotSpot, request: StatisticsRequest) -> str:
    """The place's requests on the map."""
    days = {"window": "dates", "from": request.first.isoformat(), "to": request.last.isoformat()}
    if spot.kind == "building":
        where = {"building": spot.key}
    elif spot.kind == "street":
        where = {"area": f"street,{spot.key}"}
    else:
        where = {"area": "box," + ",".join(f"{degrees:.5f}" for degrees in spot.box or ())}
    return f"/map?{urlencode({**days, 'kind': 'service', **where}, safe=',:')}"


def _repeats(repeats: list[NearRepeat]) -> html.Section:
    """How many times as often as by chance another request follows: a row a distance, a column a span."""
    heads = [html.Th(), *(html.Th(word("returns.within_days", n=span), scope="col") for span in SPANS_D)]
    metres = sorted({one.metres for one in repeats})
    rows = [
        html.Tr(
            [
                html.Th(_band(metres, n), scope="row"),
                *(html.Td(_times(one)) for one in repeats if one.metres == band),
            ]
        )
        for n, band in enumerate(metres)
    ]
    return html.Section(
        [
            html.H3(word("returns.repeats")),
            html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)]),
            html.P(word("returns.repeats.about"), className="returns-about"),
        ],
        className="returns-repeats",
    )


def _band(metres: list[float], n: int) -> str:
    if n == 0:
        return word("returns.same_house")
    return word("returns.metres", least=number(metres[n - 1]), most=number(metres[n]))


def _times(one: NearRepeat) -> list[Any]:
    if one.times is None:
        return ["–"]
    return [
        html.B(word("returns.times", count=number(one.times, 1))),
        html.Small(word("returns.pairs", pairs=number(one.pairs), p=written_p(one.p))),
    ]


def _map(found: Returns) -> html.Section:
    return html.Section(
        [
            html.H3(word("returns.map")),
            dcc.Store(id=f"statistics-chart-{VIEW}", data=_chart(found)),
            html.Div(
                dcc.Graph(id=f"statistics-graph-{VIEW}", config=CONFIG, className="statistics-graph"),
                className="returns-graph",
            ),
            html.P(word("returns.map.about", metres=number(CELL_M)), className="returns-about"),
        ],
        className="returns-map",
        **{"aria-hidden": "true"},
    )


def _chart(found: Returns) -> dict[str, Any]:
    """Districts as outlines, cells in steps of their excess; those beyond chance in amber with a ring."""
    data = [_outline(shape) for shape in found.outlines]
    calm = [cell for cell in found.cells if not cell.hot]
    for step, low in enumerate(SHADES):
        high = SHADES[step + 1] if step + 1 < len(SHADES) else float("inf")
        within = [cell for cell in calm if low <= cell.excess < high]
        if within:
            data.append(_squares(within, charts.STEPS[step], "--ground"))
    hot = [cell for cell in found.cells if cell.hot]
    if hot:
        data.append(_squares(hot, "--urgent", "--urgent"))
        data.append(_counts(hot))
    return {
        "data": data,
        "layout": charts.layout(
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            xaxis=charts.hidden_axis(**_reach([cell.x for cell in found.cells])),
            yaxis=charts.hidden_axis(
                scaleanchor="x", scaleratio=1, **_reach([cell.y for cell in found.cells])
            ),
        ),
    }


def _reach(lows: list[float]) -> dict[str, Any]:
    """From the first cell to the last: districts reach far into the steppe. Empty without a cell."""
    return {"range": [min(lows) - CELL_M, max(lows) + 2 * CELL_M]} if lows else {}


def _squares(cells: list[GridCell], fill: str, line: str) -> dict[str, Any]:
    steps = ((0, 0), (CELL_M, 0), (CELL_M, CELL_M), (0, CELL_M), (0, 0))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [value for cell in cells for value in (*(cell.x + dx for dx, _ in steps), None)],
        "y": [value for cell in cells for value in (*(cell.y + dy for _, dy in steps), None)],
        "fill": "toself",
        "fillcolor": fill,
        "line": {"width": 1, "color": line},
        "hoverinfo": "skip",
    }


def _counts(cells: list[GridCell]) -> dict[str, Any]:
    """Said where the pointer is: cells are smaller than the numbers."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [cell.x + CELL_M / 2 for cell in cells],
        "y": [cell.y + CELL_M / 2 for cell in cells],
        "marker": {"opacity": 0},
        "hovertext": [word("returns.cell.hover", count=number(cell.n)) for cell in cells],
        "hoverinfo": "text",
    }


def _outline(shape: dict[str, Any]) -> dict[str, Any]:
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rings = [polygon[0] for polygon in polygons]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for ring in rings for x in (*(point[0] for point in ring), None)],
        "y": [y for ring in rings for y in (*(point[1] for point in ring), None)],
        "line": {"width": 1, "color": "--muted"},
        "hoverinfo": "skip",
    }
