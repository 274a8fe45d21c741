"""The orders of the list, and where a page of it begins.

The list is paged by keyset, (sort keys, id), so that pages cover every row exactly once however deep.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json


@dataclass(frozen=True)
class Sort:
    """Keys with their types, all in one direction and ended by the id, so that whole rows compare and an
    index serves."""

    keys: tuple[tuple[str, str], ...]
    descending: bool

    def order(self, backwards: bool) -> str:
        direction = "desc" if self.descending != backwards else "asc"
        return ", ".join(f"{expression} {direction}" for expression in self.expressions())

    def expressions(self) -> list[str]:
        return [*(expression for expression, _ in self.keys), "i.id"]

    def beyond(self, backwards: bool) -> str:
        """How a row after a cursor compares with it."""
        return "<" if self.descending != backwards else ">"


SORTS = {
    "newest": Sort((("i.opened_at", "timestamptz"),), descending=True),
    "urgent": Sort(
        (
            ("(i.status = 'closed')", "boolean"),
            ("(-i.priority)", "int"),
            ("coalesce(i.due_at, 'infinity'::timestamptz)", "timestamptz"),
        ),
        descending=False,
    ),
}
"""The orders of the list. By urgency: what is over last, then priority, then the deadline that comes (or
passed) first (`ix_incident_urgent`)."""


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after (or, `backwards`, before) the row with these sort keys and id, as text.
    `backwards` without keys is the last page."""

    keys: tuple[str, ...] = ()
    backwards: bool = False

    def write(self) -> str:
        return (
            base64.urlsafe_b64encode(json.dumps([self.backwards, *self.keys]).encode()).decode().rstrip("=")
        )

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """None and empty are the first page. Raises `InvalidInput` ("list.cursor")."""
        if not text:
            return cls()
        try:
            backwards, *keys = read_foreign_json(
                base64.urlsafe_b64decode(text[:300] + "=" * (-len(text) % 4))
            )
        except (ValueError, TypeError, binascii.Error) as error:
            raise InvalidInput("list.cursor", value=text[:40]) from error
        if not all(isinstance(key, str) for key in keys):
            raise InvalidInput("list.cursor", value=text[:40])
        return cls(tuple(keys), bool(backwards))


FIRST_PAGE, LAST_PAGE = Cursor(), Cursor(backwards=True)


def rows_beyond(sort: str, cursor: Cursor, values: dict[str, Any]) -> str:
    """The rows past a cursor, by comparing whole rows so that an index on the first key serves."""
    kinds = [*(kind for _, kind in SORTS[sort].keys), "bigint"]
    if len(cursor.keys) != len(kinds):
        raise InvalidInput("list.cursor", value=",".join(cursor.keys)[:40])
    for nth, (kind, key) in enumerate(zip(kinds, cursor.keys)):
        values[f"key_{nth}"] = _checked(kind, key)
    left = ", ".join(SORTS[sort].expressions())
    right = ", ".join(f"cast(:key_{nth} as {kind})" for nth, kind in enumerate(kinds))
    return f"({left}) {SORTS[sort].beyond(cursor.backwards)} ({right})"


def _checked(kind: str, key: str) -> object:
    """The key as a value to bind. Raises `InvalidInput` ("list.cursor") for what PostgreSQL would not read
    as `kind`."""
    try:
        return READ[kind](key)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("list.cursor", value=key[:40]) from error


def _moment(key: str) -> datetime | str:
    return key if key == "infinity" else datetime.fromisoformat(key).astimezone(UTC)


def _truth(key: str) -> bool:
    return ("false", "true").index(key) == 1


def _whole(key: str, digits: int) -> int:
    if not (key.isascii() and key.removeprefix("-").isdigit() and len(key) <= digits):
        raise ValueError(key)
    return int(key)


READ: dict[str, Callable[[str], object]] = {
    "timestamptz": _moment,
    "boolean": _truth,
    "int": partial(_whole, digits=9),
    "bigint": partial(_whole, digits=18),
}
