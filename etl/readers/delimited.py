"""CSV and its kin: UTF-8 or CP1251 and the delimiter found automatically, every column as text."""
from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Iterator
from csv import reader as header_reader
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.registry import Feed
from geo.errors import InvalidInput

BLOCK_BYTES = 8 << 20
DELIMITERS = ",;\t|"


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable") for what is no table of text."""
    broken: list[Broken] = []
    try:
        with opened(source) as stream:
            encoding = feed.encoding or find_encoding(stream)
            stream.seek(0)
            header = stream.readline(1 << 20).decode(encoding).lstrip("\ufeff")
            delimiter = feed.delimiter or max(DELIMITERS, key=header.count)
            stream.seek(0)
            yield from numbered(batches(stream, encoding, delimiter, columns(header, delimiter), broken), broken)
    except (pa.ArrowInvalid, UnicodeError, LookupError, StopIteration) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error) or "empty") from error


def opened(source: Source) -> BinaryIO:
    return source.path.open("rb") if source.path is not None else io.BytesIO(source.body or b"")


def find_encoding(stream: BinaryIO) -> str:
    """UTF-8 if every byte of the stream agrees, else CP1251, which Kazakhstan's older systems write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8"


def columns(header: str, delimiter: str) -> list[str]:
    """The names in a header line, spaces around them dropped; a second `x` becomes `x_2`. Raises StopIteration for an empty line."""
    seen: Counter[str] = Counter()
    names = []
    for name in next(header_reader([header.rstrip("\r\n")], delimiter=delimiter)):
        seen[name.strip()] += 1
        names.append(name.strip() if seen[name.strip()] == 1 else f"{name.strip()}_{seen[name.strip()]}")
    return names


def batches(stream: BinaryIO, encoding: str, delimiter: str, names: list[str], broken: list[Broken]) -> Iterator[pa.RecordBatch]:
    def set_aside(row: csv.InvalidRow) -> str:
        broken.append(Broken(row.number - 1, "row.columns", row.text))
        return "skip"

    yield from csv.open_csv(
        stream, csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, encoding=encoding, column_names=names, skip_rows=1),
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
        return max(0, sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) - 1)
