"""The part of `./ikomek status` that asks the database: how old each feed is, how the jobs went that are
due by themselves, and which tokens end soon."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard import token_warnings
from dashboard.commands import attempts
from dashboard.commands.calendar import warnings
from dashboard.commands.table import print_table
from dashboard.formats import interval
from dashboard.words import code_words, word
from geo.accounts import token_terms
from geo.database import connected_engine
from geo.settings import Settings
from geo.work import jobs
from layers.feeds import all_feeds


def main(settings: Settings, argv: list[str]) -> int:
    now = datetime.now(UTC)
    with connected_engine(settings, "reader") as engine:
        states = all_feeds(engine, settings.city.region)
        with engine.connect() as connection:
            due = jobs.states(connection, settings.city.region)
            unconfirmed = warnings(connection, settings.city, settings.city.today())
    print_table(
        [
            {
                "feed": state["key"],
                "age": span((now - state["polled_at"]).total_seconds())
                if state["polled_at"]
                else word("command.never"),
                "interval": interval(state["interval_s"]) if state["interval_s"] else "-",
                "state": state_words(state, now),
            }
            for state in states
        ]
    )
    print()
    print_table(
        [
            {
                "job": job.key,
                "due": clock(job.due_at, settings),
                "done": clock(job.done_at, settings),
                "state": job_words(job),
            }
            for job in due
        ]
    )
    for line in (*backup_by_hand(settings), *unconfirmed, *ending_tokens(settings, now)):
        print(line)
    return 0


def backup_by_hand(settings: Settings) -> list[str]:
    """A line for the last one, if there was any: made, failed and why, or begun and not ended."""
    attempt = attempts.last(settings.data)
    if attempt is None:
        return []
    at = clock(datetime.fromisoformat(attempt.at), settings)
    if not attempt.ended:
        return [word("command.backup.last_begun", file=attempt.file, at=at)]
    if attempt.reason is None:
        return [word("command.backup.last_made", file=attempt.file, at=at)]
    return [word("command.backup.last_failed", file=attempt.file, at=at, reason=attempt.reason)]


def ending_tokens(settings: Settings, now: datetime) -> list[str]:
    """A line for each token that ends soon: whose it is, when, and what renews it."""
    zone = settings.city.time_zone
    with connected_engine(settings, "accounts") as engine:
        return [
            word(
                "tokens.line",
                holder=token_warnings.holder(token),
                end=token_warnings.end(token, zone, now),
                remedy=token_warnings.remedy(token),
            )
            for token in token_terms.ending(engine)
        ]


def clock(moment: datetime | None, settings: Settings) -> str:
    """The moment on the city's clock."""
    return (
        moment.astimezone(settings.city.time_zone).strftime("%Y-%m-%d %H:%M")
        if moment
        else word("command.job_never")
    )


def job_words(job: jobs.JobState) -> str:
    if job.failed_at is None:
        return word("command.job_well")
    reason = word(f"error.{job.error_code}", **(job.error_parameters or {}))
    return word("command.job_failed", failures=job.failures, reason=reason)


def state_words(state: dict, now: datetime) -> str:
    """An alarm (failing for too long, or wrong in what it brings), failed since its last good poll,
    without data so far, or well; and late beside any of them, if it is older than twice its interval."""
    polled, interval = state["polled_at"], state["interval_s"]
    late = polled is not None and interval is not None and (now - polled).total_seconds() > 2 * interval
    found = [_trouble(state, now), word("command.feed_late") if late else None]
    idle = word("command.feed_idle" if polled is None else "command.feed_well")
    return "; ".join(filter(None, found)) or idle


def _trouble(state: dict, now: datetime) -> str | None:
    if state["error_code"]:
        reason = code_words(state["error_code"], state["error_parameters"])
        return word("command.feed_alarm" if state["alarmed_at"] else "command.feed_failed", reason=reason)
    if state["backlog_alarmed_at"]:
        return word("command.feed_backlog", age=span((now - (state["waiting_since"] or now)).total_seconds()))
    return None


def span(seconds: float) -> str:
    """A length of time in its largest unit that says enough: 59 s, 12 min, 5 h, 3 days."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return word(f"time.{unit}", n=round(seconds / size))
    return word("time.seconds", n=round(max(seconds, 0)))
