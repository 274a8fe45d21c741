"""What officers have made of an incident: the pause of its regulatory clock, the steps of its escalation,
and what else stands in its case (`geo.incidents.cases`)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, number, numbered
from dashboard.words import error_words, word
from geo.deadlines.clock import WARNINGS
from geo.errors import InvalidInput
from geo.escalation.next_step import Escalated, next_step
from geo.escalation.rules import current_steps
from geo.incidents.cases.model import TOP_ESCALATION
from layers.incidents.card import Card


def pause(card: Card, zone: ZoneInfo) -> list:
    """The block for a regulatory clock that stands: since when and why, and how much of the period
    remains."""
    since = card.case["paused_at"]
    if since is None:
        return []
    reasons = [
        event["parameters"]["reason"]
        for event in card.events
        if event["verb"] == "pause" and not event["undone"] and event["what"] == "paused_at"
    ]
    left = html.Span(className="duty-left", **{"data-seconds": str(card.case["left_s"])})
    return [
        html.Div(className="duty-bar duty-bar-paused"),
        html.P([word("duty.case.paused", at=_at(since, zone, card)), " · ", left]),
        *(html.Q(reason, className="duty-words") for reason in reasons[-1:]),
    ]


def marks(card: Card) -> list[html.I]:
    """Marks on the bar from the opening to the deadline: where its clock stood, and where the one who must
    act is warned."""
    clock = card.clock
    if clock is None:
        return []
    opened, due = card.incident["opened"], card.incident["due"]

    def part(seconds: float) -> float:
        return max(0.0, min(100.0, (seconds - opened) / (due - opened) * 100))

    stood = [
        (part(pause.begins.timestamp()), part(pause.ends.timestamp()))
        for pause in clock.pauses
        if pause.ends is not None
    ]
    return [
        *(
            html.I(
                className="duty-bar-stood", style={"left": f"{begin:.2f}%", "width": f"{end - begin:.2f}%"}
            )
            for begin, end in stood
        ),
        *(
            html.I(className="duty-bar-warning", style={"left": f"{part(at):.2f}%"})
            for at in card.incident["warnings"]
        ),
    ]


def warned(card: Card, zone: ZoneInfo) -> list[html.Ol]:
    """When each part of the period is used; the script marks those that are."""
    at = card.incident["warnings"]
    if not at:
        return []
    steps = [
        html.Li(
            [
                html.Span(word("number.percent", share=round(share * 100))),
                html.Time(_at(datetime.fromtimestamp(seconds, zone), zone, card)),
            ],
            className="duty-warning",
            **{"data-at": f"{seconds:.0f}"},
        )
        for share, seconds in zip(WARNINGS, at)
    ]
    return [html.Ol(steps, className="duty-warnings", **{"aria-label": word("duty.clock.warnings")})]


def escalation(card: Card, zone: ZoneInfo) -> list:
    """The four steps, with when each was taken, and when a rule takes the next; nothing while it is with the
    performer alone and no rule will change that."""
    level, following = card.case["escalation"], _following(card, zone)
    if not level and not following:
        return []
    taken = {
        int(event["to_value"]): event["happened_at"]
        for event in card.events
        if event["what"] == "escalation" and not event["undone"]
    }
    steps = [
        html.Li(
            [
                html.Strong(word(f"duty.escalation.{step}")),
                *([html.Time(_at(taken[step], zone, card))] if step in taken and step <= level else []),
            ],
            className="duty-step-taken" if step <= level else None,
            **({"aria-current": "step"} if step == level else {}),
        )
        for step in range(TOP_ESCALATION + 1)
    ]
    return [html.H3(word("duty.escalation")), html.Ol(steps, className="duty-steps"), *following]


def _following(card: Card, zone: ZoneInfo) -> list[html.P]:
    incident, case = card.incident, card.case
    if card.moment or incident["status"] == "closed" or incident["vanished"] or case["paused_at"]:
        return []
    try:
        found = next_step(current_steps(), _escalated(card, zone))
    except InvalidInput as error:
        return [html.P(error_words(error), className="duty-quiet")]
    if found is None:
        return []
    who, at = word(f"duty.escalation.{found.level}"), _at(found.at, zone, card)
    return [html.P(word("duty.escalation.next", step=who, at=at), className="duty-quiet duty-next-step")]


def _escalated(card: Card, zone: ZoneInfo) -> Escalated:
    incident, case = card.incident, card.case
    taken = [event["parameters"] for event in card.events if event["verb"] == "escalate"]
    return Escalated(
        case["escalation"],
        incident["priority"],
        incident["category_key"],
        datetime.fromtimestamp(incident["opened"], zone),
        datetime.fromtimestamp(incident["due"], zone) if incident["due"] else None,
        case["acknowledged_by"] is not None,
        case["shelved_until"],
        frozenset(one["rule"] for one in taken if one.get("reopened") == str(case["reopened"])),
    )


def facts(card: Card, zone: ZoneInfo) -> list[tuple[str, object]]:
    """(fact, its text), those that there are."""
    case = card.case
    acknowledged, shelved = case["acknowledged_at"], case["shelved_until"]
    found = {
        "acknowledged_by": acknowledged and f"{case['acknowledged_by']}, {_at(acknowledged, zone, card)}",
        "shelved_until": shelved and shelved > card.read_at and _at(shelved, zone, card),
        "outcome": case["outcome"] and word(f"duty.outcome.{case['outcome']}"),
        "duplicate_of": case["duplicate_of"]
        and html.A(numbered(case["duplicate_of"]), href=f"/map?incident={case['duplicate_of']}"),
        "returned": case["returned"] and number(case["returned"]),
        "reopened": case["reopened"] and number(case["reopened"]),
    }
    return [(name, text) for name, text in found.items() if text]


def _at(at: datetime, zone: ZoneInfo, card: Card) -> str:
    return clock(at, zone, card.read_at)
