"""Telephony totals by the hour, written into `calls`."""

from __future__ import annotations

from geo.loading.upsert import Upsert

CALLS = Upsert(
    "calls",
    "hour timestamptz, offered bigint, answered bigint, lost bigint, answer_s float8",
    ("region", "source", "hour"),
    {
        "region": ":region",
        "source": ":source",
        "hour": "s.hour",
        "offered": "s.offered",
        "answered": "s.answered",
        "lost": "s.lost",
        "answer_s": "s.answer_s",
    },
    ledgered=True,
    layer="calls",
)
