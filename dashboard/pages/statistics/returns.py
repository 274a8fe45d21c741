"""The view of what returns: places with more requests than their residents explain, on a map and as lists,
near repeats, and the list of preventive measures. Amber is only a place that is beyond chance, and it says by
how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.statistics import choropleth, measures
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, map_section, saved_as
from dashboard.pages.statistics.controls import topic_form
from dashboard.pages.statistics.map_address import box_area, map_address
from dashboard.request_context import RequestContext
from dashboard.wording.statistics import percent, period, read_now
from dashboard.words import word
from geo.database import Connection
from geo.recurrence.hotspots import FALSE_SHARE, PERMUTATIONS
from geo.recurrence.near_repeat import SPANS_D, NearRepeat
from geo.settings import City
from geo.statistics.area_days import CELL_M
from geo.statistics.definitions import SERVICE
from layers.reading import snapshot
from layers.statistics.measures import read_measures, read_owners, read_streets
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import (
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
        read = read_now(connection, city, request)
    head = html.Header(
        [
            html.H2(word("returns.title")),
            html.Span(_about(found, request), className="returns-about"),
            *(saved_as(VIEW, _query(request, topic)) if found.total else []),
            topic_form(VIEW, request, topics, topic),
        ],
        className="returns-head",
    )
    parts: list[Any] = [html.P(word("returns.none"), className="returns-about")]
    if found.total:
        lists = html.Div(
            [_locations(found, kind, request, topic) for kind in LOCATIONS], className="returns-lists"
        )
        drawn = map_section(
            VIEW,
            grid_chart(found.cells, found.outlines),
            title=word("returns.map"),
            about=word("returns.map.about", metres=number(CELL_M)),
        )
        side = html.Div([drawn, _repeats(found.repeats)], className="returns-side")
        parts = [html.Div([lists, side], className="returns-parts")]
    formula = html.P(f"{_formula()} {read}", className="returns-formula")
    hot = sorted((spot for kind in LOCATIONS for spot in found.spots.get(kind, ())), key=lambda one: one.p)
    named = {f"{spot.kind}:{spot.key}": f"{location_name(spot)} · {number(spot.n)}" for spot in hot}
    locations = named | {key: name for key, name in streets.items() if key not in named}
    planning = measures.section(context, planned, locations, owners, topics, topic)
    return html.Div([head, *parts, planning, formula], className="returns", **{"data-card": VIEW})


def card(
    connection: Connection, city: City, request: StatisticsRequest, lang: str, topic: str | None
) -> ChartCard:
    """The places of all kinds as one table, and their map."""
    found = read_returns(connection, city, request, topic, lang)
    columns = [word("returns.kind"), *(word(f"returns.column.{key}") for key in COLUMNS)]
    rows = [
        [word(f"returns.location.{kind}"), location_name(spot), *_numbers(spot), _trend(spot)]
        for kind in LOCATIONS
        for spot in found.spots.get(kind, ())
    ]
    return ChartCard(
        title=word("returns.title"),
        about=_about(found, request),
        table=DataTable(columns, rows),
        link=RowsLink(SERVICE, request, found.total),
        chart=grid_chart(found.cells, found.outlines) if found.total else None,
        formula=(_formula(), f"{SERVICE.key} = select {SERVICE.sql} from incident i"),
    )


def _about(found: Returns, request: StatisticsRequest) -> str:
    return word("returns.about", total=number(found.total), period=period(request))


def _formula() -> str:
    return word(
        "returns.formula",
        share=percent(FALSE_SHARE, 1, 0),
        permutations=number(PERMUTATIONS),
        metres=number(CELL_M),
    )


def _query(request: StatisticsRequest, topic: str | None) -> dict[str, str]:
    return {**request.as_query(), **({"topic": topic} if topic else {})}


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
    n, expected, p = _numbers(spot)
    return [
        dcc.Link(
            location_name(spot),
            href=_map_address(spot, request),
            refresh=True,
            title=f"{spot.kind}:{spot.key}",  # what `./ikomek prevention add` calls it
        ),
        html.B(n),
        expected,
        p,
        html.Span(_trend(spot), **{"data-trend": spot.trend}),
    ]


def _numbers(spot: HotSpot) -> list[str]:
    """How many, how many were expected, how likely so many are."""
    return [number(spot.n), number(spot.expected, 1), written_p(spot.p)]


def _trend(spot: HotSpot) -> str:
    return word(f"returns.trend.{spot.trend}", count=number(spot.late))


def location_name(spot: HotSpot) -> str:
    return word("returns.cell", name=spot.name) if spot.kind == "cell" else spot.name


def written_p(p: float) -> str:
    return f"< {number(LEAST_P, 6)}" if p < LEAST_P else number(p, 6 if p < 0.001 else 3)


def _map_address(spot: HotSpot, request: StatisticsRequest) -> str:
    """The place's requests on the map."""
    if spot.kind == "building":
        where = {"building": spot.key}
    elif spot.kind == "street":
        where = {"area": f"street,{spot.key}"}
    else:
        where = box_area(spot.box or ())
    return map_address(request, "service", where)


def _repeats(repeats: list[NearRepeat]) -> html.Section:
    """How many times as often as by chance another request follows: a row a distance, a column a span."""
    heads = [html.Td(), *(html.Th(word("returns.within_days", n=span), scope="col") for span in SPANS_D)]
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


def grid_chart(cells: Sequence[GridCell], outlines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Districts as outlines, cells in steps of their excess; those beyond chance say how many."""
    areas = [_area(cell) for cell in cells]
    hot = [area for area in areas if area.hot]
    return {
        "data": [
            *map(choropleth.outlined, outlines),
            *choropleth.shaded(areas, "--urgent"),
            *([choropleth.hovers(hot)] if hot else []),
        ],
        "layout": choropleth.layout(_reach([cell.x for cell in cells]), _reach([cell.y for cell in cells])),
    }


def _area(cell: GridCell) -> choropleth.ShadedArea:
    east, north = cell.x + CELL_M, cell.y + CELL_M
    ring = [(cell.x, cell.y), (east, cell.y), (east, north), (cell.x, north), (cell.x, cell.y)]
    middle = (cell.x + CELL_M / 2, cell.y + CELL_M / 2)
    text = word("returns.cell.hover", count=number(cell.n))
    return choropleth.ShadedArea([ring], cell.excess, cell.hot, middle, text)


def _reach(lows: list[float]) -> dict[str, Any]:
    """From the first cell to the last: districts reach far into the steppe. Empty without a cell."""
    return {"range": [min(lows) - CELL_M, max(lows) + 2 * CELL_M]} if lows else {}
