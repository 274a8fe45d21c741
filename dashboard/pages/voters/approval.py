"""The way of a version into force: loaded, checked, decided, approved by a second person. There is one
primary action; it is locked while decisions are open, and who loaded the file never applies it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import html

from dashboard.formats import moment, numbered
from dashboard.pages.voters import changes
from dashboard.request_context import current
from dashboard.words import word

PATIENCE_S = 130
"""How long a page waits for the end of an approval: longer than the server (`layers.executors.STUDIO`)."""
NAMED = 10
"""Precincts without voters that are named."""


def overtaken(found: dict[str, Any]) -> list:
    """Said first of a version that can never be approved: another list came into force since it was
    loaded."""
    if not found["overtaken"]:
        return []
    message = word("voters.overtaken", list=found["shown"]["id"])
    return [html.P(message, className="voters-overtaken", role="alert")]


def layout(found: dict[str, Any]) -> list:
    version = found["shown"]
    waiting = {
        "flags": sum(flag["accepted_by"] is None for flag in found["flags"]),
        "addresses": found["open"]["addresses"],
    }
    decisions = sum(waiting.values()) if version["state"] == "checked" else 0
    if found["overtaken"]:
        steps, acts = [], [html.Div(_reject(version), className="voters-acts")]
    else:
        steps, acts = _steps(version, waiting, decisions), _acts(version, decisions)
    return [
        html.Footer(
            [html.Ol(steps, className="voters-steps"), *_empty(found), *acts],
            className="voters-approval",
        )
    ]


def _empty(found: dict[str, Any]) -> list[html.P]:
    """Said before it is approved: precincts that would have nobody."""
    numbers = sorted(row["number"] for row in found["precincts"] if changes.is_empty(row))
    if found["shown"]["state"] != "checked" or not numbers:
        return []
    named = ", ".join(map(numbered, numbers[:NAMED])) + (" …" if len(numbers) > NAMED else "")
    return [
        html.P(word("voters.empty", n=len(numbers), precincts=named), className="voters-empty", role="note")
    ]


def _steps(version: dict[str, Any], waiting: dict[str, int], decisions: int) -> list[html.Li]:
    approved = version["approved_at"]
    here = "decided" if decisions else "second"
    return [
        _step(word("voters.step.loaded", who=version["loaded_by"], at=_at(version["loaded_at"])), "done"),
        _step(
            word("voters.step.open", flags=waiting["flags"], addresses=waiting["addresses"])
            if decisions
            else word("voters.step.decided"),
            "now" if here == "decided" else "done",
        ),
        _step(
            word("voters.step.approved", who=version["approved_by"], at=_at(approved))
            if approved
            else word("voters.step.second"),
            "done" if approved else "now" if here == "second" and version["state"] == "checked" else "then",
        ),
    ]


def _step(text: str, state: str) -> html.Li:
    current_step = {"aria-current": "step"} if state == "now" else {}
    return html.Li(text, className=f"voters-step voters-step-{state}", **current_step)


def _at(moment_: str) -> str:
    zone = current().settings.city.time_zone
    return moment(datetime.fromisoformat(moment_), zone, datetime.now(UTC))


def _acts(version: dict[str, Any], decisions: int) -> list:
    if version["state"] != "checked":
        return []
    context = current()
    own = version["loaded_by"].removeprefix("cli:") == context.principal.name
    if own:
        why = word("voters.own")
    elif not context.may("voters.approve"):
        why = word("voters.may_not")
    else:
        why = word("voters.second")
    if decisions:
        approve = [html.Span(word("voters.locked", n=decisions), className="voters-locked")]
    elif own or not context.may("voters.approve"):
        approve = []
    else:
        approve = [_two_steps("approve", version, "button voters-primary", word("voters.approve.about"))]
    return [html.Div([html.P(why), *_reject(version), *approve], className="voters-acts")]


def _reject(version: dict[str, Any]) -> list[html.Details]:
    may = current().may("voters.decide")
    return [_two_steps("reject", version, "button", word("voters.reject.about"))] if may else []


def _two_steps(act: str, version: dict[str, Any], style: str, about: str) -> html.Details:
    """A second click, beside what it will do: neither can be taken back, and both may take minutes."""
    button = html.Button(
        word(f"voters.{act}.now"),
        id={"type": "voters-act", "act": act, "list": version["id"], "level": "", "of": 0},
        type="button",
        className=style,
        **{"data-patience": str(PATIENCE_S), "data-lost": word("voters.act_lost", list=version["id"])},
    )
    progress = html.P(word(f"voters.{act}.progress"), className="voters-progress", role="status")
    return html.Details(
        [html.Summary(word(f"voters.{act}"), className=style), html.Div([html.P(about), button, progress])],
        className=f"voters-{act}",
    )
