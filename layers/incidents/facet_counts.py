"""How many rows each value of each facet leads to.

One pass groups the rows of the window by every facet at once; all counts are sums over those groups, so a
facet's figure is the length of the list that it leads to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.settings import City
from layers.incidents.filters import NOWHERE, OVERDUE, IncidentFilter
from layers.tiles.selection import FIELDS, NO_CHANNEL

FACETS = (*FIELDS, "point", "overdue")


def count(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> tuple[int, dict[str, Counter]]:
    """The list's length, and for each facet the length of the list that each of its values leads to."""
    groups = (
        _tallied(connection, city, incident_filter, now)
        if incident_filter.of_all_time()
        else _counted(connection, city, incident_filter, now)
    )
    return _sum_up(groups, _chosen(incident_filter), _acting(connection))


def count_total(connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime) -> int:
    """The list's length alone."""
    if incident_filter.of_all_time() and not incident_filter.overdue:
        held = _held(connection, city, incident_filter)
        return _sum_up(held, _chosen(incident_filter), _acting(connection))[0]
    where, values = incident_filter.where(city, now)
    rows = incident_filter.rows(city)
    counted = rows.statement(f"select count(*) from {rows.table} as i where {where}")
    return int(connection.execute(text(counted), values).scalar_one())


def _acting(connection: Connection) -> dict[int, int]:
    """Category -> its performer."""
    rows = connection.execute(text("select id, performer_id from category where performer_id is not null"))
    return {row.id: row.performer_id for row in rows}


COUNTED = "i.kind, i.status, i.priority, i.district_id, i.category_id, i.performer_id, i.channel"
GROUPED = "group by 5, 6, 4, 3, 8, 9, 1, 2, 7"
"""Where rows are sorted for it, numbers tell most of them apart, and texts are compared seldom."""


def _counted(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, more: str = "true"
) -> Sequence[tuple[Any, ...]]:
    """The rows of the window by every facet at once."""
    where, values = incident_filter.without_facets().where(city, now)
    rows = incident_filter.rows(city)
    counted = f"""select {COUNTED}, {NOWHERE}, coalesce({OVERDUE}, false), count(*)
        from {rows.table} as i where {where} and {more} {GROUPED}"""
    return connection.execute(text(rows.statement(counted)), values).all()


def _tallied(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> list[tuple]:
    """The same of all rows there are, from `incident_tally`: 2 million rows take as long as 20,000. Only
    what is overdue now is looked up, among the open ones."""
    held = _held(connection, city, incident_filter)
    late = _counted(connection, city, incident_filter, now, OVERDUE)
    return [*held, *late, *((*group[:-2], False, -group[-1]) for group in late)]


def _held(connection: Connection, city: City, incident_filter: IncidentFilter) -> Sequence[tuple[Any, ...]]:
    """The rows of all time by every facet but what is overdue."""
    allowed, scoped = incident_filter.scope.where()
    if incident_filter.area is not None:
        district, chosen = incident_filter.area.where(city)
        allowed, scoped = f"{allowed} and {district}", scoped | chosen
    return connection.execute(
        text(f"""
        select {COUNTED}, not i.placed, false, sum(i.n)::bigint from incident_tally as i
            where i.region = :region and {allowed} {GROUPED} having sum(i.n) <> 0"""),
        {**scoped, "region": city.region},
    ).all()


def _chosen(incident_filter: IncidentFilter) -> list[frozenset | None]:
    """The values to which each facet is narrowed, in the order of `FACETS`. A category, district or performer
    0 is "none"."""
    selection = incident_filter.selection
    lists = (
        selection.kinds,
        selection.statuses,
        selection.priorities,
        selection.districts,
        selection.categories,
        selection.performers,
        selection.channels,
    )
    flags = (
        (True,) if incident_filter.no_coordinates else None,
        (True,) if incident_filter.overdue else None,
    )
    return [None if values is None else frozenset(values) for values in (*lists, *flags)]


def _sum_up(
    groups: Iterable[tuple], chosen: list[frozenset | None], acts: Mapping[int, int]
) -> tuple[int, dict[str, Counter]]:
    """A group counts for a facet's value when it passes every other facet, and for the total when it
    passes all. `acts`: category -> its performer."""
    total = 0
    counts: dict[str, Counter[Any]] = {facet: Counter() for facet in FACETS}
    for kind, status, priority, district, category, performer, channel, point, overdue, n in groups:
        acting = performer or acts.get(category) or 0
        value = (
            kind,
            status,
            priority,
            district or 0,
            category or 0,
            acting,
            channel or NO_CHANNEL,
            point,
            overdue,
        )
        missed = [nth for nth, wanted in enumerate(chosen) if wanted is not None and value[nth] not in wanted]
        if not missed:
            total += n
        for nth, facet in enumerate(FACETS):
            if not missed or missed == [nth]:
                counts[facet][value[nth]] += n
    return total, {facet: +counter for facet, counter in counts.items()}
