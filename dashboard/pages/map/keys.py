"""The list of all keys of the desk, opened by ? or its button, with the switch that turns those of one letter
off. `assets/duty/keys.js` opens it and moves the focus from part to part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dash import html

from dashboard.pages.map import mass_event
from dashboard.pages.map.actions import KEYS, PERMISSION
from dashboard.pages.map.area import TOOLS
from dashboard.request_context import current
from dashboard.words import word

Line = tuple[tuple[str, ...], str]
"""Keys, and what they do."""
FINDING: tuple[Line, ...] = (
    (("/",), "duty.keys.search"),
    (("K",), "duty.keys.categories"),
    (("⇧S",), "duty.keys.view"),
    (("F6", "⇧F6"), "duty.keys.parts"),
    (("↑", "↓"), "duty.keys.rows"),
    (("Esc",), "duty.keys.leave"),
    (("?",), "duty.keys"),
)
TIME: tuple[Line, ...] = (
    (("Space",), "duty.machine.play"),
    (("←", "→"), "duty.keys.minute"),
    (("⇧←", "⇧→"), "duty.keys.hour"),
    (("0",), "duty.keys.now"),
)


def opener() -> html.Button:
    name = word("duty.keys")
    return html.Button("?", id="duty-keys-open", className="duty-act", title=name, **{"aria-label": name})


def layout() -> html.Dialog:
    finding = [(keys, word(key)) for keys, key in FINDING]
    drawing: list[Line] = [((key,), word(f"duty.area.{tool}.title")) for tool, key in TOOLS.items()]
    time = [(keys, word(key)) for keys, key in TIME]
    parts = [
        _part("duty.keys.finding", [*finding, *drawing]),
        html.Div([_part("duty.machine", time), *_of_actions("duty.mass.all", mass_event.KEYS)]),
        *_of_actions("duty.actions", KEYS),
    ]
    return html.Dialog(
        [
            html.H2(word("duty.keys"), id="duty-keys-title"),
            html.Div(parts, className="duty-keys-parts"),
            html.Div(
                [
                    html.Button(
                        word("duty.keys.letters"),
                        id="duty-keys-letters",
                        className="duty-act",
                        role="switch",
                        **{"aria-checked": "true"},
                    ),
                    html.Button(word("shell.close"), id="duty-keys-close", className="duty-act"),
                ],
                className="duty-acts",
            ),
        ],
        id="duty-keys",
        className="duty-keys",
        **{"aria-labelledby": "duty-keys-title"},
    )


def _of_actions(title: str, keys: Mapping[str, str]) -> list[html.Section]:
    """Each key once: some do one thing or the other, as the incident stands. Nothing for those who may not
    act."""
    if not current().may(PERMISSION):
        return []
    by_key: dict[str, list[str]] = {}
    for verb, key in keys.items():
        by_key.setdefault(key, []).append(word(f"duty.act.{verb}"))
    lines: list[Line] = [((key,), " / ".join(dict.fromkeys(names))) for key, names in by_key.items()]
    return [_part(title, [*lines, (("Z",), word("duty.keys.undo"))])]


def _part(title: str, lines: Iterable[Line]) -> html.Section:
    rows = [
        html.Div([html.Dt([html.Kbd(key) for key in keys]), html.Dd(name)], className="duty-keys-line")
        for keys, name in lines
    ]
    return html.Section([html.H3(word(title)), html.Dl(rows)])
