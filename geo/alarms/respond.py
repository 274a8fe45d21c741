"""What a person does with an alarm, in the caller's transaction: acknowledge, shelve for a time, take from
the shelf, clear. Each is an event, and a line of the audit.

Of two who answer one alarm at once the first is heard; the other is told who that was, what they did and
when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.alarms.watch import note
from geo.audit.records import record_audit
from geo.errors import Conflict, InvalidInput, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.incidents.model import CRITICAL
from geo.settings import City

SHELF_MINUTES = (10, 30, 60, 240)
LONGEST_SHELF = timedelta(hours=12)
SENIOR = "mode.set"
"""The permission with which a critical alarm can be put on the shelf too."""
LOCK = text("""
    select id, version, rule, priority, kind, district, normal_at, acknowledged_at, acknowledged_by,
        shelved_until, shelved_by, cleared_at, cleared_by, clock_timestamp() as now
    from alarm where region = :region and id = :id for update""")
DONE = text("""select what from alarm_event where region = :region and alarm_id = :id and who = :who
    and key = :key""")
BY_ANOTHER = text("""select who, what, at from alarm_event where region = :region and alarm_id = :id
    and version > :seen and who <> :who order by id desc limit 1""")
LAST = text("""select who, at from alarm_event where region = :region and alarm_id = :id and what = :what
    order by id desc limit 1""")
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
VERBS = {event: verb for verb, event in EVENTS.items()}


@dataclass(frozen=True)
class AlarmClick:
    """A person's click on an alarm. `seen` is the version that they looked at, `key` the page's own name of
    the click: what comes again under it is done already."""

    alarm: int
    seen: int
    key: UUID


@dataclass(frozen=True)
class FloodAnswer:
    """How many alarms of a flood were acknowledged; how many were left, because `who` had answered them
    meanwhile, the last one at `at`."""

    done: int
    left: int
    who: tuple[str, ...]
    at: datetime | None


def acknowledge(connection: Connection, city: City, principal: Principal, click: AlarmClick) -> None:
    """One that cleared by itself meanwhile is gone with it, and who has acknowledged it already is not
    refused.

    Raises `NotFound` ("alarm.unknown"), `InvalidInput` ("incident.key_used", "alarm.version_ahead"),
    `Conflict`: "alarm.cleared" and "alarm.acknowledged" (by whom and when), "alarm.gone" (by itself), and
    "alarm.stale" where somebody else has done anything with it since it was looked at."""
    row = _lock(connection, city, principal, click, "acknowledge")
    if row is None or row.acknowledged_by == principal.name:
        return
    if row.acknowledged_at is not None:
        at = on_the_clock(city, row.acknowledged_at)
        raise Conflict("alarm.acknowledged", who=row.acknowledged_by, at=at)
    _need_current(connection, city, principal, row, click)
    _do(connection, city, principal, row, "acknowledge", click.key)


def acknowledge_all(
    connection: Connection, city: City, principal: Principal, seen: Mapping[int, int], key: UUID
) -> FloodAnswer:
    """Acknowledges the alarms of a flood (id -> version that was looked at); those that somebody else has
    answered meanwhile are left. Raises `Conflict` ("alarm.critical_alone"), `InvalidInput` as
    `acknowledge`."""
    done, others = 0, []
    for alarm, version in sorted(seen.items()):
        click = AlarmClick(alarm, version, uuid5(key, str(alarm)))
        row = connection.execute(LOCK, {"region": city.region, "id": alarm}).first()
        if row is None or not _is_seen(principal, row):
            continue
        if row.acknowledged_at is not None and _is_done(connection, city, principal, click, "acknowledge"):
            done += 1
        elif other := _answered(connection, city, principal, row, click):
            others.append(other)
        elif row.cleared_at is None and row.acknowledged_at is None:
            if row.priority >= CRITICAL:
                raise Conflict("alarm.critical_alone")
            _do(connection, city, principal, row, "acknowledge", click.key)
            done += 1
    names = tuple(sorted({who for who, _ in others}))
    return FloodAnswer(done, len(others), names, max((at for _, at in others), default=None))


def shelve(
    connection: Connection,
    city: City,
    principal: Principal,
    click: AlarmClick,
    until: datetime,
    reason: str,
) -> None:
    """Raises as `acknowledge`, `InvalidInput` ("alarm.until"), `Conflict`: "alarm.critical" (only a person
    who may set the mode of the centre can shelve a critical one), "alarm.shelved" (it is on the shelf: whose,
    since and until when)."""
    row = _lock(connection, city, principal, click, "shelve")
    if row is None:
        return
    if row.priority >= CRITICAL and not principal.may(SENIOR):
        raise Conflict("alarm.critical")
    if not row.now < until <= row.now + LONGEST_SHELF:
        raise InvalidInput("alarm.until", hours=LONGEST_SHELF // timedelta(hours=1))
    if row.shelved_until is not None and row.shelved_until > row.now:
        shelved = _last(connection, city, row, "shelved")
        ends = on_the_clock(city, row.shelved_until)
        raise Conflict("alarm.shelved", who=row.shelved_by, at=on_the_clock(city, shelved.at), until=ends)
    _need_current(connection, city, principal, row, click)
    _do(connection, city, principal, row, "shelve", click.key, reason=reason, until=until)


def unshelve(connection: Connection, city: City, principal: Principal, click: AlarmClick) -> None:
    """Raises as `acknowledge`, `Conflict`: "alarm.unshelved" (by whom and when), "alarm.shelf_ended" (when),
    "alarm.not_shelved" (it never was)."""
    row = _lock(connection, city, principal, click, "unshelve")
    if row is None:
        return
    if row.shelved_until is None:
        raise _off_the_shelf(connection, city, row)
    _need_current(connection, city, principal, row, click)
    _do(connection, city, principal, row, "unshelve", click.key)


def clear(
    connection: Connection, city: City, principal: Principal, click: AlarmClick, reason: str | None = None
) -> None:
    """Raises as `acknowledge`, `InvalidInput` ("alarm.reason": its condition stands, so one is needed)."""
    row = _lock(connection, city, principal, click, "clear")
    if row is None:
        return
    _need_current(connection, city, principal, row, click)
    if row.normal_at is None and not reason:
        raise InvalidInput("alarm.reason")
    _do(connection, city, principal, row, "clear", click.key, reason=reason)


def _lock(connection: Connection, city: City, principal: Principal, click: AlarmClick, verb: str) -> Any:
    """The alarm; none where this click has done it already."""
    row = connection.execute(LOCK, {"region": city.region, "id": click.alarm}).first()
    if row is None or not _is_seen(principal, row):
        raise NotFound("alarm.unknown", alarm=click.alarm)
    if _is_done(connection, city, principal, click, verb):
        return None
    if row.cleared_at is not None:
        at = on_the_clock(city, row.cleared_at)
        if row.cleared_by is None:
            raise Conflict("alarm.gone", at=at)
        raise Conflict("alarm.cleared", who=row.cleared_by, at=at)
    return row


def _is_done(connection: Connection, city: City, principal: Principal, click: AlarmClick, verb: str) -> bool:
    """Raises `InvalidInput` ("incident.key_used") where the click was another answer to the alarm."""
    bound = {"region": city.region, "id": click.alarm, "who": principal.name, "key": click.key}
    what = connection.execute(DONE, bound).scalar()
    if what is not None and what != EVENTS[verb]:
        raise InvalidInput("incident.key_used")
    return what is not None


def _need_current(
    connection: Connection, city: City, principal: Principal, row: Any, click: AlarmClick
) -> None:
    if click.seen > row.version:
        raise InvalidInput("alarm.version_ahead", seen=click.seen, version=row.version)
    if other := _by_another(connection, city, principal, row, click):
        at = on_the_clock(city, other.at)
        raise Conflict("alarm.stale", who=other.who, verb=VERBS[other.what], at=at, version=row.version)


def _by_another(connection: Connection, city: City, principal: Principal, row: Any, click: AlarmClick) -> Any:
    """What somebody else has done with it since it was looked at; none where nobody has."""
    if click.seen == row.version:
        return None
    bound = {"region": city.region, "id": row.id, "seen": click.seen, "who": principal.name}
    return connection.execute(BY_ANOTHER, bound).first()


def _answered(
    connection: Connection, city: City, principal: Principal, row: Any, click: AlarmClick
) -> tuple[str, datetime] | None:
    """Who else has answered it, and when; none where nobody has."""
    for who, at in ((row.cleared_by, row.cleared_at), (row.acknowledged_by, row.acknowledged_at)):
        if who not in (None, principal.name):
            return who, at
    other = _by_another(connection, city, principal, row, click)
    return None if other is None else (other.who, other.at)


def _off_the_shelf(connection: Connection, city: City, row: Any) -> Conflict:
    taken = _last(connection, city, row, "unshelved")
    if taken is None:
        return Conflict("alarm.not_shelved")
    at = on_the_clock(city, taken.at)
    if taken.who is None:
        return Conflict("alarm.shelf_ended", at=at)
    return Conflict("alarm.unshelved", who=taken.who, at=at)


def _last(connection: Connection, city: City, row: Any, what: str) -> Any:
    """The last event of this name; none where there was none."""
    return connection.execute(LAST, {"region": city.region, "id": row.id, "what": what}).first()


def _is_seen(principal: Principal, row: Any) -> bool:
    return row.kind is None or principal.sees(row.kind, row.district)


def _do(
    connection: Connection,
    city: City,
    principal: Principal,
    row: Any,
    verb: str,
    key: UUID,
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
    note(connection, city, row.id, row.now, EVENTS[verb], principal.name, reason, key)
    record_audit(connection, principal.name, f"alarm.{verb}", alarm=row.id, rule=row.rule)
