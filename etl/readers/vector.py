"""GeoJSON, GeoPackage and Shapefile (zipped), read by GDAL through Arrow: attributes with their types,
geometry as WKB.

GDAL keeps the encoding of one Shapefile for the next (measured with pyogrio 0.13), and knows one encoding
a file: the texts of a Shapefile are taken as they are, byte by byte, and read by our own decoder
(`encodings`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from etl.chunk import CHUNK_ROWS, Chunk, Source
from etl.clean.texts import translate
from etl.readers.encodings import Decoder
from etl.readers.typed_columns import readable
from etl.registry import Feed
from geo.errors import InvalidInput

GEOMETRY = "geometry"
BYTES = "ISO-8859-1"
"""In which each byte is the character of its number."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable"). A feature's own `id` comes as the column `id` where its
    properties have none."""
    yield from features(path_of(source), source, feed)


def features(
    at: Path | bytes | str, source: Source, feed: Feed, decoder: Decoder | None = None
) -> Iterator[Chunk]:
    """`at`: a file, its bytes, or a place in GDAL's own words. `decoder`: of a Shapefile's texts; none for
    a format that is UTF-8."""
    encoding = feed.encoding if decoder is None else BYTES
    try:
        with pyogrio.open_arrow(
            at, layer=feed.table, encoding=encoding, batch_size=CHUNK_ROWS, use_pyarrow=True
        ) as (meta, reader):
            column = meta["geometry_name"] or "wkb_geometry"
            row = 1
            for batch in quietly(reader):
                table = pa.Table.from_batches([batch])
                table = table.rename_columns(
                    [GEOMETRY if name == column else name for name in table.column_names]
                )
                table, by_reader = readable(table, GEOMETRY) if decoder is None else decoded(table, decoder)
                yield Chunk(
                    table,
                    np.arange(row, row + table.num_rows),
                    GEOMETRY if GEOMETRY in table.column_names else None,
                    meta["crs"],
                    by_reader=by_reader,
                )
                row += table.num_rows
    except (DataSourceError, DataLayerError, pa.ArrowException) as error:
        raise InvalidInput(
            "source.unreadable", source=source.name, reason=str(error).partition(";")[0]
        ) from error


def quietly(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Without what GDAL has to say of a geometry that it cannot read, which quotes it: no row goes into a
    log. Such a feature has none, and is counted."""
    while True:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            batch = next(reader, None)
        if batch is None:
            return
        yield batch


def decoded(table: pa.Table, decoder: Decoder) -> tuple[pa.Table, dict[str, int]]:
    """A table whose texts are bytes as characters (`BYTES`), its names and cells decoded, and how many
    cells were read by a guess."""
    names = [decoder.cell(name.encode(BYTES)) for name in table.column_names]
    decoder.guessed = 0
    columns = [
        translate(column.combine_chunks(), lambda text: decoder.cell(text.encode(BYTES)), pa.string())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, names=names), {
        "text.encoding_guessed": decoder.guessed
    } if decoder.guessed else {}


def path_of(source: Source) -> Path | bytes:
    return source.path if source.path is not None else source.body


def count_rows(source: Source, feed: Feed) -> int:
    return max(0, pyogrio.read_info(path_of(source), layer=feed.table)["features"])
