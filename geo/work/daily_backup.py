"""The plan of the daily backup: one row of `setting`, written by `./ikomek backup FOLDER --daily HH:MM`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Engine, text

from geo.audit.records import record_audit
from geo.settings import City

KEY = "backup_daily"
PREFIX, SUFFIX = "ikomek-", ".backup"
"""The parts of a file's name around the city's time."""


@dataclass(frozen=True)
class DailyBackup:
    """`at` is HH:MM on the city's clock; `keep` = how many of these files stay; `recipient` none = not
    encrypted."""

    at: str
    folder: str
    keep: int
    recipient: str | None
    verify: bool


def planned(engine: Engine) -> DailyBackup | None:
    """None = nobody has planned one."""
    with engine.connect() as connection:
        value = connection.execute(
            text("select value from setting where key = :key"), {"key": KEY}
        ).scalar_one_or_none()
    return DailyBackup(**value) if value else None


def plan(engine: Engine, daily: DailyBackup) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""insert into setting (key, value) values (:key, cast(:value as jsonb))
            on conflict (key) do update set value = excluded.value"""),
            {"key": KEY, "value": json.dumps(asdict(daily))},
        )
        record_audit(connection, "command", "backup.planned", at=daily.at, folder=daily.folder)


def stop(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from setting where key = :key"), {"key": KEY})
        record_audit(connection, "command", "backup.stopped")


def next_daily(city: City, at: str, after: datetime) -> datetime:
    """The first moment after `after` at which the city's clock shows `at` (HH:MM)."""
    clock = time.fromisoformat(at)
    day = after.astimezone(city.time_zone).date()
    today = datetime.combine(day, clock, city.time_zone)
    return today if today > after else datetime.combine(day + timedelta(days=1), clock, city.time_zone)
