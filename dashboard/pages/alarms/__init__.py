"""/alarms: what needs somebody's answer now, by priority, those on the shelf, the journal, the rules, and how
the shift went against EEMUA 191. `assets/alarms/alarms.js` reads it anew when an alarm changes and sends what
is pressed, `sound.js` sounds.

The view (`show`) and the ten minutes of the journal (`at`, seconds since 1970) stand in the address. A state
is told by its sign and its words, never by colour alone.

* `journal`: what was raised in a time, and the rules
* `rows`: an alarm, a flood, one on the shelf
* `tiles`: the tiles of the shift: which rates and shares of priorities EEMUA 191 asks for
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from dash import Dash, Input, Output, State, dcc, html

from dashboard.pages.alarms import journal, tiles
from dashboard.pages.alarms.rows import ShownAlarms
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.alarms.respond import SENIOR, SHELF_MINUTES
from geo.alarms.rules import RULES, AlarmRule, current_rules
from geo.errors import InvalidInput
from geo.incidents.model import PRIORITIES
from geo.ranges import LATEST_S, whole
from layers.alarms import BUCKET, AlarmList, read_alarms, read_journal, stands, waits
from layers.executors import LISTS
from layers.scope import Scope

PATH = "/alarms"
TITLE = "alarms.title"
PERMISSION = "page.alarms"
NAVIGATION = (PATH, "shell.nav.alarms")
WORK = LISTS
RESPOND = "alarm.respond"
VIEWS = ("active", "shelved", "journal", "rules")


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    return html.Div(
        [
            dcc.Store(id="alarms-pulse"),
            dcc.Store(id="alarms-query", data={key: query[key] for key in ("show", "at") if key in query}),
            html.Div(draw(query), id="alarms-shown"),
            _form(),
            html.Div(id="alarms-message", className="page-message", role="status"),
            html.Div(id="alarms-critical", className="alarms-announced", role="alert"),
        ],
        id="alarms",
        className="alarms",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("alarms-shown", "children"),
        Input("alarms-pulse", "data"),
        State("alarms-query", "data"),
        prevent_initial_call=True,
    )
    async def read_again(pulse: float | None, query: dict[str, Any]) -> list:
        return await current().run(LISTS, draw, query)


def draw(query: dict[str, Any]) -> list:
    """The parts that are read anew: head, tiles and the view that the address names."""
    context = current()
    city, scope = context.settings.city, Scope.of(context.principal)
    found = read_alarms(context.servers.engine, city, scope, context.language)
    rules, mistake = _rules()
    may, senior = context.may(RESPOND), context.may(SENIOR)
    shown = ShownAlarms(rules, context.language, city.time_zone, found.read_at, may, senior)
    view = query.get("show") if query.get("show") in VIEWS else "active"
    if view == "shelved":
        body = _shelf(found, shown) or [html.P(word("alarms.none.shelved"), className="alarms-none")]
    elif view == "journal":
        begins = _ten_minutes(query.get("at"))
        span = (begins, begins + BUCKET) if begins else (found.rate.begins, found.read_at)
        rows = read_journal(context.servers.engine, city, scope, context.language, *span)
        body = journal.table(rows, shown, span if begins else None)
    elif view == "rules":
        body = journal.rules(rules, found.rate, context.language)
    else:
        body = [*_active(found, shown), *_shelf(found, shown)]
    return [
        _head(found, str(view), rules),
        *([html.P(error_words(mistake), className="alarms-mistake", role="alert")] if mistake else []),
        tiles.tiles(found, shown),
        *body,
    ]


def _rules() -> tuple[dict[str, AlarmRule], InvalidInput | None]:
    try:
        return current_rules(), RULES.mistake
    except InvalidInput as mistake:
        return {}, mistake


def _ten_minutes(written: object) -> datetime | None:
    """Their beginning; none where the address names none."""
    moment, seconds = whole(str(written or ""), most=LATEST_S), BUCKET.total_seconds()
    return None if moment is None else datetime.fromtimestamp(moment // seconds * seconds, UTC)


def _head(found: AlarmList, view: str, rules: dict[str, AlarmRule]) -> html.Header:
    counts: dict[str, int | None] = {
        "active": found.count,
        "shelved": len(found.shelved),
        "journal": None,
        "rules": len(rules),
    }
    links = [
        html.A(
            [word(f"alarms.view.{key}"), *([html.Span(str(n))] if n is not None else [])],
            href=PATH if key == "active" else f"{PATH}?{urlencode({'show': key})}",
            **({"aria-current": "page"} if key == view else {}),
        )
        for key, n in counts.items()
    ]
    return html.Header(
        [
            html.H1(word("alarms.title")),
            html.Nav(links, className="views alarms-views", **{"aria-label": word("alarms.views")}),
            html.A(word("shift.title"), href="/shift", className="alarms-shift"),
            html.Span(word("alarms.unacknowledged", n=found.unacknowledged), className="alarms-waiting"),
            html.Button("", className="alarms-news", hidden=True, type="button"),
            html.Button("", className="alarms-sound button", type="button", **{"aria-keyshortcuts": "S"}),
        ],
        className="alarms-head",
    )


def _active(found: AlarmList, shown: ShownAlarms) -> list:
    """The active alarms by priority, the most urgent first; within one those that nobody has acknowledged. A
    flood is one row. Those that have returned to normal and only wait to be acknowledged (ISA-18.2) stand
    below all that still hold."""
    if not found.active:
        last = found.last_cleared
        empty = word("alarms.none.last", at=shown.at(last)) if last else word("alarms.none")
        return [html.P(empty, className="alarms-none")]
    out: list = [shown.columns()]
    members = [(flood, found.of(flood)) for flood in found.floods]
    for level, name in sorted(PRIORITIES.items(), reverse=True):
        rows = [alarm for alarm in found.single if alarm["priority"] == level and stands(alarm)]
        floods = [(flood, alarms) for flood, alarms in members if _level(alarms) == level]
        if not rows and not floods:
            continue
        waiting = sum(map(waits, rows)) + sum(any(map(waits, alarms)) for _, alarms in floods)
        unacknowledged = [html.Span(word("alarms.unacknowledged", n=waiting))] if waiting else []
        count = html.Strong(str(len(rows) + len(floods)))
        out.append(html.H2([word(f"duty.priority.{name}"), count, *unacknowledged]))
        out.append(html.Ol([shown.row(alarm) for alarm in rows], className="alarms-list"))
        out += [shown.flood(flood, alarms) for flood, alarms in floods]
    return [*out, *_gone([alarm for alarm in found.single if not stands(alarm)], shown)]


def _gone(alarms: list[dict[str, Any]], shown: ShownAlarms) -> list:
    if not alarms:
        return []
    head = [word("alarms.gone"), html.Strong(str(len(alarms))), html.Span(word("alarms.gone.to_do"))]
    return [html.H2(head), html.Ol([shown.row(alarm) for alarm in alarms], className="alarms-list")]


def _level(alarms: list[dict[str, Any]]) -> int:
    return max(alarm["priority"] for alarm in alarms)


def _shelf(found: AlarmList, shown: ShownAlarms) -> list:
    if not found.shelved:
        return []
    head = [word("alarms.shelf"), html.Strong(str(len(found.shelved))), html.Span(word("alarms.shelf.back"))]
    return [
        html.H2(head),
        html.Ol([shown.shelved(alarm) for alarm in found.shelved], className="alarms-list"),
    ]


def _form() -> html.Div:
    """The form that asks for how long, and why; for clearing only why."""
    times = [html.Option(word("alarms.minutes", n=minutes), value=str(minutes)) for minutes in SHELF_MINUTES]
    return html.Div(
        [
            html.H2(id="alarms-form-title"),
            html.P(id="alarms-form-of"),
            html.Label(
                [word("alarms.shelve_for"), html.Select(times, id="alarms-minutes")],
                id="alarms-for",
                className="field",
            ),
            html.Label(
                [word("duty.form.reason"), html.Textarea(id="alarms-reason", rows=2, maxLength=300)],
                className="field",
            ),
            html.P(id="alarms-form-error", role="alert"),
            html.Div(
                [
                    html.Button(word("alarms.do"), id="alarms-do", className="button alarms-main"),
                    html.Button(word("duty.form.cancel"), id="alarms-cancel", className="button"),
                ],
                className="alarms-form-acts",
            ),
        ],
        id="alarms-form",
        className="alarms-form",
        role="dialog",
        hidden=True,
        **{
            "aria-labelledby": "alarms-form-title",
            "data-shelve": word("alarms.shelve"),
            "data-clear": word("alarms.clear"),
        },
    )
