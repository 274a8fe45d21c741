"""JSON: a list of objects, one object, one a line, a list inside an object (`table = "result.records"`),
or a GeoJSON FeatureCollection.

Read piece by piece, however long (`json_text`). A value inside an object's object is a column of its own,
`location.lat`, and so is each of a few numbers in a list, `point.coordinates.0`.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np

from etl.chunk import MOST_ROW_BYTES, PART_BYTES, PART_ROWS, Broken, Chunk, Source
from etl.readers import vector
from etl.readers.bounded import gathered
from etl.readers.json_text import KEPT, Long, Text, is_json, whole_number
from etl.readers.nested import as_columns
from etl.readers.stream import opened
from etl.registry import Feed
from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json

HEAD = 4096
COLLECTION = b'"FeatureCollection"'


class Unread:
    """A line that is no JSON ("row.json"), or an object with a text that is none: half of a surrogate pair
    ("row.text")."""

    def __init__(self, text: str, code: str = "row.json") -> None:
        self.text, self.code = text, code


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Reads objects. An element that is no object is `Broken` ("row.object"), a line that is no JSON
    "row.json". Raises `InvalidInput` ("source.unreadable")."""
    try:
        with opened(source) as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            if COLLECTION in head and head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
                yield from vector.read(source, feed)
                return
            yield from gathered(pieces(values(stream, head, feed.table), stream))
    except UnicodeDecodeError:
        raise
    except (ValueError, TypeError) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error


def find_list(source: Source) -> str | None:
    """Where the longest list of objects lies in a file that is one object; none where it is none, or holds
    none."""
    with opened(source) as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        first = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n")
        if (
            not first.startswith(b"{")
            or COLLECTION in head
            or is_json(first.partition(b"\n")[0])
            and b"\n{" in first
        ):
            return None
        try:
            found = dict(Text(stream).lists())
        except ValueError:
            return None
    return max(found, key=found.get, default=None)


def values(stream: BinaryIO, head: bytes, path: str | None) -> Iterator[object]:
    first = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").partition(b"\n")[0]
    if path is None and first.startswith(b"{") and is_json(first):
        return lines(stream)
    text = Text(stream)
    for name in path.split(".") if path else ():
        text.enter(name)
    return text.values(bool(path))


def lines(stream: BinaryIO) -> Iterator[object]:
    """Those of a text whose lines end as JSON lines do, not at every sign that breaks a line: such a sign may
    stand inside a value."""
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    while line := stream.readline(MOST_ROW_BYTES + 1):
        if len(line) > MOST_ROW_BYTES:
            yield Long(line[:KEPT].decode(errors="replace"))
            while line and not line.endswith(b"\n"):
                line = stream.readline(MOST_ROW_BYTES)
        elif line.strip():
            text = line.decode()
            try:
                yield read_foreign_json(text, whole_number)
            except ValueError:
                yield Unread(text.rstrip("\r\n"))


def pieces(rows: Iterator[object], stream: BinaryIO) -> Iterator[Chunk]:
    first = 1
    while part := list(next_rows(rows, stream)):
        yield readable(part, first)
        first += len(part)


def next_rows(rows: Iterator[object], stream: BinaryIO) -> Iterator[object]:
    """The next rows, as many as a reader may hold: fewer where they are long."""
    start = stream.tell()
    for row in islice(rows, PART_ROWS):
        yield row
        if stream.tell() - start >= PART_BYTES:
            return


def readable(rows: list, first: int) -> Chunk:
    """A row whose text is none stays behind by itself. They are rare: looked for only once the whole has
    failed."""
    try:
        return piece(rows, first)
    except UnicodeEncodeError:
        return piece([row if is_text(row) else Unread(json.dumps(row), "row.text") for row in rows], first)


def is_text(row: object) -> bool:
    if isinstance(row, Unread | Long):
        return True
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def piece(rows: list, first: int) -> Chunk:
    """Values as text, nested ones as JSON; a field that an object lacks is null. Objects without any field
    are no table: where there are no others they are `Broken`."""
    numbers = np.arange(first, first + len(rows))
    good = np.array([isinstance(row, dict) for row in rows], dtype=bool)
    good &= any(row for row in rows if isinstance(row, dict))
    broken = [broken_row(int(number), row) for number, row, is_row in zip(numbers, rows, good) if not is_row]
    table, kinds = as_columns([row for row, is_row in zip(rows, good) if is_row])
    return Chunk(table, numbers[good], broken=broken, kinds=kinds, loose=True)


def broken_row(number: int, row: object) -> Broken:
    if isinstance(row, Unread):
        return Broken(number, row.code, row.text)
    if isinstance(row, Long):
        return Broken(number, "row.long", row.text)
    return Broken(number, "row.object", json.dumps(row, ensure_ascii=False))
