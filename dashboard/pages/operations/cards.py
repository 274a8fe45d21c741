"""A card a subject, each a table: its columns and what a row says. On a phone a row is a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import dcc, html

from dashboard.formats import age, clock, listed, number
from dashboard.pages.operations.findings import QUEUE_LATE_S, SEALED_WITHIN_S
from dashboard.pages.operations.state import OperationsState
from dashboard.pages.operations.tiles import area
from dashboard.wording.machine import machine_words
from dashboard.words import word, word_or

Cell = Any


@dataclass(frozen=True)
class CardRow:
    """The first cell names it. `late`: it is not as it should be."""

    cells: Sequence[Cell]
    late: bool = False


def cards(state: OperationsState) -> list[html.Section]:
    return [
        _card("routes", ("route", "answers", "median", "p95", "errors", "busy"), _routes(state)),
        _card("processes", ("process", "state", "since", "restarts", "memory"), _processes(state)),
        _card("feeds", ("feed", "age", "interval", "waiting", "run", "rejected"), _feeds(state), "/feeds"),
        _card("queues", ("queue", "waiting", "failed", "oldest"), _queues(state)),
        _card("jobs", ("job", "done", "due", "state"), _jobs(state)),
        _card("servers", ("server", "version", "since", "clients", "memory"), _servers(state)),
        _card("screens", ("screen", "scene", "seen", "until"), _screens(state), "/feeds"),
        _card("alarms", ("alarm", "about", "raised", "state"), _alarms(state), "/alarms"),
    ]


def _card(key: str, columns: Sequence[str], rows: Iterable[CardRow], href: str | None = None) -> html.Section:
    title, drawn = word(f"operations.card.{key}"), list(rows)
    heads = [word(f"operations.column.{column}") for column in columns]
    body: Any = html.P(word("operations.none"), className="muted")
    if drawn:
        body = html.Table(
            [
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody([_row(row, heads) for row in drawn]),
            ]
        )
    return html.Section(
        [html.H2(dcc.Link(title, href=href) if href else title), body],
        className="operations-card",
        **{"data-card": key, "aria-label": title},
    )


def _row(row: CardRow, heads: Sequence[str]) -> html.Tr:
    first, *others = row.cells
    cells = [html.Td(cell, **{"data-label": head}) for cell, head in zip(others, heads[1:], strict=True)]
    return html.Tr([html.Th(first, scope="row"), *cells], **{"data-state": "late" if row.late else "well"})


def _routes(state: OperationsState) -> Iterable[CardRow]:
    for route in state.routes:
        refused = word("operations.refused", n=route.refused) if route.refused else None
        failed = word("operations.failed", n=route.failed) if route.failed else None
        yield CardRow(
            (
                html.Div(
                    [html.Span(word(f"operations.route.{route.key}")), area(route.per_minute)],
                    className="operations-route",
                ),
                number(route.answers),
                _within(route.median_s),
                _within(route.p95_s),
                listed(failed, refused) or "–",
                number(route.busy),
            ),
            late=route.failed > 0,
        )


def _within(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1:
        return word("operations.within_ms", size=number(seconds * 1000))
    return word("operations.within_s", size=number(seconds, 1))


def _processes(state: OperationsState) -> Iterable[CardRow]:
    for process in state.processes:
        megabytes = process.bytes and word("operations.megabytes", size=number(process.bytes / 1e6))
        yield CardRow(
            (
                process.name,
                word(f"operations.state.{process.state}"),
                age((state.now - process.since).total_seconds()),
                number(process.restarts),
                megabytes or "–",
            ),
            late=process.state == "ended" and process.name != "template",
        )


def _feeds(state: OperationsState) -> Iterable[CardRow]:
    for feed in state.feeds:
        polled, interval, run = feed["polled_at"], feed["interval_s"], feed["run"]
        seconds = None if polled is None else (state.now - polled).total_seconds()
        over = seconds is not None and interval is not None and seconds > 2 * interval
        took = word("time.took", seconds=number(run["seconds"], 1)) if run and run["seconds"] else "–"
        yield CardRow(
            (
                word_or(f"feed.{feed['key']}", feed["key"]),
                "–" if seconds is None else age(seconds),
                age(interval) if interval else "–",
                number(feed["waiting"]),
                took,
                number(run["rejected"] or 0) if run else "–",
            ),
            late=over or bool(feed["alarmed_at"] or feed["backlog_alarmed_at"]),
        )


def _queues(state: OperationsState) -> Iterable[CardRow]:
    for queue in state.queues:
        oldest = age(queue.oldest_s) if queue.oldest_s else "–"
        name = word(f"operations.queue.{queue.key}")
        late = queue.oldest_s > QUEUE_LATE_S
        yield CardRow((name, number(queue.waiting), number(queue.failed), oldest), late)
    chain = state.chain
    late = bool(chain.pending) and chain.pending_s > SEALED_WITHIN_S
    oldest = age(chain.pending_s) if chain.pending else "–"
    yield CardRow((word("operations.queue.audit"), number(chain.pending), "–", oldest), late)
    streams = next((route.busy for route in state.routes if route.key == "live"), 0)
    yield CardRow((word("operations.queue.live"), number(streams), "–", "–"))


def _jobs(state: OperationsState) -> Iterable[CardRow]:
    for job in state.jobs:
        failed = job.failed_at is not None
        yield CardRow(
            (
                word_or(f"operations.job.{job.key}", job.key),
                _at(state, job.done_at),
                _at(state, job.due_at),
                word("operations.tried", n=job.failures) if failed else word("operations.state.well"),
            ),
            late=failed,
        )


def _servers(state: OperationsState) -> Iterable[CardRow]:
    own, cache = state.database, state.redis
    yield CardRow(
        (
            "PostgreSQL",
            str(own["version"]).split()[0],
            age((state.now - own["since"]).total_seconds()),
            word("operations.of", size=number(own["connections"]), most=number(own["most"])),
            word("operations.gigabytes", size=number(own["bytes"] / 1e9, 1)),
        )
    )
    if cache is None:
        yield CardRow(("Redis", "–", word("operations.state.ended"), "–", "–"), late=True)
        return
    yield CardRow(
        (
            "Redis",
            str(cache["redis_version"]),
            age(cache["uptime_in_seconds"]),
            number(cache["connected_clients"]),
            word("operations.megabytes", size=number(cache["used_memory"] / 1e6, 1)),
        )
    )


def _screens(state: OperationsState) -> Iterable[CardRow]:
    for screen in state.screens:
        seen = screen["seen_at"]
        shown = age((state.now - seen).total_seconds()) if seen else word("operations.state.never")
        name = screen["label"] or screen["id"]
        yield CardRow((name, screen["scene"], shown, _at(state, screen["expires_at"])))


def _alarms(state: OperationsState) -> Iterable[CardRow]:
    for alarm in state.alarms:
        stands = alarm["cleared_at"] is None
        over = word("operations.cleared", at=_at(state, alarm["cleared_at"]))
        yield CardRow(
            (
                state.rule_name(alarm["rule"]),
                machine_words(alarm["parameters"]),
                _at(state, alarm["raised_at"]),
                word("operations.state.stands") if stands else over,
            ),
            late=stands,
        )


def _at(state: OperationsState, moment: datetime | None) -> str:
    return clock(moment, state.zone, state.now) if moment else "–"
