"""Rows as PostgreSQL's binary COPY takes them: half the bytes of text where most of a row is bytes, and
nothing for the server to read.

A row is its number of fields, then each field: its length, and its bytes in the form of the column's type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from struct import Struct
from typing import Any

from psycopg2.extensions import cursor as Cursor

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
LENGTH = Struct(">i")
COUNT = Struct(">h")
BIGINT = Struct(">iq")
DOUBLE = Struct(">id")
NULL = LENGTH.pack(-1)
JSONB_VERSION = b"\x01"


def fields(count: int) -> bytes:
    """The beginning of a row."""
    return COUNT.pack(count)


def bytea(value: bytes | None) -> bytes:
    return NULL if value is None else LENGTH.pack(len(value)) + value


def words(value: str | None) -> bytes:
    """The value of a text column."""
    return NULL if value is None else bytea(value.encode())


def bigint(value: int | None) -> bytes:
    return NULL if value is None else BIGINT.pack(8, value)


def double(value: float) -> bytes:
    return DOUBLE.pack(8, value)


def jsonb(value: Any) -> bytes:
    return bytea(JSONB_VERSION + json.dumps(value, ensure_ascii=False).encode())


def copy_body(rows: Iterable[bytes]) -> bytes:
    """All that one COPY sends."""
    return b"".join((HEADER, *rows, TRAILER))


def copy_whole(cursor: Cursor, statement: str, body: bytes) -> None:
    """`statement` is a COPY from stdin in the binary form; in the transaction of `cursor`."""
    cursor.copy_expert(statement, BytesIO(body), size=1 << 20)


def copy_rows(cursor: Cursor, statement: str, rows: Iterable[bytes]) -> None:
    copy_whole(cursor, statement, copy_body(rows))
