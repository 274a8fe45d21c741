"""What a file of the list is by its bytes, whatever its name says, and whether it ends inside a row."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from etl.chunk import Source
from etl.readers.stream import GZIP, ZIP, Unpacked, opened
from geo.errors import InvalidInput

WORKBOOK, PACKED = ".xlsx", ".gz"
PART = "xl/workbook.xml"
"""What is in every workbook."""
HEAD_BYTES, TAIL_BYTES = 8, 1 << 16
BLOCK_BYTES = 1 << 20
OTHERS = {b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "XLS", b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32"}
"""What is not read here, by its first bytes."""
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def check_kind(path: Path) -> None:
    """Raises `InvalidInput` ("voters.other_kind") for a file that is something else than its name says."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = next((kind for start, kind in OTHERS.items() if head.startswith(start)), None)
    if kind is None and b"\0\0" in (head[:2], head[2:4]) and not head.startswith(ZIP):
        kind = "UTF-32"
    if kind is None and path.suffix.lower() == WORKBOOK:
        kind = None if head.startswith(ZIP) else "gzip" if head.startswith(GZIP) else "CSV"
    elif kind is None and head.startswith(ZIP) and _is_workbook(path):
        kind = "XLSX"
    if kind is not None:
        raise InvalidInput("voters.other_kind", file=path.name, kind=kind)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as book:
            return PART in book.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def ends_inside_a_row(source: Source, broken: bool) -> bool:
    """Whether a text ends without an end of line, and its last row is `broken`, or in a cell whose quotation
    mark is not closed."""
    tail = _tail(source)
    if tail.endswith(("\n", "\r")):
        return False
    last = re.split(r"[\r\n]", tail)[-1]
    return broken or last.count('"') % 2 == 1 and not last.endswith('"')


def _tail(source: Source) -> str:
    """The last characters: the middle of one at the beginning is no matter."""
    with opened(source) as stream:
        head = tail = stream.read(2)
        if not isinstance(stream, Unpacked):  # of what is packed nobody knows the end before it is there
            stream.seek(max(len(head), stream.seek(0, io.SEEK_END) - TAIL_BYTES))
        while block := stream.read(BLOCK_BYTES):
            tail = (tail + block)[-TAIL_BYTES:]
    return tail.decode(UTF16.get(head, "latin-1"), errors="ignore")
