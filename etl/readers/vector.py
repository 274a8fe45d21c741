"""GeoJSON, GeoPackage and Shapefile (zipped), read by GDAL through Arrow: attributes with their types, geometry as WKB."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from etl.readers.chunk import CHUNK_ROWS, Chunk, Source
from etl.registry import Feed
from geo.errors import InvalidInput

GEOMETRY = "geometry"


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput` ("source.unreadable"). A feature's own `id` comes as the column `id` where its properties have none."""
    yield from features(place(source), source, feed)


def features(at: Path | bytes | str, source: Source, feed: Feed, encoding: str | None = None) -> Iterator[Chunk]:
    """`at`: a file, its bytes, or a place in GDAL's own words. `encoding`: of its texts, where neither the feed nor the file says so."""
    try:
        with pyogrio.open_arrow(at, layer=feed.table, encoding=feed.encoding or encoding, batch_size=CHUNK_ROWS, use_pyarrow=True) as (meta, reader):
            column = meta["geometry_name"] or "wkb_geometry"
            row = 1
            for batch in reader:
                table = pa.Table.from_batches([batch])
                table = table.rename_columns([GEOMETRY if name == column else name for name in table.column_names])
                yield Chunk(table, np.arange(row, row + table.num_rows), GEOMETRY if GEOMETRY in table.column_names else None, meta["crs"])
                row += table.num_rows
    except (DataSourceError, DataLayerError, pa.ArrowException) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error).partition(";")[0]) from error


def place(source: Source) -> Path | bytes:
    return source.path if source.path is not None else source.body


def count_rows(source: Source, feed: Feed) -> int:
    return max(0, pyogrio.read_info(place(source), layer=feed.table)["features"])
