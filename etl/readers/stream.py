"""A source as a stream of bytes; what was packed by gzip is unpacked on the way."""
from __future__ import annotations

import gzip
import io
from typing import BinaryIO

from etl.readers.chunk import Source

GZIP = b"\x1f\x8b"


def opened(source: Source) -> BinaryIO:
    with plain(source) as stream:
        packed = stream.read(2) == GZIP
    if not packed:
        return plain(source)
    return gzip.open(source.path if source.path is not None else io.BytesIO(source.body or b""))


def plain(source: Source) -> BinaryIO:
    return source.path.open("rb") if source.path is not None else io.BytesIO(source.body or b"")
