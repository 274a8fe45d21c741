"""The protocol of a closed month of the rating: places, scores with intervals, every indicator, how they are
counted, who closed the month and its digest. It is dated by the closing: the same month is the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.paper.typeset import typeset
from dashboard.words import word

COLUMNS = ("rank", "manager", "score", "interval", "cases")


@dataclass(frozen=True)
class ProtocolRow:
    """Words of the page, of one manager."""

    rank: str
    name: str
    post: str
    indicators: str
    score: str
    interval: str
    cases: str


def protocol_pdf(month: str, rows: Sequence[ProtocolRow], notes: Sequence[str], closed_at: datetime) -> bytes:
    """`closed_at` by the city's clock."""
    data = {
        "title": word("rating.protocol.title", month=month),
        "about": word("rating.protocol.about"),
        "columns": [word(f"rating.protocol.{name}") for name in COLUMNS],
        "rows": [
            [one.rank, one.name, one.post, one.indicators, one.score, one.interval, one.cases] for one in rows
        ],
        "notes": list(notes),
        "made_by": word("rating.protocol.closed"),
    }
    return typeset("protocol", data, closed_at)
