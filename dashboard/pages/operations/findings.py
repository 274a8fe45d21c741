"""What needs somebody: alarms of the machine that stand, and what no rule of alarms looks at: a process that
has ended, a server that is away, a job that failed, a queue that stands, no backup at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dashboard.formats import age, listed
from dashboard.pages.operations.state import OperationsState
from dashboard.wording.machine import machine_words
from dashboard.words import code_words, word, word_or

QUEUE_LATE_S = 120
MEASURED_WITHIN = timedelta(minutes=2)
SEALED_WITHIN_S = 60


def findings(state: OperationsState) -> list[tuple[str, str]]:
    """Sentences, each with the page that says more, "" = none does."""
    sources = (_alarms, _processes, _servers, _feeds, _jobs, _queues, _measures)
    return [found for source in sources for found in source(state)]


def _alarms(state: OperationsState) -> Iterator[tuple[str, str]]:
    for alarm in state.active:
        text = listed(state.rule_name(alarm["rule"]), machine_words(alarm["parameters"]), by=": ")
        yield text, "/alarms"


def _processes(state: OperationsState) -> Iterator[tuple[str, str]]:
    for process in state.processes:
        if process.state == "ended" and process.name != "template":
            yield word("operations.finding.process", name=process.name), ""


def _servers(state: OperationsState) -> Iterator[tuple[str, str]]:
    if state.redis is None:
        yield word("operations.finding.redis"), ""


def _feeds(state: OperationsState) -> Iterator[tuple[str, str]]:
    for feed in state.feeds:
        if feed["alarmed_at"] or feed["backlog_alarmed_at"]:
            name = word_or(f"feed.{feed['key']}", feed["key"])
            yield word("operations.finding.feed", name=name), f"/feeds?feed={feed['key']}"


def _jobs(state: OperationsState) -> Iterator[tuple[str, str]]:
    for job in state.jobs:
        if job.failed_at is not None:
            reason = code_words(job.error_code or "job.failed", job.error_parameters)
            name = word_or(f"operations.job.{job.key}", job.key)
            yield word("operations.finding.job", name=name, reason=reason), ""


def _queues(state: OperationsState) -> Iterator[tuple[str, str]]:
    for queue in state.queues:
        if queue.oldest_s > QUEUE_LATE_S:
            name = word(f"operations.queue.{queue.key}")
            yield word("operations.finding.queue", name=name, age=age(queue.oldest_s)), ""
    if state.chain.pending and state.chain.pending_s > SEALED_WITHIN_S:
        name = word("operations.queue.audit")
        yield word("operations.finding.queue", name=name, age=age(state.chain.pending_s)), "/audit"


def _measures(state: OperationsState) -> Iterator[tuple[str, str]]:
    newest = max((measure.at for measure in state.measures), default=None)
    if newest is None:
        yield word("operations.finding.no_measures"), ""
    elif state.now - newest > MEASURED_WITHIN:
        yield word("operations.finding.old_measures", age=age((state.now - newest).total_seconds())), ""
    elif not any(measure.key == "backup_age" for measure in state.measures):
        yield word("operations.finding.no_backup"), ""
