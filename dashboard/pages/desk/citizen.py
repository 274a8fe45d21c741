"""A case as its citizen sees it, found by the number of an inquiry or an incident: what was told and when, in
the three languages, by which channel; the mark; reopening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.citizen_texts import citizen_text
from dashboard.formats import numbered
from dashboard.pages.desk import case
from dashboard.request_context import current
from dashboard.words import LANGUAGES, word, word_or
from geo.desk.citizens import OF_CITIZENS
from geo.desk.model import MARKS
from layers.desk.citizen import CitizenCase, read_citizen
from layers.scope import Scope

LONGEST = 60


def draw(query: Mapping[str, Any]) -> list:
    context = current()
    spoken = str(query.get("number") or "")[:LONGEST]
    city = context.settings.city
    found = (
        read_citizen(context.servers.engine, city, Scope.of(context.principal), context.language, spoken)
        if spoken.strip()
        else []
    )
    hint = "desk.citizen.empty" if not spoken.strip() else "desk.citizen.unknown"
    for one in found:
        case.record_look(one.incident)
    cases = [_case(one, city.time_zone) for one in found]
    return [
        html.Div(
            # `assets/desk/desk.js` makes the field: what is typed there stays through a drawing
            id="desk-number",
            className="desk-number",
            **{"data-label": word("desk.citizen.number"), "data-value": spoken, "data-do": word("desk.find")},
        ),
        *(cases or [html.P(word(hint, number=spoken), className="desk-none", role="status")]),
    ]


def _case(one: CitizenCase, zone: ZoneInfo) -> html.Article:
    incident = one.incident
    inquiries = [
        html.Li(
            [
                word_or(f"duty.channel.{inquiry['channel']}", inquiry["channel"]),
                f" · {numbered(inquiry['source_id'])} · {case.moment(inquiry['received_at'], zone)}",
            ]
        )
        for inquiry in one.inquiries
    ]
    return html.Article(
        [
            html.H2(f"{case.title(incident)} · {numbered(incident['source_id'])}"),
            html.P(case.where(incident), className="desk-where"),
            html.P(
                [
                    html.Strong(word(f"duty.status.{incident['status']}")),
                    *([f" · {word('duty.outcome.' + incident['outcome'])}"] if incident["outcome"] else []),
                    *(
                        [f" · {word('desk.reopened', n=incident['reopened'])}"]
                        if incident["reopened"]
                        else []
                    ),
                ]
            ),
            html.Ul(inquiries, className="desk-inquiries", **{"aria-label": word("desk.citizen.inquiries")}),
            *_judged(one, zone),
            html.H3(word("desk.citizen.messages")),
            html.Ol([_message(message, zone) for message in one.messages], className="desk-messages")
            if one.messages
            else html.P(word("desk.citizen.no_messages"), className="desk-quiet"),
        ],
        className="desk-citizen",
        **{"data-case": str(incident["id"]), "data-version": str(incident["version"])},
    )


def _message(message: Mapping[str, Any], zone: ZoneInfo) -> html.Li:
    lang = current().language
    others = [one for one in LANGUAGES if one != lang]

    def text(one: str) -> str:
        return citizen_text(message["message"], message["about"], one, zone)

    return html.Li(
        [
            html.Time(case.moment(message["happened_at"], zone)),
            html.P(text(lang), lang=lang),
            html.Details(
                [
                    html.Summary(word("desk.citizen.languages")),
                    *(html.P(text(one), lang=one) for one in others),
                ]
            ),
            *(html.Span(_sent(one, zone), className="desk-quiet") for one in message["sent"]),
            *([] if message["sent"] else [html.Span(word("desk.citizen.by_asking"), className="desk-quiet")]),
        ]
    )


def _sent(one: Mapping[str, Any], zone: ZoneInfo) -> str:
    channel = word_or(f"duty.channel.{one['channel']}", one["channel"])
    if one["sent_at"] is not None:
        return word("desk.citizen.sent", channel=channel, at=case.moment(one["sent_at"], zone))
    key = "desk.citizen.given_up" if one["next_at"] is None else "desk.citizen.to_be_sent"
    return word(key, channel=channel)


def _judged(one: CitizenCase, zone: ZoneInfo) -> list:
    """What can be done for the citizen with a case that is closed."""
    if one.incident["status"] != "closed" or one.incident["kind"] != OF_CITIZENS:
        return []
    marks = [
        html.Button(
            str(mark),
            type="button",
            className="desk-mark",
            **{
                "data-mark": str(mark),
                "aria-pressed": str(mark == one.mark).lower(),
                "aria-label": word("desk.mark", n=mark),
            },
        )
        for mark in MARKS
    ]
    open_until = one.reopen_until and one.reopen_until > case.now()
    reopening = (
        [
            case.button("reopen", "R"),
            html.Span(
                word("desk.reopen_until", at=case.moment(one.reopen_until, zone)), className="desk-quiet"
            ),
        ]
        if open_until
        else [html.Span(word("desk.reopen_over", n=one.reopen_days), className="desk-quiet")]
    )
    group = {"role": "group", "aria-label": word("desk.marks")}
    return [
        html.Div(
            [html.Span(word("desk.marks")), html.Div(marks, className="desk-marks", **group), *reopening],
            className="desk-judged",
        )
    ]
