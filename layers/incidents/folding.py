"""Rows of the list that stand for many: of a mass event one row is shown, and one of a flood, which says how
many it stands for.

Counts are of incidents and never of rows: what the rows of the list stand for adds up to its count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.incidents.model import CRITICAL
from geo.settings import City
from layers.incidents.cursor import SORTS
from layers.incidents.filters import IncidentFilter
from layers.panels.floods import STEP_S, floods
from layers.panels.requests import PanelRequest

LEAST_FLOOD = 10
"""Fewer of a flood, under the filter, are listed one by one."""
SINGLE = "(i.group_id is null or i.group_id <> all(:folded))"


@dataclass(frozen=True)
class Folded:
    """`leaders`: the incident in whose place the row stands, the first in the list's order -> what it stands
    for. Of a mass event {"event": its id, "number", "status", "n": so many incidents of the filter,
    "still_open", "inquiries", "buildings"}; of a flood, among `floods`, {"kind", "since": seconds since 1970,
    "minutes", "usual", "n", "urgent", "waiting", "districts"}."""

    leaders: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    floods: Mapping[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def behind(self) -> int:
        """How many incidents have no row of their own."""
        return sum(of["n"] - 1 for of in (*self.leaders.values(), *self.floods.values()))

    def where(self, values: dict[str, Any]) -> str:
        """The condition on `incident as i` for the rows that are shown; adds what it binds to `values`."""
        if not self.leaders and not self.floods:
            return "true"
        values["leaders"] = [*self.leaders, *self.floods]
        values["folded"] = [of["event"] for of in self.leaders.values()]
        terms = [SINGLE]
        for nth, flood in enumerate(self.floods.values()):
            terms.append(f"not {_member(nth)}")
            values |= _bound(nth, flood)
        return f"(i.id = any(:leaders) or {' and '.join(terms)})"


def fold(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime, sort: str, lang: str
) -> Folded:
    """How the rows of mass events and floods are folded into one each. Nothing is folded where the filter
    names an event or asks for what was opened since a moment: then each incident has a row."""
    if incident_filter.mass is not None or incident_filter.opened_since is not None:
        return Folded()
    where, values = incident_filter.where(city, now)
    rows = connection.execute(
        text(f"""
        select e.id as event, e.number, e.status, count(*)::int as n,
            (count(*) filter (where i.status <> 'closed'))::int as still_open,
            sum(i.inquiries)::int as inquiries, count(distinct i.building_id)::int as buildings,
            {_first(sort)} as leader
        from incident as i join mass_event e on e.region = i.region and e.id = i.group_id
        where i.group_id is not null and {where} group by e.region, e.id"""),
        values,
    ).mappings()
    events = {row["leader"]: dict(row) for row in rows if row["n"] > 1}
    if incident_filter.window != "live":
        return Folded(events)
    values["folded"] = [of["event"] for of in events.values()]
    at = int(now.timestamp()) // STEP_S * STEP_S
    found: dict[int, dict[str, Any]] = {}
    for flood in floods(connection, PanelRequest(city, incident_filter.scope, lang), at):
        row = connection.execute(
            text(f"""select count(*)::int as n, (count(*) filter (where i.priority >= 1))::int as urgent,
                (count(*) filter (where i.status = 'open'))::int as waiting, {_first(sort)} as leader
            from incident as i where {where} and {SINGLE} and {_member(0)}"""),
            values | _bound(0, flood),
        ).one()
        if row.n >= LEAST_FLOOD:
            counted = {"n": row.n, "urgent": row.urgent, "waiting": row.waiting}
            found[row.leader] = {
                **{name: flood[name] for name in ("kind", "since", "minutes", "usual", "districts")},
                **counted,
            }
    return Folded(events, found)


def _first(sort: str) -> str:
    return f"(array_agg(i.id order by {SORTS[sort].order(backwards=False)}))[1]"


def _member(nth: int) -> str:
    """The condition for members of a flood, as in `assets/wall/flood.js`: what is critical stays by
    itself."""
    return (
        f"(i.kind = :flood_{nth} and i.opened_at >= to_timestamp(:flood_{nth}_since) "
        f"and i.priority < {CRITICAL})"
    )


def _bound(nth: int, flood: Mapping[str, Any]) -> dict[str, Any]:
    return {f"flood_{nth}": flood["kind"], f"flood_{nth}_since": flood["since"]}
