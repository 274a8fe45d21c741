"""One row a feed: its age against its interval, its newest event, its latest run with the ledger, and what
fails in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dash import dcc, html

from dashboard.formats import age, interval, moment, number, span
from dashboard.request_context import current
from dashboard.wording.feeds import feed_name
from dashboard.words import code_words, word

COLUMNS = ("feed", "age", "newest", "run", "ledger")


def table(found: list[dict], chosen: str | None, zone: ZoneInfo, now: datetime) -> list:
    """The table, or a sentence where no feed was ever declared."""
    if not found:
        return [html.P(word("feeds.none"), className="feeds-none")]
    head = html.Tr(
        [
            html.Th(word(f"feeds.column.{column}"), scope="col", className=f"feeds-col-{column}")
            for column in COLUMNS
        ]
    )
    return [
        html.Table(
            [html.Thead(head), html.Tbody([_row(feed, feed["key"] == chosen, zone, now) for feed in found])],
            className="feeds-table",
        )
    ]


def ledger(run: dict, feed: str, with_link: bool = True) -> html.Div:
    """read = written + unchanged + rejected, as figures and as one bar; the rejected rows are one click
    away."""
    parts = (("written", run["written"]), ("unchanged", run["unchanged"]), ("rejected", run["rejected"]))
    bar = [html.Span(className=f"ledger-{name}", style={"flexGrow": n}) for name, n in parts if n]
    counts = [html.Span(number(run["read_rows"]), title=word("feeds.read"), className="ledger-read"), " = "]
    for name, n in parts:
        counts += [
            html.Span(number(n), title=word(f"feeds.{name}"), className=f"ledger-n ledger-n-{name}"),
            " + ",
        ]
    counts.pop()
    if run["rejected"] and with_link:
        counts[-1] = dcc.Link(
            number(run["rejected"]),
            href=f"/feeds?feed={feed}&run={run['id']}",
            title=word("feeds.rejected"),
            className="ledger-link",
        )
    return html.Div(
        [
            html.Div(counts, className="ledger-counts"),
            html.Div(bar, className="ledger-bar", **{"aria-hidden": "true"}),
        ],
        className="ledger",
    )


def _row(feed: dict, chosen: bool, zone: ZoneInfo, now: datetime) -> html.Tr:
    run = feed["run"]
    failing = feed["error_code"] is not None
    return html.Tr(
        [
            html.Th(_name(feed, failing, zone, now), scope="row", className="feeds-feed"),
            html.Td(_age(feed, failing), className="feeds-col-age"),
            html.Td(
                moment(feed["newest_at"], zone, now) if feed["newest_at"] else "–",
                className="feeds-newest",
                **{"data-label": word("feeds.column.newest")},
            ),
            html.Td(
                _last_run(run, zone, now) if run else html.Span(no_run(feed), className="muted"),
                className="feeds-run",
                **{"data-label": word("feeds.column.run")},
            ),
            html.Td(ledger(run, feed["key"]) if run else "", className="feeds-col-ledger"),
        ],
        className="feeds-row",
        **({"aria-current": "true"} if chosen else {}),
    )


def fault(code: str, parameters: dict | None, held: bool) -> str:
    """What is wrong in words; `held`: whether the caller's scope holds all that the feed may bring: the words
    may quote its rows."""
    return code_words(code, parameters) if held else word("feeds.fault.outside")


def outside(feed: str) -> str:
    """That its rows are shown to those whose scope holds all of it."""
    return code_words("feed.outside", {"feed": feed})


def no_run(feed: dict) -> str:
    """Why there is none: its age is that of the last look, and a look that finds nothing new makes no run."""
    return word("feeds.run.nothing_came" if feed["polled_at"] else "feeds.state.never")


def _name(feed: dict, failing: bool, zone: ZoneInfo, now: datetime) -> list:
    name = [
        dcc.Link(feed_name(feed["key"]), href=f"/feeds?feed={feed['key']}", className="feeds-name"),
        *_waiting(feed, zone, now),
        *_quiet(feed, zone, now),
    ]
    if not failing:
        return name
    message = fault(
        feed["error_code"], feed["error_parameters"], current().principal.sees_all_of(feed["kinds"])
    )
    key, since = (
        ("feeds.alarm_since", feed["alarmed_at"])
        if feed["alarmed_at"]
        else ("feeds.failed_since", feed["failed_at"])
    )
    return [
        *name,
        html.Div(word(key, moment=moment(since, zone, now), error=message), className="feeds-error"),
    ]


def _quiet(feed: dict, zone: ZoneInfo, now: datetime) -> list:
    """That nothing has come for longer than usual, though the feed answers."""
    if feed["quiet_since"] is None:
        return []
    since, pause = moment(feed["quiet_since"], zone, now), age(feed["news_pause_s"])
    return [html.Div(word("feeds.quiet_since", moment=since, pause=pause), className="feeds-quiet")]


def copy_note(run: dict, zone: ZoneInfo, now: datetime) -> list:
    """That all the run has read was delivered before, under another name."""
    if run["copied_at"] is None:
        return []
    at = moment(run["copied_at"], zone, now)
    message = (
        word("feeds.copy", moment=at)
        if run["copy_of"] is None
        else word("feeds.copy_of", moment=at, name=run["copy_of"].rpartition("/")[2])
    )
    return [html.Div(message, className="feeds-copy", title=run["copy_of"] or "")]


def _waiting(feed: dict, zone: ZoneInfo, now: datetime) -> list:
    """The pushes that wait in the inbox; an alarm once they wait too long."""
    if not feed["waiting"]:
        return []
    message = html.Div(
        word("feeds.waiting", n=feed["waiting"], age=age((now - feed["waiting_since"]).total_seconds())),
        className="feeds-waiting muted",
    )
    if not feed["backlog_alarmed_at"]:
        return [message]
    return [
        html.Div(
            word("feeds.backlog_since", moment=moment(feed["backlog_alarmed_at"], zone, now)),
            className="feeds-error",
        ),
        message,
    ]


def _age(feed: dict, failing: bool) -> html.Div:
    """The place that `assets/feeds/feeds.js` fills: it knows the time."""
    polled = feed["polled_at"].timestamp() if feed["polled_at"] else ""
    return html.Div(
        className="feeds-age",
        **{
            "data-feed": feed["key"],
            "data-polled": str(polled),
            "data-interval": str(feed["interval_s"] or ""),
            "data-failing": str(int(failing)),
            "data-every": word("feeds.interval", interval=interval(feed["interval_s"]))
            if feed["interval_s"]
            else word("feeds.interval.none"),
        },
    )


def _last_run(run: dict, zone: ZoneInfo, now: datetime) -> list:
    took = f" · {span(run['seconds'])}" if run["seconds"] is not None else ""
    return [
        html.Div(moment(run["started_at"], zone, now)),
        html.Div([word(f"feeds.run.{run['state']}"), took], className=f"feeds-state-{run['state']}"),
        *copy_note(run, zone, now),
    ]
