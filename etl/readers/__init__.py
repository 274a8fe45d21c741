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
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".geojson": "geojson", ".gpkg": "gpkg", ".parquet": "parquet", ".geoparquet": "parquet",
    ".json": "json", ".jsonl": "json",
}


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.format" for a format nobody reads, "source.missing", "source.unreadable"."""
    name = feed.format or source.format or SUFFIXES.get(Path(source.name).suffix.lower())
    if name not in READERS:
        raise InvalidInput("source.format", source=source.name, known=", ".join(READERS))
    if source.path is not None and not source.path.is_file():
        raise InvalidInput("source.missing", source=source.name)
    return READERS[name](source, feed)


__all__ = ["CHUNK_ROWS", "Broken", "Chunk", "Source", "read"]
