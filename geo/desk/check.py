"""What an inspector finds: that all is right, or what they correct. A correction is an action like any other,
and a row that counts it: `geo.statistics.definitions` reads those for what was right at the first go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.desk.once import Click, once
from geo.desk.queues import WAITS, bounds
from geo.errors import Conflict
from geo.incidents.cases.act import act
from geo.incidents.cases.clicks import hold_click
from geo.incidents.cases.state import State, check_current, lock_one, on_the_clock
from geo.incidents.cases.verbs import Wish
from geo.incidents.cases.write import Performed
from geo.settings import City

CORRECTIONS = {"classify": "category", "assign": "performer", "outcome": "outcome", "return": "work"}
"""The verb of a correction -> what is counted of it (`geo.desk.model.CaseCheck.field`)."""
KEEP = text("""
    insert into case_check (region, incident_id, queue, field, action_id, who, recorded_at)
    values (:region, :incident, :queue, :field, :action, :who, clock_timestamp()) returning id""")
CHECKING = text("""
    select true from case_check s where s.region = :region and s.incident_id = :incident and s.who = :who
        and s.recorded_at > now() - interval '10 minutes' limit 1""")
WAITING = """select true from incident i
    left join incident_case k on k.region = i.region and k.incident_id = i.id
    where i.region = :region and i.id = :incident and {waits}"""

LAST = text("""
    select who, at from (
        (select who, recorded_at as at from case_check where region = :region and incident_id = :incident
            order by recorded_at desc limit 1)
        union all
        (select who, at from incident_action where region = :region and incident_id = :incident
            order by id desc limit 1)) t order by at desc limit 1""")


def agree(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    queue: str,
    seen: int,
    key: UUID,
) -> int:
    """All of it is right; the check's number, once for a key. Raises `Conflict` ("check.gone": somebody else
    was faster, who and when; "check.changed": it waits there no more), what tells that it was changed
    meanwhile, and what `once` raises."""

    def check(state: State) -> int:
        _need_waiting(connection, city, incident, queue)
        check_current(connection, city, state, seen, principal.name)
        return _keep(connection, city, principal, incident, queue)

    return once(connection, city, principal, Click("agree", incident, key), check)


def correct(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    queue: str,
    verb: str,
    wish: Wish,
    seen: int,
    key: UUID,
) -> Performed:
    """One of `CORRECTIONS`, once for a key; the incident leaves the queue by it, but who has corrected one
    thing may correct another. Raises as `agree`, and what `act` raises."""
    hold_click(connection, principal.name, key)
    lock_one(connection, city, principal, incident)
    before = connection.execute(
        text("select true from incident_action where region = :region and who = :who and key = :key"),
        {"region": city.region, "who": principal.name, "key": key},
    ).scalar()
    if not before and not _is_checking(connection, city, principal, incident):
        _need_waiting(connection, city, incident, queue)
    done = act(connection, city, principal, incident, verb, wish, seen, key)
    if not before:
        _keep(connection, city, principal, incident, queue, CORRECTIONS[verb], done.action)
    return done


def _need_waiting(connection: Connection, city: City, incident: int, queue: str) -> None:
    bound: dict[str, Any] = {"region": city.region, "incident": incident} | bounds(city)
    if not connection.execute(text(WAITING.format(waits=WAITS[queue])), bound).scalar():
        last = connection.execute(LAST, {"region": city.region, "incident": incident}).first()
        if last is None:
            raise Conflict("check.changed")
        raise Conflict("check.gone", who=last.who, at=on_the_clock(city, last.at))


def _is_checking(connection: Connection, city: City, principal: Principal, incident: int) -> bool:
    bound = {"region": city.region, "incident": incident, "who": principal.name}
    return bool(connection.execute(CHECKING, bound).scalar())


def _keep(
    connection: Connection,
    city: City,
    principal: Principal,
    incident: int,
    queue: str,
    field: str | None = None,
    action: int | None = None,
) -> int:
    row = {"region": city.region, "incident": incident, "queue": queue, "field": field}
    number = connection.execute(KEEP, row | {"action": action, "who": principal.name}).scalar_one()
    record_audit(connection, principal.name, "case.checked", incident=incident, list=queue, code=field)
    return number
