"""CSV and its kin: the encoding (`encodings`) and the delimiter found automatically, every column as text.

A quotation mark that opens and is not closed would swallow the lines after it, up to the next mark: they are read as the rows they are (`swallowed`).
"""
from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from csv import Error
from csv import reader as rows_of
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.readers.encodings import HEAD_BYTES, as_utf8, find_encoding
from etl.readers.stream import Blocks, opened
from etl.registry import Feed
from geo.errors import InvalidInput

BLOCK_BYTES = 1 << 20
"""Arrow reads up to 32 blocks ahead of whoever takes its batches."""
TOGETHER = 4
"""Blocks that become one chunk, as far as `CHUNK_ROWS` allows."""
DELIMITERS = ",;\t|"
LOOKED_AT = 20
"""Lines that tell the delimiter."""
LEAST_WIDTH = 3
"""Columns of a table whose lines are told from a text of several lines."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable") for what is no table of text, "source.quote" for a quotation mark that swallows megabytes."""
    with text_of(source) as stream:
        encoding, sound = (feed.encoding, False) if feed.encoding else find_encoding(stream)
        head, whole = beginning(stream, encoding)
        text = stream if sound else io.BufferedReader(Blocks(as_utf8(stream, encoding)), BLOCK_BYTES)
        yield from table(text, feed.delimiter or find_delimiter(head), head, feed.header_row, source.name, whole)


def first_rows(source: Source, feed: Feed, most: int) -> list[list[str]]:
    """The cells of the first lines, whatever they are."""
    with text_of(source) as stream:
        head, _ = beginning(stream, feed.encoding or find_encoding(stream)[0])
        return [next(rows_of([line], delimiter=feed.delimiter or find_delimiter(head)), []) for line in head.splitlines()[:most]]


@contextmanager
def text_of(source: Source) -> Iterator[BinaryIO]:
    """Raises `InvalidInput` ("source.unreadable") for what turns out to be no table of text."""
    try:
        with opened(source) as stream:
            yield stream
    except (ValueError, LookupError, Error) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error) or "empty") from error


def beginning(stream: BinaryIO, encoding: str) -> tuple[str, bool]:
    """The first lines, and whether they are all that there is; the stream is then at its beginning."""
    stream.seek(0)
    start = stream.read(HEAD_BYTES)
    stream.seek(0)
    return codecs.getincrementaldecoder(encoding)("replace").decode(start).lstrip("\ufeff"), len(start) < HEAD_BYTES


def table(stream: BinaryIO, delimiter: str, head: str, header_row: int = 1, source: str = "", whole: bool = False) -> Iterator[Chunk]:
    """Chunks of a stream in UTF-8 whose header is the first line of `head` with anything in it, from line `header_row` on.

    `whole`: `head` is all that there is. A header without rows is then one empty chunk.
    """
    lines = head.splitlines()
    header = next((place for place, line in enumerate(lines) if place >= header_row - 1 and line.strip()), len(lines))
    names = fitted(columns("".join(lines[header:header + 1]), delimiter), lines[header + 1:], delimiter)
    if whole and header + 1 >= len(lines):
        yield Chunk(no_rows(names), np.arange(0))
        return
    reading = Reading(delimiter, names, header + 1)
    try:
        yield from reading.chunks(stream)
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):
            raise
        raise InvalidInput("source.quote", source=source, row=reading.row, bytes=BLOCK_BYTES) from error


def find_delimiter(head: str) -> str:
    """The one that cuts the most of the first lines into equally many columns, and into more than one."""
    lines = [line for line in head.splitlines() if line.strip()][:LOOKED_AT]

    def fits(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in rows_of(lines, delimiter=delimiter))
        return max(((alike, width) for width, alike in widths.items() if width > 1), default=(0, 0))

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


def fitted(names: list[str], lines: list[str], delimiter: str) -> list[str]:
    """The names, with one more or one less that is empty where the rows end in a delimiter and the header does not, or the other way round."""
    first = next(rows_of([next(filter(str.strip, lines), "")], delimiter=delimiter), [])
    if len(first) == len(names) + 1 and not first[-1].strip():
        return [*names, ""]
    return names[:-1] if len(first) == len(names) - 1 and not names[-1] else names


@dataclass
class Reading:
    """A table being read. The parser counts rows as it sees them, `parsed`; `row` is the number of the next one in the file.

    Both begin at 1, the first after the header.
    """

    delimiter: str
    names: list[str]
    skip: int
    """Lines up to the header, it included."""
    aside: dict[int, str] = field(default_factory=dict)
    """Rows of another width, by the parser's number, until their batch comes."""
    parsed: int = 1
    row: int = 1

    def chunks(self, stream: BinaryIO) -> Iterator[Chunk]:
        """Chunks of at most `CHUNK_ROWS` rows."""
        batches = self.batches(stream)
        while together := list(islice(batches, TOGETHER)):
            yield from self.numbered(pa.Table.from_batches(together))
        if self.aside:
            yield from self.numbered(no_rows(self.names))

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        def set_aside(row: csv.InvalidRow) -> str:
            self.aside[row.number - self.skip] = row.text
            return "skip"

        yield from csv.open_csv(
            stream, csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=self.names, skip_rows=self.skip),
            csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
            csv.ConvertOptions(column_types={name: pa.string() for name in self.names}, strings_can_be_null=False),
        )

    def numbered(self, part: pa.Table) -> Iterator[Chunk]:
        numbers = np.arange(self.parsed, self.parsed + part.num_rows + len(self.aside))
        whole = np.setdiff1d(numbers, list(self.aside))[:part.num_rows]
        texts = self.aside | {int(whole[place]): text for place, text in self.swallowing(part).items()}
        if texts:
            part, rows, broken = self.sorted_out(part, texts)
        else:
            rows, broken = np.arange(self.row, self.row + part.num_rows), []
            self.row += part.num_rows
        self.parsed, self.aside = self.parsed + len(numbers), {}
        for start in range(0, max(part.num_rows, len(broken)), CHUNK_ROWS):
            yield Chunk(part.slice(start, CHUNK_ROWS), rows[start:start + CHUNK_ROWS], broken=broken[start:start + CHUNK_ROWS])

    def sorted_out(self, part: pa.Table, texts: dict[int, str]) -> tuple[pa.Table, np.ndarray, list[Broken]]:
        """The rows of a part without those of `texts`, and with the lines that these had swallowed; the number of each; what is broken."""
        places, rows, again, again_rows, broken, place = [], [], [], [], [], 0
        for number in range(self.parsed, self.parsed + part.num_rows + len(self.aside)):
            if number not in texts:
                places.append(place)
                rows.append(self.row)
                self.row += 1
            for line, cells, code in self.lines(texts[number]) if number in texts else ():
                if code is None:
                    again.append(cells)
                    again_rows.append(self.row)
                else:
                    broken.append(Broken(self.row, code, line))
                self.row += 1
            place += number not in self.aside
        found = [pa.array(column, pa.string()) for column in zip(*again)]
        tables = [part.take(pa.array(places, pa.int64())), *([pa.table(found, names=self.names)] if again else [])]
        return pa.concat_tables(tables), np.array(rows + again_rows, dtype=np.int64), broken

    def lines(self, text: str) -> Iterator[tuple[str, list[str], str | None]]:
        """The lines of a row that is none, with their cells, and what is wrong with each; several only where most of them are rows themselves."""
        lines = self.split(text)
        for line, cells in lines:
            first = len(lines) > 1 and line is lines[0][0]
            yield line, cells, "row.quote" if first else "row.columns" if len(cells) != len(self.names) else None

    def split(self, text: str) -> list[tuple[str, list[str]]]:
        found = [(line, next(rows_of([line], delimiter=self.delimiter))) for line in text.splitlines() if line.strip()]
        rows = sum(len(cells) == len(self.names) for _, cells in found[1:])
        return found if rows and len(self.names) >= LEAST_WIDTH and 2 * rows >= len(found) - 1 else [(text, [text])]

    def swallowing(self, part: pa.Table) -> dict[int, str]:
        """Place -> text of the rows with a cell that has swallowed others."""
        texts = {}
        for column in part.columns if len(self.names) >= LEAST_WIDTH else ():
            for place in np.flatnonzero(pc.match_substring(column, "\n").to_numpy()):
                text = self.delimiter.join(part[name][int(place)].as_py() for name in range(part.num_columns))
                if len(self.split(text)) > 1:
                    texts[int(place)] = text
        return texts


def no_rows(names: list[str]) -> pa.Table:
    return pa.table([pa.array([], pa.string())] * len(names), names=names)


def count_rows(source: Source, feed: Feed) -> int:
    """Lines after the header: a little too many where values hold line breaks."""
    with opened(source) as stream:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) - feed.header_row)
