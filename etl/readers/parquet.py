"""Parquet, GeoParquet included: columns with their types, geometry as WKB in the CRS that the file's
metadata names."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from etl.chunk import CHUNK_BYTES, PART_ROWS, Chunk, Source
from etl.readers.bounded import gathered
from etl.readers.typed_columns import readable
from etl.registry import Feed
from geo.errors import InvalidInput
from geo.foreign_json import read_foreign_json

UNDEFINED = "undefined"
BUFFER_BYTES = 1 << 16
"""The buffer of each column: without it whole row groups are held as they stand in the file, and a writer may
put all rows into one group."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.unreadable", "source.encoding" for a geometry that is not WKB."""
    try:
        with parquet.ParquetFile(
            source.path if source.path is not None else io.BytesIO(source.body or b""),
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
        ) as file:
            yield from gathered(parts(file, source))
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error


def parts(file: parquet.ParquetFile, source: Source) -> Iterator[Chunk]:
    geometry, crs = geometry_of(file.schema_arrow.metadata or {}, source)
    row = 1
    for batch in file.iter_batches(batch_size=rows_at_a_time(file.metadata), use_threads=False):
        table, by_reader, kinds = readable(pa.Table.from_batches([batch]), geometry)
        numbers = np.arange(row, row + batch.num_rows)
        yield Chunk(table, numbers, geometry, crs, by_reader=by_reader, kinds=kinds)
        row += batch.num_rows


def rows_at_a_time(about: parquet.FileMetaData) -> int:
    """Fewer where rows are long, by what the file says of them."""
    size = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
    return max(1, min(PART_ROWS, CHUNK_BYTES * about.num_rows // max(size, 1)))


def geometry_of(metadata: dict[bytes, bytes], source: Source) -> tuple[str | None, str | None]:
    """Name and CRS of the primary geometry column; none of both in plain Parquet. GeoParquet without a CRS
    is lon, lat."""
    if b"geo" not in metadata:
        return None, None
    try:
        about = read_foreign_json(metadata[b"geo"])
        name = about["primary_column"]
        column = about["columns"][name]
        encoding = column["encoding"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error)) from error
    if encoding != "WKB":
        raise InvalidInput("source.encoding", source=source.name, encoding=encoding)
    return name, stated_crs(column)


def stated_crs(column: Mapping[str, Any]) -> str | None:
    """The CRS in the file's words; a null says that nobody knows it, as against nothing, which is lon,
    lat."""
    if "crs" not in column:
        return None
    crs = column["crs"]
    return crs if isinstance(crs, str) else json.dumps(crs) if crs else UNDEFINED


def count_rows(source: Source, feed: Feed) -> int:
    return parquet.read_metadata(
        source.path if source.path is not None else io.BytesIO(source.body or b"")
    ).num_rows
