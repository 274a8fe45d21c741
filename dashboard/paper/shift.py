"""A hand-over on paper: the same lines as on its page, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.formats import number
from dashboard.pages.shift.lines import Line, ShiftSection, ShownShift
from dashboard.paper.typeset import typeset
from dashboard.words import word
from layers.shifts import Handover


def shift_pdf(one: Handover, shown: ShownShift, at: datetime) -> bytes:
    """`at`: when it is printed, by the city's clock."""
    return typeset(
        "shift",
        {
            "title": word("shift.paper.title", number=one.id),
            "span": shown.span(),
            "none_word": word("shift.none"),
            "sections": [_section(section) for section in shown.sections()],
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


def _section(section: ShiftSection) -> dict[str, Any]:
    return {
        "title": section.title,
        "n": number(section.n),
        "counted": _lines(section.counted),
        "lines": _lines(section.lines),
        "hidden": word("shift.hidden", n=section.hidden) if section.hidden > 0 else "",
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
