"""What waits to be told. A notice is taken for a while; who dies with it leaves it to the next try, so it is
told at least once, under a name that does not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

LEASE = timedelta(minutes=2)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 15, 3600
MOST_TRIES = 30
"""About a day; then it is given up."""
TAKE = text("""
    update escalation_notice n set next_at = cast(:now as timestamptz) + :lease, tries = n.tries + 1
    where n.region = :region and n.id in (select id from escalation_notice where region = :region
        and next_at <= :now order by next_at limit :most for update skip locked)
    returning n.id, n.incident_id, n.step, n.level, n.channel, n.address, n.about, n.escalated_at, n.tries""")
SENT = text("""
    update escalation_notice set next_at = null, sent_at = :now, error = null
    where region = :region and id = :id""")
FAILED = text("""
    update escalation_notice set next_at = :next_at, error = :error where region = :region and id = :id""")


@dataclass(frozen=True)
class WaitingNotice:
    """`about`: as `model.EscalationNotice` says; `tries`: with this one."""

    id: int
    incident_id: int
    step: str
    level: int
    channel: str
    address: str
    about: dict[str, Any]
    escalated_at: datetime
    tries: int


def take(engine: Engine, region: str, now: datetime, most: int = 20) -> Sequence[WaitingNotice]:
    """Those that are due, for `LEASE` nobody else's."""
    bound = {"region": region, "now": now, "lease": LEASE, "most": most}
    with engine.begin() as connection:
        rows = connection.execute(TAKE, bound).mappings().all()
    return sorted((WaitingNotice(**row) for row in rows), key=lambda notice: notice.id)


def tick_off(engine: Engine, region: str, notice: WaitingNotice, now: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(SENT, {"region": region, "id": notice.id, "now": now})


def put_off(engine: Engine, region: str, notice: WaitingNotice, now: datetime, error: str) -> bool:
    """Whether it is tried again, each time after a pause twice as long."""
    pause = min(FIRST_PAUSE_S * 2 ** (notice.tries - 1), LONGEST_PAUSE_S)
    next_at = now + timedelta(seconds=pause) if notice.tries < MOST_TRIES else None
    bound = {"region": region, "id": notice.id, "next_at": next_at, "error": error[:500]}
    with engine.begin() as connection:
        connection.execute(FAILED, bound)
    return next_at is not None
