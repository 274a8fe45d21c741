"""The three levels: each figure against its goal, with its 13 weeks, by team, and how many cases keep it from
the goal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
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
)
from geo.statistics.definitions import INCIDENT, INQUIRY, LEVELS, Figure
from geo.statistics.inquiry_days import DayGrouping, answer_times, count_days, quantiles_of
from geo.statistics.teams import NAMES, OF_DAY
from layers.statistics.incident_spans import count_incident_spans, recorded_spans
from layers.statistics.requests import StatisticsRequest

WEEKS = 13
DAYS = 30
"""The length of the period when the address names none."""
SHARES = (0.5, 0.9)
WEEK = "greatest(width_bucket({at}, cast(:weeks as timestamptz[])) - 1, 0)"
"""By the first moment of each: the city's day of every row would cost as much as all that is counted of it. A
row that only reaches into the first week is counted there."""
WEEK_OF_DAY = "width_bucket(d.day, cast(:weeks as date[])) - 1"
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
    """The figures of a level in one snapshot: those of inquiries and of incidents from the days that are
    counted ahead, the rest from their rows."""
    definitions = LEVELS[level]
    counted = _Counts({}, {}, {}, {})
    for source in dict.fromkeys(figure.source for figure in definitions):
        of_source = [figure for figure in definitions if figure.source is source]
        counted.add(
            _of_days(connection, city, request)
            if source is INQUIRY
            else _of_incidents(connection, city, request, level, of_source)
            if source is INCIDENT
            else _of_rows(connection, city, request, of_source)
        )
    names = _names(connection, city, level, lang)
    return [
        LevelFigure(
            figure,
            counted.now[figure.key],
            counted.before[figure.key],
            [_value(counted.weeks[figure.key].get(week)) for week in range(WEEKS)],
            _worst_first(figure, counted.teams[figure.key], counted.now[figure.key], names),
            quantiles_of(answer_times(connection, city, request.first, request.last), SHARES)
            if figure.unit == "seconds"
            else None,
        )
        for figure in definitions
    ]


@dataclass(frozen=True)
class _Counts:
    """By figure key: of the period, of the one before, by number of the week, by key of the team (of what is
    nobody's none)."""

    now: dict[str, Counted]
    before: dict[str, Counted]
    weeks: dict[str, dict[int, Counted]]
    teams: dict[str, dict[str | None, Counted]]

    def add(self, more: _Counts) -> None:
        self.now.update(more.now)
        self.before.update(more.before)
        self.weeks.update(more.weeks)
        self.teams.update(more.teams)


def _of_incidents(
    connection: Connection, city: City, request: StatisticsRequest, level: str, definitions: Sequence[Figure]
) -> _Counts:
    """Figures of incidents. All of them is what the teams have together: each row is of one, or nobody's."""
    before, weeks = request.before(), _first_days(request)
    spans = [(request.first, request.last), (before.first, before.last)]
    spans += [(first, first + timedelta(6)) for first in weeks]
    recorded = {one.key: recorded_spans(connection, city, one, spans) for one in definitions}
    counted = count_incident_spans(connection, city, request, level, spans)
    found = {one.key: counted[one.key] for one in definitions}
    now, then = (
        {key: _together(found[key][n].values(), recorded[key][n]) for key in found} for n in range(2)
    )
    by_week = {
        key: {n: _together(groups.values(), recorded[key][2 + n]) for n, groups in enumerate(found[key][2:])}
        for key in found
    }
    teams = {
        key: {team: _valued(one, recorded[key][0]) for team, one in found[key][0].items()} for key in found
    }
    return _Counts(now, then, by_week, teams)


def _together(groups: Collection[Counted], recorded: bool) -> Counted:
    """The groups of a share, as one."""
    part, whole, missed = (sum(getattr(one, name) for one in groups) for name in ("part", "whole", "missed"))
    return _valued(Counted(None, part, whole, missed), recorded)


def _valued(counted: Counted, recorded: bool) -> Counted:
    value = counted.part / counted.whole if counted.whole and recorded else None
    return replace(counted, value=value)


def _of_rows(
    connection: Connection, city: City, request: StatisticsRequest, definitions: Sequence[Figure]
) -> _Counts:
    """Figures of one source, nobody's, from its rows."""
    population = request.population(city)
    return _Counts(
        count_rows(connection, definitions, population, _period(city, request)),
        count_rows(connection, definitions, population, _period(city, request.before())),
        _weeks(connection, city, request, definitions),
        {figure.key: {} for figure in definitions},
    )


def _of_days(connection: Connection, city: City, request: StatisticsRequest) -> _Counts:
    before, weeks = request.before(), _first_days(request)
    by_week = DayGrouping(WEEK_OF_DAY, {"weeks": weeks})
    return _Counts(
        _of_all(count_days(connection, city, request.first, request.last)),
        _of_all(count_days(connection, city, before.first, before.last)),
        count_days(connection, city, weeks[0], request.last, by_week),
        count_days(connection, city, request.first, request.last, OF_DAY),
    )


def _of_all(found: Mapping[str, Mapping[bool, Counted]]) -> dict[str, Counted]:
    """Nothing at all is counted too: it has no value."""
    return {key: groups.get(True, Counted(None, 0, 0)) for key, groups in found.items()}


def _value(counted: Counted | None) -> float | None:
    return None if counted is None else counted.value


def _period(city: City, request: StatisticsRequest) -> Period:
    return Period.of_days(city, request.first, request.last)


def _first_days(request: StatisticsRequest) -> list[date]:
    """The first days of the 13 weeks, the last of which ends with the period."""
    begins = request.last - timedelta(weeks=WEEKS) + timedelta(1)
    return [begins + timedelta(weeks=week) for week in range(WEEKS)]


def _weeks(
    connection: Connection, city: City, request: StatisticsRequest, definitions: Sequence[Figure]
) -> dict[str, dict[int, Counted]]:
    """Figures of one source -> the number of a week -> what is counted."""
    days = _first_days(request)
    period = Period.of_days(city, days[0], request.last)
    weeks = {"weeks": [midnight(city, day) for day in days]}
    week = Grouping(WEEK.format(at=definitions[0].source.at), weeks)
    return count_groups_of(connection, definitions, request.population(city), period, week)


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
