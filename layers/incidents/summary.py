"""What is asked of a part of the city, or of one building, beside its counts: how large it is, who must act
there and how late they are, the last 24 hours beside the same weekday of the four weeks before, and the days
of a longer window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, TextClause, text

from geo.settings import City
from layers.incidents.area import CityArea
from layers.incidents.filters import OVERDUE, IncidentFilter
from layers.incidents.trend import Trend, read_trend
from layers.tiles.precincts import IN_FORCE

HOURS, WEEKS = 24, 4
LAST = float("inf")
"""Nobody comes after every performer."""
LATE = """select coalesce(i.performer_id, (select c.performer_id from category c where c.id = i.category_id))
        as performer, count(*) as overdue,
        percentile_cont(0.5) within group (order by extract(epoch from cast(:now as timestamptz) - i.due_at))
            as late_s
    from {table} as i where {where} and {overdue} group by 1"""
BY_HOUR = """with aged as (
        select extract(epoch from cast(:now as timestamptz) - i.opened_at)::bigint as s from incident as i
        where {where} and i.opened_at > cast(:now as timestamptz) - make_interval(days => 7 * {weeks} + 1)
            and i.opened_at <= :now)
    select s / 604800 as week, s % 604800 / 3600 as hours_ago, count(*) as n from aged
    where s % 604800 < 86400 group by 1, 2"""
NUMBER = text(f"select number from precinct where {IN_FORCE} and id = :id")
DISTRICT = text("select name_kk, name_ru, name_en from district where region = :region and id = :id")
BUILDING = text("select street_kk, street_ru, house from building where region = :region and id = :id")


@dataclass(frozen=True)
class PerformerLine:
    """`performer` none = nobody. `late_s`: the median delay of what is overdue, in seconds."""

    performer: int | None
    n: int
    overdue: int
    late_s: float | None


@dataclass(frozen=True)
class AreaSummary:
    """`hours`: opened in each of the last 24 hours, oldest first; `usual`: the same of an average of the
    four weeks before, as known now. Neither minds the window of the list. `performers` have its rows, the
    latest first."""

    square_km: float | None
    """None of a street and a building, and of a precinct that is not in force."""
    number: int | None
    """The number of a precinct; none for other areas."""
    performers: list[PerformerLine]
    hours: list[int]
    usual: list[float]
    trend: Trend | None = None
    district: dict[str, Any] | None = None
    """Its names; none for what is no district."""
    building: dict[str, Any] | None = None
    """Its streets and house; none for what is no building."""


def summarize(
    connection: Connection,
    city: City,
    incident_filter: IncidentFilter,
    now: datetime,
    counts: Mapping[str, Mapping[Any, int]],
) -> AreaSummary | None:
    """`counts` of the filter, as `facet_counts` has them. None where neither an area nor a building is asked
    for."""
    area = incident_filter.area
    if area is None and incident_filter.building is None:
        return None
    always, values = replace(incident_filter.without_window(), overdue=False, moment=None).where(city, now)
    opened = connection.execute(text(BY_HOUR.format(where=always, weeks=WEEKS)), values)
    hours, usual = [0] * HOURS, [0] * HOURS
    for row in opened:
        into = hours if row.week == 0 else usual
        into[HOURS - 1 - row.hours_ago] += row.n
    named = {"region": city.region, "today": city.today()}
    return AreaSummary(
        _size(connection, city, area),
        connection.execute(NUMBER, named | {"id": area and area.precinct}).scalar(),
        _performers(connection, city, incident_filter, now, counts["performer"]),
        hours,
        [n / WEEKS for n in usual],
        read_trend(connection, city, incident_filter, now),
        _row(connection, DISTRICT, named | {"id": area and area.district}),
        _row(connection, BUILDING, named | {"id": incident_filter.building}),
    )


def _performers(
    connection: Connection,
    city: City,
    incident_filter: IncidentFilter,
    now: datetime,
    counted: Mapping[int, int],
) -> list[PerformerLine]:
    """Only how late they are is looked up, among what is open; how much they have is counted already."""
    where, values = incident_filter.where(city, now)
    rows = incident_filter.rows(city)
    found = rows.statement(LATE.format(where=where, overdue=OVERDUE, table=rows.table))
    late = {row.performer: (row.overdue, row.late_s) for row in connection.execute(text(found), values)}
    chosen = incident_filter.selection.performers
    lines = [
        PerformerLine(performer or None, n, *late.get(performer or None, (0, None)))
        for performer, n in counted.items()
        if chosen is None or performer in chosen
    ]
    return sorted(lines, key=lambda line: (-line.overdue, -line.n, line.performer or LAST))


def _row(connection: Connection, statement: TextClause, values: dict[str, Any]) -> dict[str, Any] | None:
    found = connection.execute(statement, values).mappings().first()
    return None if found is None else dict(found)


def _size(connection: Connection, city: City, area: CityArea | None) -> float | None:
    if area is None or area.shape == "street":
        return None
    outline, values = area.outline(city)
    size = text(f"select st_area(st_transform({outline}, {city.metric_srid})) / 1e6")
    return connection.execute(size, values | {"region": city.region}).scalar()
