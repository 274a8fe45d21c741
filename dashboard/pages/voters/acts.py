"""What a button of the electoral list does: which permission it needs, what the list's process is asked, and
the sentence that says what was done."""

from __future__ import annotations

from typing import Any

from dashboard.request_context import current
from dashboard.words import word
from geo.errors import Forbidden, InvalidInput, NotFound, Unavailable
from geo.ranges import whole
from geo.voters.client import request
from geo.voters.given import text_of

DECIDING = ("accept_flag", "reopen_flag", "accept_flags", "reopen_flags", "decide", "decide_alike", "undo")
NEEDS = dict.fromkeys((*DECIDING, "reject"), "voters.decide") | {"approve": "voters.approve"}
"""Act -> the permission that it needs."""
LONG = ("approve", "reject")
"""They go over every person of a list."""


def do_once(wanted: dict[str, Any]) -> str:
    """What `do` does. An approval or a rejection of which no answer came may be done all the same, or still
    be going on: `Unavailable` ("voters.act_unknown")."""
    try:
        return do(wanted)
    except Unavailable as error:
        if wanted["act"] not in LONG:
            raise
        raise Unavailable("voters.act_unknown", list=wanted["list"]) from error


def do(wanted: dict[str, Any]) -> str:
    """One act of the caller, and a sentence of what was done. Raises what the list's process refuses, and
    `Forbidden` ("door.forbidden"), `NotFound` ("voters.unknown_act")."""
    context, name = current(), wanted["act"]
    permission = NEEDS.get(name) if isinstance(name, str) else None
    if permission is None:
        raise NotFound("voters.unknown_act")
    if not context.may(permission):
        raise Forbidden("door.forbidden", permission=permission)
    done = request(context.settings, name, context.session, list_id=wanted["list"], **_of(name, wanted))
    return word(f"voters.done.{name}", list=wanted["list"], n=done or 0)


def _of(name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The object of the act, in the form that the list's process takes."""
    if name == "decide":
        return {"address": address_of(wanted), "building": wanted["of"] or None}
    if name == "decide_alike":
        count = _number(_level(wanted)[1], "count")
        return {"address": address_of(wanted), "building": wanted["of"] or None, "count": count}
    if name in ("accept_flag", "reopen_flag"):
        level, code = _level(wanted)
        return {"level": level, "code": code, "of_id": wanted["of"]}
    if name in ("accept_flags", "reopen_flags"):
        level, code = _level(wanted)
        return {"level": level, "code": code, "count": wanted["of"]}
    if name == "undo":
        return {"address": address_of(wanted)}
    return {}


def address_of(wanted: dict[str, Any]) -> int:
    """The number of the address that an act decides. Raises `InvalidInput` ("voters.given")."""
    return _number(_level(wanted)[0], "address")


def _level(wanted: dict[str, Any]) -> tuple[str, str]:
    """What an act is for: a level of flags and their kind, an address and how many are decided with it."""
    first, _, second = text_of(wanted["level"], "address").partition(" ")
    return first, second


def _number(given: str, name: str) -> int:
    """Raises `InvalidInput` ("voters.given")."""
    if (number := whole(given)) is None:
        raise InvalidInput("voters.given", name=name)
    return number
