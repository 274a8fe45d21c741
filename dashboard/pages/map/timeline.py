"""The course of events of an incident, newest first: what its source said and what people did, an action in
one line; and where a source says otherwise than a person decided, both to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, numbered
from dashboard.pages.map.values import HIDDEN, Values
from dashboard.request_context import current
from dashboard.words import word, word_or
from geo.escalation.steps import BY_RULE
from geo.incidents.cases.fields import FIELDS
from geo.incidents.model import PRIORITIES
from layers.incidents.card import SPOKEN, Card

FIELD_OF = {field.decision: what for what, field in FIELDS.items() if field.decision}


def layout(card: Card, zone: ZoneInfo) -> list:
    values = Values(card.names, zone, card.read_at)
    lines = [_line(events, values, card, zone) for events in _steps(card.events)]
    shown = [line for line in reversed(lines) if line is not None]
    timeline = [html.H3(word("duty.timeline")), html.Ol(shown, className="duty-timeline")] if shown else []
    return [*_conflicts(card, values), *timeline, *_decisions(card, values, zone)]


def _steps(events: list[dict]) -> Iterable[list[dict]]:
    """The events of an action together, each other event alone."""
    for action, group in groupby(events, key=lambda event: event["action"]):
        together = list(group)
        yield from [together] if action is not None else [[event] for event in together]


def _line(events: list[dict], values: Values, card: Card, zone: ZoneInfo) -> html.Li | None:
    first = events[0]
    if first["action"] is None and first["what"] in HIDDEN:
        return None
    sentence, words = (
        (_event(first, values), [])
        if first["action"] is None
        else (_action(first, events, values), _words(first))
    )
    return html.Li(
        [
            html.Time(clock(first["happened_at"], zone, card.read_at)),
            html.Span(sentence, className="duty-event"),
            *(html.Q(text, className="duty-words") for text in words),
            html.Span(
                [_who(first["who"]), *([f" · {word('duty.undone')}"] if first["undone"] else [])],
                className="duty-quiet",
            ),
        ],
        className="duty-undone" if first["undone"] else None,
        **({"data-verb": first["verb"]} if first["verb"] else {}),
    )


def _event(event: Mapping[str, Any], values: Values) -> str:
    what = event["what"]
    if what == "opened":
        return word("duty.event.opened")
    return word(
        "duty.event.changed",
        field=word_or(f"duty.fact.{what}", what),
        before=values.text_of(what, event["from_value"]),
        after=values.text_of(what, event["to_value"]),
    )


def _action(first: Mapping[str, Any], events: list[dict], values: Values) -> str:
    """The action with what it led to: "Closed: done"."""
    verb, parameters = first["verb"], first["parameters"]
    to = {event["what"]: event["to_value"] for event in events}
    named = {
        "classify": lambda: values.text_of("category", to.get("category")),
        "outcome": lambda: word(f"duty.outcome.{parameters['outcome']}"),
        "assign": lambda: values.text_of("performer", to.get("performer")),
        "priority": lambda: word(f"duty.priority.{PRIORITIES[parameters['priority']]}"),
        "status": lambda: word(f"duty.status.{parameters['status']}"),
        "escalate": lambda: word(f"duty.escalation.{to['escalation']}"),
        "more_time": lambda: values.text_of("due_at", to.get("due_at")),
        "shelve": lambda: values.text_of("shelved_until", to.get("shelved_until")),
        "close": lambda: word(f"duty.outcome.{parameters['outcome']}"),
        "return": lambda: to["returned"],
        "settle": lambda: word(f"duty.settle.{parameters['take']}"),
        "group": lambda: parameters["event"],
        "ungroup": lambda: parameters["event"],
        "follow": lambda: numbered(to["duplicate_of"]),
    }
    done = word(f"duty.done.{verb}")
    return f"{done}: {named[verb]()}" if verb in named else done


def _words(event: Mapping[str, Any]) -> list[str]:
    return [event["parameters"][name] for name in SPOKEN if event["parameters"].get(name)]


def _who(name: str) -> str:
    """A feed by its name in words, a rule of escalation as one, a person by theirs."""
    if name.startswith(BY_RULE):
        return word("duty.by_rule")
    return word_or(f"feed.{name.removeprefix('feed:')}", name) if name.startswith("feed:") else name


def _conflicts(card: Card, values: Values) -> list:
    """The fields that the source changed after a person had decided: one row each, with both answers."""
    return [
        html.Section(
            [
                html.Span(
                    word(
                        "duty.conflict.row",
                        field=field_word(decision["field"]),
                        value=values.text_of(decision["field"], decision["value"]),
                        who=decision["who"],
                        source=values.text_of(decision["field"], decision["conflict_value"]),
                    )
                ),
                *_answers(decision),
            ],
            className="duty-conflict",
        )
        for decision in card.decisions
        if decision["conflict_value"] is not None
    ]


def field_word(decided: str) -> str:
    return word_or(f"duty.fact.{FIELD_OF.get(decided, decided)}", decided)


def _answers(decision: Mapping[str, Any]) -> list:
    what = FIELD_OF.get(decision["field"])
    if what is None or not current().may("incident.decide"):
        return []
    return [
        html.Button(
            word(f"duty.settle.{take}.do"),
            className="duty-act",
            **{"data-verb": "settle", "data-field": what, "data-take": take},
        )
        for take in ("decision", "source")
    ]


def _decisions(card: Card, values: Values, zone: ZoneInfo) -> list:
    """The decisions of people, beside what the source says; not where both say the same."""
    decided = [
        html.Li(
            [
                html.Time(clock(decision["decided_at"], zone, card.read_at)),
                html.Span(_decision(decision, values)),
                html.Span(_who(decision["who"]), className="duty-quiet"),
            ]
        )
        for decision in card.decisions
        if _text_by(decision, "value", values) != _text_by(decision, "source_value", values)
    ]
    return [html.H3(word("duty.decisions")), html.Ol(decided, className="duty-timeline")] if decided else []


def _text_by(decision: Mapping[str, Any], by: str, values: Values) -> str:
    return values.text_of(decision["field"], decision[by])


def _decision(decision: Mapping[str, Any], values: Values) -> str:
    name = decision["field"]
    return word(
        "duty.decision",
        field=field_word(name),
        value=_text_by(decision, "value", values),
        source=_text_by(decision, "source_value", values),
    )
