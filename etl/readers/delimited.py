"""CSV and its kin: UTF-8, UTF-16 or CP1251 and the delimiter found automatically, every column as text."""
from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from csv import Error
from csv import reader as rows_of
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.readers.stream import opened
from etl.registry import Feed
from geo.errors import InvalidInput

BLOCK_BYTES = 4 << 20
HEAD_BYTES = 1 << 16
DELIMITERS = ",;\t|"
LOOKED_AT = 20
"""Lines that tell the delimiter."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable") for what is no table of text."""
    try:
        with opened(source) as stream:
            encoding = feed.encoding or find_encoding(stream)
            stream.seek(0)
            head = codecs.getincrementaldecoder(encoding)().decode(stream.read(HEAD_BYTES)).lstrip("\ufeff")
            stream.seek(0)
            yield from table(stream, encoding, feed.delimiter or find_delimiter(head), head, feed.header_row)
    except (ValueError, LookupError, Error) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error) or "empty") from error


def table(stream: BinaryIO, encoding: str, delimiter: str, head: str, header_row: int = 1) -> Iterator[Chunk]:
    """Chunks of a stream whose header is line `header_row` of `head`."""
    broken: list[Broken] = []
    names = columns(next(iter(head.splitlines()[header_row - 1:]), ""), delimiter)
    yield from numbered(batches(stream, encoding, delimiter, names, header_row, broken), broken)


def find_encoding(stream: BinaryIO) -> str:
    """UTF-16 by its mark; UTF-8 if every byte of the stream agrees; else CP1251, which Kazakhstan's older systems write."""
    if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8"


def find_delimiter(head: str) -> str:
    """The one that cuts the most of the first lines into as many columns as the first of them, and into more than one."""
    lines = head.splitlines()[:LOOKED_AT]

    def fits(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in rows_of(lines, delimiter=delimiter)]
        alike = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
        return alike, widths[0] if widths else 0

    return max(DELIMITERS, key=fits)


def columns(header: str, delimiter: str) -> list[str]:
    """The names in a header line, spaces around them dropped; a second `x` becomes `x_2`. Raises ValueError for an empty line."""
    seen: Counter[str] = Counter()
    names = []
    found = next(rows_of([header.rstrip("\r\n")], delimiter=delimiter), [])
    if not any(found):
        raise ValueError("no header")
    for name in found:
        seen[name.strip()] += 1
        names.append(name.strip() if seen[name.strip()] == 1 else f"{name.strip()}_{seen[name.strip()]}")
    return names


def batches(stream: BinaryIO, encoding: str, delimiter: str, names: list[str], skip: int, broken: list[Broken]) -> Iterator[pa.RecordBatch]:
    def set_aside(row: csv.InvalidRow) -> str:
        broken.append(Broken(row.number - skip, "row.columns", row.text))
        return "skip"

    yield from csv.open_csv(
        stream, csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, encoding=encoding, column_names=names, skip_rows=skip),
        csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
        csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False),
    )


def numbered(parts: Iterator[pa.RecordBatch], broken: list[Broken]) -> Iterator[Chunk]:
    """Chunks of at most `CHUNK_ROWS` rows; the numbers of broken rows are left out of those of the good ones."""
    row = 1
    for batch in parts:
        aside, broken[:] = list({b.number: b for b in broken}.values()), []
        numbers = np.setdiff1d(np.arange(row, row + batch.num_rows + len(aside)), [b.number for b in aside])[:batch.num_rows]
        row += batch.num_rows + len(aside)
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            part = pa.Table.from_batches([batch.slice(start, CHUNK_ROWS)])
            yield Chunk(part, numbers[start:start + CHUNK_ROWS], broken=aside if start == 0 else [])
    if broken:
        yield Chunk(pa.table({}), np.arange(0), broken=list({b.number: b for b in broken}.values()))


def count_rows(source: Source, feed: Feed) -> int:
    """Lines after the header: a little too many where values hold line breaks."""
    with opened(source) as stream:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) - feed.header_row)
