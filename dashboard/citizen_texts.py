"""What a citizen is told of a case, as a sentence in one of the three languages: on /desk, and by a channel's
gateway (`geo.desk.messages`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.words import word
from geo.incidents.cases.model import OUTCOMES


def citizen_text(message: str, about: Mapping[str, Any], lang: str, zone: ZoneInfo) -> str:
    """`about`: number, performer (its name by language), due (seconds since 1970), outcome; each may be
    none."""
    parameters = {"number": about["number"]}
    if message == "closed":
        outcome = about["outcome"] if about["outcome"] in OUTCOMES else "done"
        return word(f"citizen.closed.{outcome}", lang, **parameters)
    if message == "assigned":
        performer = (about["performer"] or {}).get(lang) or "–"
        return word("citizen.assigned", lang, assignee=performer, **parameters)
    if message in ("opened", "due") and about["due"]:
        key = "citizen.due" if message == "due" else "citizen.opened.due"
        return word(key, lang, due=_moment(about["due"], zone), **parameters)
    return word(f"citizen.{message}", lang, **parameters)


def _moment(seconds: float, zone: ZoneInfo) -> str:
    """With its day: a message is read when it is read."""
    return datetime.fromtimestamp(seconds, zone).strftime("%d.%m.%Y %H:%M")
