"""The card of a case: what and where, the regulatory clock with its warnings, facts, what was done last,
pictures, and buttons with their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, listed, number, numbered, span
from dashboard.request_context import current
from dashboard.words import word, word_or
from geo.deadlines.clock import WARNINGS
from geo.incidents.model import PRIORITIES
from layers.incidents.card import RECORDED, SPOKEN, Card

EVENTS = 8
"""So many of the last actions are shown."""


def title(incident: Mapping[str, Any]) -> str:
    return incident["title"] or incident["category_name"] or word(f"duty.kind.{incident['kind']}")


def where(incident: Mapping[str, Any]) -> str:
    return listed(incident["address"] or word("duty.address.none"), incident["district_name"], by=" · ")


def symbol(incident: Mapping[str, Any]) -> html.I:
    return html.I(
        className="symbol",
        **{
            "data-kind": incident["kind"],
            "data-level": str(incident["priority"]),
            "aria-label": word(f"duty.priority.{PRIORITIES[incident['priority']]}"),
            "role": "img",
        },
    )


def time_text(incident: Mapping[str, Any], now: float) -> tuple[str, str]:
    """What remains or is past, in words, and its state: late, soon or none."""
    opened, due, closed = incident["opened"], incident["due"], incident["closed"]
    if incident["status"] == "closed":
        return word("duty.time.closed", t=span((closed or now) - opened)), ""
    if due is None:
        return word("duty.time.open", t=span(now - opened)), ""
    if now > due:
        return word("duty.time.late", t=span(now - due)), "late"
    soon = incident["presses"] is not None and now >= incident["presses"]
    return word("duty.time.due", t=span(due - now)), "soon" if soon else ""


def time_of(incident: Mapping[str, Any], now: float) -> html.Span:
    """The script keeps that of an open one going."""
    text, state = time_text(incident, now)
    names = ("opened", "due", "presses") if incident["status"] != "closed" else ()
    moments = {f"data-{name}": f"{incident[name]:.0f}" for name in names if incident[name] is not None}
    return html.Span(text, className="desk-time", **{"data-state": state}, **moments)


def row(
    incident: Mapping[str, Any], href: str, chosen: bool, now: float, more: Sequence[Any] = ()
) -> html.Li:
    """One of a list."""
    link = html.A(
        [
            symbol(incident),
            html.Span(
                [
                    html.Strong(title(incident)),
                    html.Span(where(incident)),
                    html.Span(list(more), className="desk-more") if more else None,
                ],
                className="desk-what",
            ),
            time_of(incident, now),
        ],
        href=href,
        className="desk-row",
        **({"aria-current": "true"} if chosen else {}),
    )
    return html.Li(link, **{"data-case": str(incident["id"])})


def head(card: Card, back: str) -> list:
    incident = card.incident
    return [
        html.Header(
            [
                symbol(incident),
                html.Span(f"{word('duty.kind.' + incident['kind'])} · {numbered(incident['source_id'])}"),
                html.A("×", href=back, className="desk-close", **{"aria-label": word("shell.close")}),
            ],
            className="desk-card-head",
        ),
        html.H2(title(incident), tabIndex="-1"),
        html.P(where(incident), className="desk-where"),
    ]


def regulatory_clock(card: Card, zone: ZoneInfo) -> html.Section:
    incident = card.incident
    now = card.read_at.timestamp()
    top = html.Div(
        [html.Span(word(f"duty.status.{incident['status']}")), time_of(incident, now)],
        className="desk-clock-head",
    )
    opened, due = incident["opened"], incident["due"]
    if due is None or due <= opened:
        none = "duty.clock.none" if card.case["paused_at"] is None else "duty.row.paused"
        return html.Section([top, html.P(word(none), className="desk-quiet")], className="desk-clock")
    share = min(1.0, max(0.0, ((incident["closed"] or now) - opened) / (due - opened)))
    state = time_text(incident, now)[1]
    marks = [
        html.I(style={"left": f"{min(100.0, (at - opened) / (due - opened) * 100):.2f}%"})
        for at in incident["warnings"]
    ]
    bar = html.Div(
        [html.Div(style={"width": f"{share * 100:.1f}%"}, **{"data-state": state}), *marks],
        className="desk-bar",
        role="img",
        **{"aria-label": word("number.percent", share=round(share * 100))},
    )
    steps = [
        html.Li(
            [html.Span(word("number.percent", share=round(part * 100))), html.Time(_at(at, zone, card))],
            **({"data-passed": "yes"} if now >= at else {}),
        )
        for part, at in zip(WARNINGS, incident["warnings"])
    ]
    end = html.Li([html.Span(word("duty.clock.due")), html.Time(_at(due, zone, card))])
    warned = html.Ol([*steps, end], className="desk-warnings", **{"aria-label": word("duty.clock.warnings")})
    return html.Section([top, bar, warned], className="desk-clock")


def facts(card: Card, zone: ZoneInfo) -> html.Dl:
    incident, case = card.incident, card.case
    channels = ", ".join(
        f"{word_or('duty.channel.' + channel, channel)} {number(n)}" for channel, n in card.channels
    )
    shown = (
        ("category", incident["category_name"]),
        ("performer", incident["performer_name"]),
        ("priority", word(f"duty.priority.{PRIORITIES[incident['priority']]}")),
        ("outcome", case["outcome"] and word(f"duty.outcome.{case['outcome']}")),
        ("inquiries", channels),
        ("acknowledged_by", case["acknowledged_by"]),
        ("returned", case["returned"] and number(case["returned"])),
        ("reopened", case["reopened"] and number(case["reopened"])),
    )
    rows = [html.Div([html.Dt(word(f"duty.fact.{name}")), html.Dd(value)]) for name, value in shown if value]
    opened = html.Div([html.Dt(word("duty.clock.opened")), html.Dd(_at(incident["opened"], zone, card))])
    return html.Dl([*rows, opened], className="desk-facts")


def course(card: Card, zone: ZoneInfo) -> list:
    """The last things that people did, newest first, in their words where they said something."""
    seen: set[int] = set()
    items = []
    for event in reversed(card.events):
        if event["action"] is None or event["action"] in seen or event["undone"]:
            continue
        seen.add(event["action"])
        words = [event["parameters"][name] for name in SPOKEN if event["parameters"].get(name)]
        items.append(
            html.Li(
                [
                    html.Time(clock(event["happened_at"], zone, card.read_at)),
                    html.Span(word(f"duty.done.{event['verb']}")),
                    *(html.Q(text) for text in words),
                    html.Span(event["who"], className="desk-quiet"),
                ]
            )
        )
    if not items:
        return []
    return [html.H3(word("duty.timeline")), html.Ol(items[:EVENTS], className="desk-course")]


def pictures(card: Card, zone: ZoneInfo) -> list:
    if not card.proofs:
        return []
    shown = []
    for proof in card.proofs:
        address = f"/api/v1/incidents/{card.incident['id']}/proof/{proof['action']}"
        stage = word(f"duty.proof.{proof['stage']}")
        at = clock(proof["taken_at"] or proof["at"], zone, card.read_at)
        alt = word("duty.proof.picture", stage=stage, at=at)
        picture = html.A(
            html.Img(src=f"{address}/thumbnail.jpg", alt=alt), href=f"{address}.jpg", target="_blank"
        )
        shown.append(html.Figure([picture, html.Figcaption(f"{stage} · {at}")]))
    return [html.H3(word("duty.proof")), html.Div(shown, className="desk-pictures")]


def button(act: str, key: str, main: bool = False, **data: str) -> html.Button:
    """One that `assets/desk/desk.js` sends, or opens the form of; `data` is what the form begins with."""
    return html.Button(
        [html.Span(word(f"desk.act.{act}")), html.Kbd(key, **{"aria-hidden": "true"})],
        className="desk-act desk-act-main" if main else "desk-act",
        type="button",
        **{"data-act": act, "data-key": key.lower(), "aria-keyshortcuts": key},
        **{f"data-{name}": value for name, value in data.items()},
    )


def moment(at: datetime, zone: ZoneInfo) -> str:
    return clock(at, zone, datetime.now(UTC))


def _at(seconds: float, zone: ZoneInfo, card: Card) -> str:
    return clock(datetime.fromtimestamp(seconds, zone), zone, card.read_at)


def now() -> datetime:
    return datetime.now(UTC)


def record_look(incident: Mapping[str, Any]) -> None:
    """What is the police's is in the audit before it is shown."""
    if incident["kind"] in RECORDED:
        current().record("incident.seen", incident=incident["id"], kind=incident["kind"])
