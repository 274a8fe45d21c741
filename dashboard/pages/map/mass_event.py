"""The card of a mass event: what happened to how many, its one status and answer, what can be done with it,
its steps and its incidents. `assets/duty/mass.js` shows what is suggested, and what is marked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, listed, number
from dashboard.pages.map.actions import PERMISSION, PUBLISH, action_button
from dashboard.pages.map.address import MapAddress
from dashboard.pages.map.list import row
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import NotFound
from layers.incidents.filters import IncidentFilter
from layers.incidents.mass_events import EventCard, read_event
from layers.scope import Scope

KEYS = {
    "mass_answer": "N",
    "mass_status": "S",
    "mass_close": "X",
    "mass_reopen": "X",
    "mass_dissolve": "M",
    "mass_alert": "Y",
}
OF_MARKED = ("mass_split", "mass_leave")
"""Actions on those of its incidents that are marked."""


def draw(event: int) -> list:
    """A sentence when there is no such event for this caller."""
    context = current()
    try:
        card = read_event(
            context.servers.engine,
            context.settings.city,
            Scope.of(context.principal),
            event,
            context.language,
        )
    except NotFound:
        return [_close(event), html.P(word("duty.mass.unknown"), className="duty-none")]
    return layout(card, context.settings.city.time_zone)


def layout(card: EventCard, zone: ZoneInfo) -> list:
    event = card.event
    return [
        html.Header(
            [
                html.Div(
                    [
                        html.I(
                            className="symbol",
                            **{"data-kind": event["kind"], "data-level": str(max(1, event["priority"]))},
                        ),
                        html.Span(f"{word('duty.mass')} · {event['number']}"),
                    ],
                    className="duty-card-kind",
                ),
                _close(event["id"]),
            ],
            className="duty-card-head",
        ),
        html.H2(title(event)),
        html.P(
            listed(
                word("duty.mass.inquiries", n=event["inquiries"]) if event["inquiries"] else None,
                word("duty.mass.since", at=_at(event["began"], zone, card.read_at)),
                by=" · ",
            ),
            className="duty-card-location",
        ),
        *_actions(card),
        _state(card),
        *_answer(event),
        *_steps(card, zone),
        *_incidents(card),
    ]


def title(event: Mapping[str, Any]) -> str:
    """ "No heating, 14 buildings": of incidents that lie in none, how many they are; of an event that has
    none any more, what it was."""
    if not event["n"]:
        return str(event["name"])
    of = "buildings" if event["buildings"] > 1 else "incidents"
    n = event["buildings"] if event["buildings"] > 1 else event["n"]
    return listed(event["name"], word(f"duty.mass.{of}", n=n))


def _close(event: int) -> html.A:
    """The same button as on an incident's card: by it the script knows whose card this is."""
    return html.A(
        "×",
        href="/map",
        id="duty-card-close",
        className="duty-close",
        title=word("shell.close"),
        **{"aria-label": word("shell.close"), "data-incident": f"m{event}"},
    )


def _actions(card: EventCard) -> list:
    event = card.event
    if not current().may(PERMISSION) or event["status"] == "dissolved":
        return []
    verbs = (
        ["mass_reopen", "mass_answer"]
        if event["status"] == "closed"
        else ["mass_close", "mass_answer", "mass_status", "mass_dissolve"]
    )
    if event["status"] != "closed" and current().may(PUBLISH):
        verbs.append("mass_alert")
    main, *quiet = verbs
    return [
        html.Section(
            [
                action_button(main, KEYS[main], "duty-act duty-act-main"),
                html.Div([action_button(verb, KEYS[verb]) for verb in quiet], className="duty-acts"),
            ],
            id="duty-actions",
            className="duty-actions",
            **{
                "aria-label": word("duty.actions"),
                "data-mass": str(event["id"]),
                "data-version": str(event["version"]),
            },
        )
    ]


def _state(card: EventCard) -> html.Section:
    """Its one status, the deadline that comes first, how many are still open: of one that has any."""
    event = card.event
    if not event["n"]:
        status = html.Span(word(f"duty.mass.status.{event['status']}"), className="duty-status")
        return html.Section(html.Div(status, className="duty-clock-head"), className="duty-clock")
    times = {
        "data-opened": event["began"],
        "data-due": event["due"],
        "data-presses": event["due"],
        "data-status": event["status"],
    }
    return html.Section(
        [
            html.Div(
                [
                    html.Span(word(f"duty.mass.status.{event['status']}"), className="duty-status"),
                    html.Span(
                        className="duty-time",
                        **{name: str(value) for name, value in times.items() if value is not None},
                    ),
                ],
                className="duty-clock-head",
            ),
            html.P(
                word("duty.mass.open_of", open=number(event["still_open"]), n=event["n"]),
                className="duty-quiet",
            ),
        ],
        className="duty-clock",
    )


def _answer(event: Mapping[str, Any]) -> list:
    shown = (
        html.Q(event["answer"], className="duty-words")
        if event["answer"]
        else html.P(word("duty.mass.answer.none"), className="duty-quiet")
    )
    return [html.H3(word("duty.mass.answer")), shown]


def _steps(card: EventCard, zone: ZoneInfo) -> list:
    lines = [
        html.Li(
            [
                html.Time(clock(step["at"], zone, card.read_at)),
                html.Span(_done(step, card.event["number"]), className="duty-event"),
                *(html.Q(text, className="duty-words") for text in _words(step["parameters"])),
                html.Span(
                    listed(step["who"], word("duty.undone") if step["undone"] else None, by=" · "),
                    className="duty-quiet",
                ),
            ],
            className="duty-undone" if step["undone"] else None,
            **{"data-verb": step["verb"]},
        )
        for step in card.steps
    ]
    return [html.H3(word("duty.timeline")), html.Ol(lines, className="duty-timeline")]


def _done(step: Mapping[str, Any], number: str) -> str:
    """What was done with how many; and that the event was none any more by it."""
    parameters = step["parameters"]
    done = word(f"duty.mass.done.{step['verb']}", number=number, n=parameters.get("n", 0))
    return f"{done}. {word('duty.mass.ended')}" if parameters.get("ended") else done


def _words(parameters: Mapping[str, Any]) -> list[str]:
    names = ("text", "answer", "reason", "handed_to")
    return [parameters[name] for name in names if parameters.get(name)]


def _incidents(card: EventCard) -> list:
    event, may = card.event, current().may(PERMISSION)
    if not event["n"]:
        return []
    everything = IncidentFilter(window="dates", mass=event["id"])
    marked = [
        html.Button(word(f"duty.act.{verb}"), className="duty-act", **{"data-mass-marked": verb})
        for verb in OF_MARKED
    ]
    return [
        html.H3(
            [
                word("duty.mass.members"),
                html.A(number(event["n"]), href=MapAddress().href(everything), title=word("duty.others.all")),
            ]
        ),
        html.Ol(
            [
                row(
                    incident,
                    MapAddress().href(everything, incident=incident["id"]),
                    _mark(incident) if may and _may_leave(event, incident) else [],
                )
                for incident in card.incidents
            ],
            className="duty-others duty-mass-members",
        ),
        html.Div(
            [html.Strong(className="duty-selected", role="status"), html.Div(marked, className="duty-acts")],
            id="duty-mass-marked",
            className="duty-selection",
            hidden=True,
        ),
    ]


def _may_leave(event: Mapping[str, Any], incident: Mapping[str, Any]) -> bool:
    """What a feed has opened again is not held in an event that is closed."""
    return event["status"] in ("open", "in_progress") or incident["status"] != "closed"


def _mark(incident: Mapping[str, Any]) -> list:
    label = word("duty.mark", what=incident["title"] or incident["address"] or str(incident["id"]))
    return [
        html.Button(
            className="duty-mark-member",
            role="checkbox",
            type="button",
            **{"aria-checked": "false", "aria-label": label, "data-member": str(incident["id"])},
        )
    ]


def _at(seconds: float, zone: ZoneInfo, now: datetime) -> str:
    return clock(datetime.fromtimestamp(seconds, zone), zone, now)
