"""Chunks of a size that memory can take, whatever a source holds: many small rows, few large ones, or one
that is larger than any row should be.

Cleaning holds a chunk several times over, so its bytes are bounded besides its rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.chunk import CHUNK_BYTES, CHUNK_ROWS, MOST_ROW_BYTES, Broken, Chunk, Kinds

SHOWN = 200
"""Characters that are kept of each cell of a row that is too long."""


def gathered(parts: Iterable[Chunk]) -> Iterator[Chunk]:
    """Small parts as chunks of `CHUNK_ROWS` rows or `CHUNK_BYTES` at most, as far as the parts allow. Rows
    that could not be read count as well: a source may hold nothing else."""
    held: list[Chunk] = []
    rows = size = 0
    for part in parts:
        if held and rows + row_count(part) > CHUNK_ROWS:
            yield as_one(held)
            held, rows, size = [], 0, 0
        held.append(part)
        rows, size = rows + row_count(part), size + part.table.nbytes
        size += sum(len(row.text) for row in part.broken)
        if size >= CHUNK_BYTES:
            yield as_one(held)
            held, rows, size = [], 0, 0
    if held:
        yield as_one(held)


def row_count(part: Chunk) -> int:
    return part.table.num_rows + len(part.broken)


def as_one(parts: Sequence[Chunk]) -> Chunk:
    """Chunks that follow one another as one; a column that some lack is null there."""
    if len(parts) == 1:
        return parts[0]
    tables = [part.table for part in parts if part.table.num_rows]
    return replace(
        parts[0],
        table=pa.concat_tables(tables, promote_options="default") if tables else parts[0].table,
        numbers=np.concatenate([part.numbers for part in parts]),
        broken=[row for part in parts for row in part.broken],
        by_reader=sum((Counter(part.by_reader) for part in parts), Counter()),
        kinds=joined_kinds(parts),
    )


def joined_kinds(parts: Sequence[Chunk]) -> Kinds:
    """The kinds of the rows of several chunks, one after another."""
    names = dict.fromkeys(name for part in parts for name in part.kinds)
    return {
        name: np.concatenate(
            [part.kinds.get(name, np.zeros(part.table.num_rows, dtype=np.int8)) for part in parts]
        )
        for name in names
    }


def kinds_at(chunk: Chunk, at: slice | np.ndarray) -> Kinds:
    """The kinds of some of a chunk's rows."""
    return {name: kinds[at] for name, kinds in chunk.kinds.items()}


def split(chunk: Chunk) -> Iterator[Chunk]:
    """The same rows in chunks of about `CHUNK_BYTES`; a row over `MOST_ROW_BYTES` is `Broken`
    ("row.long")."""
    sizes = row_bytes(chunk.table)
    chunk, sizes = without_long(chunk, sizes), sizes[sizes <= MOST_ROW_BYTES]
    indices = (np.cumsum(sizes) - sizes) // CHUNK_BYTES
    edges = [0, *(np.flatnonzero(np.diff(indices)) + 1), len(sizes)]
    for first, end in zip(edges, edges[1:]):
        part = replace(
            chunk,
            table=chunk.table.slice(first, end - first),
            numbers=chunk.numbers[first:end],
            kinds=kinds_at(chunk, slice(first, end)),
        )
        yield part if first == 0 else replace(part, broken=[], by_reader={})


def row_bytes(table: pa.Table) -> np.ndarray:
    """About how many bytes each row takes."""
    sizes = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        if is_counted(column.type):
            sizes += pc.fill_null(pc.binary_length(column), 0).to_numpy().astype(np.int64)
        else:
            sizes += column.nbytes // table.num_rows
    return sizes


def is_counted(type_: pa.DataType) -> bool:
    """Whether its cells differ in length."""
    return (
        pa.types.is_string(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_binary(type_)
        or pa.types.is_large_binary(type_)
    )


def without_long(chunk: Chunk, sizes: np.ndarray) -> Chunk:
    long = np.flatnonzero(sizes > MOST_ROW_BYTES)
    if not len(long):
        return chunk
    kept = np.flatnonzero(sizes <= MOST_ROW_BYTES)
    broken = [Broken(int(chunk.numbers[at]), "row.long", beginning(chunk.table, int(at))) for at in long]
    return replace(
        chunk,
        table=chunk.table.take(pa.array(kept)),
        numbers=chunk.numbers[kept],
        kinds=kinds_at(chunk, kept),
        broken=sorted([*chunk.broken, *broken], key=lambda row: row.number),
    )


def beginning(table: pa.Table, at: int) -> str:
    """Enough of a row to know it by."""
    cells = {name: str(table[name][at].as_py())[:SHOWN] for name in table.column_names}
    return json.dumps(cells, ensure_ascii=False)
