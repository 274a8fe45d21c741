"""What a citizen is told of a case, as a sentence in one of the three languages: on /desk, and by a channel's
gateway (`geo.desk.messages`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.formats import clock
from dashboard.words import language, word

OUTCOMES = ("done", "not_confirmed", "refused", "not_ours", "duplicate")


def citizen_text(message: str, about: Mapping[str, Any], lang: str, zone: ZoneInfo) -> str:
    """`about`: number, performer (its name by language), due (seconds since 1970), outcome; each may be
    none."""
    token = language.set(lang)  # for the words that times are written in
    try:
        parameters = {"number": about["number"]}
        if message == "closed":
            outcome = about["outcome"] if about["outcome"] in OUTCOMES else "done"
            return word(f"citizen.closed.{outcome}", lang, **parameters)
        if message == "assigned":
            performer = (about["performer"] or {}).get(lang) or "–"
            return word("citizen.assigned", lang, performer=performer, **parameters)
        if message == "due" or (message == "opened" and about["due"]):
            due = clock(datetime.fromtimestamp(about["due"], UTC), zone, datetime.now(UTC))
            return word(
                "citizen.due" if message == "due" else "citizen.opened.due", lang, due=due, **parameters
            )
        return word(f"citizen.{message}", lang, **parameters)
    finally:
        language.reset(token)
