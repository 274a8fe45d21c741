"""A hand-over on paper: the same lines as on its page, all of them; as a report on two pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.formats import number
from dashboard.paper.typeset import typeset
from dashboard.wording.shift import Line, ShiftSection, ShownShift
from dashboard.words import word
from layers.shifts import Handover

PAGES = 2
PAGE = re.compile(rb"/Type\s*/Page\b")
FEWER = (12, 8, 5, 3, 1, 0)
"""Lines of a section, tried one after the other until it fits."""


def shift_report_pdf(one: Handover, shown: ShownShift, at: datetime) -> bytes:
    """On two pages: of each section the first lines, as many as fit, with how many more there are; all of
    them where all fit."""
    pdf = shift_pdf(one, shown, at)
    for most in FEWER:
        if len(PAGE.findall(pdf)) <= PAGES:
            break
        pdf = shift_pdf(one, shown, at, most)
    return pdf


def shift_pdf(one: Handover, shown: ShownShift, at: datetime, most: int | None = None) -> bytes:
    """`at`: when it is printed, by the city's clock. `most`: lines of each section, none = all."""
    return typeset(
        "shift",
        {
            "title": word("shift.paper.title", number=one.id),
            "span": shown.span(),
            "none_word": word("shift.none"),
            "sections": [_section(section, most) for section in shown.sections()],
            "notes_title": word("shift.notes"),
            "notes": one.notes,
            "signatures": _signatures(one, shown),
            "state": word(f"shift.state.{one.state}"),
            "digest": word("shift.intact" if one.intact else "shift.broken", digest=one.digest),
            "amendments_title": word("shift.amendments"),
            "amendments": [
                {"by": f"{shown.whole(row['at'])} · {row['who']}", "text": row["text"]}
                for row in one.amendments
            ],
        },
        at,
    )


def _section(section: ShiftSection, most: int | None) -> dict[str, Any]:
    lines = section.lines[:most]
    hidden = section.hidden + len(section.lines) - len(lines)
    return {
        "title": section.title,
        "n": number(section.n),
        "counted": _lines(section.counted[:most]),
        "lines": _lines(lines),
        "hidden": word("shift.hidden", n=hidden) if hidden > 0 else "",
    }


def _lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [{"what": line.what, "about": line.about, "end": line.end, "level": line.level} for line in lines]


def _signatures(one: Handover, shown: ShownShift) -> list[dict[str, str]]:
    unsigned = word("shift.no_signature")
    return [
        {"part": word("shift.leaves"), "name": one.left_by, "at": shown.whole(one.left_at)},
        {
            "part": word("shift.takes"),
            "name": one.taken_by or "…",
            "at": shown.whole(one.taken_at) if one.taken_at else unsigned,
        },
    ]
