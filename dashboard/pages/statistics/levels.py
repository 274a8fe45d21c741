"""The view of the three levels: a band each, a row for each figure with a goal: value, weeks, teams, cases.

Amber is only a value that misses its goal, with by how much; a ring is a team that misses it by more than
chance. What no source records has a dash and is never a reached goal.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number, signed
from dashboard.pages.statistics.card import DataTable, TableFile, files, picture_button
from dashboard.pages.statistics.spread import ValueScale, spread, trend
from dashboard.wording.levels import goal, goal_and_limit, lacking, rounded, value_text
from dashboard.wording.statistics import NONE, figure_name, formula_of
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.definitions import LEVELS, Figure
from layers.statistics.levels import LevelFigure, read_level
from layers.statistics.requests import StatisticsRequest

VIEW = "levels"
COLUMNS = ("figure", "value", "weeks", "teams", "cases")
FILE_COLUMNS = ("figure", "team", "value", "goal", "of", "missed")


def band(
    connection: Connection, city: City, request: StatisticsRequest, lang: str, level: str, read: str
) -> list[Any]:
    """A level as its card shows it. `read`: its period, and when it was read."""
    found = read_level(connection, city, request, level, lang)
    heads = [html.Th(word(f"statistics.levels.column.{name}"), scope="col") for name in COLUMNS]
    return [
        html.Header(
            [html.H2(word(f"statistics.card.{level}")), _counted(found, level), _reached(found)], title=read
        ),
        html.Table(
            [
                html.Caption(word(f"statistics.card.{level}")),
                html.Thead(html.Tr(heads)),
                html.Tbody([_row(one, request) for one in found]),
            ],
            className="statistics-levels",
        ),
        html.Footer(
            [picture_button(), *files(VIEW, request.as_query()), html.Small(read)],
            className="statistics-files levels-read",
        ),
    ]


def table_file(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> TableFile:
    """The figures of all levels as a file, each team in a row of its own below its figure."""
    rows = []
    for level in LEVELS:
        for one in read_level(connection, city, request, level, lang):
            name, figure = figure_name(one.figure), one.figure
            counted = [("", one.now), *((team.name, team.counted) for team in one.teams)]
            rows += [
                [name, team, value_text(figure, n.value), goal(figure), number(n.whole), number(n.missed)]
                for team, n in counted
            ]
    heads = [word(f"statistics.levels.file.{name}") for name in FILE_COLUMNS]
    return TableFile(word("statistics.view.levels"), DataTable(heads, rows))


def _counted(found: list[LevelFigure], level: str) -> html.Span:
    """The number of rows that the first figure of the level is of."""
    count = number(found[0].now.whole)
    text = word(f"statistics.levels.counted.{level}", count=count)
    return html.Span(text, className="statistics-about")


def _reached(found: list[LevelFigure]) -> html.Span:
    missed = sum(lacking(one.figure, one.now.value) > 0 for one in found)
    if missed:
        text = word("statistics.levels.missed", missed=missed, all=len(found))
        return html.Span(text, className="statistics-off")
    key = "reached" if all(one.now.value is not None for one in found) else "unrecorded_some"
    return html.Span(word(f"statistics.levels.{key}"), className="statistics-about")


def _row(one: LevelFigure, request: StatisticsRequest) -> html.Tr:
    figure = one.figure
    off = lacking(figure, one.now.value) > 0
    words, sql = formula_of(figure)
    values = [team.counted.value for team in one.teams] + one.weeks + [one.now.value]
    scale = ValueScale.of(figure, [value for value in values if value is not None])
    return html.Tr(
        [
            html.Th([figure_name(figure), html.Span(words, title=sql)], scope="row"),
            html.Td(_value(one, request), className="statistics-level-value"),
            html.Td(trend(one, scale, value_text, off)),
            html.Td(spread(one, scale, value_text, lambda key: _cases_address(figure, request, team=key))),
            html.Td(_cases(one, request), className="statistics-level-cases"),
        ],
        className="statistics-missed" if off else "",
        **{"data-figure": figure.key},
    )


def _value(one: LevelFigure, request: StatisticsRequest) -> list:
    figure, lack = one.figure, lacking(one.figure, one.now.value)
    if one.now.value is None:
        key = "unrecorded" if one.now.whole else "nothing"
        return [html.Strong(NONE), html.Span(goal(figure)), html.Span(word(f"statistics.levels.{key}"))]
    aim: list[Any] = [goal_and_limit(figure)]
    if lack:
        more = "more" if figure.goal and figure.goal.at_least else "over"
        aim += [" · ", html.B(word(f"statistics.levels.{more}", by=_by(figure, lack)))]
    return [
        html.Strong(value_text(figure, one.now.value)),
        html.Span(aim),
        *([html.Span(_longest(one))] if one.longest else []),
        html.Span(_change(one, request)),
    ]


def _longest(one: LevelFigure) -> str:
    half, most = (word("statistics.seconds", count=number(value)) for value in one.longest or (0, 0))
    return word("statistics.levels.longest", half=half, most=most)


def _change(one: LevelFigure, request: StatisticsRequest) -> str:
    if one.before.value is None or one.now.value is None:
        return word("statistics.levels.no_before")
    by = rounded(one.figure, one.now.value) - rounded(one.figure, one.before.value)
    return word(f"statistics.levels.change.{request.compare}", by=_by(one.figure, by, signed))


def _by(figure: Figure, by: float, write: Any = number) -> str:
    if figure.unit == "seconds":
        return word("statistics.seconds", count=write(by, 0))
    return word("statistics.points", count=write(by, 1))


def _cases(one: LevelFigure, request: StatisticsRequest) -> list:
    figure, n = one.figure, number(one.now.missed)
    named = word(f"statistics.missed.{figure.key}")
    if one.now.value is None:
        return [html.Strong(NONE)]
    if not one.now.missed:
        return [html.Strong(n), html.Span(named)]
    return [dcc.Link(n, href=_cases_address(figure, request), refresh=True), html.Span(named)]


def _cases_address(figure: Figure, request: StatisticsRequest, **more: str) -> str:
    query = {"view": "rows", "figure": figure.key, "part": "missed", **request.as_query(), **more}
    return f"/statistics?{urlencode(query, safe=',:')}"
