"""The inbox of a performer: the cases of their own organisation, the next deadline first, and the card of one
with what they can do: acknowledge, attach a picture, ask for more time, done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import number
from dashboard.pages.desk import case
from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import NotFound
from geo.ranges import whole
from layers.desk.inbox import MOST_ROWS, SHOWN, OwnCases, read_inbox, read_own_card
from layers.incidents.card import Card

WARNED = (50, 75, 90)


def draw(query: Mapping[str, Any]) -> list:
    context = current()
    shown = query["list"] if query.get("list") in SHOWN else "open"
    found = read_inbox(
        context.servers.engine, context.settings.city, context.principal, context.language, shown
    )
    if found.organisation is None:
        return [html.P(word("desk.no_organisation"), className="desk-none", role="alert")]
    chosen = _number(query.get("case"))
    return [
        html.Div(
            [
                html.Section(
                    [
                        html.H2(found.organisation, className="desk-organisation"),
                        _tabs(found, shown),
                        *_rows(found, shown, chosen),
                    ],
                    className="desk-list",
                ),
                html.Section(
                    _card(shown, chosen), className="desk-card", **{"aria-label": word("desk.card")}
                ),
            ],
            className="desk-body",
            **{"data-chosen": "yes" if chosen else "no"},
        )
    ]


def address(shown: str, chosen: object = None) -> str:
    pairs = {"show": "inbox", "list": shown, **({"case": chosen} if chosen else {})}
    return f"/desk?{urlencode(pairs)}"


def _number(named: object) -> int | None:
    return whole(str(named or ""))


def _tabs(found: OwnCases, shown: str) -> html.Nav:
    links = [
        html.A(
            [word(f"desk.inbox.{key}"), html.Strong(number(found.counts[key]))],
            href=address(key),
            **({"aria-current": "page"} if key == shown else {}),
        )
        for key in SHOWN
    ]
    return html.Nav(links, className="views desk-queues", **{"aria-label": word("desk.view.inbox")})


def _rows(found: OwnCases, shown: str, chosen: int | None) -> list:
    if not found.rows:
        return [html.P(word(f"desk.none.inbox.{shown}"), className="desk-none")]
    now = found.read_at.timestamp()
    rows = [
        case.row(one, address(shown, one["id"]), one["id"] == chosen, now, _notes(one, now, shown))
        for one in found.rows
    ]
    more = (
        [html.P(word("desk.shown", n=len(rows), total=number(found.counts[shown])), className="desk-quiet")]
        if found.counts[shown] > MOST_ROWS
        else []
    )
    return [html.Ol(rows, className="desk-rows"), *more]


def _notes(one: Mapping[str, Any], now: float, shown: str) -> list:
    """What sets it apart: new, returned, more time asked for, how much of its period is used."""
    passed = [share for share, at in zip(WARNED, one["warnings"]) if now >= at]
    notes = [
        *([word("desk.note.new")] if shown == "open" and one["acknowledged_at"] is None else []),
        *([word("desk.note.returned", n=one["returned"])] if one["returned"] else []),
        *([word("desk.note.waits")] if one["waits"] else []),
        *([word("desk.note.used", share=passed[-1])] if passed and now <= (one["due"] or now) else []),
    ]
    return [html.Span(note) for note in notes]


def _card(shown: str, chosen: int | None) -> list:
    if chosen is None:
        return [html.P(word("desk.none.card"), className="desk-none")]
    context = current()
    city = context.settings.city
    try:
        card, extension = read_own_card(
            context.servers.engine, city, context.principal, chosen, context.language
        )
    except NotFound as error:
        return [html.P(error_words(error), className="desk-none", role="alert")]
    case.record_look(card.incident)
    zone = city.time_zone
    return [
        *case.head(card, address(shown)),
        case.regulatory_clock(card, zone),
        *_extension(extension, zone),
        *case.pictures(card, zone),
        case.facts(card, zone),
        *case.course(card, zone),
        html.P(html.A(word("desk.on_map"), href=f"/map?incident={chosen}"), className="desk-map"),
        *_actions(card, extension),
    ]


def _extension(extension: Mapping[str, Any] | None, zone: ZoneInfo) -> list:
    """What became of the last request for more time."""
    if extension is None:
        return []
    until = case.moment(extension["until"], zone)
    state = {None: "waits", True: "granted", False: "refused"}[extension["granted"]]
    answer = [html.Q(extension["answer"])] if extension["answer"] else []
    text = word(f"desk.extension.{state}", until=until)
    return [html.Div([html.Strong(text), *answer], className="desk-why")]


def _actions(card: Card, extension: Mapping[str, Any] | None) -> list:
    """At the foot of a phone's screen, within reach of a thumb."""
    incident, version = card.incident, str(card.incident["version"])
    if incident["vanished"]:
        return []
    acts = []
    if incident["status"] != "closed":
        acknowledged = card.case["acknowledged_by"] is not None
        waits = extension is not None and extension["granted"] is None
        asks = incident["due"] is not None and not waits and card.case["paused_at"] is None
        due = f"{incident['due'] or 0:.0f}"
        acts = [
            case.button("done", "D", main=True)
            if acknowledged
            else case.button("acknowledge", "A", main=True),
            case.button("attach", "F"),
            *([case.button("extension", "T", due=due)] if asks else []),
            case.button("note", "N"),
            *([] if acknowledged else [case.button("done", "D")]),
        ]
    return [
        html.Div(
            acts or [case.button("attach", "F")],
            id="desk-actions",
            className="desk-actions desk-actions-inbox",
            **{
                "data-case": str(incident["id"]),
                "data-version": version,
                "data-on-desk": str(incident["id"]),
            },
        )
    ]
