"""Readers: a source becomes chunks of rows, in bounded memory.

A reader takes a source and its feed and yields `Chunk`s: the rows as an Arrow table just as they stand in the source, and, where the format carries
one, a geometry column (WKB) with its CRS. Rows that the format itself cannot read (a wrong number of columns) come along as `Broken`.
To add one: a module with a `read(source, feed)` generator, and its line in `READERS`.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from etl.readers import delimited, objects, parquet, vector
from etl.readers.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.registry import Feed
from geo.errors import InvalidInput

READERS: dict[str, Callable[[Source, Feed], Iterator[Chunk]]] = {
    "csv": delimited.read,
    "geojson": vector.read,
    "gpkg": vector.read,
    "parquet": parquet.read,
    "json": objects.read,
}
COUNTERS: dict[str, Callable[[Source, Feed], int]] = {
    "csv": delimited.count_rows, "geojson": vector.count_rows, "gpkg": vector.count_rows, "parquet": parquet.count_rows,
}
"""How many rows a source has, or nearly, without reading it all: for the time left. Not every format can say."""
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".geojson": "geojson", ".gpkg": "gpkg", ".parquet": "parquet", ".geoparquet": "parquet",
    ".json": "json", ".jsonl": "json",
}


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.format" for a format nobody reads, "source.missing", "source.unreadable"."""
    name = format_of(source, feed)
    if name not in READERS:
        raise InvalidInput("source.format", source=source.name, known=", ".join(READERS))
    if source.path is not None and not source.path.is_file():
        raise InvalidInput("source.missing", source=source.name)
    return READERS[name](source, feed)


def format_of(source: Source, feed: Feed) -> str | None:
    return feed.format or source.format or SUFFIXES.get(Path(source.name).suffix.lower())


def count_rows(sources: list[Source], feed: Feed) -> int | None:
    """About how many rows there are in all, none where a source cannot say."""
    counters = [COUNTERS.get(format_of(source, feed) or "") for source in sources]
    if None in counters or any(source.path is not None and not source.path.is_file() for source in sources):
        return None
    return sum(counter(source, feed) for counter, source in zip(counters, sources))


__all__ = ["CHUNK_ROWS", "Broken", "Chunk", "Source", "read"]
