"""The band "my team": an operator beside their team; its head sees everybody of it by name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number
from dashboard.wording.levels import goal, lacking, value_text
from dashboard.wording.statistics import NONE, figure_name
from dashboard.words import word
from geo.accounts.users import Principal
from geo.database import Connection
from geo.settings import City
from geo.statistics.counting import Counted
from geo.statistics.definitions import Figure
from layers.statistics.levels import is_beyond
from layers.statistics.people import PERSONAL, Colleague, read_own_team
from layers.statistics.requests import StatisticsRequest


def own_band(
    connection: Connection, city: City, request: StatisticsRequest, principal: Principal
) -> list[html.Section]:
    """Empty for who is no operator."""
    found = read_own_team(connection, city, request, principal)
    if found is None:
        return []
    heads = [html.Th([figure_name(figure), html.Span(goal(figure))], scope="col") for figure in PERSONAL]
    title = word(
        "statistics.people.head" if found.me.is_head else "statistics.people.mine", team=found.me.team
    )
    rows = [_row(found.me.team, found.team, found.team, {})] + [
        _row(person.name, person.counted, found.team, _links(person, request)) for person in found.people
    ]
    return [
        html.Section(
            html.Div(
                [
                    html.Header([html.H2(title)]),
                    html.Table(
                        [
                            html.Caption(title),
                            html.Thead(
                                html.Tr([html.Th(word("statistics.people.who"), scope="col"), *heads])
                            ),
                            html.Tbody(rows),
                        ],
                        className="statistics-levels statistics-people",
                    ),
                ],
                className="statistics-body",
            ),
            className="statistics-card",
            id="statistics-people",
        )
    ]


def _row(
    name: str, counted: Mapping[str, Counted], team: Mapping[str, Counted], links: Mapping[str, str]
) -> html.Tr:
    cells = [
        _cell(figure, counted.get(figure.key), team.get(figure.key), links.get(figure.key))
        for figure in PERSONAL
    ]
    return html.Tr([html.Th(name, scope="row"), *cells])


def _cell(figure: Figure, counted: Counted | None, team: Counted | None, link: str | None) -> html.Td:
    """Amber only where it is more than chance: six inquiries say little of a person."""
    if counted is None or team is None:
        return html.Td(NONE)
    off = lacking(figure, counted.value) > 0 if not link else is_beyond(figure, counted, team)
    value = html.Strong(value_text(figure, counted.value), className="statistics-off" if off else "")
    cases = word("statistics.people.cases", missed=number(counted.missed), whole=number(counted.whole))
    return html.Td([value, " ", html.Span(dcc.Link(cases, href=link, refresh=True) if link else cases)])


def _links(person: Colleague, request: StatisticsRequest) -> dict[str, str]:
    return {
        figure.key: "/statistics?"
        + urlencode(
            {
                "view": "rows",
                "figure": figure.key,
                "part": "missed",
                "person": person.key,
                **request.as_query(),
            },
            safe=",:",
        )
        for figure in PERSONAL
    }
