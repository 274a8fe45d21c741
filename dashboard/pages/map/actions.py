"""What an officer can do with the incident of the card: its buttons by state, each with its key. Some open a
form (`forms`); `assets/duty/actions.js` sends what is chosen.

A key is a place on the keyboard (`KeyboardEvent.code`), so that it works in any layout.
"""

from __future__ import annotations

from dash import html

from dashboard.request_context import current
from dashboard.words import word
from geo.incidents.cases.model import TOP_ESCALATION
from layers.incidents.card import Card

PERMISSION = "incident.decide"
KEYS = {
    "acknowledge": "A",
    "note": "N",
    "assign": "P",
    "escalate": "E",
    "close": "X",
    "reopen": "X",
    "priority": "I",
    "status": "S",
    "more_time": "T",
    "pause": "W",
    "resume": "W",
    "shelve": "H",
    "unshelve": "H",
    "return": "G",
    "create": "O",
    "attach": "F",
    "alert": "Y",
    "classify": "V",
    "outcome": "V",
}
PUBLISH = "alert.publish"
"""The permission to tell everybody."""
FIRST = ("note", "assign", "escalate", "close")
"""The actions beside the main one; the others stand behind "more"."""


def layout(card: Card) -> list:
    """The buttons of the card; nothing for those who may not decide, where its source lists it no more, and
    of a past moment."""
    if not current().may(PERMISSION) or card.incident["vanished"] or card.moment:
        return []
    main, quiet = main_action(card), possible(card)
    first = [verb for verb in FIRST if verb in quiet and verb != main]
    more = [verb for verb in quiet if verb not in FIRST and verb != main]
    return [
        html.Section(
            [
                *([_button(main, "duty-act duty-act-main", _urge(card, main))] if main else []),
                html.Div([_button(verb) for verb in first], className="duty-acts"),
                html.Details(
                    [
                        html.Summary(word("duty.act.more"), className="duty-act"),
                        html.Div([_button(verb) for verb in more], className="duty-acts"),
                    ],
                    id="duty-more-acts",
                ),
            ],
            id="duty-actions",
            className="duty-actions",
            **{
                "aria-label": word("duty.actions"),
                "data-incident": str(card.incident["id"]),
                "data-version": str(card.incident["version"]),
                "data-kind": card.incident["kind"],
            },
        )
    ]


def main_action(card: Card) -> str | None:
    """The one that its state asks for next."""
    if card.incident["status"] == "closed":
        return None
    if card.case["acknowledged_by"] is None:
        return "acknowledge"
    return "assign" if card.incident["performer"] is None else "close"


def possible(card: Card) -> list[str]:
    """The possible actions in the order in which they are shown."""
    case = card.case
    if card.incident["status"] == "closed":
        return ["note", "attach", "reopen", "return", "outcome"]
    due, paused = card.incident["due"], case["paused_at"] is not None
    return [
        *(["acknowledge"] if case["acknowledged_by"] is None else []),
        "note",
        "assign",
        *(["escalate"] if case["escalation"] < TOP_ESCALATION else []),
        "close",
        "attach",
        "classify",
        "priority",
        "status",
        *(["more_time"] if due and not paused else []),
        *(["resume"] if paused else ["pause"] if due and due > card.read_at.timestamp() else []),
        "unshelve" if (shelved := case["shelved_until"]) and shelved > card.read_at else "shelve",
        "return",
        *(["alert"] if current().may(PUBLISH) else []),
    ]


def _button(verb: str, classes: str = "duty-act", aside: list | None = None) -> html.Button:
    return action_button(verb, KEYS[verb], classes, aside)


def action_button(verb: str, key: str, classes: str = "duty-act", aside: list | None = None) -> html.Button:
    """A button of a card, with its key on the keyboard."""
    return html.Button(
        [html.Span(word(f"duty.act.{verb}")), *(aside or []), html.Kbd(key, **{"aria-hidden": "true"})],
        className=classes,
        **{"data-verb": verb, "data-code": f"Key{key}", "aria-keyshortcuts": key},
    )


def _urge(card: Card, main: str) -> list:
    """How long an incident that nobody has acknowledged waits; the script keeps it going."""
    if main != "acknowledge":
        return []
    return [html.Span(className="duty-waiting", **{"data-opened": str(card.incident["opened"])})]


def create_button() -> html.Div:
    """The button on the map; the point is chosen there (`assets/duty/create.js`)."""
    return html.Div(
        [
            html.P(
                word("duty.create.pick"),
                id="duty-create-hint",
                className="duty-create-hint",
                hidden=True,
                role="status",
            ),
            html.Button(
                [html.Span(word("duty.act.create")), html.Kbd(KEYS["create"], **{"aria-hidden": "true"})],
                id="duty-create",
                className="duty-act",
                **{"aria-keyshortcuts": KEYS["create"], "data-folds-away": "yes"},
            ),
        ],
        className="duty-create",
        hidden=not current().may(PERMISSION),
    )
