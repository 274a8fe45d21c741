"""The three levels: each figure against its goal, with its 13 weeks, by team, and how many cases keep it from
the goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.counting import (
    Counted,
    Grouping,
    Period,
    count_groups_of,
    count_rows,
    midnight,
    quantiles,
)
from geo.statistics.definitions import LEVELS, Figure
from geo.statistics.teams import NAMES, team_of
from layers.statistics.requests import StatisticsRequest

WEEKS = 13
DAYS = 30
"""The length of the period when the address names none."""
SHARES = (0.5, 0.9)
WEEK = "greatest(width_bucket({at}, cast(:weeks as timestamptz[])) - 1, 0)"
"""By the first moment of each: the city's day of every row would cost as much as all that is counted of it. A
row that only reaches into the first week is counted there."""
Z_998 = 3.090232306167813
"""The 99.9 % quantile of the normal distribution: two sides of 99.8 %."""


@dataclass(frozen=True)
class TeamCount:
    """`beyond`: it misses the goal, and by more than chance explains for so many cases."""

    key: str
    name: str
    counted: Counted
    beyond: bool


@dataclass(frozen=True)
class LevelFigure:
    """`weeks`: its value in each of 13, none where nothing was counted; the last ends with the period.
    `teams`: the worst first. `longest`: of a figure in seconds, the median and the 90th percentile."""

    figure: Figure
    now: Counted
    before: Counted
    weeks: list[float | None]
    teams: list[TeamCount]
    longest: list[float] | None


def default_period(today: date) -> dict[str, str]:
    """The parameters that stand for an address without a period: 30 days up to yesterday, against as many
    before."""
    return {
        "from": (today - timedelta(DAYS)).isoformat(),
        "to": (today - timedelta(1)).isoformat(),
        "compare": "before",
    }


def read_level(
    connection: Connection, city: City, request: StatisticsRequest, level: str, lang: str
) -> list[LevelFigure]:
    """The figures of a level, each counted from its rows, in one snapshot."""
    definitions, population = LEVELS[level], request.population(city)
    now = count_rows(connection, definitions, population, _period(city, request))
    before = count_rows(connection, definitions, population, _period(city, request.before()))
    names = _names(connection, city, level, lang)
    weeks: dict[str, dict[int, Counted]] = {}
    teams: dict[str, dict[str | None, Counted]] = {}
    for source in dict.fromkeys(figure.source for figure in definitions):
        of_source = [figure for figure in definitions if figure.source is source]
        weeks |= _weeks(connection, city, request, of_source)
        teams |= _teams(connection, city, request, of_source)
    return [
        LevelFigure(
            figure,
            now[figure.key],
            before[figure.key],
            [weeks[figure.key][week].value if week in weeks[figure.key] else None for week in range(WEEKS)],
            _worst_first(figure, teams[figure.key], now[figure.key], names),
            quantiles(connection, figure, population, _period(city, request), SHARES)
            if figure.unit == "seconds"
            else None,
        )
        for figure in definitions
    ]


def _period(city: City, request: StatisticsRequest) -> Period:
    return Period.of_days(city, request.first, request.last)


def _weeks(
    connection: Connection, city: City, request: StatisticsRequest, definitions: Sequence[Figure]
) -> dict[str, dict[int, Counted]]:
    """Figures of one source -> the number of a week -> what is counted."""
    begins = request.last - timedelta(weeks=WEEKS) + timedelta(1)
    weeks = [midnight(city, begins + timedelta(weeks=week)) for week in range(WEEKS)]
    period = Period.of_days(city, begins, request.last)
    week = Grouping(WEEK.format(at=definitions[0].source.at), {"weeks": weeks})
    return count_groups_of(connection, definitions, request.population(city), period, week)


def _teams(
    connection: Connection, city: City, request: StatisticsRequest, definitions: Sequence[Figure]
) -> dict[str, dict[str | None, Counted]]:
    """Figures of one source -> the key of a team -> what is counted; empty of what is nobody's."""
    team = team_of(definitions[0])
    if team is None:
        return {figure.key: {} for figure in definitions}
    by_team = Grouping(team.key, joined=team.joined)
    return count_groups_of(connection, definitions, request.population(city), _period(city, request), by_team)


def _worst_first(
    figure: Figure, found: Mapping[str | None, Counted], all_of_them: Counted, names: Mapping[str, str]
) -> list[TeamCount]:
    """What is nobody's is in none of them."""
    teams = [
        TeamCount(key, names.get(key, key), counted, is_beyond(figure, counted, all_of_them))
        for key, counted in found.items()
        if key is not None and counted.value is not None
    ]
    worst_first = 1 if figure.goal and figure.goal.at_least else -1
    return sorted(teams, key=lambda team: (worst_first * (team.counted.value or 0.0), team.key))


def is_beyond(figure: Figure, counted: Counted, all_of_them: Counted) -> bool:
    """Outside the funnel's 99.8 % limit around the share of all, on the side that misses the goal
    (Spiegelhalter 2005). Of a mean in seconds the funnel says nothing."""
    mean, value = all_of_them.value, counted.value
    if figure.unit != "share" or figure.goal is None or mean is None or value is None:
        return False
    worse = mean - value if figure.goal.at_least else value - mean
    limit = Z_998 * (mean * (1 - mean) / counted.whole) ** 0.5
    return figure.goal.lacks(value) > 0 and worse > limit


def _names(connection: Connection, city: City, level: str, lang: str) -> dict[str, str]:
    if level not in NAMES:
        return {}
    rows = connection.execute(text(NAMES[level].format(lang=lang)), {"region": city.region})
    return {row.key: row.name for row in rows}
