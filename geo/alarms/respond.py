"""What a person does with an alarm, in the caller's transaction: acknowledge, shelve for a time, take from
the shelf, clear. Each is an event, and a line of the audit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.alarms.watch import note
from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.model import CRITICAL
from geo.settings import City

SHELF_MINUTES = (10, 30, 60, 240)
LONGEST_SHELF = timedelta(hours=12)
SENIOR = "mode.set"
"""The permission with which a critical alarm can be put on the shelf too."""
LOCK = text("""
    select id, rule, priority, kind, district, normal_at, acknowledged_at, acknowledged_by, shelved_until,
        cleared_at, clock_timestamp() as now
    from alarm where region = :region and id = :id for update""")
CHANGE = {
    "acknowledge": "acknowledged_at = :now, acknowledged_by = :who",
    "shelve": "shelved_until = :until, shelved_by = :who, shelved_reason = :reason",
    "unshelve": "shelved_until = null, shelved_by = null, shelved_reason = null",
    "clear": """cleared_at = :now, cleared_by = :who, shelved_until = null, shelved_by = null,
        acknowledged_at = coalesce(acknowledged_at, :now),
        acknowledged_by = coalesce(acknowledged_by, :who)""",
}
EVENTS = {
    "acknowledge": "acknowledged",
    "shelve": "shelved",
    "unshelve": "unshelved",
    "clear": "cleared",
}


def acknowledge(connection: Connection, city: City, principal: Principal, alarm: int) -> None:
    """One that cleared by itself meanwhile is gone with it; of a click that comes again nothing is done.
    Raises `NotFound` ("alarm.unknown"), `Conflict` ("alarm.cleared", "alarm.acknowledged": who was first)."""
    row = _lock(connection, city, principal, alarm)
    if row.acknowledged_by == principal.name:
        return
    if row.acknowledged_at is not None:
        raise Conflict("alarm.acknowledged", who=row.acknowledged_by)
    _do(connection, city, principal, row, "acknowledge")


def acknowledge_all(connection: Connection, city: City, principal: Principal, alarms: Collection[int]) -> int:
    """Acknowledges the alarms of a flood and returns how many were; those that somebody else has answered
    meanwhile are left. Raises `Conflict` ("alarm.critical_alone")."""
    done = 0
    for alarm in sorted(set(alarms)):
        row = connection.execute(LOCK, {"region": city.region, "id": alarm}).first()
        if row is None or not _is_seen(principal, row) or row.cleared_at or row.acknowledged_at:
            continue
        if row.priority >= CRITICAL:
            raise Conflict("alarm.critical_alone")
        _do(connection, city, principal, row, "acknowledge")
        done += 1
    return done


def shelve(
    connection: Connection, city: City, principal: Principal, alarm: int, until: datetime, reason: str
) -> None:
    """Raises as `acknowledge`, `InvalidInput` ("alarm.until"), `Conflict` ("alarm.critical":
    only a person who may set the mode of the centre can shelve a critical one)."""
    row = _lock(connection, city, principal, alarm)
    if row.priority >= CRITICAL and not principal.may(SENIOR):
        raise Conflict("alarm.critical")
    if not row.now < until <= row.now + LONGEST_SHELF:
        raise InvalidInput("alarm.until", hours=LONGEST_SHELF // timedelta(hours=1))
    _do(connection, city, principal, row, "shelve", reason=reason, until=until)


def unshelve(connection: Connection, city: City, principal: Principal, alarm: int) -> None:
    """Raises as `acknowledge`, `Conflict` ("alarm.not_shelved")."""
    row = _lock(connection, city, principal, alarm)
    if row.shelved_until is None:
        raise Conflict("alarm.not_shelved")
    _do(connection, city, principal, row, "unshelve")


def clear(
    connection: Connection, city: City, principal: Principal, alarm: int, reason: str | None = None
) -> None:
    """Raises as `acknowledge`, `InvalidInput` ("alarm.reason": its condition stands, so one is needed)."""
    row = _lock(connection, city, principal, alarm)
    if row.normal_at is None and not reason:
        raise InvalidInput("alarm.reason")
    _do(connection, city, principal, row, "clear", reason=reason)


def _lock(connection: Connection, city: City, principal: Principal, alarm: int) -> Any:
    row = connection.execute(LOCK, {"region": city.region, "id": alarm}).first()
    if row is None or not _is_seen(principal, row):
        raise NotFound("alarm.unknown", alarm=alarm)
    if row.cleared_at is not None:
        raise Conflict("alarm.cleared")
    return row


def _is_seen(principal: Principal, row: Any) -> bool:
    return row.kind is None or principal.sees(row.kind, row.district)


def _do(
    connection: Connection,
    city: City,
    principal: Principal,
    row: Any,
    verb: str,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    connection.execute(
        text(f"update alarm set {CHANGE[verb]}, version = version + 1 where region = :region and id = :id"),
        {
            "region": city.region,
            "id": row.id,
            "now": row.now,
            "who": principal.name,
            "reason": reason,
            "until": until,
        },
    )
    note(connection, city, row.id, row.now, EVENTS[verb], principal.name, reason)
    record_audit(connection, principal.name, f"alarm.{verb}", alarm=row.id, rule=row.rule)
