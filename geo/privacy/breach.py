"""What one login saw and took out between two moments, as the audit has it, and by when the authority must be
told: within one working day from the moment when it was found (law of Kazakhstan on personal data and their
protection, article 25). Whom of the voters they saw, by name: `geo.voters.access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from geo.audit.acts import ACTS
from geo.deadlines.working_time import WorkingCalendar
from geo.privacy.register import PersonalData, read_register

LONGEST_HOLIDAY = 31
"""Days within which a working day is looked for."""
DID = text("""
    select what, count(*) as times, min(at) as first_at, max(at) as last_at,
        count(distinct parameters ->> 'incident') as incidents,
        coalesce(sum(case when parameters ->> 'rows' ~ '^[0-9]{1,12}$'
            then cast(parameters ->> 'rows' as bigint) end), 0) as exported
    from audit where who = any(:logins) and at >= :since and at < :until and what = any(:acts)
    group by what order by times desc, what""")
CAME_FROM = text("""
    select coalesce(origin, '') as origin, caller_type, count(*) as times
    from audit where who = any(:logins) and at >= :since and at < :until group by 1, 2 order by 3 desc""")
LOOKS = [code for code, act in ACTS.items() if act.kind in ("look", "export")]


@dataclass(frozen=True)
class SeenAct:
    """What they did so many `times`: at how many `incidents` they looked, how many rows left."""

    what: str
    times: int
    first_at: datetime
    last_at: datetime
    incidents: int
    exported: int


@dataclass(frozen=True)
class BreachOrigin:
    origin: str
    caller_type: str
    times: int


@dataclass(frozen=True)
class Breach:
    """`data`: the kinds of personal data that the acts are about."""

    acts: list[SeenAct]
    came_from: list[BreachOrigin]
    data: list[PersonalData]


def find_breach(auditor: Connection, login: str, since: datetime, until: datetime) -> Breach:
    """`auditor` connects as the role of that name. What the login did at a terminal counts too."""
    bound = {"logins": [login, f"cli:{login}"], "since": since, "until": until}
    acts = [SeenAct(*row) for row in auditor.execute(DID, bound | {"acts": LOOKS})]
    done = {act.what for act in acts}
    return Breach(
        acts,
        [BreachOrigin(*row) for row in auditor.execute(CAME_FROM, bound)],
        [data for data in read_register() if done & set(data.acts)],
    )


def notice_due(calendar: WorkingCalendar, found: datetime) -> datetime:
    """The same time of the city's clock on the next working day."""
    at = found.astimezone(calendar.zone)
    for days in range(1, LONGEST_HOLIDAY):
        day = at.date() + timedelta(days=days)
        if calendar.hours_of(day):
            return datetime.combine(day, at.time(), calendar.zone)
    return at + timedelta(days=1)
