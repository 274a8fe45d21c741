"""Rows of the list that stand for many: of a mass event one row is shown, and says how many it stands for.

Counts are of incidents and never of rows: what the rows of the list stand for adds up to its count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.settings import City
from layers.incidents.cursor import SORTS
from layers.incidents.filters import IncidentFilter


@dataclass(frozen=True)
class Folded:
    """`leaders`: the incident in whose place the row stands, the first of its event in the list's order ->
    {"event": its id, "number", "n": so many incidents of the filter, "still_open", "inquiries",
    "buildings"}."""

    leaders: Mapping[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def behind(self) -> int:
        """How many incidents have no row of their own."""
        return sum(of["n"] - 1 for of in self.leaders.values())

    def where(self, values: dict[str, Any]) -> str:
        """The condition on `incident as i` for the rows that are shown; adds what it binds to `values`."""
        if not self.leaders:
            return "true"
        values["leaders"] = list(self.leaders)
        values["folded"] = [of["event"] for of in self.leaders.values()]
        return "(i.group_id is null or i.group_id <> all(:folded) or i.id = any(:leaders))"


def fold(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, sort: str
) -> Folded:
    """Of an event that the filter names, each incident has its row."""
    if incident_filter.mass is not None:
        return Folded()
    where, values = incident_filter.where(city, now)
    rows = connection.execute(
        text(f"""
        select e.id as event, e.number, e.status, count(*)::int as n,
            (count(*) filter (where i.status <> 'closed'))::int as still_open,
            sum(i.inquiries)::int as inquiries, count(distinct i.building_id)::int as buildings,
            (array_agg(i.id order by {SORTS[sort].order(backwards=False)}))[1] as leader
        from incident as i join mass_event e on e.region = i.region and e.id = i.group_id
        where i.group_id is not null and {where} group by e.region, e.id"""),
        values,
    ).mappings()
    return Folded({row["leader"]: dict(row) for row in rows if row["n"] > 1})
