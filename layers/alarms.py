"""Alarms as the duty officer reads them: those that stand, those on the shelf, what was raised in a time, and
how the last shift went against EEMUA 191 (alarms in ten minutes, their priorities, how soon they were
acknowledged)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Engine, text

from geo.incidents.model import CRITICAL
from geo.settings import City
from layers.reading import snapshot
from layers.scope import Scope

BUCKET = timedelta(minutes=10)
SHIFT = timedelta(hours=12)
FLOOD = 10
"""More alarms than this in ten minutes are a flood."""
SOON = timedelta(minutes=2)
LONG = timedelta(hours=24)
MOST_ROWS = 500
"""The most rows of the journal."""

COLUMNS = """
    select a.id, a.version, a.rule, a.subject, a.priority, a.incident_id, a.kind, a.district, a.parameters,
        a.raised_at, a.normal_at, a.chatter, a.acknowledged_at, a.acknowledged_by, a.shelved_until,
        a.shelved_by, a.shelved_reason, a.cleared_at, a.cleared_by, i.title, i.address, i.source_id,
        c.name_{lang} as category_name, d.name_{lang} as district_name
    from alarm a
    left join incident i on i.region = a.region and i.id = a.incident_id
    left join category c on c.id = (a.parameters ->> 'category')::bigint
    left join district d on d.region = a.region and (d.id = i.district_id
        or a.incident_id is null and d.key = a.district and d.valid_to is null)"""
ACTIVE = f"""{COLUMNS}
    where a.region = :region and a.cleared_at is null
    order by a.priority desc, a.acknowledged_at is not null, a.raised_at desc, a.id"""
JOURNAL = f"""{COLUMNS}
    where a.region = :region and a.raised_at >= :begins and a.raised_at < :ends
    order by a.raised_at desc, a.id desc"""
RAISED = """
    select a.id, a.rule, a.priority, a.kind, a.district, a.raised_at, a.acknowledged_at, a.chatter,
        a.cleared_at, c.name_{lang} as category_name
    from alarm a left join category c on c.id = (a.parameters ->> 'category')::bigint
    where a.region = :region and a.raised_at >= :since order by a.raised_at"""
LAST_CLEARED = """
    select distinct on (kind, district) kind, district, cleared_at from alarm
    where region = :region and cleared_at is not null
        and raised_at > cast(:now as timestamptz) - interval '7 days'
    order by kind, district, cleared_at desc"""
"""The last one of each kind and district: which of them is the caller's, their scope says."""


@dataclass(frozen=True)
class ShiftRate:
    """`buckets`: alarms raised in each ten minutes, oldest first, the last one of now. `priorities`: priority
    -> how many, `rules`: rule -> how many. `to_acknowledge_s`: the median, none where none was. `soon`: share
    of the acknowledged that were within `SOON`."""

    begins: datetime
    buckets: list[int]
    priorities: Counter[int]
    rules: Counter[str]
    to_acknowledge_s: float | None
    soon: float | None
    chatter: int

    @property
    def total(self) -> int:
        return sum(self.buckets)

    @property
    def in_flood(self) -> float:
        """The share of the shift that was a flood."""
        return sum(n > FLOOD for n in self.buckets) / len(self.buckets)


@dataclass(frozen=True)
class AlarmFlood:
    """What was raised in ten minutes of a flood that follow one another, critical ones apart. `active`: ids
    of those that stand and are on no shelf; `causes`: category, or else rule -> how many."""

    begins: datetime
    ends: datetime
    raised: int
    active: list[int]
    causes: Counter[str]


@dataclass(frozen=True)
class AlarmList:
    """A flood counts as one alarm. `standing`: raised longer ago than `LONG`. `last_cleared`: none where none
    was lately."""

    active: list[dict[str, Any]]
    shelved: list[dict[str, Any]]
    rate: ShiftRate
    read_at: datetime
    standing: int
    last_cleared: datetime | None
    floods: list[AlarmFlood] = field(default_factory=list)

    @property
    def single(self) -> list[dict[str, Any]]:
        """The active alarms that belong to no flood."""
        flooded = {id_ for flood in self.floods for id_ in flood.active}
        return [alarm for alarm in self.active if alarm["id"] not in flooded]

    def of(self, flood: AlarmFlood) -> list[dict[str, Any]]:
        ids = set(flood.active)
        return [alarm for alarm in self.active if alarm["id"] in ids]

    @property
    def count(self) -> int:
        return len(self.single) + len(self.floods)

    @property
    def unacknowledged(self) -> int:
        return sum(map(waits, self.single)) + sum(any(map(waits, self.of(flood))) for flood in self.floods)


def waits(alarm: Mapping[str, Any]) -> bool:
    """Whether it waits for somebody to acknowledge it."""
    return alarm["acknowledged_at"] is None


def stands(alarm: Mapping[str, Any]) -> bool:
    """Whether its condition still holds."""
    return alarm["normal_at"] is None


def read_alarms(engine: Engine, city: City, scope: Scope, lang: str) -> AlarmList:
    """The alarms that the caller may see: one without an incident is everybody's."""
    with snapshot(engine) as connection:
        now = connection.execute(text("select now()")).scalar_one()
        region = {"region": city.region}
        rows = connection.execute(text(ACTIVE.format(lang=lang)), region).mappings()
        alarms = [dict(row) for row in rows if _sees(scope, row)]
        since = _begins(now)
        found = connection.execute(text(RAISED.format(lang=lang)), region | {"since": since}).mappings()
        raised = [dict(row) for row in found if _sees(scope, row)]
        cleared = connection.execute(text(LAST_CLEARED), region | {"now": now}).mappings()
        last = max((row["cleared_at"] for row in cleared if _sees(scope, row)), default=None)
    shelved = [alarm for alarm in alarms if (alarm["shelved_until"] or now) > now]
    active = [alarm for alarm in alarms if alarm not in shelved]
    standing = sum(now - alarm["raised_at"] > LONG for alarm in active)
    rate = _rate(raised, since)
    floods = _floods(raised, {alarm["id"] for alarm in active}, rate)
    return AlarmList(active, shelved, rate, now, standing, last, floods)


def read_journal(
    engine: Engine, city: City, scope: Scope, lang: str, begins: datetime, ends: datetime
) -> list[dict[str, Any]]:
    """The alarms raised in a period and what became of them, the last first, at most `MOST_ROWS`."""
    bound = {"region": city.region, "begins": begins, "ends": ends}
    with snapshot(engine) as connection:
        rows = connection.execute(text(JOURNAL.format(lang=lang)), bound).mappings()
        return [dict(row) for row in rows if _sees(scope, row)][:MOST_ROWS]


def _sees(scope: Scope, row: Any) -> bool:
    return row["kind"] is None or scope.sees(row["kind"], row["district"])


def _begins(now: datetime) -> datetime:
    """The start of the first bucket, on a whole ten minutes."""
    into = timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond)
    return now - into + BUCKET - SHIFT


def _rate(raised: Sequence[dict[str, Any]], since: datetime) -> ShiftRate:
    buckets = [0] * (SHIFT // BUCKET)
    for row in raised:
        buckets[min(_bucket(row["raised_at"], since), len(buckets) - 1)] += 1
    times = [row["acknowledged_at"] - row["raised_at"] for row in raised if not waits(row)]
    return ShiftRate(
        since,
        buckets,
        Counter(row["priority"] for row in raised),
        Counter(row["rule"] for row in raised),
        median(time.total_seconds() for time in times) if times else None,
        sum(time <= SOON for time in times) / len(times) if times else None,
        sum(row["chatter"] for row in raised),
    )


def _bucket(at: datetime, since: datetime) -> int:
    return (at - since) // BUCKET


def _floods(raised: Sequence[dict[str, Any]], active: set[int], rate: ShiftRate) -> list[AlarmFlood]:
    """One that is over, of which nothing or a single alarm stands, is none to show."""
    spans: list[list[int]] = []
    for bucket, n in enumerate(rate.buckets):
        if n <= FLOOD:
            continue
        if spans and spans[-1][1] == bucket:
            spans[-1][1] = bucket + 1
        else:
            spans.append([bucket, bucket + 1])
    floods = []
    for first, end in spans:
        rows = [
            row
            for row in raised
            if row["priority"] < CRITICAL and first <= _bucket(row["raised_at"], rate.begins) < end
        ]
        floods.append(
            AlarmFlood(
                rate.begins + first * BUCKET,
                rate.begins + end * BUCKET,
                len(rows),
                [row["id"] for row in rows if row["id"] in active],
                Counter(row["category_name"] or row["rule"] for row in rows),
            )
        )
    return [flood for flood in floods if len(flood.active) > 1]
