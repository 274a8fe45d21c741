"""A field's value in an incident's timeline, in words: names for ids, the city's clock for times, a point as
people give one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.formats import clock, number
from dashboard.words import word, word_or
from geo.incidents.model import PRIORITIES

HIDDEN = frozenset({"attributes", "building"})
"""Fields whose values are for programs."""
TIMES = frozenset({"opened_at", "due_at", "due", "closed_at", "vanished", "shelved_until"})
POINT = re.compile(r"(-?[\d.]+)[ ,]+(-?[\d.]+)")
"""Longitude, then latitude, EPSG:4326."""
WORDS_OF = {
    "kind": "duty.kind",
    "status": "duty.status",
    "priority": "duty.priority",
    "channel": "duty.channel",
}


@dataclass(frozen=True)
class Values:
    """`names`: (field without "_id", id as text) -> name in the caller's language; times are said as of
    `now`, in `zone`."""

    names: Mapping[tuple[str, str], str]
    zone: ZoneInfo
    now: datetime

    def text_of(self, field: str, value: str | None) -> str:
        """A value that nothing is known of stands as it is."""
        if value is None or value == "":
            return "—"
        if (name := self.names.get((field.removesuffix("_id"), value))) is not None:
            return name
        if field in TIMES:
            return clock(datetime.fromisoformat(value), self.zone, self.now)
        if field == "point" and (found := POINT.fullmatch(value)):
            return f"{float(found[2]):.5f}, {float(found[1]):.5f}"
        if field == "fine_tenge" and value.isdigit():
            return word("duty.tenge", sum=number(int(value)))
        return _word(field, value)


def _word(field: str, value: str) -> str:
    name = str(PRIORITIES.get(int(value), value)) if field.endswith("priority") and value.isdigit() else value
    return word_or(f"{WORDS_OF.get(field.removeprefix('source_'), 'duty.' + field)}.{name}", value)
