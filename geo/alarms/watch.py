"""Raises and clears alarms by the rules, from what the tables say now. Any number of processes may do it;
one at a time does.

An alarm that nobody has acknowledged stays, even when its condition is gone; whoever acknowledges its
incident has acknowledged it. A condition that comes back before it counts as gone is chatter of the same
alarm, not another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from geo.alarms.conditions import CONDITIONS
from geo.alarms.rules import AlarmRule
from geo.settings import City

ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(hashtextextended('alarms/' || :region, 0))")
ACTIVE = text("""
    select id, subject, acknowledged_at, normal_at from alarm
    where region = :region and rule = :rule and cleared_at is null order by id for update""")
HELD = text("""
    select id, subject from alarm
    where region = :region and rule = :rule and cleared_by is not null and normal_at is null""")
"""Cleared by a person while its condition stood: it raises no other until that is gone."""
GONE = text("update alarm set normal_at = :now where region = :region and id = :id")
RAISE = text("""
    insert into alarm (region, rule, subject, priority, incident_id, kind, district, parameters, raised_at)
    values (:region, :rule, :subject, :priority, :incident, :kind, :district, cast(:parameters as jsonb),
        :now) returning id""")
RETURNED = text("""
    update alarm set normal_at = null, chatter = chatter + 1, version = version + 1
    where region = :region and id = :id""")
NORMAL = text("update alarm set normal_at = :now, version = version + 1 where region = :region and id = :id")
CLEAR = text("""
    update alarm set cleared_at = :now, shelved_until = null, shelved_by = null, version = version + 1
    where region = :region and id = :id""")
WITH_ITS_INCIDENT = text("""
    update alarm a set acknowledged_at = c.acknowledged_at, acknowledged_by = c.acknowledged_by,
        version = a.version + 1
    from incident_case c
    where a.region = :region and a.cleared_at is null and a.acknowledged_at is null and c.region = a.region
        and c.incident_id = a.incident_id and c.acknowledged_at >= a.raised_at
    returning a.id, a.acknowledged_at, a.acknowledged_by""")
SHELF_ENDED = text("""
    update alarm set shelved_until = null, shelved_by = null, shelved_reason = null, version = version + 1
    where region = :region and cleared_at is null and shelved_until <= :now returning id""")
OF_NO_RULE = text("""
    select id from alarm where region = :region and cleared_at is null and rule <> all(:rules) for update""")
EVENT = text("""
    insert into alarm_event (region, alarm_id, at, who, what, reason, version, key)
    select a.region, a.id, :now, :who, :what, :reason, a.version, cast(:key as uuid) from alarm a
    where a.region = :region and a.id = :id""")
RECORD = text("""
    insert into change (region, noun, noun_id, version, payload)
    select a.region, 'alarm', a.id, a.version, jsonb_build_object('kind', a.kind, 'priority', a.priority,
        'district', (select d.id from district d where d.region = a.region and d.key = a.district limit 1),
        'active', a.cleared_at is null, 'acknowledged', a.acknowledged_at is not null,
        'shelved', a.shelved_until is not null, 'raised', extract(epoch from a.raised_at)::float8)
    from alarm a where a.region = :region and a.id = :id""")


def watch(connection: Connection, city: City, rules: Mapping[str, AlarmRule], now: datetime) -> int:
    """Raises and clears alarms in the caller's transaction; how many changed. Does nothing while another
    process does it."""
    region = {"region": city.region}
    if not connection.execute(ONE_AT_A_TIME, region).scalar_one():
        return 0
    changed = 0
    for row in connection.execute(WITH_ITS_INCIDENT, region).all():
        note(connection, city, row.id, row.acknowledged_at, "acknowledged", row.acknowledged_by)
        changed += 1
    changed += sum(_by_rule(connection, city, rule, now) for rule in rules.values())
    for id_ in connection.scalars(SHELF_ENDED, region | {"now": now}).all():
        note(connection, city, id_, now, "unshelved")
        changed += 1
    for id_ in connection.scalars(OF_NO_RULE, region | {"rules": list(rules)}).all():
        _clear(connection, city, id_, now)
        changed += 1
    return changed


def note(
    connection: Connection,
    city: City,
    alarm: int,
    now: datetime,
    what: str,
    who: str | None = None,
    reason: str | None = None,
    key: UUID | None = None,
) -> None:
    """The event of a change, and the change for screens."""
    bound = {"region": city.region, "id": alarm, "now": now, "who": who, "what": what, "reason": reason}
    connection.execute(EVENT, bound | {"key": key})
    connection.execute(RECORD, bound)


def _by_rule(connection: Connection, city: City, rule: AlarmRule, now: datetime) -> int:
    bound = {"region": city.region, "rule": rule.key, "now": now}
    condition = CONDITIONS[rule.condition]
    rows = connection.execute(text(condition.statement), bound | rule.numbers).mappings()
    found = {row["subject"]: dict(row) for row in rows}
    active = {row.subject: row for row in connection.execute(ACTIVE, bound)}
    held = {row.subject: row.id for row in connection.execute(HELD, bound)}
    for subject, id_ in held.items():
        if subject not in found:
            connection.execute(GONE, bound | {"id": id_})
    changed = 0
    for subject, row in found.items():
        if subject not in active and subject in held:
            continue
        if subject not in active:
            _raise(connection, city, rule, row, now)
            changed += 1
        elif active[subject].normal_at is not None:
            connection.execute(RETURNED, bound | {"id": active[subject].id})
            note(connection, city, active[subject].id, now, "returned")
            changed += 1
    for subject, alarm in active.items():
        changed += subject not in found and _let_go(connection, city, rule, alarm, now)
    return changed


def _raise(connection: Connection, city: City, rule: AlarmRule, row: dict[str, Any], now: datetime) -> None:
    bound = {"region": city.region, "rule": rule.key, "priority": rule.priority, "now": now}
    parameters = json.dumps(row["parameters"], ensure_ascii=False)
    id_ = connection.execute(RAISE, bound | row | {"parameters": parameters}).scalar_one()
    note(connection, city, id_, now, "raised")


def _let_go(connection: Connection, city: City, rule: AlarmRule, alarm: Any, now: datetime) -> bool:
    """Whether anything changed: its condition is gone, and for long enough."""
    since = alarm.normal_at
    if since is None:
        connection.execute(NORMAL, {"region": city.region, "id": alarm.id, "now": now})
        note(connection, city, alarm.id, now, "normal")
        since = now
        changed = True
    else:
        changed = False
    if alarm.acknowledged_at is None or now - since < timedelta(seconds=rule.clear_after_s):
        return changed
    _clear(connection, city, alarm.id, now)
    return True


def _clear(connection: Connection, city: City, alarm: int, now: datetime) -> None:
    connection.execute(CLEAR, {"region": city.region, "id": alarm, "now": now})
    note(connection, city, alarm, now, "cleared")
