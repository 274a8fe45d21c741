"""Rows of a CSV that are longer than its parser takes: each is cut out of the text where it ends, so that it
is rejected by itself. Row by row this is slow: a text is read so once the parser has met one.

A row whose end is not found within `FARTHEST` bytes, or in which lines stand that are rows themselves, is a
quotation mark that nobody closed: what it holds is not given up for one row.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import BinaryIO

FARTHEST = 64 << 20
SHOWN = 500
"""Characters of a row that is cut out, for whoever corrects it."""


class EndlessRow(Exception):
    """A row that does not end where one should."""


class ShortRows:
    """A text in UTF-8 whose rows have at most `most` bytes. In the place of a longer one stands a line of
    another width than the table's, which begins with `mark`. `row`: the number of the next one."""

    def __init__(
        self, delimiter: str, width: int, skip: int, most: int, holds_rows: Callable[[str], bool]
    ) -> None:
        self.mark = secrets.token_hex(8)
        self.row = 1
        self._delimiter, self._width, self._skip, self._most = delimiter, width, skip, most
        self._holds_rows = holds_rows
        edge = re.escape(delimiter).encode()
        cell = rb'(?:"(?:[^"]++|"")*+"[^%s\r\n]*+|[^%s\r\n"][^%s\r\n]*+|)' % (edge, edge, edge)
        self._whole = re.compile(rb"%s(?:%s%s)*+(?:\r\n|\r|\n)" % (cell, edge, cell))

    def blocks(self, stream: BinaryIO) -> Iterator[bytes]:
        """Raises `EndlessRow`."""
        for _ in range(self._skip):
            yield stream.readline()
        held, is_end = b"", False
        while not is_end:
            block = stream.read(max(self._most, len(held)))
            held, is_end, taken = held + (block or b"\n"), not block, 0
            for row in self._rows(held, is_end):
                taken += len(row)
                yield row if len(row) <= self._most else self._cut(row)
                self.row += row.strip() != b""
            held = held[taken:]
            if len(held) > (self._most if is_end else FARTHEST):
                raise EndlessRow(self.row)
        yield held

    def _rows(self, held: bytes, is_end: bool) -> Iterator[bytes]:
        """Those that are whole: one that ends where the bytes do may go on."""
        at = 0
        while (found := self._whole.match(held, at)) and (is_end or found.end() < len(held)):
            yield found[0]
            at = found.end()

    def _cut(self, row: bytes) -> bytes:
        text = row[: self._most].decode("utf-8", "replace")
        if self._holds_rows(text):
            raise EndlessRow(self.row)
        shown = text[:SHOWN].translate({ord(sign): " " for sign in f'"\r\n{self._delimiter}'})
        return f"{self.mark}{shown}{self._delimiter * self._width}\n".encode()
