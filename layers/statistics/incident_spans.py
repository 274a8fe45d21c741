"""Figures of inspectors and performers by team in spans of days that may lie over one another: closed
incidents from the days that are counted ahead, and from their rows what is open, what was changed since, and
whatever somebody sees who does not see the whole city."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, text

from geo.settings import City
from geo.statistics.closed_days import (
    COUNTED_OF,
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
from geo.statistics.teams import OF_INCIDENT
from layers.statistics.requests import StatisticsRequest

Span = tuple[date, date]
"""The first and the last day."""
Group = tuple[int, str | None]
"""The number of a part between two edges, and the key of a team (of what is nobody's none)."""

PART = "width_bucket(i.opened_at, cast(:edges as timestamptz[]))"
COUNTED = """select s.facet, s.part_of_time, {key} as team, s.part, s.whole, s.missed from (
        select c.facet, width_bucket(c.day, cast(:edges as date[])) as part_of_time, c.value::bigint as team,
            sum(c.part)::bigint as part, sum(c.whole)::bigint as whole, sum(c.missed)::bigint as missed
        from statistic_closed c where c.region = :region and c.facet = any(:facets) and c.kind = ''
            and c.day between :first and :last and c.day = any(:days) group by 1, 2, 3
    ) s left join {table} on {of_region} and {id} = s.team"""


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
    counted: set[date] = set()
    if request.is_of_whole_city:
        counted = days & counted_days_of(connection, city, edges[0], edges[-1])
    found: dict[str, dict[Group, Counted]] = {figure.key: {} for figure in definitions}
    if counted:
        _add(found, _of_days(connection, city, level, definitions, edges, counted))
    population = request.population(city)
    for which, of_days in ((IS_CLOSED, days - counted), (IS_OPEN, days)):
        if of_days:
            narrowed = replace(population, incidents=f"{population.incidents} and {which}")
            is_few = which == IS_OPEN
            _add(found, _of_rows(connection, city, level, definitions, edges, of_days, narrowed, is_few))
    return {key: [_of_span(groups, edges, span) for span in spans] for key, groups in found.items()}


def is_recorded(connection: Connection, city: City, figure: Figure, first: date, last: date) -> bool:
    """Whether any source records what is counted."""
    if figure.recorded is None:
        return True
    period = Period.of_days(city, first, last)
    statement = text(f"select {period.filled(figure.recorded)}")
    return bool(connection.scalar(statement, {"region": city.region, **period.values}))


def _of_days(
    connection: Connection,
    city: City,
    level: str,
    definitions: Sequence[Figure],
    edges: Sequence[date],
    days: set[date],
) -> dict[str, dict[Group, Counted]]:
    team = OF_INCIDENT[level]
    values = {
        "region": city.region,
        "facets": [figure.key for figure in definitions],
        "edges": list(edges),
        "first": min(days),
        "last": max(days),
        "days": sorted(days),
    }
    found: dict[str, dict[Group, Counted]] = {figure.key: {} for figure in definitions}
    statement = text(COUNTED.format(key=team.key, table=team.table, id=team.id, of_region=team.of_region))
    for row in connection.execute(statement, values):
        _put(found[row.facet], (row.part_of_time, row.team), Counted(None, row.part, row.whole, row.missed))
    return found


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
