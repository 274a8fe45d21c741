"""JSON: a list of objects, one object, one a line, a list inside an object (`table = "result.records"`),
or a GeoJSON FeatureCollection.

Read piece by piece, however long (`json_text`). A value inside an object's object is a column of its own,
`location.lat`, and so is each of a few numbers in a list, `point.coordinates.0`.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from etl.chunk import CHUNK_BYTES, CHUNK_ROWS, PART_ROWS, Broken, Chunk, Source
from etl.readers import vector
from etl.readers.json_text import Text, is_json
from etl.readers.nested import as_columns
from etl.readers.stream import opened
from etl.registry import Feed
from geo.errors import InvalidInput

HEAD = 4096
COLLECTION = b'"FeatureCollection"'


class Unread:
    """A line that is no JSON ("row.json"), or an object with a text that is none: half of a surrogate pair
    ("row.text")."""

    def __init__(self, text: str, code: str = "row.json") -> None:
        self.text, self.code = text, code


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """What is no object is `Broken` ("row.object"), a line that is no JSON "row.json". Raises
    `InvalidInput` ("source.unreadable")."""
    try:
        with opened(source) as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            if COLLECTION in head and head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
                yield from vector.read(source, feed)
                return
            yield from chunks(values(stream, head, feed.table))
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
    for line in codecs.getreader("utf-8-sig")(stream):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield Unread(line.rstrip("\r\n"))


def chunks(rows: Iterable[object]) -> Iterator[Chunk]:
    rows, first = iter(rows), 1
    while parts := enough(pieces(rows, first)):
        table = pa.concat_tables([part.table for part in parts], promote_options="default")
        broken = [row for part in parts for row in part.broken]
        yield Chunk(table, np.concatenate([part.numbers for part in parts]), broken=broken, loose=True)
        first += table.num_rows + len(broken)


def enough(parts: Iterator[Chunk]) -> list[Chunk]:
    """The next parts that make a chunk."""
    found, size = [], 0
    for part in islice(parts, CHUNK_ROWS // PART_ROWS):
        found.append(part)
        size += part.table.nbytes
        if size >= CHUNK_BYTES:
            break
    return found


def pieces(rows: Iterator[object], first: int) -> Iterator[Chunk]:
    while part := list(islice(rows, PART_ROWS)):
        yield readable(part, first)
        first += len(part)


def readable(rows: list, first: int) -> Chunk:
    """A row whose text is none stays behind by itself. They are rare: looked for only once the whole has
    failed."""
    try:
        return piece(rows, first)
    except UnicodeEncodeError:
        return piece([row if is_text(row) else Unread(json.dumps(row), "row.text") for row in rows], first)


def is_text(row: object) -> bool:
    if isinstance(row, Unread):
        return True
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def piece(rows: list, first: int) -> Chunk:
    """Values as text, nested ones as JSON; a field that an object lacks is null."""
    numbers = np.arange(first, first + len(rows))
    good = np.array([isinstance(row, dict) for row in rows], dtype=bool)
    broken = [broken_row(int(number), row) for number, row in zip(numbers, rows) if not isinstance(row, dict)]
    table = as_columns([row for row in rows if isinstance(row, dict)])
    return Chunk(table, numbers[good], broken=broken)


def broken_row(number: int, row: object) -> Broken:
    if isinstance(row, Unread):
        return Broken(number, row.code, row.text)
    return Broken(number, "row.object", json.dumps(row, ensure_ascii=False))
