"""A job is done when it is due, by one process, and again after a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from geo.settings import Settings
from geo.work import daily_backup, jobs

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def hourly(after: datetime) -> datetime:
    return after.replace(minute=0, second=0) + timedelta(hours=1)


def reason(error: BaseException) -> tuple[str, dict]:
    return "job.failed", {"reason": str(error)}


class Work:
    """Counts how often it was done; fails while told to."""

    def __init__(self) -> None:
        self.done = 0
        self.broken = False

    def __call__(self) -> None:
        if self.broken:
            raise RuntimeError("no room")
        self.done += 1


def look(owner: Engine, work: Callable[[], None], minutes: float, plan: object = hourly) -> bool:
    job = jobs.PlannedJob("maintain", plan, work, reason)
    return jobs.do_if_due(owner, "71", job, START + timedelta(minutes=minutes))


def test_a_job_is_done_once_each_time_and_caught_up_after_a_stop(owner: Engine) -> None:
    work = Work()
    begun = [look(owner, work, minutes) for minutes in (0, 30, 60, 60.1, 119, 120, 400, 401)]
    assert begun == [False, False, True, False, False, True, True, False]
    assert work.done == 3


def test_a_failure_is_kept_and_tried_again(owner: Engine, connection: Connection) -> None:
    work = Work()
    work.broken = True
    look(owner, work, 0)
    assert look(owner, work, 60)
    state = jobs.states(connection, "71")[0]
    assert (state.failures, state.error_code, state.error_parameters) == (
        1,
        "job.failed",
        {"reason": "no room"},
    )
    connection.rollback()
    assert not look(owner, work, 69)
    work.broken = False
    assert look(owner, work, 70)
    assert jobs.states(connection, "71")[0].failed_at is None


def test_two_processes_do_a_job_once(owner: Engine) -> None:
    work, other = Work(), []
    look(owner, work, 0)

    def meanwhile() -> None:
        other.append(look(owner, work, 61))

    assert look(owner, meanwhile, 61)
    assert other == [False] and work.done == 0


def test_a_plan_that_ends_or_moves_is_followed(owner: Engine, connection: Connection) -> None:
    work = Work()
    look(owner, work, 0)
    assert not look(owner, work, 30, lambda after: None)
    assert jobs.states(connection, "71")[0].due_at is None
    connection.rollback()
    look(owner, work, 31, lambda after: START + timedelta(minutes=40))
    assert look(owner, work, 41, hourly) and work.done == 1


def test_the_daily_time_is_the_citys(settings: Settings) -> None:
    city = settings.city
    assert daily_backup.next_daily(city, "02:30", datetime(2026, 3, 2, 21, 0, tzinfo=UTC)).astimezone(
        UTC
    ) == datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    assert daily_backup.next_daily(city, "02:30", datetime(2026, 3, 2, 21, 30, tzinfo=UTC)).astimezone(
        UTC
    ) == datetime(2026, 3, 3, 21, 30, tzinfo=UTC)
    assert city.time_zone == ZoneInfo("Asia/Almaty")


def test_the_plan_of_the_backup_is_kept(owner: Engine) -> None:
    plan = daily_backup.DailyBackup("02:30", "/srv/backup", 14, None, True)
    assert daily_backup.planned(owner) is None
    daily_backup.plan(owner, plan)
    daily_backup.plan(owner, plan)
    assert daily_backup.planned(owner) == plan
    daily_backup.stop(owner)
    assert daily_backup.planned(owner) is None
