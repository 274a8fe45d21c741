"""Figures of inspectors and performers by team in spans of days that may lie over one another: from the days
that are counted ahead, closed and open incidents apart, and from their rows what was changed since, and
whatever somebody sees who does not see the whole city."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.closed_days import (
    COUNTED,
    IN_RUNS,
    IS_CLOSED,
    IS_OPEN,
    bounds_of,
    counted_days_of,
    rare_events,
    runs_of,
)
from geo.statistics.counting import Counted, Grouping, Period, Population, count_groups_of, midnight
from geo.statistics.definitions import INCIDENT, Figure
from geo.statistics.open_days import COUNTED_OPEN
from geo.statistics.team_days import COUNTED_OF, read_teams, team_keys
from geo.statistics.teams import OF_INCIDENT
from layers.statistics.requests import StatisticsRequest

Span = tuple[date, date]
"""The first and the last day."""
Group = tuple[int, str | None]
"""The number of a part between two edges, and the key of a team (of what is nobody's none)."""

PART = "width_bucket(i.opened_at, cast(:edges as timestamptz[]))"
AHEAD = (
    (IS_CLOSED, COUNTED, "statistic_closed_team"),
    (IS_OPEN, COUNTED_OPEN, "statistic_open_team"),
)
"""The incidents, the days of them that are counted ahead, and the table that has these."""


def count_incident_spans(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    level: str,
    spans: Sequence[Span],
    only: Sequence[Figure] = (),
) -> dict[str, list[dict[str | None, Counted]]]:
    """Key of each figure that is counted of the level, or of `only` some -> for each span, the key of a team
    -> what is counted, without its value. A team of which nothing is counted is absent."""
    definitions = only or COUNTED_OF[level]
    edges = sorted({day for first, last in spans for day in (first, last + timedelta(1))})
    days = {first + timedelta(n) for first, last in spans for n in range((last - first).days + 1)}
    found: dict[str, dict[Group, Counted]] = {figure.key: {} for figure in definitions}
    population = request.population(city)
    for which, statement, table in AHEAD:
        counted: set[date] = set()
        if request.is_of_whole_city:
            counted = days & counted_days_of(connection, city, edges[0], edges[-1], statement)
        if counted:
            _add(found, _of_days(connection, city, level, definitions, edges, counted, table))
        if fresh := days - counted:
            narrowed = replace(population, incidents=f"{population.incidents} and {which}")
            is_few = which == IS_OPEN
            _add(found, _of_rows(connection, city, level, definitions, edges, fresh, narrowed, is_few))
    return {key: [_of_span(groups, edges, span) for span in spans] for key, groups in found.items()}


def recorded_spans(connection: Connection, city: City, figure: Figure, spans: Sequence[Span]) -> list[bool]:
    """Whether any source records what is counted, for each span: what was recorded since one began was so
    since each that began before it."""
    recorded: dict[date, bool] = {}
    for first in sorted({first for first, _ in spans}, reverse=True):
        recorded[first] = any(recorded.values()) or _is_recorded(connection, city, figure, first)
    return [recorded[first] for first, _ in spans]


def _is_recorded(connection: Connection, city: City, figure: Figure, first: date) -> bool:
    if figure.recorded is None:
        return True
    period = Period.of_days(city, first, first)
    statement = text(f"select {period.filled(figure.recorded)}")
    return bool(connection.scalar(statement, {"region": city.region, **period.values}))


def _of_days(
    connection: Connection,
    city: City,
    level: str,
    definitions: Sequence[Figure],
    edges: Sequence[date],
    days: set[date],
    table: str,
) -> dict[str, dict[Group, Counted]]:
    keys = team_keys(connection, city, OF_INCIDENT[level])
    found = read_teams(connection, city, table, definitions, edges, sorted(days))
    return {
        key: _groups(zip(teams.part_of_time.tolist(), teams.team.tolist(), teams.numbers.tolist()), keys)
        for key, teams in found.items()
    }


def _groups(rows: Iterable[tuple[int, int, list[int]]], keys: Mapping[int, str]) -> dict[Group, Counted]:
    """A team that is no longer there is nobody."""
    groups: dict[Group, Counted] = {}
    for part_of_time, team, numbers in rows:
        _put(groups, (part_of_time, keys.get(team)), Counted(None, *numbers))
    return groups


def _of_rows(
    connection: Connection,
    city: City,
    level: str,
    definitions: Sequence[Figure],
    edges: Sequence[date],
    days: Iterable[date],
    population: Population,
    is_few: bool,
) -> dict[str, dict[Group, Counted]]:
    """`is_few`: these rows are few among those of their time, so only these have events to be read."""
    team, runs = OF_INCIDENT[level], runs_of(days)
    period = Period.of_days(city, runs[0].first, runs[-1].last)
    within = f"{population.condition(INCIDENT)} and {INCIDENT.within(period.since, period.until)}"
    before = rare_events(IN_RUNS, within) if is_few else ""
    values = {"edges": [midnight(city, day) for day in edges], **bounds_of(city, runs)}
    grouping = Grouping(
        f"array_to_string(array[{PART}::text, {team.key}], ' ')", values, f"{team.joined} {IN_RUNS}", before
    )
    rows = count_groups_of(connection, definitions, population, period, grouping)
    return {
        key: {_group(of_key): counted for of_key, counted in groups.items()} for key, groups in rows.items()
    }


def _group(key: str) -> Group:
    part, _, team = key.partition(" ")
    return int(part), team or None


def _add(into: dict[str, dict[Group, Counted]], more: Mapping[str, Mapping[Group, Counted]]) -> None:
    for key, groups in more.items():
        for group, counted in groups.items():
            _put(into[key], group, counted)


def _put(groups: dict[Group, Counted], group: Group, counted: Counted) -> None:
    known = groups.get(group, Counted(None, 0, 0))
    groups[group] = Counted(
        None, known.part + counted.part, known.whole + counted.whole, known.missed + counted.missed
    )


def _of_span(groups: Mapping[Group, Counted], edges: Sequence[date], span: Span) -> dict[str | None, Counted]:
    """What the parts of a span have together."""
    first, last = span
    sums: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (part, team), counted in groups.items():
        if first <= edges[part - 1] <= last:
            for at, n in enumerate((counted.part, counted.whole, counted.missed)):
                sums[team][at] += n
    return {team: Counted(None, *numbers) for team, numbers in sums.items()}
