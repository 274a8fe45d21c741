"""A source as a stream of bytes; what was packed by gzip is unpacked on the way, as far as it is no trap."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from io import FileIO
from typing import BinaryIO, cast

from etl.chunk import Source
from geo.errors import InvalidInput

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
MOST_BYTES = 20 << 30
"""Unpacked: an archive may claim any size."""
SMALL_BYTES, MOST_RATIO = 1 << 30, 300
"""More than the first, packed more tightly than the second, are no rows but a trap: tables pack 5 to 40
times."""


def opened(source: Source) -> BinaryIO:
    """Reading what is packed raises as `check_unpacked`."""
    with plain(source) as stream:
        packed = stream.read(2) == GZIP
    if not packed:
        return plain(source)
    return cast(BinaryIO, Unpacked(source))  # it is one but for its declared type


def is_zip(source: Source) -> bool:
    """Whether it is a zip, by its first bytes, whatever it is called."""
    with plain(source) as stream:
        return stream.read(len(ZIP)) == ZIP


def plain(source: Source) -> BinaryIO:
    return source.path.open("rb") if source.path is not None else io.BytesIO(source.body or b"")


def check_unpacked(size: int, packed: int, source: Source) -> None:
    """Raises `InvalidInput`: "source.zip_size" for more than may be unpacked, "source.zip_ratio" for what is
    packed as no rows are."""
    if size > MOST_BYTES:
        raise InvalidInput(
            "source.zip_size", source=source.name, gb=gigabytes(size), most=gigabytes(MOST_BYTES)
        )
    if size > SMALL_BYTES:
        check_ratio(size, packed, source)


def check_ratio(size: int, packed: int, source: Source) -> None:
    """Raises `InvalidInput` ("source.zip_ratio")."""
    if size > MOST_RATIO * packed:
        raise InvalidInput(
            "source.zip_ratio", source=source.name, gb=gigabytes(size), ratio=size // max(1, packed)
        )


def gigabytes(size: int) -> float:
    return round(size / (1 << 30), 1)


class Unpacked(gzip.GzipFile):
    """What gzip packed says nothing true of its size: it is checked while it is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        stream = plain(source)
        self.packed = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        super().__init__(fileobj=stream, mode="rb")
        self.myfileobj = cast(FileIO, stream)  # it is closed with this

    def read(self, size: int | None = -1) -> bytes:
        return self._checked(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._checked(super().read1(size))

    def _checked(self, block: bytes) -> bytes:
        check_unpacked(self.tell(), self.packed, self.source)
        return block


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
