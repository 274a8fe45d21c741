"""Who saw one person, and whom one login saw, asked of an audit of millions of looks over years."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.database import connect_engine
from geo.settings import Settings
from geo.voters.access import seen_by, who_saw
from geo.voters.keys import KeyRing
from geo.voters.model import current
from geo.voters.staging import open_row

YEARS = 5
LOGINS = 199
LOGIN = "operator7"
DAYS = 30
"""The days of the report on one login."""
PLANT = text("""
    insert into audit (at, who, what, parameters, caller_type, origin, page)
    select now() - interval '1 day' * (:days * n::float8 / :looks), 'operator' || n % :logins,
        (array['voter.listed', 'voter.seen', 'voters.house_seen', 'voter.listed'])[1 + n % 4],
        case when n % 4 = 2 then jsonb_build_object('building', p.building_id, 'why', 'call', 'document', n)
            else jsonb_build_object('person', encode(p.hash, 'hex'), 'subject', case when p.line = :line
                then :subject else md5(p.line::text) end, 'why', 'call', 'document', n) end,
        'person', '10.0.0.7', '/voters'
    from generate_series(1, :looks) n
    join (select row_number() over (order by hash) as place, line, hash, building_id from voters.person
        where list_id = :list and building_id is not null limit :persons) p
        on p.place = 1 + n * 7919::bigint % :persons""")
PERSONS = 50_000
"""So many are seen, again and again."""


def _someone(connection: Connection, settings: Settings, ring: KeyRing) -> tuple[Any, str]:
    """The row of a person who is often seen, and the IIN."""
    listed = current(connection, settings.city.region)
    assert listed is not None
    row = connection.execute(
        text("""select list_id, line, hash, iin, name, residence from voters.person where list_id = :list
            and building_id is not null order by hash limit 1"""),
        {"list": listed.id},
    ).one()
    return row, open_row(ring.get(listed.key_id), row, 0).iin


def plant_looks(settings: Settings, looks: str) -> dict[str, object]:
    """Writes looks as their owner: nobody else may give a row of the audit its time."""
    ring, owner = KeyRing.of(settings), connect_engine(settings, "owner", pool_size=1)
    with owner.begin() as connection:
        row, number = _someone(connection, settings, ring)
        connection.execute(
            PLANT,
            {
                "looks": int(looks),
                "days": YEARS * 365,
                "logins": LOGINS,
                "line": row.line,
                "subject": ring.looks().lookup(number).hex(),
                "list": row.list_id,
                "persons": PERSONS,
            },
        )
        connection.execute(text("update voters.list_version set approved_at = now() - interval '6 years'"))
    owner.dispose()
    return {"looks": int(looks)}


def ask_access(settings: Settings) -> dict[str, object]:
    ring, now = KeyRing.of(settings), datetime.now(UTC)
    voters, auditor = (connect_engine(settings, role, pool_size=1) for role in ("voters", "auditor"))
    with voters.begin() as connection, auditor.connect() as audit:
        _, number = _someone(connection, settings, ring)
        looks, seen_s = _timed(
            lambda: who_saw(connection, audit, settings.city, ring, number, "bench", "Application 1")
        )
        report, breach_s = _timed(
            lambda: seen_by(
                connection, audit, settings.city, ring, LOGIN, now - timedelta(days=DAYS), now, "bench"
            )
        )
    voters.dispose()
    auditor.dispose()
    return {
        "seen_s": seen_s,
        "seen": len(looks),
        "breach_s": breach_s,
        "looks": len(report.looks),
        "persons": len(report.persons),
    }


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.monotonic()
    return run(), round(time.monotonic() - begun, 3)
