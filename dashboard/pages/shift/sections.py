"""A hand-over as it is shown: its sections, each marked as read by who signs, and beside them the notes, the
signatures and what can be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dash import html

from dashboard.formats import number
from dashboard.wording.shift import Line, ShiftSection, ShownShift
from dashboard.words import word
from layers.shifts import Handover

SHOWN_LINES = 6
"""The rows of a section that are shown; the others unfold."""
WHOLE_LIST = {"critical": "/map?priority=2", "overdue": "/map?overdue=yes", "alarms": "/alarms"}
"""Where a section's own list is, as it stands now."""


def page(
    shown: ShownShift, beside: Sequence[Any], marked: bool = False, changed: Collection[str] = ()
) -> html.Div:
    """`marked`: each section has a box to mark it as read. `changed`: sections that are another by now."""
    found: list[Any] = [_section(section, marked, section.key in changed) for section in shown.sections()]
    if marked:
        found.append(
            html.Button(word("shift.read.all"), id="shift-read-all", className="button", type="button")
        )
    return html.Div(
        [html.Div(found, className="shift-sections"), html.Aside(list(beside), className="shift-beside")],
        className="shift-page",
    )


def _section(section: ShiftSection, marked: bool, changed: bool) -> html.Section:
    title: Any = html.Span(section.title)
    if section.key in WHOLE_LIST:
        title = html.A(section.title, href=WHOLE_LIST[section.key])
    head = [
        *([_box(section)] if marked else []),
        title,
        *([html.Small(word("shift.changed"), className="shift-changed")] if changed else []),
        html.Strong(number(section.n)),
    ]
    counted = [_line(line) for line in section.counted]
    lines = [_line(line) for line in section.lines]
    hidden = [html.P(word("shift.hidden", n=section.hidden))] if section.hidden > 0 else []
    return html.Section(
        [
            html.H2(head),
            *([html.P(word("shift.none"), className="shift-none")] if section.is_empty else []),
            *([html.Ul(counted, className="shift-counted")] if counted else []),
            *_folded(lines, hidden, open_lines=0 if section.key == "overdue" else SHOWN_LINES),
        ],
        className="shift-section",
        **{"data-section": section.key, "data-n": str(section.n)},
    )


def _box(section: ShiftSection) -> html.Button:
    """Read or not; `assets/shift/shift.js` remembers it. Of an empty section there is nothing to read."""
    return html.Button(
        "",
        className="shift-box",
        type="button",
        role="checkbox",
        **{
            "aria-checked": "false",
            "aria-label": word("shift.read", section=section.title),
            "data-mark": section.mark,
            "data-empty": "yes" if section.is_empty else "no",
        },
    )


def _folded(lines: list, hidden: list, open_lines: int) -> list:
    """Where no row stands open there is nothing that the others are "more" of: they are named."""
    first, rest = lines[:open_lines], lines[open_lines:]
    out: list = [html.Ol(first, className="shift-lines")] if first else []
    if rest:
        summary = html.Summary(word("shift.more" if first else "shift.each", n=len(rest)))
        out.append(html.Details([summary, html.Ol(rest, className="shift-lines"), *hidden]))
    return out


def _line(line: Line) -> html.Li:
    what: Any = line.what
    if line.incident is not None:
        what = html.A(line.what, href=f"/map?incident={line.incident}")
    if line.event is not None:
        what = html.A(line.what, href=f"/map?event={line.event}")
    symbol = []
    if line.level is not None:
        symbol = [html.I(className="symbol", **{"data-kind": line.kind, "data-level": str(line.level)})]
    return html.Li(
        [
            *symbol,
            html.Div([html.Strong(what), *([html.Span(line.about)] if line.about else [])]),
            html.Span(line.end, className="shift-end"),
        ]
    )


def others(waiting: Sequence[Handover]) -> list:
    """Hand-overs of other posts that wait for their second signature."""
    links = [
        html.Li(html.A(word("shift.waits", who=one.left_by), href=f"/shift?handover={one.id}"))
        for one in waiting
    ]
    return [html.Ul(links, className="shift-others")] if links else []


def notes_field(found: Mapping[str, Any], shown: ShownShift, most: int) -> html.Section:
    saved = word("shift.notes.saved", who=found["who"], at=shown.clock(found["at"])) if found["who"] else ""
    return html.Section(
        [
            html.H2(html.Label(word("shift.notes"), htmlFor="shift-notes")),
            html.Textarea(
                id="shift-notes",
                rows=7,
                maxLength=most,
                placeholder=word("shift.notes.hint"),
                **{"data-version": str(found["version"]), "data-notes": found["notes"]},
            ),
            html.P(saved, id="shift-notes-state", className="shift-quiet", role="status"),
        ],
        className="shift-notes",
    )


def notes(text: str) -> html.Section:
    return html.Section(
        [
            html.H2(word("shift.notes")),
            html.P(text or word("shift.notes.none"), className="shift-written" if text else "shift-none"),
        ],
        className="shift-notes",
    )


def unsigned(name: str | None, may: bool) -> html.Div:
    """Who would sign, and the button; it works once every section was read."""
    boxes = html.Div(
        [
            _signature(word("shift.leaves"), name or word("shift.nobody"), word("shift.no_signature")),
            _signature(word("shift.takes"), "…", word("shift.no_signature")),
        ],
        className="shift-signatures",
    )
    if not may:
        return html.Div([boxes])
    acts = html.Div(
        [
            html.Button(
                word("shift.sign"),
                id="shift-sign",
                className="button shift-main",
                type="button",
                disabled=True,
            ),
            html.Span("", id="shift-left", className="shift-quiet", role="status"),
            html.Button(word("shift.print"), id="shift-print", className="button", type="button"),
        ],
        className="shift-acts",
    )
    return html.Div([boxes, acts])


def signatures(one: Handover, shown: ShownShift, taker: str | None) -> html.Div:
    """`taker`: who may sign next."""
    second = (
        _signature(word("shift.takes"), one.taken_by, shown.whole(one.taken_at))
        if one.taken_by and one.taken_at
        else _signature(word("shift.takes"), taker or "…", word("shift.no_signature"))
    )
    state = word(f"shift.state.{one.state}")
    intact = word("shift.intact" if one.intact else "shift.broken", digest=one.digest[:16])
    return html.Div(
        [
            html.Div(
                [_signature(word("shift.leaves"), one.left_by, shown.whole(one.left_at)), second],
                className="shift-signatures",
            ),
            html.P(
                [html.Strong(state), html.Span(intact, title=one.digest)],
                className="shift-state",
                **{"data-state": one.state, "data-intact": "yes" if one.intact else "no"},
            ),
        ]
    )


def _signature(part: str, name: str, state: str) -> html.Div:
    return html.Div([html.Span(state), html.Strong(name), html.Span(part)], className="shift-signature")


def to_do(one: Handover, act: str) -> html.Div:
    """The second signature, or the first taken back."""
    return html.Div(
        html.Button(
            word(f"shift.{act}"),
            className="button shift-main" if act == "take" else "button",
            type="button",
            **{"data-act": act, "data-handover": str(one.id), "data-digest": one.digest},
        ),
        className="shift-acts",
    )


def paper(one: Handover) -> html.Div:
    """A link to the paper in a tab of its own, where the browser shows and prints it."""
    return html.Div(
        html.A(
            word("shift.paper"),
            href=f"/api/v1/shift/{one.id}.pdf",
            className="button",
            target="_blank",
            **{"data-form": "pdf"},
        ),
        className="shift-acts",
    )


def amendments(one: Handover, shown: ShownShift, may: bool) -> list:
    """The amendments, and the field for another one; only a hand-over that both signed has any."""
    if one.state != "taken":
        return []
    rows = [
        html.Li([html.Span(f"{shown.whole(row['at'])} · {row['who']}"), html.P(row["text"])])
        for row in one.amendments
    ]
    field = [
        html.Label([word("shift.amend.label"), html.Textarea(id="shift-amendment", rows=2, maxLength=4000)]),
        html.Button(
            word("shift.amend"),
            className="button",
            type="button",
            **{"data-act": "amend", "data-handover": str(one.id)},
        ),
    ]
    return [
        html.Section(
            [html.H2(word("shift.amendments")), html.Ol(rows), *(field if may else [])],
            className="shift-amendments",
        )
    ]
