"""A source as a stream of bytes; what was packed by gzip is unpacked on the way."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from etl.chunk import Source

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


def opened(source: Source) -> BinaryIO:
    with plain(source) as stream:
        packed = stream.read(2) == GZIP
    if not packed:
        return plain(source)
    unpacked = gzip.open(source.path if source.path is not None else io.BytesIO(source.body or b""))
    return cast(BinaryIO, unpacked)  # it is one but for its declared type


def is_zip(source: Source) -> bool:
    """Whether it is a zip, by its first bytes, whatever it is called."""
    with plain(source) as stream:
        return stream.read(len(ZIP)) == ZIP


def plain(source: Source) -> BinaryIO:
    return source.path.open("rb") if source.path is not None else io.BytesIO(source.body or b"")


class BlockStream(io.RawIOBase):
    """Blocks of bytes, one after another, as a stream."""

    def __init__(self, blocks: Iterator[bytes | bytearray | memoryview]) -> None:
        self.blocks, self.held = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        while not self.held:
            block = next(self.blocks, None)
            if block is None:
                return 0
            self.held = memoryview(block)
        taken = min(len(into), len(self.held))
        into[:taken], self.held = self.held[:taken], self.held[taken:]
        return taken
