"""What waits for an inspector: the queues with how many wait in each, the first of one of them, and the card
of the chosen one beside it, with why it waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import number, span
from dashboard.pages.desk import case
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.desk.model import QUEUES
from geo.errors import NotFound
from geo.ranges import whole
from layers.desk.waiting import MOST_ROWS, WaitingCases, read_checks, read_waiting
from layers.incidents.card import Card, read_card
from layers.scope import Scope

CHECK = "case.check"


def draw(query: Mapping[str, Any]) -> list:
    context = current()
    engine, city = context.servers.engine, context.settings.city
    found = read_waiting(
        engine,
        city,
        Scope.of(context.principal),
        context.language,
        context.principal.name,
        query.get("queue"),
    )
    chosen = _chosen(query.get("case"), found)
    return [
        html.Div(
            [
                html.Section(
                    [_tabs(found), _today(found), *_rows(found, chosen)],
                    className="desk-list",
                    **{"aria-label": word(f"desk.queue.{found.queue}")},
                ),
                html.Section(
                    _card(found.queue, chosen), className="desk-card", **{"aria-label": word("desk.card")}
                ),
            ],
            className="desk-body",
            **{"data-chosen": "yes" if query.get("case") else "no"},
        )
    ]


def address(queue: str, chosen: object = None) -> str:
    pairs = {"show": "queue", "queue": queue, **({"case": chosen} if chosen else {})}
    return f"/desk?{urlencode(pairs)}"


def _chosen(named: object, found: WaitingCases) -> int | None:
    """The one of the address, else the first of the list."""
    number = whole(str(named or ""))
    if number is not None:
        return number
    return found.rows[0]["id"] if found.rows else None


def _tabs(found: WaitingCases) -> html.Nav:
    links = [
        html.A(
            [word(f"desk.queue.{key}"), html.Strong(number(found.counts[key]))],
            href=address(key),
            **({"aria-current": "page"} if key == found.queue else {}),
        )
        for key in QUEUES
    ]
    return html.Nav(links, className="views desk-queues", **{"aria-label": word("desk.queues")})


def _today(found: WaitingCases) -> html.P:
    today = found.today
    text = word("desk.today", n=today["checks"], own=today["own"], corrected=today["corrected"])
    return html.P(text, className="desk-today")


def _rows(found: WaitingCases, chosen: int | None) -> list:
    if not found.rows:
        return [html.P(word(f"desk.none.{found.queue}"), className="desk-none")]
    now = datetime.now(UTC).timestamp()
    rows = [
        case.row(
            one,
            address(found.queue, one["id"]),
            one["id"] == chosen,
            now,
            [one["category_name"], " → ", one["performer_name"] or word("desk.nobody")]
            if found.queue in ("new", "sample")
            else [word("desk.waits", t=span(max(0.0, now - one["since"])))],
        )
        for one in found.rows
    ]
    total = found.counts[found.queue]
    more = (
        [html.P(word("desk.shown", n=len(rows), total=number(total)), className="desk-quiet")]
        if total > MOST_ROWS
        else []
    )
    return [html.Ol(rows, className="desk-rows"), *more]


def _card(queue: str, chosen: int | None) -> list:
    if chosen is None:
        return [html.P(word("desk.none.card"), className="desk-none")]
    context = current()
    engine, city = context.servers.engine, context.settings.city
    try:
        card = read_card(engine, city, Scope.of(context.principal), chosen, context.language)
    except NotFound as error:
        return [html.P(error_words(error), className="desk-none")]
    case.record_look(card.incident)
    extension, checks = read_checks(engine, city, chosen)
    zone = city.time_zone
    return [
        *case.head(card, address(queue)),
        *_why(queue, card, extension, zone),
        *(_actions(queue, card, extension) if context.may(CHECK) else []),
        case.regulatory_clock(card, zone),
        case.facts(card, zone),
        *case.pictures(card, zone),
        *case.course(card, zone),
        *_checks(checks, zone),
        html.P(html.A(word("desk.on_map"), href=f"/map?incident={chosen}"), className="desk-map"),
    ]


def _why(queue: str, card: Card, extension: Mapping[str, Any] | None, zone: ZoneInfo) -> list:
    """What there is to decide."""
    text = word(f"desk.why.{queue}")
    words = []
    if queue == "time" and extension and extension["decided_by"] is None:
        text = word(
            "desk.why.time.until",
            who=extension["requested_by"],
            until=case.moment(extension["until"], zone),
        )
        words = [html.Q(extension["reason"])]
    return [html.Div([html.Strong(text), *words], className="desk-why")]


def _actions(queue: str, card: Card, extension: Mapping[str, Any] | None) -> list:
    incident = card.incident
    closed = incident["status"] == "closed"
    if queue == "time":
        waits = extension is not None and extension["decided_by"] is None
        main = [case.button("grant", "A", main=True), case.button("refuse", "X")] if waits else []
    else:
        main = [case.button("agree", "A", main=True)]
    corrections = [
        case.button("classify", "C", value=str(incident["category"] or ""), kind=incident["kind"]),
        *([] if closed else [case.button("assign", "P", value=str(incident["performer"] or ""))]),
        *([case.button("outcome", "O", value=str(card.case["outcome"] or ""))] if closed else []),
        *([case.button("return", "G")] if closed or queue != "new" else []),
    ]
    return [
        html.Div(
            [*main, html.Div(corrections, className="desk-acts")],
            id="desk-actions",
            className="desk-actions",
            **{
                "data-case": str(incident["id"]),
                "data-version": str(incident["version"]),
                "data-queue": queue,
                "data-on-desk": f"{incident['id']}",
            },
        )
    ]


def _checks(checks: list[dict[str, Any]], zone: ZoneInfo) -> list:
    if not checks:
        return []
    items = [
        html.Li(
            [
                html.Time(case.moment(one["recorded_at"], zone)),
                html.Span(word(f"desk.checked.{one['field'] or 'right'}")),
                html.Span(one["who"], className="desk-quiet"),
            ]
        )
        for one in reversed(checks)
    ]
    return [html.H3(word("desk.checks")), html.Ol(items, className="desk-course")]
