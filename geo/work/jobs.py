"""Jobs that are due at a time: one row each, claimed by one process under an advisory lock, tried again
after a failure.

A claim lives and dies with its session, so a job whose process was killed is free again at once and still
due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo import traces
from geo.base import Base, Region
from geo.database import is_read_only
from geo.storable import as_json

LOCK_JOB = 8109_03
"""First of the two numbers of a job's advisory lock; the second is a hash of region and key."""
RETRY = timedelta(minutes=10)
"""The wait after a failure."""


class Job(Base):
    """`due_at` none = not planned. `done_at` is the last good end; `failed_at` with its reason stands
    until the next one."""

    __tablename__ = "job"
    region: Mapped[Region]
    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


@dataclass(frozen=True)
class JobState:
    """One job as it stands; times are aware, none = never."""

    key: str
    due_at: datetime | None
    begun_at: datetime | None
    done_at: datetime | None
    failed_at: datetime | None
    failures: int
    error_code: str | None
    error_parameters: dict[str, Any] | None


PLAN = text("""insert into job as j (region, key, due_at) values (:region, :key, :due_at)
    on conflict (region, key) do update set due_at = excluded.due_at where j.due_at is distinct
        from excluded.due_at""")
DUE = text("select due_at from job where region = :region and key = :key")
BEGIN = text("update job set begun_at = clock_timestamp() where region = :region and key = :key")
DONE = text("""update job set done_at = clock_timestamp(), due_at = :next_at, failures = 0, failed_at = null,
    error_code = null,
    error_parameters = null where region = :region and key = :key""")
FAILED = text("""update job set failed_at = clock_timestamp(), due_at = :next_at, failures = failures + 1,
    error_code = :code,
    error_parameters = cast(:parameters as jsonb) where region = :region and key = :key""")


def states(connection: Connection, region: str) -> list[JobState]:
    """The states by key."""
    rows = connection.execute(
        text("""select key, due_at, begun_at, done_at, failed_at, failures, error_code, error_parameters
        from job where region = :region order by key"""),
        {"region": region},
    )
    return [JobState(**row) for row in rows.mappings()]


def plan(connection: Connection, region: str, key: str, due_at: datetime | None) -> None:
    """A job planned by hand: at `due_at` in place of its own next moment, once; none = not at all."""
    connection.execute(PLAN, {"region": region, "key": key, "due_at": due_at})


@dataclass(frozen=True)
class PlannedJob:
    """`next_after`: when it is due next after a moment; none = it is not planned. `reason`: of a failure, a
    code and its parameters."""

    key: str
    next_after: Callable[[datetime], datetime | None]
    work: Callable[[], None]
    reason: Callable[[BaseException], tuple[str, dict[str, Any]]]


def do_if_due(engine: Engine, region: str, job: PlannedJob, now: datetime) -> bool:
    """Do a job if it is due and no other process does it; True = it was begun. One that fails is tried again
    after `RETRY`, or when it would be due anyway."""
    with engine.connect() as connection:
        if not _lock(connection, region, job.key):
            return False
        try:
            due_at = _due(connection, region, job, now)
            if due_at is None or due_at > now:
                return False
            _do(connection, region, job, now)
            return True
        finally:
            connection.rollback()
            connection.execute(
                text("select pg_advisory_unlock(:space, hashtext(:key))"),
                {"space": LOCK_JOB, "key": f"{region}/{job.key}"},
            )
            connection.commit()


def _lock(connection: Connection, region: str, key: str) -> bool:
    held = connection.execute(
        text("select pg_try_advisory_lock(:space, hashtext(:key))"),
        {"space": LOCK_JOB, "key": f"{region}/{key}"},
    )
    taken = held.scalar_one()
    connection.commit()
    return taken


def _due(connection: Connection, region: str, job: PlannedJob, now: datetime) -> datetime | None:
    """When the job is due. One that was never planned is planned now; one whose plan was moved or ended is
    moved with it."""
    key, next_at = job.key, job.next_after(now)
    due_at = connection.execute(DUE, {"region": region, "key": key}).scalar_one_or_none()
    if (
        due_at is None
        or next_at is None
        or (due_at > now and due_at != next_at and not _retrying(connection, region, key))
    ):
        plan(connection, region, key, next_at)
        due_at = next_at
    connection.commit()
    return due_at


def _retrying(connection: Connection, region: str, key: str) -> bool:
    failures = connection.execute(
        text("select failures from job where region = :region and key = :key"), {"region": region, "key": key}
    )
    return bool(failures.scalar())


def _do(connection: Connection, region: str, job: PlannedJob, now: datetime) -> None:
    named = {"region": region, "key": job.key}
    connection.execute(BEGIN, named)
    connection.commit()
    next_at = job.next_after(now)
    try:
        with traces.span(f"job {job.key}"):
            job.work()
    except Exception as error:
        if is_read_only(error):  # a restore came between: the job is still due
            raise
        code, parameters = job.reason(error)
        again = min(filter(None, (now + RETRY, next_at)))
        connection.execute(
            FAILED,
            named | {"next_at": again, "code": code, "parameters": as_json(parameters)},
        )
    else:
        connection.execute(DONE, named | {"next_at": next_at})
    connection.commit()
