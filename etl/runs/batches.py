"""From a chunk to a committed batch: made ready ahead, loaded with its rejects and counts in one transaction.

Rows that only the database refuses are found by halves and rejected, and the others committed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TypeVar

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from etl.clean import times
from etl.readers import CHUNK_ROWS, Chunk
from etl.readers.bounded import as_one
from etl.runs.cleaned import Cleaned
from etl.runs.cleaning import Cleaner
from etl.runs.opening import OpenRun, named
from geo.database import refuses_values
from geo.errors import InvalidInput
from geo.loading import ledger, listed
from geo.loading.ledger import RunCounts
from geo.loading.staging import Batch, Written, driver_cursor
from geo.settings import Settings

DB_ERRORS = (psycopg2.Error, DBAPIError)
Item = TypeVar("Item")
CLEANING = threading.BoundedSemaphore(2)
"""Chunks that this process cleans at a time, of whatever feeds: each is held several times over."""
MOST_REJECTS = 100_000
"""Rejected rows of a run that are kept, with their reasons; of the others only the number is."""
MOST_REFUSED = 50
"""Rows of a chunk that the database may refuse one by one."""


def load_frame(
    connection: Connection, settings: Settings, frame: pd.DataFrame | pa.Table, opened: OpenRun
) -> RunCounts:
    """Clean and load one frame as one transaction of an open run (`open_run`); returns the run's figures
    so far."""
    chunk = next(numbered([frame], opened.counts.read + 1))
    load_prepared(connection, settings, opened, Prepared(opened.cleaner.clean(chunk)))
    return opened.counts


class Prepared:
    """A cleaned chunk, encoded: what can be done of it without the database."""

    def __init__(self, cleaned: Cleaned) -> None:
        self.cleaned = cleaned
        self.columns, self.rows, self.data = staging(cleaned.staged)

    def only(self, indices: np.ndarray) -> Prepared:
        """Some of its rows, to try them."""
        return Prepared(replace(self.cleaned, staged=self.cleaned.staged.take(pa.array(indices))))


def staging(staged: pa.Table) -> tuple[tuple[str, ...], int, BinaryIO]:
    """Columns, number of rows and CSV of a batch. A column that says nothing in the whole batch is not
    sent: staging has null there anyway."""
    staged = staged.select(
        [name for name in staged.column_names if staged[name].null_count < staged.num_rows]
    )
    return tuple(staged.column_names), staged.num_rows, encode(staged)


def encode(table: pa.Table) -> BinaryIO:
    """CSV as COPY reads it: no header, null unquoted and empty."""
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return pa.BufferReader(sink.getvalue())


def prepare(opened: OpenRun, chunks: Iterable[Chunk]) -> Iterator[Prepared]:
    """Chunks made ready, the next one while the database takes the last. A feed that may add categories
    asks the database while it cleans: one by one."""
    cleaner = opened.cleaner
    ready = (
        prepared(cleaner, chunk)
        for chunk in (joined(chunks, named(opened.sources)) if cleaner.entity.whole else chunks)
    )
    return ready if cleaner.feed.new_categories else ahead(ready)


def prepared(cleaner: Cleaner, chunk: Chunk) -> Prepared:
    with CLEANING:
        return Prepared(cleaner.clean(chunk))


def load_prepared(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> None:
    """Commit a chunk: rows, rejects and figures together. Rows that the database refuses are found and
    rejected, and the others committed."""
    try:
        commit_prepared(connection, settings, opened, prepared)
    except DB_ERRORS as error:
        if not refuses_values(error) or opened.cleaner.entity.whole:
            raise
        indices = refused(connection, settings, opened, prepared, error)
        commit_prepared(
            connection, settings, opened, Prepared(prepared.cleaned.without(indices, "row.refused"))
        )


def refused(
    connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared, error: Exception
) -> np.ndarray:
    """Places of the staged rows that the database refuses, found by halves, each tried and taken back.
    Raises `error` if they are more than a few: then it is not the rows."""
    found: list[int] = []
    parts = [np.arange(prepared.rows)]
    while parts:
        part = parts.pop()
        if accepted(connection, settings, opened, prepared.only(part)):
            continue
        if len(part) > 1:
            parts += np.array_split(part, 2)
            continue
        found += part.tolist()
        if len(found) > MOST_REFUSED:
            raise error
    return np.array(sorted(found), dtype=int)


def accepted(connection: Connection, settings: Settings, opened: OpenRun, part: Prepared) -> bool:
    with connection.begin() as transaction:
        try:
            load_rows(connection, settings, opened, part)
        except DB_ERRORS as error:
            if not refuses_values(error):
                raise
            return False
        finally:
            transaction.rollback()
    return True


def commit_prepared(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> None:
    cleaned, region = prepared.cleaned, settings.city.region
    with connection.begin():
        done = load_rows(connection, settings, opened, prepared)
        counts = RunCounts(
            cleaned.read,
            done.written,
            done.unchanged,
            cleaned.rejected,
            cleaned.no_coordinates - done.placed,
            placed=done.placed,
        )
        ledger.add_corrections(connection, region, opened.id, cleaned.shaping.corrections.counts())
        room = max(0, MOST_REJECTS - opened.counts.rejected)
        ledger.add_rejects(connection, region, {opened.id: cleaned.rejects()[:room]})
        ledger.add_counts(connection, region, opened.id, counts)
    opened.counts += counts
    opened.unsure |= cleaned.has_nameless()
    opened.content.add(cleaned)
    opened.newest = later(opened.newest, cleaned.newest())
    mark = later(opened.marks.get(cleaned.chunk.source), watermark(opened.cleaner, cleaned.chunk))
    if mark is not None:
        opened.marks[cleaned.chunk.source] = mark


def load_rows(connection: Connection, settings: Settings, opened: OpenRun, prepared: Prepared) -> Written:
    """Hand the good rows to the noun's loader."""
    if opened.snapshot:
        listed.remember_ids(driver_cursor(connection), prepared.cleaned.rejected_ids())
    if not prepared.rows or opened.behind:
        return Written(0, prepared.rows)
    delivery = opened.delivery(prepared.cleaned.chunk.source)
    batch = Batch(
        settings.city,
        prepared.cleaned.feed.key,
        opened.id,
        prepared.columns,
        prepared.data,
        prepared.rows,
        opened.snapshot,
        delivery.id,
        opened.may_reuse,
    )
    return prepared.cleaned.entity.load(connection, batch)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def watermark(cleaner: Cleaner, chunk: Chunk) -> datetime | None:
    """The newest time of a chunk's watermark column, rejected rows too: they need not be asked for again."""
    column = cleaner.feed.watermark
    if column is None or column not in chunk.table.column_names or not chunk.table.num_rows:
        return None
    day_first = cleaner.feed.day_first is not False
    return pc.max(times.parse(chunk.table[column], cleaner.zone(), day_first)[0]).as_py()


def numbered(frames: Iterable[pd.DataFrame | pa.Table], first: int = 1) -> Iterator[Chunk]:
    for frame in frames:
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        yield Chunk(table, np.arange(first, first + table.num_rows))
        first += table.num_rows


def joined(chunks: Iterable[Chunk], source: str) -> Iterator[Chunk]:
    """All chunks of a run of `source` as one. Raises `InvalidInput` ("source.too_many") beyond `CHUNK_ROWS`
    rows."""
    found = list(islice(chunks, 1_000))
    rows = sum(chunk.table.num_rows for chunk in found)
    if rows > CHUNK_ROWS:
        raise InvalidInput("source.too_many", source=source, rows=rows, most=CHUNK_ROWS)
    if found:
        yield replace(as_one(found), loose=False)


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before it is used; an error comes in its place."""
    with ThreadPoolExecutor(1) as thread:
        pending = thread.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = thread.submit(next, items, None)
            yield item
