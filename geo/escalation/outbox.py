"""The outbox of messages about escalation (`geo.work.outbox` says how its rows are taken and ticked off)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from geo.work.outbox import Outbox

COLUMNS = ("incident_id", "step", "level", "channel", "address", "about", "escalated_at")
OUTBOX = Outbox("escalation_notice", COLUMNS)


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
    return [WaitingNotice(**row) for row in OUTBOX.take(engine, region, now, most)]


def tick_off(engine: Engine, region: str, notice: WaitingNotice, now: datetime) -> None:
    OUTBOX.tick_off(engine, region, notice.id, now)


def put_off(engine: Engine, region: str, notice: WaitingNotice, now: datetime, error: str) -> bool:
    return OUTBOX.put_off(engine, region, notice.id, notice.tries, now, error)
