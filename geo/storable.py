"""What PostgreSQL can hold of a text or of JSON that came from outside (errors, a file's columns, a row),
and what is kept of a text that a person typed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""Characters that a text of PostgreSQL cannot hold: NUL, and half of a surrogate pair."""

BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
"""What word processors write for a new line."""
UNSEEN = "\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
"""Characters for a class of a regular expression, that nobody sees and that differ from file to file: control
characters (a workbook drops them), what turns the writing round (a number would read backwards), marks of
byte order, what XML cannot hold."""
_UNSEEN = re.compile(f"[{UNSEEN}]")
EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are blank."""
UNPRINTED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"))
"""Categories of Unicode whose characters show nothing by themselves."""


def shows(words: str) -> bool:
    """Whether anything of a text is to be seen.

    >>> shows("a"), shows("\\u200b"), shows(" \\u3164"), shows("")
    (True, False, False, False)
    """
    return any(one not in EMPTY and unicodedata.category(one) not in UNPRINTED for one in words)


def as_typed(value: Any) -> Any:
    """A JSON value as it is kept of what a person typed: every text in it with one kind of line break and
    without what nobody sees; one that shows nothing is empty."""
    if isinstance(value, str):
        kept = _UNSEEN.sub("", BREAKS.sub("\n", value))
        return kept if shows(kept) else ""
    if isinstance(value, dict):
        return {name: as_typed(inner) for name, inner in value.items()}
    return [as_typed(inner) for inner in value] if isinstance(value, list) else value


def unstorable(value: Any, at: tuple[str, ...] = ()) -> Iterator[str]:
    """The way ("wish.text", "words.2") to every text of a JSON value that cannot be kept, names of members
    among them."""
    if isinstance(value, str) and UNSTORABLE.search(value):
        yield ".".join(at)
    inside = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for name, inner in inside:
        way = (*at, UNSTORABLE.sub("\ufffd", str(name)))
        if isinstance(name, str) and UNSTORABLE.search(name):
            yield ".".join(way)
        yield from unstorable(inner, way)


def storable(value: object) -> object:
    """The same value with U+FFFD for what PostgreSQL cannot hold, in whatever it holds."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(inner) for name, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def as_json(value: object) -> str:
    """Storable, and whatever JSON has no form for as its text."""
    return json.dumps(storable(value), ensure_ascii=False, default=lambda other: storable(str(other)))
