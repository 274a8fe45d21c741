"""What is due by itself (`python -m geo.process dashboard.jobs`, a process of the supervisor): the daily
`maintain` (`geo.work.retention`), indexes that a migration left out, the calendar of the coming year, what
the days hold by place, what the next hours are expected to bring, the reports, the daily backup, the
verification of the audit; the seal of the audit, each second in a thread of its own, with a signed head each
minute; the alarms, each few seconds in another; escalation by rules with what it tells, the mails of
reports and those about people's access, in a third; the webhooks of programs of others in a fourth.

Any number of these processes may run, on any number of machines: each job is done by one. To add a job,
name it in `JOBS`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from dashboard import access_mails, citizen_notices, made_ahead, notices, reports, webhooks
from dashboard.commands import backup
from dashboard.machine.errors import MachineError
from geo import logs, traces
from geo.alarms.rules import current_rules
from geo.alarms.watch import watch
from geo.audit import chain, checks, heads, pruning
from geo.database import Engine, connect_engine, connected, connected_engine, is_collision
from geo.deadlines import calendar, holidays
from geo.early_warning.look import EarlyLook
from geo.errors import IkomekError
from geo.escalation.rules import EscalationStep, current_steps
from geo.escalation.steps import escalate_due, unknown_categories
from geo.exchange import alerts
from geo.monitoring.record import Monitor
from geo.outage import Outage, first_line, takes_nothing
from geo.recovery.read_only import is_bound, release_abandoned
from geo.settings import Settings
from geo.work import daily_backup, jobs, retention

log = logging.getLogger(__name__)

PAUSE_S = 10
"""Between two looks at what is due."""
MAINTAIN_AT, VERIFY_AT = "03:40", "04:20"
"""The city sleeps."""
CALENDAR_AT = "04:10"
SEAL_EVERY_S = 1.0
ALARMS_EVERY_S = 5.0
ESCALATE_EVERY_S = 10.0
WEBHOOKS_EVERY_S = 1.0


@dataclass(frozen=True)
class Scheduled:
    """`next_after`: when it is due next after a moment, none = not planned; `work` does it."""

    key: str
    next_after: Callable[[Settings, datetime], datetime | None]
    work: Callable[[Settings], None]


def maintain(settings: Settings) -> None:
    with (
        connected_engine(settings, "jobs") as purging,
        connected_engine(settings, "owner") as owner,
        connected_engine(settings, "sealer") as sealer,
    ):
        now = datetime.now(UTC)
        gone = retention.maintain(purging, owner, settings.city, now)
        gone |= {pruning.RULE: pruning.prune(settings, sealer, now)}
        log.info(
            "maintained: %s",
            ", ".join(f"{key} {rows}" for key, rows in gone.items() if rows) or "nothing to purge",
        )


def seal_and_sign(settings: Settings) -> None:
    """Seal what waits, and write the signed head outside of the database."""
    with connected_engine(settings, "sealer", pool_size=1) as engine:
        chain.seal(engine)
        heads.write_head(settings, engine)


def next_minute(settings: Settings, after: datetime) -> datetime:
    return after.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_backup(settings: Settings, after: datetime) -> datetime | None:
    with connected_engine(settings, "jobs") as engine:
        planned = daily_backup.planned(engine)
    return None if planned is None else daily_backup.next_daily(settings.city, planned.at, after)


def propose_calendar(settings: Settings) -> None:
    """The year to come, and what the library has learned of this one."""
    with connected(settings, "jobs") as connection:
        today = settings.city.today()
        holidays.propose(connection, settings.city, (today.year, today.year + 1), "jobs")
        for year in calendar.unconfirmed_years(connection, settings.city, today):
            log.warning("nobody has confirmed the calendar of %s: ./ikomek calendar confirm", year)


def next_hour(settings: Settings, after: datetime) -> datetime:
    return after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


JOBS = (
    Scheduled(
        "maintain",
        lambda settings, after: daily_backup.next_daily(settings.city, MAINTAIN_AT, after),
        maintain,
    ),
    Scheduled(
        "calendar",
        lambda settings, after: daily_backup.next_daily(settings.city, CALENDAR_AT, after),
        propose_calendar,
    ),
    Scheduled("area_days", next_hour, made_ahead.count_areas),
    Scheduled("indexes", next_hour, made_ahead.build_indexes),
    Scheduled("expected_hours", next_hour, made_ahead.expect_hours),
    Scheduled("reports", reports.next_due, reports.make_due),
    Scheduled("backup", next_backup, backup.make_daily),
    Scheduled(
        "audit_verify",
        lambda settings, after: daily_backup.next_daily(settings.city, VERIFY_AT, after),
        checks.verify_daily,
    ),
)
HEAD = Scheduled("audit_head", next_minute, seal_and_sign)
"""Not among the others: a backup may take longer than a minute."""


def work(settings: Settings, stop: threading.Event) -> None:
    """Looks at each job and does what is due, until told to stop; seals behind the writers."""
    engine, outage = connect_engine(settings, "jobs", pool_size=1), Outage(log, "what is due")
    sealing = threading.Thread(target=seal_behind, args=(settings, stop), name="seal")
    watching = threading.Thread(target=watch_alarms, args=(settings, stop), name="alarms")
    escalating = threading.Thread(target=escalate, args=(settings, stop), name="escalation")
    sending = threading.Thread(target=send_webhooks, args=(settings, stop), name="webhooks")
    threads = (sealing, watching, escalating, sending)
    for thread in threads:
        thread.start()
    try:
        while not stop.is_set():
            release(settings, engine, outage)
            look(settings, engine, outage)
            stop.wait(PAUSE_S)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        engine.dispose()


def release(settings: Settings, engine: Engine, outage: Outage) -> None:
    """Let the database be written to again, if a restore that was killed has left it read-only."""
    try:
        if is_bound(engine) and release_abandoned(settings):
            log.warning("a restore was killed; the database can be written to again")
    except Exception as error:
        if not takes_nothing(error):
            raise
        outage.note(error)


def seal_behind(settings: Settings, stop: threading.Event) -> None:
    """Seals each second what was committed and signs each minute, until told to stop. What it cannot go on
    with ends the process, which the supervisor then starts again."""
    engine, sealer = (connect_engine(settings, role, pool_size=1) for role in ("jobs", "sealer"))
    sealing, signing = Outage(log, "the seal of the audit"), Outage(log, "the signed head of the audit")
    try:
        while not stop.is_set():
            try:
                chain.seal(sealer)
                sealing.over()
            except Exception as error:
                if not takes_nothing(error):
                    raise
                sealing.note(error)
            look(settings, engine, signing, (HEAD,))
            stop.wait(SEAL_EVERY_S)
    finally:
        stop.set()
        engine.dispose()
        sealer.dispose()


def watch_alarms(settings: Settings, stop: threading.Event) -> None:
    """Looks for what begins to fail, raises and clears alarms by the rules, each few seconds, until told to
    stop. While the file of rules is wrong those that were read before go on; where there are none, no alarm
    is raised: the log and the page tell of its line, and the other jobs go on."""
    engine, outage = connect_engine(settings, "jobs", pool_size=1), Outage(log, "the watch of alarms")
    early, monitor = EarlyLook(settings.city), Monitor(settings)
    try:
        while not stop.is_set():
            try:
                look_early(engine, early)
                monitor.look(engine)
                with engine.begin() as connection:
                    watch(connection, settings.city, current_rules(), datetime.now(UTC))
                outage.over()
            except IkomekError as error:
                log.error("no alarms: %s", error)
            except Exception as error:
                wait(outage, error)
            stop.wait(ALARMS_EVERY_S)
    finally:
        stop.set()
        engine.dispose()


def look_early(engine: Engine, early: EarlyLook) -> None:
    """While the file of causes is wrong and none was read before, there are no early warnings, and the other
    alarms go on."""
    try:
        with engine.begin() as connection:
            early.look(connection, datetime.now(UTC))
    except IkomekError as error:
        log.error("no early warnings: %s", error)


def log_unknown(engine: Engine, steps: tuple[EscalationStep, ...]) -> None:
    with engine.connect() as connection:
        for category in unknown_categories(connection, steps):
            log.error("escalation: no category has the key %r, which a step names", category)


def escalate(settings: Settings, stop: threading.Event) -> None:
    """Takes the steps of escalation that are due, tells of them, and sends reports, until told to stop. While
    the file of steps is wrong those that were read before are taken; where there are none, what was taken is
    told all the same."""
    acting, telling = connect_engine(settings, "editor", pool_size=1), connect_engine(settings, "jobs")
    steps, messages = Outage(log, "escalation"), Outage(log, "what citizens are told")
    looked_at: tuple[EscalationStep, ...] = ()
    outboxes = (
        (notices.deliver, Outage(log, "what escalation tells")),
        (reports.deliver, Outage(log, "the mails of reports")),
        (citizen_notices.deliver, Outage(log, "messages to citizens")),
        (access_mails.deliver, Outage(log, "the mails about access")),
    )
    try:
        while not stop.is_set():
            try:
                if (taken := current_steps()) != looked_at:
                    log_unknown(acting, taken)
                    looked_at = taken
                escalate_due(acting, settings.city, taken, datetime.now(UTC))
                steps.over()
            except IkomekError as error:
                log.error("no escalation: %s", error)
            except Exception as error:
                wait(steps, error)
            try:
                citizen_notices.queue(acting, settings.city)
                messages.over()
            except IkomekError as error:
                log.error("no messages to citizens: %s", error)
            except Exception as error:
                wait(messages, error)
            for deliver, outage in outboxes:
                try:
                    deliver(telling, settings.city)
                    outage.over()
                except Exception as error:
                    wait(outage, error)
            stop.wait(ESCALATE_EVERY_S)
    finally:
        stop.set()
        acting.dispose()
        telling.dispose()


def send_webhooks(settings: Settings, stop: threading.Event) -> None:
    """Until told to stop: tell programs of others of each change, and cancel public alerts of what is
    over."""
    engine, acting = (connect_engine(settings, role, pool_size=1) for role in ("jobs", "editor"))
    outage = Outage(log, "what webhooks tell")
    try:
        while not stop.is_set():
            try:
                with acting.begin() as connection:
                    alerts.cancel_over(connection, settings.city, "jobs", datetime.now(UTC))
                webhooks.deliver(engine, settings.city)
                outage.over()
            except IkomekError as error:
                log.error("no webhooks: %s", error)
            except Exception as error:
                wait(outage, error)
            stop.wait(WEBHOOKS_EVERY_S)
    finally:
        stop.set()
        acting.dispose()
        engine.dispose()


def wait(outage: Outage, error: Exception) -> None:
    """Waits for the database, or for the next turn where another error was met. Raises any other error."""
    if is_collision(error):
        log.warning("%s met another one: %s", outage.who, first_line(error))
    elif takes_nothing(error):
        outage.note(error)
    else:
        raise error


def look(settings: Settings, engine: Engine, outage: Outage, due: tuple[Scheduled, ...] = JOBS) -> None:
    """Do what is due. A database that is away is asked again at the next look."""
    waits = False
    for job in due:
        planned = jobs.PlannedJob(
            job.key, partial(job.next_after, settings), partial(job.work, settings), reason
        )
        try:
            begun = jobs.do_if_due(engine, settings.city.region, planned, datetime.now(UTC))
        except Exception as error:
            if not takes_nothing(error):
                raise
            outage.note(error)
            waits = True
        else:
            if begun and job is not HEAD:
                log.info("%s was done or has failed; './ikomek status' tells", job.key)
    if not waits:
        outage.over()


def reason(error: BaseException) -> tuple[str, dict]:
    """A code and parameters for what a job failed with."""
    log.error("a job failed", exc_info=error)
    if isinstance(error, IkomekError):
        return error.code, error.parameters
    return "job.failed", {
        "reason": str(error)[:500] if isinstance(error, (MachineError, OSError)) else type(error).__name__
    }


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    logs.configure()
    traces.begin("jobs")
    work(Settings.load(), stop)
    traces.end()
    return 0
