"""Chunks on their way from a reader to the database: begun early, numbered, joined, made ready ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.readers import CHUNK_ROWS, Chunk
from geo.errors import InvalidInput

Item = TypeVar("Item")


def begun(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the first one read at once, before a connection is taken: a source that does not
    answer holds none. An error waits for its place."""
    try:
        first = next(chunks, None)
    except Exception as error:
        return raising(error)
    return iter(()) if first is None else chain((first,), chunks)


def raising(error: Exception) -> Iterator[Chunk]:
    raise error
    yield


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
        tables = [chunk.table for chunk in found if chunk.table.num_rows]
        table = pa.concat_tables(tables, promote_options="default") if tables else found[0].table
        broken = [row for chunk in found for row in chunk.broken]
        by_reader = sum((Counter(chunk.by_reader) for chunk in found), Counter())
        yield Chunk(
            table,
            np.concatenate([chunk.numbers for chunk in found]),
            found[0].geometry,
            found[0].crs,
            broken,
            by_reader,
        )


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before it is used; an error comes in its place."""
    with ThreadPoolExecutor(1) as thread:
        pending = thread.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = thread.submit(next, items, None)
            yield item
