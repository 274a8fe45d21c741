"""Pushed bodies on their way into the inbox and out of it, in pieces, so that a process that handles one
holds no more of it than a piece.

In by COPY in its binary form, which the driver feeds from a file as it stands: a parameter of a statement
is held several times over, with two digits a byte. Out by slices, which the server cuts without looking at
the rest (`inbox.body` is stored uncompressed, out of its row).
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping
from typing import BinaryIO

from sqlalchemy import Connection, text

HEAD, NO_MORE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)
PIECE = 1 << 18
SLICE = text("select substring(body from :at for :most) from inbox where region = :region and id = :id")
SLICE_BYTES = 1 << 20


def digest(body: bytes | BinaryIO) -> bytes:
    """SHA-256. A file is read from its beginning."""
    if isinstance(body, bytes):
        return hashlib.sha256(body).digest()
    body.seek(0)
    found = hashlib.sha256()
    while piece := body.read(PIECE):
        found.update(piece)
    return found.digest()


def length(body: BinaryIO) -> int:
    """Bytes of a file."""
    return body.seek(0, io.SEEK_END)


def whole(body: BinaryIO) -> bytes:
    body.seek(0)
    return body.read()


def copy_in(connection: Connection, columns: Mapping[str, str | int | bytes], body: BinaryIO) -> None:
    """Insert one row into the inbox in the caller's transaction: the given columns (text, bigint or
    bytea), and the whole file as its body."""
    fields = [packed(value) for value in columns.values()]
    size = length(body)
    body.seek(0)
    head = (
        HEAD
        + struct.pack(">h", len(fields) + 1)
        + b"".join(struct.pack(">i", len(value)) + value for value in fields)
        + struct.pack(">i", size)
    )
    names = ", ".join([*columns, "body"])
    cursor = connection.connection.cursor()
    cursor.copy_expert(
        f"copy inbox ({names}) from stdin with (format binary)",
        Joined(io.BytesIO(head), body, io.BytesIO(NO_MORE)),
        PIECE,
    )


def packed(value: str | int | bytes) -> bytes:
    if isinstance(value, int):
        return struct.pack(">q", value)
    return value.encode() if isinstance(value, str) else value


class Joined:
    """Files one after another, to be read as one."""

    def __init__(self, *files: BinaryIO) -> None:
        self.files = list(files)

    def read(self, size: int = -1) -> bytes:
        while self.files:
            if piece := self.files[0].read(size):
                return piece
            self.files.pop(0)
        return b""


def copy_out(connection: Connection, region: str, id_: int, size: int, file: BinaryIO) -> None:
    """Write the body of an entry of the inbox, of so many bytes, into a file."""
    for at in range(1, size + 1, SLICE_BYTES):
        file.write(
            connection.execute(
                SLICE, {"region": region, "id": id_, "at": at, "most": SLICE_BYTES}
            ).scalar_one()
        )
