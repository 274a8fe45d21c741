"""JSON: a list of flat objects, one object, one a line, a list inside an object (`table = "result.records"`), or a GeoJSON FeatureCollection.

A list or lines are read piece by piece, however long; what stands inside an object is read whole.
"""
from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from etl.readers import vector
from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.readers.stream import opened
from etl.registry import Feed
from geo.errors import InvalidInput

BLOCK = 1 << 20
HEAD = 4096
COLLECTION = b'"FeatureCollection"'


class Unread:
    """A line that is no JSON."""

    def __init__(self, text: str) -> None:
        self.text = text


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """What is no object is `Broken` ("row.object"), a line that is no JSON "row.json". Raises `InvalidInput` ("source.unreadable")."""
    try:
        with opened(source) as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            if COLLECTION in head and head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{"):
                yield from vector.read(source, feed)
                return
            yield from chunks(inside(stream, feed.table) if feed.table else values(stream, head))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error


def values(stream: BinaryIO, head: bytes) -> Iterator[object]:
    first = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").partition(b"\n")[0]
    return lines(stream) if first.startswith(b"{") and is_json(first) else one_by_one(stream)


def is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def lines(stream: BinaryIO) -> Iterator[object]:
    for line in codecs.getreader("utf-8-sig")(stream):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError:
                yield Unread(line.rstrip("\r\n"))


def one_by_one(stream: BinaryIO) -> Iterator[object]:
    """The values of a list, or several one after another. Raises ValueError where the text breaks off or is no JSON."""
    text = codecs.getreader("utf-8-sig")(stream)
    decoder, held, in_list, done = json.JSONDecoder(), text.read(BLOCK), False, False
    if held.lstrip().startswith("["):
        held, in_list = held.lstrip()[1:], True
    while True:
        start, block = 0, ""
        while (start := after(held, start, " \t\r\n," if in_list else " \t\r\n")) < len(held):
            if in_list and held[start] == "]":
                return
            try:
                value, end = decoder.raw_decode(held, start)
            except ValueError:
                break
            if end == len(held) and not done:
                break  # a number may go on in the next block
            yield value
            start = end
        held = held[start:]
        if done:
            if held or in_list:
                raise ValueError(f"not JSON: {held[:80]!r}" if held else "the list is not closed")
            return
        # At least as much again as is held: a long value is not decoded over and over.
        block = text.read(max(BLOCK, len(held)))
        held, done = held + block, not block


def after(text: str, start: int, skipped: str) -> int:
    while start < len(text) and text[start] in skipped:
        start += 1
    return start


def inside(stream: BinaryIO, path: str) -> list:
    found = json.load(codecs.getreader("utf-8-sig")(stream))
    for name in path.split("."):
        found = found[name]
    return found if isinstance(found, list) else [found]


def chunks(rows: Iterable[object]) -> Iterator[Chunk]:
    """Raises ValueError where there is nothing at all."""
    rows, first = iter(rows), 1
    while part := list(islice(rows, CHUNK_ROWS)):
        yield chunk(part, first)
        first += len(part)


def chunk(rows: list, first: int) -> Chunk:
    """Values as text, nested ones as JSON; a field that an object lacks is null."""
    numbers = np.arange(first, first + len(rows))
    good = np.array([isinstance(row, dict) for row in rows], dtype=bool)
    broken = [broken_row(int(number), row) for number, row in zip(numbers, rows) if not isinstance(row, dict)]
    objects = [row for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in objects for name in row))
    table = pa.table({name: pa.array([as_text(row.get(name)) for row in objects], pa.string()) for name in names})
    return Chunk(table, numbers[good], broken=broken)


def broken_row(number: int, row: object) -> Broken:
    if isinstance(row, Unread):
        return Broken(number, "row.json", row.text)
    return Broken(number, "row.object", json.dumps(row, ensure_ascii=False))


def as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
