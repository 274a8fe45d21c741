"""What a workbook unpacks to, looked at before any of it is parsed: its texts are held in memory, a cell is
held whole, and a file of one megabyte can hold gigabytes of either."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from etl.chunk import Source
from etl.readers.packed import check_claims
from etl.readers.stream import check_ratio, plain
from geo.errors import InvalidInput

SMALL_PART = 32 << 20
"""Bytes: a larger part that is packed more tightly than `MOST_RATIO` is a trap, as of any zip."""
HELD_PART, HELD_ELEMENTS = 512 << 20, 8_000_000
"""Bytes and elements of a part that is held in memory: the texts (two elements each), the styles."""
SHEET_ELEMENTS = 200_000_000
"""Elements of a sheet, which is read row by row: a million rows of some sixty cells."""
PIECE = 1 << 20
"""Bytes between two elements: a cell holds 32,767 characters at most."""
ROOT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*<(?:[\w.-]+:)?(\w+)[\s/>]", re.DOTALL)


def check_parts(source: Source) -> None:
    """Raises `InvalidInput` (those of `packed.check_claims`, "source.workbook"), `zipfile.BadZipFile`."""
    with plain(source) as stream, zipfile.ZipFile(stream) as book:
        parts = book.infolist()
        check_claims(parts, source)
        for part in parts:
            if part.file_size > SMALL_PART:
                check_ratio(part.file_size, part.compress_size, source)
            _check_part(book, part, source)


def _check_part(book: zipfile.ZipFile, part: zipfile.ZipInfo, source: Source) -> None:
    elements = 0
    most = SHEET_ELEMENTS
    for at, block in enumerate(_blocks(book, part)):
        if at == 0:
            if not _is_xml(block):
                return
            root = ROOT.match(block)
            if root is None or root[1] != b"worksheet":
                most = HELD_ELEMENTS
                _need(part.file_size <= HELD_PART, part, source)
        elements += block.count(b"<") - block.count(b"</")
        _need(elements <= most and (len(block) < PIECE or b"<" in block), part, source)


def _blocks(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with book.open(part) as stream:
        while block := stream.read(PIECE):
            yield block


def _is_xml(block: bytes) -> bool:
    """A parser takes what begins so for XML; pictures and macros do not."""
    return block.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" or block[:2] in (b"\xff\xfe", b"\xfe\xff")


def _need(is_sound: bool, part: zipfile.ZipInfo, source: Source) -> None:
    if not is_sound:
        raise InvalidInput("source.workbook", source=source.name, part=part.filename[:80])
