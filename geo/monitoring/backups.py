"""How old the last good backup is: of the daily ones, where they are planned, and of those to a point in
time, where they are switched on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from geo.foreign_json import read_foreign_json
from geo.monitoring.reading import Reading
from geo.work import daily_backup

DONE = text("select done_at, failed_at from job where region = :region and key = 'backup'")
STATE = Path("run") / "pitr.json"
"""What `dashboard.machine.archive` writes into the data folder: {"made_at": ISO, "folder", "failed":
reason}."""


def daily(connection: Connection, region: str, now: datetime) -> Iterator[Reading]:
    """Nothing where none is planned. One that was never made is as old as its plan is: not known, so 0 until
    it fails."""
    planned = connection.execute(
        text("select value from setting where key = :key"), {"key": daily_backup.KEY}
    ).scalar_one_or_none()
    if not planned:
        return
    row = connection.execute(DONE, {"region": region}).one_or_none()
    since = None if row is None else row.done_at or row.failed_at
    hours = 0.0 if since is None else (now - since).total_seconds() / 3600
    made = row is not None and row.done_at is not None
    yield Reading("backup_age", round(hours, 2), "daily", {"folder": planned["folder"], "made": made})


def point_in_time(data: Path, now: datetime) -> Iterator[Reading]:
    """Nothing where it is not switched on."""
    try:
        state = read_foreign_json((data / STATE).read_bytes())
        at = datetime.fromisoformat(state["made_at"] or state["begun_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return
    hours = (now - at).total_seconds() / 3600
    stated: dict[str, str | bool | float] = {
        "folder": str(state.get("folder")),
        "made": bool(state["made_at"]),
    }
    stated["every_h"] = float(state.get("every_h") or 0)
    yield Reading("backup_age", round(hours, 2), "pitr", stated)
