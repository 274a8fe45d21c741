"""What people are told of their access (`geo.accounts.notices`), as it waits to be sent by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from geo.work.outbox import Outbox

OUTBOX = Outbox("access_notice", ("what", "parameters", "at", "address", "language"), regional=False)


@dataclass(frozen=True)
class WaitingAccessMail:
    """`language`: their own; none = the city's first. `tries`: with this one."""

    id: int
    tries: int
    what: str
    parameters: dict[str, Any]
    at: datetime
    address: str
    language: str | None


def take(engine: Engine, region: str, now: datetime) -> list[WaitingAccessMail]:
    return [WaitingAccessMail(**row) for row in OUTBOX.take(engine, region, now)]
