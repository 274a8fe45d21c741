"""The parameters of an error as people read them.

`geo` and `etl` give keys, ids of feeds, ISO times and bytes; a sentence holds the words of states and checks,
moments by the city's clock, days as they are written here, sizes with a unit, and addresses in the reader's
language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

Translate = Callable[[str], str]
"""A key -> its words, or the key itself where the catalogue has none."""

DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
STATES, DAYS = ("state", "to"), ("since", "until", "day", "today", "first", "last")
REASONS = {
    "missing": "missing",
    "string_too_short": "empty",
    "string_too_long": "long",
    "too_long": "long",
    "too_short": "few",
    "extra_forbidden": "extra",
    "literal_error": "choice",
    "enum": "choice",
    **dict.fromkeys(("int", "float", "finite", "decimal"), "number"),
    **dict.fromkeys(("greater", "less"), "range"),
    **dict.fromkeys(("date", "datetime", "time", "timezone"), "moment"),
}
"""What is wrong with a part of a request, as the validator calls it or the first word of that -> how it is
said."""
MOMENTS = ("at", "until")
MEGABYTE, KILOBYTE = 1024**2, 1024
NO_BREAK = "\u00a0"


def in_words(
    code: str, parameters: Mapping[str, object], lang: str, translate: Translate
) -> dict[str, object]:
    """The `parameters` of an error `code` as words of `lang`; values of no such kind stay as they are."""
    return {name: _value(code, name, value, lang, translate) for name, value in parameters.items()}


def _value(code: str, name: str, value: object, lang: str, translate: Translate) -> object:
    if name == "checks" and isinstance(value, Mapping):
        return ", ".join(f"{translate('studio.check.' + key)} ({count})" for key, count in value.items())
    if isinstance(value, Mapping) and {"kk", "ru"} <= value.keys():
        return value["kk" if lang == "kk" else "ru"]
    if code == "request.body" and name == "limit" and isinstance(value, int):
        return _size(value, translate)
    if not isinstance(value, str):
        return value
    if name in ("where", "reason") and (code == "request.parameter" or code.endswith("body")):
        return _of_request(name, value, translate)
    if code.startswith("plan.") and name in STATES:
        return _known(f"studio.state.{value}", value, translate)
    if name == "verb" and code.startswith("mass."):
        return _known(f"duty.mass.verb.{value}", value, translate)
    if name == "verb":
        return _known(f"duty.done.{value}", value, translate)
    if name == "who" and value.startswith("feed:"):
        return _known(f"feed.{value.removeprefix('feed:')}", value, translate)
    if code == "feed.outside":
        return _known(f"feed.{value}", value, translate)
    if name in DAYS and DAY.fullmatch(value):
        return date.fromisoformat(value).strftime("%d.%m.%Y")
    return _moment(value) if name in MOMENTS and MOMENT.fullmatch(value) else value


def _of_request(name: str, value: str, translate: Translate) -> str:
    """The part that is wrong by its own name, and why."""
    if name == "where":
        return _known(f"request.field.{value.rpartition('.')[2]}", value, translate)
    why = REASONS.get(value) or REASONS.get(value.partition("_")[0], "form")
    return translate(f"request.reason.{why}")


def _known(key: str, instead: str, translate: Translate) -> str:
    words = translate(key)
    return instead if words == key else words


def _moment(iso: str) -> str:
    """The offset is the city's: today "21:14", else "22.11.2026 21:14"."""
    at = datetime.fromisoformat(iso)
    return at.strftime("%H:%M" if at.date() == datetime.now(at.tzinfo).date() else f"%d.%m.%Y{NO_BREAK}%H:%M")


def _size(size: int, translate: Translate) -> str:
    unit, key = (MEGABYTE, "size.megabytes") if size >= MEGABYTE else (KILOBYTE, "size.kilobytes")
    return translate(key).format(n=f"{size / unit:.0f}")
