"""Incidents become a mass event, or are said to be none: in the caller's transaction, once for a key.

Raised: `Forbidden` ("mass.outside"), `InvalidInput` ("mass.members", "mass.category", "incident.key_used"),
`Conflict` ("mass.taken": another made one of them, who and when; "mass.few": too few are open by now).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State, on_the_clock
from geo.incidents.mass_events.members import (
    LEAST,
    Event,
    EventStep,
    StepDone,
    done_before,
    lock_all,
    write_members,
    write_step,
)
from geo.incidents.mass_events.rules import rule_of
from geo.settings import City

MOST = 1000
"""Incidents of one event: they are locked and written together, and each is told to every screen."""
NUMBERS = 8109_51
"""The advisory lock under which a number of the year is given."""
NEW = text("""
    insert into mass_event (region, number, category_id, kind, status, radius_m, window_h, confirmed_by,
        confirmed_at, version)
    values (:region, :number, :category, :kind, 'open', :radius_m, :window_h, :who, :at, 0) returning id""")
LAST_NUMBER = text("""
    select coalesce(max(substr(number, 6)::int), 0) from mass_event
    where region = :region and number like :year || '%'""")
ABOUT = text("""
    select i.id, i.category_id, e.number, s.who, s.at
    from incident i left join mass_event e on e.region = i.region and e.id = i.group_id
        and e.status in ('open', 'in_progress')
    left join lateral (select who, at from mass_event_step s where s.region = i.region
        and s.event_id = e.id order by id desc limit 1) s on true
    where i.region = :region and i.id = any(:ids)""")
"""With the event that each is part of and that goes on."""
DISMISS = text("""
    insert into mass_dismissal (region, incident_id, who)
    select :region, i.id, :who from incident i where i.region = :region and i.id = any(:ids)
    on conflict (region, incident_id) do update set who = excluded.who, at = now()""")


def confirm(
    connection: Connection, city: City, principal: Principal, incidents: Collection[int], key: UUID
) -> StepDone:
    """Make one event of open incidents of one category. Raises `Conflict` ("mass.taken": another made one of
    them, who and when; "mass.few": too few are open by now)."""
    hold_click(connection, principal.name, key)
    step = EventStep(principal.name, "confirm", key, {"incidents": sorted(incidents)})
    if known := done_before(connection, city, step, None):
        return known
    need_members(incidents)
    states = open_ones(lock_all(connection, city, principal, list(incidents)))
    if len(states) < LEAST:
        raise Conflict("mass.few", n=len(states))
    category = common_category(connection, city, states)
    event = new_event(connection, city, principal.name, states[0], category)
    done = write_members(connection, city, event, states, step, "group", lambda _: {"group": event.id})
    return write_step(connection, city, event, step, {}, done, len(incidents) - len(states))


def need_members(incidents: Collection[int]) -> None:
    """Raises `InvalidInput` ("mass.members")."""
    if not LEAST <= len(incidents) <= MOST:
        raise InvalidInput("mass.members", n=len(incidents), least=LEAST, most=MOST)


def open_ones(states: list[State]) -> list[State]:
    """Those that are open, and that their source still lists."""
    return [state for state in states if not state.is_closed and state.vanished_at is None]


def dismiss(
    connection: Connection, city: City, principal: Principal, incidents: Collection[int]
) -> dict[str, int]:
    """These are no mass event: they are suggested no more, until enough others join them."""
    states = lock_all(connection, city, principal, list(incidents))
    bound = {"region": city.region, "who": principal.name, "ids": [state.id for state in states]}
    connection.execute(DISMISS, bound)
    record_audit(connection, principal.name, "mass.dismissed", incidents=len(states))
    return {"n": len(states)}


def new_event(connection: Connection, city: City, who: str, first: State, category: int) -> Event:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": NUMBERS})
    year = f"M-{first.now.astimezone(city.time_zone):%y}-"
    last = connection.execute(LAST_NUMBER, {"region": city.region, "year": year}).scalar_one()
    number, rule = f"{year}{last + 1:04}", rule_of(connection, category)
    bound = {"region": city.region, "number": number, "category": category, "kind": first.kind}
    size = {"radius_m": rule.radius_m, "window_h": rule.window_h}
    event = connection.execute(NEW, bound | size | {"who": who, "at": first.now}).scalar_one()
    fields: dict[str, Any] = {"status": "open", "answer": None, "outcome": None, "closed_at": None}
    return Event(event, number, category, first.kind, 0, first.now, fields)


def common_category(connection: Connection, city: City, states: list[State]) -> int:
    bound = {"region": city.region, "ids": [state.id for state in states]}
    rows = connection.execute(ABOUT, bound).all()
    for row in rows:
        if row.number is not None:
            raise Conflict("mass.taken", number=row.number, who=row.who, at=_clock(city, row.at))
    categories = {row.category_id for row in rows}
    if len(categories) != 1 or None in categories:
        raise InvalidInput("mass.category")
    return int(categories.pop())


def _clock(city: City, at: datetime | None) -> str | None:
    return None if at is None else on_the_clock(city, at)
