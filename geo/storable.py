"""What PostgreSQL can hold of a text or of JSON that came from outside: of errors, a file's columns, a
row."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""Characters that a text of PostgreSQL cannot hold: NUL, and half of a surrogate pair."""


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
