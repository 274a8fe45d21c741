"""CSV and its kin: the encoding (`geo.encodings`) and the delimiter found automatically, all columns as text.

A quoted cell may hold line breaks (RFC 4180). A quotation mark that opens and is not closed would swallow
the lines after it, up to the next mark: they are read as the rows they are (`swallowing`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from csv import Error
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.chunk import CHUNK_ROWS, MOST_COLUMNS, Broken, Chunk, Source, not_too_wide
from etl.readers.header import Top, cells_of, header_width, is_one_row, lines_of, top_of
from etl.readers.long_rows import EndlessRow, ShortRows
from etl.readers.stream import BlockStream, opened
from etl.registry import Feed
from geo import encodings
from geo.errors import InvalidInput

BLOCK_BYTES = 1 << 20
"""Arrow reads up to 32 blocks ahead of whoever takes its batches."""
TOGETHER = 4
"""Blocks that become one chunk, as far as `CHUNK_ROWS` allows."""
MOST_ASIDE, ASIDE_SHARE = 250_000, 0.25
"""So many rows of another width among what Arrow reads ahead, and this share of it: that is no table."""
WEB_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
LEAST_WIDTH = 3
"""Columns of a table whose lines are told from a text of several lines."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.unreadable" for what is no table of text, "source.web_page" for a page
    that came in place of one, "source.quote" for a row of more than `BLOCK_BYTES` whose end is not found, as
    a quotation mark makes it that is not closed (one that ends is rejected by itself), "source.wide" for more
    columns than are read, "source.columns" where a table without a header has not as many columns as its
    declaration."""
    with text_of(source) as stream:
        decoder = encodings.declared(feed.encoding) if feed.encoding else encodings.find_encoding(stream)
        head, whole = beginning(stream, decoder)
        if WEB_PAGE.match(head):
            raise InvalidInput("source.web_page", source=source.name)
        top = top_of(head, feed, source.name)
        if len(top.names) > MOST_COLUMNS:
            not_too_wide(header_width(utf8(stream, decoder), top))
        spelled, decoder.heading = copy(decoder), top.skip
        for chunk in table(
            utf8(stream, decoder),
            top,
            source.name,
            whole,
            lambda: quoted_cells(source, spelled, top.delimiter),
            partial(from_the_beginning, source, spelled),
        ):
            by_reader, decoder.guessed = decoder.guessed, 0
            yield replace(chunk, by_reader={"text.encoding_guessed": by_reader} if by_reader else {})


def first_rows(source: Source, feed: Feed, most: int) -> list[list[str]]:
    """The cells of the first lines, whatever they are."""
    with text_of(source) as stream:
        head, _ = beginning(
            stream, encodings.declared(feed.encoding) if feed.encoding else encodings.find_encoding(stream)
        )
        delimiter = top_of(head, replace(feed, header=False), source.name).delimiter
        return [cells_of(line, delimiter) for line in lines_of(head)[:most]]


@contextmanager
def text_of(source: Source) -> Iterator[BinaryIO]:
    """Raises `InvalidInput` ("source.unreadable") for what turns out to be no table of text."""
    try:
        with opened(source) as stream:
            yield stream
    except (ValueError, LookupError, Error) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error) or "empty") from error


def beginning(stream: BinaryIO, decoder: encodings.Decoder) -> tuple[str, bool]:
    """The first lines, and whether they are all that there is; the stream is then at its beginning."""
    stream.seek(0)
    start = stream.read(encodings.HEAD_BYTES)
    stream.seek(0)
    return decoder.text(start).lstrip("\ufeff"), len(start) < encodings.HEAD_BYTES


def utf8(stream: BinaryIO, decoder: encodings.Decoder) -> BinaryIO:
    return stream if decoder.sound else io.BufferedReader(BlockStream(decoder.utf8(stream)), BLOCK_BYTES)


def table(
    stream: BinaryIO,
    top: Top,
    source: str = "",
    whole: bool = False,
    quoted: Callable[[], set[int]] | None = None,
    again: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
) -> Iterator[Chunk]:
    """Chunks of a stream in UTF-8. `whole`: what `top` has seen is all that there is. A header without
    rows is then one empty chunk.

    `quoted`: gives the cells that the text itself spells with line breaks inside; none = every cell is as
    its writer spelled it. `again`: gives the stream once more, none = it comes once.
    """
    if whole and not top.rows:
        yield Chunk(no_rows(top.names), np.arange(0))
        return
    reading = TableReading(top.delimiter, top.names, top.skip, quoted)
    try:
        yield from reading.chunks(stream)
    except pa.ArrowInvalid as error:
        if reading.is_hopeless:
            seen = reading.parsed - 1 + reading.ahead
            raise InvalidInput(
                "run.only_rejects", source=source, rejected=len(reading.aside), read=seen
            ) from error
        if "straddl" not in str(error):
            raise
        if again is None:
            raise InvalidInput("source.quote", source=source, row=reading.row, bytes=BLOCK_BYTES) from error
    else:
        return
    with again() as stream:
        yield from rest(stream, replace(reading, aside={}, parsed=1, row=1), source, reading.row)


def rest(stream: BinaryIO, reading: TableReading, source: str, first: int) -> Iterator[Chunk]:
    """The rows from number `first` on of a text that holds rows too long for the parser: each of these is
    rejected by itself."""
    short = ShortRows(reading.delimiter, len(reading.names), reading.skip, BLOCK_BYTES, reading.holds_rows)
    reading.mark = short.mark
    try:
        for chunk in reading.chunks(io.BufferedReader(BlockStream(short.blocks(stream)), BLOCK_BYTES)):
            kept = chunk.numbers >= first
            yield replace(
                chunk,
                table=chunk.table.filter(pa.array(kept)),
                numbers=chunk.numbers[kept],
                broken=[row for row in chunk.broken if row.number >= first],
            )
    except EndlessRow as error:
        raise InvalidInput("source.quote", source=source, row=short.row, bytes=BLOCK_BYTES) from error


@contextmanager
def from_the_beginning(source: Source, decoder: encodings.Decoder) -> Iterator[BinaryIO]:
    """Its text in UTF-8."""
    with opened(source) as stream:
        yield utf8(stream, copy(decoder))


def quoted_cells(source: Source, decoder: encodings.Decoder, delimiter: str) -> set[int]:
    """Hashes of the cells that a text spells as RFC 4180 has it, quoted from end to end, with line breaks
    inside: whatever their lines look like, they are no rows."""
    edge = re.escape(delimiter).encode()
    spelled = re.compile(rb'(?<=[\n\r%s])"([^"]*(?:""[^"]*)*)"(?=[\r\n%s])' % (edge, edge))
    found, held = set[int](), b"\n"
    with opened(source) as stream, utf8(stream, decoder) as text:
        while block := text.read(BLOCK_BYTES):
            held, end = held + block, 0
            for match in spelled.finditer(held):
                end = match.end()
                if b"\n" in match[1]:
                    found.add(hash(match[1].replace(b'""', b'"')))
            held = held[max(end, len(held) - BLOCK_BYTES) :]
        found.update(hash(match[1].replace(b'""', b'"')) for match in spelled.finditer(held + b"\n"))
    return found


@dataclass
class TableReading:
    """A table being read. The parser counts rows as it sees them, `parsed`; `row` is the number of the
    next one in the file.

    Both begin at 1, the first after the header.
    """

    delimiter: str
    names: list[str]
    skip: int
    """Lines up to the header, it included."""
    quoted: Callable[[], set[int]] | None = None
    aside: dict[int, str] = field(default_factory=dict)
    """Rows of another width, by the parser's number, until their batch comes."""
    parsed: int = 1
    row: int = 1
    mark: str | None = None
    """What the line begins with that stands for a row that was too long; none = there are none."""
    ahead: int = 0
    """Rows that the parser has seen beyond `parsed`, when it met the last of another width."""

    @property
    def is_hopeless(self) -> bool:
        return len(self.aside) >= max(MOST_ASIDE, ASIDE_SHARE * self.ahead)

    def chunks(self, stream: BinaryIO) -> Iterator[Chunk]:
        """Chunks of at most `CHUNK_ROWS` rows."""
        batches = self.batches(stream)
        while together := list(islice(batches, TOGETHER)):
            yield from self.numbered(pa.Table.from_batches(together))
        if self.aside:
            yield from self.numbered(no_rows(self.names))

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        def set_aside(row: csv.InvalidRow) -> str:
            number = row.number - self.skip
            self.aside[number], self.ahead = row.text, number - self.parsed + 1
            return "error" if self.is_hopeless else "skip"

        yield from csv.open_csv(
            stream,
            csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=self.names, skip_rows=self.skip
            ),
            csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
            ),
            csv.ConvertOptions(
                column_types={name: pa.string() for name in self.names}, strings_can_be_null=False
            ),
        )

    def numbered(self, part: pa.Table) -> Iterator[Chunk]:
        numbers = np.arange(self.parsed, self.parsed + part.num_rows + len(self.aside))
        whole = np.setdiff1d(numbers, list(self.aside))[: part.num_rows]
        texts = self.aside | {int(whole[index]): text for index, text in self.swallowing(part).items()}
        if texts:
            part, rows, broken = self.sorted_out(part, texts)
        else:
            rows, broken = np.arange(self.row, self.row + part.num_rows), []
            self.row += part.num_rows
        self.parsed, self.aside = self.parsed + len(numbers), {}
        for start in range(0, max(part.num_rows, len(broken)), CHUNK_ROWS):
            yield Chunk(
                part.slice(start, CHUNK_ROWS),
                rows[start : start + CHUNK_ROWS],
                broken=broken[start : start + CHUNK_ROWS],
            )

    def sorted_out(self, part: pa.Table, texts: dict[int, str]) -> tuple[pa.Table, np.ndarray, list[Broken]]:
        """The rows of a part without those of `texts`, and with the lines that these had swallowed; the
        number of each; what is broken."""
        indices, rows, again, again_rows, broken, index = [], [], [], [], [], 0
        for number in range(self.parsed, self.parsed + part.num_rows + len(self.aside)):
            if number not in texts:
                indices.append(index)
                rows.append(self.row)
                self.row += 1
            for line, cells, code in self.lines(texts[number]) if number in texts else ():
                if code is None:
                    again.append(cells)
                    again_rows.append(self.row)
                else:
                    broken.append(Broken(self.row, code, line))
                self.row += 1
            index += number not in self.aside
        found = [pa.array(column, pa.string()) for column in zip(*again)]
        tables = [
            part.take(pa.array(indices, pa.int64())),
            *([pa.table(found, names=self.names)] if again else []),
        ]
        return pa.concat_tables(tables), np.array(rows + again_rows, dtype=np.int64), broken

    def lines(self, text: str) -> Iterator[tuple[str, list[str], str | None]]:
        """The lines of a row that is none, with their cells, and what is wrong with each; several only
        where most of them are rows themselves."""
        if self.mark and text.startswith(self.mark):
            yield text.removeprefix(self.mark).rstrip(self.delimiter), [], "row.long"
            return
        lines = self.split(text)
        for line, cells in lines:
            first = len(lines) > 1 and line is lines[0][0]
            yield (
                line,
                cells,
                "row.quote" if first else "row.columns" if len(cells) != len(self.names) else None,
            )

    @cached_property
    def quoted_cells(self) -> set[int]:
        """Read once, and only where a cell of several lines could be rows."""
        return self.quoted() if self.quoted is not None else set()

    def holds_rows(self, text: str) -> bool:
        """Whether lines stand in a cell that are rows themselves."""
        return len(self.split(text)) > 1

    def split(self, text: str) -> list[tuple[str, list[str]]]:
        if len(text.splitlines()) < 2 or is_one_row(text, self.delimiter):
            return [(text, [text])]
        found = [(line, cells_of(line, self.delimiter)) for line in text.splitlines() if line.strip()]
        rows = sum(len(cells) == len(self.names) for _, cells in found[1:])
        return (
            found
            if rows and len(self.names) >= LEAST_WIDTH and 2 * rows >= len(found) - 1
            else [(text, [text])]
        )

    def swallowing(self, part: pa.Table) -> dict[int, str]:
        """Place -> text of the rows with a cell that has swallowed others."""
        texts = {}
        for column in part.columns if len(self.names) >= LEAST_WIDTH and self.quoted is not None else ():
            for index in np.flatnonzero(pc.match_substring(column, "\n").to_numpy()):
                text = self.delimiter.join(part[name][int(index)].as_py() for name in range(part.num_columns))
                if (
                    len(self.split(text)) > 1
                    and hash(column[int(index)].as_py().encode()) not in self.quoted_cells
                ):
                    texts[int(index)] = text
        return texts


def no_rows(names: list[str]) -> pa.Table:
    return pa.table([pa.array([], pa.string())] * len(names), names=names)


def count_rows(source: Source, feed: Feed) -> int:
    """Lines after the header: a little too many where values hold line breaks."""
    with opened(source) as stream:
        return max(
            0, sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) - feed.header_row
        )
