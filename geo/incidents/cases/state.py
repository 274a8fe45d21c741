"""An incident with its case and decisions, as it stands under its lock, and the checks that every action
makes: it is the caller's to see, and nobody has changed it since they looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.deadlines.calendar import load_calendar
from geo.deadlines.working_time import WorkingCalendar
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.fields import DECIDED, FIELDS, NEW_CASE, Value, read
from geo.settings import City

LOCK = text("select from incident where region = :region and id = any(:ids) order by id for update")
READ = text(f"""
    select i.id, i.version, i.kind, d.key as district, i.opened_at, i.vanished_at, i.source_status,
        i.source_priority, clock_timestamp() as now, c.incident_id is not null as known,
        coalesce(g.calendar = 'working', false) as working, e.number as event_number,
        e.status as event_status, e.category_id as event_category,
        {
    ", ".join(f"{'c' if field.of_case else 'i'}.{field.column} as {what}" for what, field in FIELDS.items())
}
    from incident i left join incident_case c on c.region = i.region and c.incident_id = i.id
        left join district d on d.region = i.region and d.id = i.district_id
        left join category g on g.id = i.category_id
        left join mass_event e on e.region = i.region and e.id = i.group_id
    where i.region = :region and i.id = any(:ids) order by i.id""")
EVENTS = text("""
    select id, number, status, category_id as category from mass_event
    where region = :region and id = any(:events) order by id for update""")
DECISIONS = text("""
    select incident_id, field, value, source_value, conflict_value, source_value_now, source_closed_at, who,
    decided_at
    from decision where region = :region and incident_id = any(:ids)""")

LAST_BY_ANOTHER = text("""
    select who, verb, at from incident_action where region = :region and incident_id = :id
        and version > :seen and who <> :who order by id desc limit 1""")
LAST_BY_A_FEED = text("""
    select who, what, recorded_at as at from incident_event where region = :region and incident_id = :id
        and version > :seen and action_id is null and what = any(:matters) order by id desc limit 1""")
MATTERS = (*DECIDED, "source_status", "source_priority", "vanished", "kind", "category", "point")
"""The changes of a feed that an officer must have seen before they decide; a further inquiry does not stop
them."""


@dataclass(frozen=True)
class OwnEvent:
    """The mass event that an incident is part of."""

    id: int
    number: str
    status: str
    category: int


@dataclass(frozen=True)
class State:
    """`fields`: the values of `FIELDS`; `decisions`: field's name in events -> its row of `decision`."""

    id: int
    version: int
    kind: str
    district: str | None
    opened_at: datetime
    vanished_at: datetime | None
    now: datetime
    fields: dict[str, Value]
    decisions: dict[str, dict[str, Any]]
    source: dict[str, Value]
    """The source's present values of the decided fields."""
    calendar: WorkingCalendar | None
    """The calendar by which its regulatory clock runs; none = around the clock."""
    event: OwnEvent | None = None

    def __getitem__(self, what: str) -> Any:
        return self.fields[what]

    @property
    def is_closed(self) -> bool:
        return self.fields["status"] == "closed"

    @property
    def conflicts(self) -> dict[str, Value]:
        """The source's values of the fields that it changed after a person decided."""
        return {
            what: read(what, row["conflict_value"])
            for what, row in self.decisions.items()
            if row["conflict_value"] is not None
        }


def lock(connection: Connection, city: City, principal: Principal, ids: Sequence[int]) -> dict[int, State]:
    """The incidents of these ids that the caller may see, locked until the transaction ends."""
    bound = {"region": city.region, "ids": sorted(set(ids))}
    connection.execute(LOCK, bound)
    # A second statement: the first one's snapshot may be older than the lock that it waited for.
    rows = connection.execute(READ, bound).mappings().all()
    names = {field.decision: what for what, field in FIELDS.items() if field.decision}
    decisions: dict[int, dict[str, dict[str, Any]]] = {}
    for row in connection.execute(DECISIONS, bound).mappings():
        if row["field"] in names:
            decisions.setdefault(row["incident_id"], {})[names[row["field"]]] = dict(row)
    calendar = load_calendar(connection, city) if any(row["working"] for row in rows) else None
    states = [_state(dict(row), decisions.get(row["id"], {}), calendar) for row in rows]
    return {state.id: state for state in states if principal.sees(state.kind, state.district)}


def lock_one(
    connection: Connection, city: City, principal: Principal, incident: int, others: Sequence[int] = ()
) -> State:
    """`others`: incidents that are locked with it. Raises `NotFound` ("incident.unknown"), also for one
    outside the caller's scope."""
    state = lock(connection, city, principal, [incident, *others]).get(incident)
    if state is None:
        raise NotFound("incident.unknown", incident=incident)
    return state


def lock_events(connection: Connection, city: City, events: Iterable[int]) -> dict[int, OwnEvent]:
    """The mass events of these ids, locked: before their incidents, as their own steps do."""
    bound = {"region": city.region, "events": sorted(set(events))}
    rows = connection.execute(EVENTS, bound).mappings() if bound["events"] else ()
    return {row["id"]: OwnEvent(**row) for row in rows}


def need_possible(seen: int, version: int) -> None:
    """Raises `InvalidInput` ("request.version_ahead") for a version that is not yet: nobody has seen it, and
    who says so would be told of no conflict."""
    if seen > version:
        raise InvalidInput("request.version_ahead", seen=seen, version=version)


def check_current(connection: Connection, city: City, state: State, seen: int | None, who: str) -> None:
    """Raises `Conflict` where somebody else ("incident.stale") or a feed ("incident.changed") has changed the
    incident since version `seen` (none: by a program, which has looked at nothing), and ("incident.vanished")
    where its source no longer lists it; what `need_possible` raises."""
    if state.vanished_at is not None:
        raise Conflict("incident.vanished", incident=state.id)
    if seen is None:
        return
    need_possible(seen, state.version)
    if seen == state.version:
        return
    bound = {"region": city.region, "id": state.id, "seen": seen, "who": who, "matters": list(MATTERS)}
    if other := connection.execute(LAST_BY_ANOTHER, bound).first():
        raise Conflict(
            "incident.stale",
            who=other.who,
            verb=other.verb,
            at=on_the_clock(city, other.at),
            version=state.version,
        )
    if feed := connection.execute(LAST_BY_A_FEED, bound).first():
        raise Conflict(
            "incident.changed", who=feed.who, at=on_the_clock(city, feed.at), version=state.version
        )


def on_the_clock(city: City, at: datetime) -> str:
    return at.astimezone(city.time_zone).isoformat(timespec="seconds")


def _state(
    row: dict[str, Any], decisions: dict[str, dict[str, Any]], calendar: WorkingCalendar | None
) -> State:
    fields = {what: row[what] for what in FIELDS}
    if not row["known"]:
        fields |= NEW_CASE
    source = {what: fields[what] for what in DECIDED}
    source |= {what: read(what, decision["source_value_now"]) for what, decision in decisions.items()}
    source |= {"status": row["source_status"], "priority": row["source_priority"]}
    return State(
        row["id"],
        row["version"],
        row["kind"],
        row["district"],
        row["opened_at"],
        row["vanished_at"],
        row["now"],
        fields,
        decisions,
        source,
        calendar if row["working"] else None,
        _event(row),
    )


def _event(row: dict[str, Any]) -> OwnEvent | None:
    if row["event_number"] is None:
        return None
    return OwnEvent(row["group"], row["event_number"], row["event_status"], row["event_category"])
