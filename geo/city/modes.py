"""The mode of the centre: normal, drill, hotline (a state of emergency). Switched by a command or on the
page /mode, logged, and announced to every screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.audit.records import record_audit
from geo.changes import outbox
from geo.errors import InvalidInput

MODES = ("normal", "drill", "hotline")


@dataclass(frozen=True)
class Switch:
    """One switch as the audit has it."""

    at: datetime
    who: str
    before: str
    mode: str


def latest_switches(engine: Engine, limit: int = 20) -> list[Switch]:
    """The newest first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            select at, who, parameters ->> 'before', parameters ->> 'mode' from audit where what = 'mode.set'
                order by id desc limit :limit"""),
            {"limit": limit},
        )
        return [Switch(*row) for row in rows]


def read_mode(engine: Engine) -> dict[str, Any]:
    """{"mode": one of `MODES`, "demo": whether demo data is loaded}: what the banners show."""
    with engine.connect() as connection:
        return _mode(connection)


def set_mode(engine: Engine, region: str, mode: str, who: str) -> None:
    """Switch; every screen hears of it through the change feed. Raises `InvalidInput`."""
    if mode not in MODES:
        raise InvalidInput("mode.unknown", mode=mode, known=", ".join(MODES))
    with engine.begin() as connection:
        before = _mode(connection)["mode"]
        connection.execute(text("select set_mode(cast(:mode as jsonb))"), {"mode": json.dumps(mode)})
        record_audit(connection, who, "mode.set", before=before, mode=mode)
        version = connection.scalar(text("select max(id) from audit"))
        outbox.record(connection, region, "mode", None, version, _mode(connection))


def _mode(connection: Connection) -> dict[str, Any]:
    rows = connection.execute(text("select key, value from setting where key in ('mode', 'demo')"))
    held = {row.key: row.value for row in rows}
    return {"mode": held.get("mode") or "normal", "demo": bool(held.get("demo"))}
