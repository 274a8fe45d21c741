"""Beside the table: the latest runs of the chosen feed, or the rejected rows of the chosen run with the
reason of each."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import moment, number, numbered, span
from dashboard.pages.feeds import corrections
from dashboard.pages.feeds.address import Chosen
from dashboard.pages.feeds.findings import found as found_in
from dashboard.pages.feeds.table import copy_note, fault, ledger, outside
from dashboard.request_context import RequestContext
from dashboard.wording.feeds import feed_name
from dashboard.words import catalogue, language, word, word_or
from geo.errors import NotFound
from geo.intake.runs import can_repeat
from layers import feeds

RUNS = 20
ROWS = 50


def panel(context: RequestContext, chosen: Chosen, found: list[dict], now: datetime) -> list:
    """The panel that the address asks for; without a feed, the latest runs of all."""
    messages = html.Div(
        [
            html.P(id=name, className="feeds-message", role="status")
            for name in ("feeds-message", "feeds-resubmitted", "feeds-released")
        ]
    )
    one = next((feed for feed in found if feed["key"] == chosen.feed), None)
    if one is None:
        return (
            [html.H2(word("feeds.runs")), *_runs(context, None, chosen.before, now), messages]
            if found
            else [messages]
        )
    head = html.Header(
        [
            html.H2(feed_name(chosen.feed)),
            dcc.Link("×", href="/feeds", className="feeds-close", title=word("feeds.close")),
        ],
        className="feeds-panel-head",
    )
    if chosen.run is not None:
        return [head, *_rejects(context, chosen), messages]
    return [
        head,
        *found_in(context, chosen.feed, context.principal.sees_all_of(one["kinds"]), now),
        html.H3(word("feeds.runs")),
        *_runs(context, chosen.feed, chosen.before, now),
        messages,
    ]


def _runs(context: RequestContext, feed: str | None, before: int | None, now: datetime) -> list:
    """Runs of one feed, or of all and then each with the feed's name."""
    rows = feeds.latest_runs(
        context.servers.engine, context.settings.city.region, feed, limit=RUNS + 1, before=before
    )
    if not rows:
        return [html.P(word("feeds.runs.none"), className="feeds-choose")]
    older = [_link("feeds.runs.older", feed=feed, before=rows[RUNS - 1]["id"])] if len(rows) > RUNS else []
    return [
        html.Ol([_run(context, run, now, named=feed is None) for run in rows[:RUNS]], className="feeds-runs"),
        *older,
    ]


def _run(context: RequestContext, run: dict, now: datetime, named: bool) -> html.Li:
    """One run: of which feed if `named`, when, how long, from where, its ledger, what failed, and the
    button that repeats it."""
    zone = context.settings.city.time_zone
    took = f" · {span(run['seconds'])}" if run["seconds"] is not None else ""
    extra = [
        word(f"feeds.{name}", n=run[name]) for name in ("no_coordinates", "vanished") if run[name]
    ] + corrections.corrected(run)
    held = context.principal.sees_all_of(run["kinds"])
    repeatable = held and context.may("feed.run") and run["state"] != "running" and can_repeat(run["source"])
    name = (
        [dcc.Link(feed_name(run["feed"]), href=_address(feed=run["feed"]), className="feeds-run-feed")]
        if named
        else []
    )
    return html.Li(
        [
            *name,
            html.Div(
                [
                    html.Span(numbered(run["id"]), className="muted"),
                    html.Span(moment(run["started_at"], zone, now), className="feeds-run-at"),
                    html.Span(
                        [word(f"feeds.run.{run['state']}"), took], className=f"feeds-state-{run['state']}"
                    ),
                    *([_repeat(run["id"])] if repeatable else []),
                ],
                className="feeds-run-head",
            ),
            html.Div(_source(run), className="feeds-source", title=run["source"] or ""),
            *copy_note(run, zone, now),
            ledger(run, run["feed"]),
            *([html.Div(" · ".join(extra), className="muted")] if extra else []),
            *(
                [html.Div(fault(run["error_code"], run["error_parameters"], held), className="feeds-error")]
                if run["error_code"]
                else []
            ),
        ],
        className="feeds-run-item",
    )


def _repeat(run: int) -> html.Button:
    return html.Button(word("feeds.repeat"), id={"type": "feeds-repeat", "run": run}, className="button")


def _source(run: dict) -> str:
    """Where the rows came from; those that the demo city made itself have no source to read again."""
    return word_or(f"feeds.source.{run['source']}", run["source"]) if run["source"] else word("feeds.pushed")


def _rejects(context: RequestContext, chosen: Chosen) -> list:
    """The rejected rows of one run, by reason, fifty at a time. A row is as its source wrote it, so each
    look at rows is in the audit."""
    region = context.settings.city.region
    run = feeds.one_run(context.servers.engine, region, chosen.run)
    if run["feed"] != chosen.feed:
        raise NotFound("run.unknown", run=chosen.run)
    back = dcc.Link(f"← {word('feeds.runs')}", href=f"/feeds?feed={chosen.feed}", className="feeds-back")
    title = html.H3(word("feeds.rejects", run=run["id"], n=run["rejected"]))
    if not context.may("feed.rejects"):
        return [back, title, html.P(word("feeds.rejects.closed"), className="feeds-choose")]
    if not run["rejected"]:
        return [back, title, html.P(word("feeds.rejects.none"), className="feeds-choose")]
    reasons = feeds.reject_reasons(context.web, region, chosen.run)
    if not context.principal.sees_all_of(run["kinds"]):
        return [
            back,
            title,
            _reasons(chosen, reasons),
            html.P(outside(chosen.feed), className="feeds-choose"),
        ]
    context.record("reject.seen", run=chosen.run, code=chosen.code, after=chosen.after)
    rows = feeds.rejects(context.web, region, context.principal, chosen.run, chosen.code, chosen.after, ROWS)
    more = len(rows) == ROWS
    next_link = (
        [
            _link(
                "feeds.rejects.more",
                feed=chosen.feed,
                run=chosen.run,
                code=chosen.code,
                after=rows[-1]["row_number"],
            )
        ]
        if more
        else []
    )
    listed = html.Ol(
        [_reject(row, corrections.offer(context, chosen, row)) for row in rows], className="feeds-rejects"
    )
    return [
        back,
        title,
        _reasons(chosen, reasons),
        *corrections.all_again(context, chosen),
        listed,
        *next_link,
    ]


def _reasons(chosen: Chosen, reasons: dict[str, int]) -> html.Ul:
    """How many rows by reason; each is a filter."""
    entries: list[tuple[str | None, str, int]] = [(None, word("feeds.rejects.all"), sum(reasons.values()))]
    entries += [(code, reason_name(code), n) for code, n in reasons.items()]
    return html.Ul(
        [
            html.Li(
                dcc.Link(
                    [name, " ", html.B(number(n))],
                    href=_address(feed=chosen.feed, run=chosen.run, code=code),
                    className="chip chip-on" if code == chosen.code else "chip",
                )
            )
            for code, name, n in entries
        ],
        className="feeds-reasons",
    )


def reason_name(code: str) -> str:
    """A reason in words, without the row's own values; where the catalogue has none, the code."""
    key = f"reason.{code}"
    return word(key) if key in catalogue(language.get()).entries else code


def _reject(row: dict, resubmit_form: list) -> html.Li:
    where = (
        [html.Span(f"{row['field']} = {_shown(row['value'])}", className="feeds-bad")] if row["field"] else []
    )
    cells = [
        [html.Dt(name, className="feeds-bad" if name == row["field"] else None), html.Dd(_shown(value))]
        for name, value in row["row"].items()
    ]
    return html.Li(
        [
            html.Div(
                [
                    html.Span(f"{word('feeds.rejects.row')} {number(row['row_number'])}", className="muted"),
                    html.Strong(reason_name(row["code"])),
                    *where,
                ],
                className="feeds-reject-head",
            ),
            *resubmit_form,
            html.Details(
                [
                    html.Summary(word("feeds.rejects.content")),
                    html.Dl([part for pair in cells for part in pair]),
                ],
                open=True,
            ),
        ]
    )


def _shown(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _link(key: str, **query: object) -> html.P:
    return html.P(dcc.Link(word(key), href=_address(**query)), className="feeds-more")


def _address(**query: object) -> str:
    return "/feeds?" + urlencode({name: value for name, value in query.items() if value is not None})
