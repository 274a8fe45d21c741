"""GeoJSON, GeoPackage and Shapefile (zipped), read by GDAL through Arrow: attributes with their types,
geometry as WKB.

GDAL keeps the encoding of one Shapefile for the next (measured with pyogrio 0.13), and knows one encoding
a file: the texts of a Shapefile are taken as they are, byte by byte, and read by our own decoder
(`geo.encodings`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.chunk import CHUNK_ROWS, Chunk, Kinds, Source
from etl.clean.coordinates import is_degrees
from etl.clean.texts import translate
from etl.readers import entire, geojson, geopackage
from etl.readers.stream import opened
from etl.readers.typed_columns import booleans, readable
from etl.registry import Feed
from geo.encodings import Decoder
from geo.errors import InvalidInput
from geo.gdal import pyogrio

GEOMETRY = "geometry"
BYTES = "ISO-8859-1"
"""The encoding in which each byte is the character of its number."""
DEGREES = "EPSG:4326"
UNDEFINED = "undefined"
"""Part of the name of a CRS that GDAL makes up for a GeoPackage that has none."""
UNREADABLE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pa.ArrowException)
AsWritten = Callable[[pa.Table], tuple[pa.Table, Kinds]]


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.unreadable"; "source.crs_link" for a CRS that is given as a link. A
    feature's own `id` comes as the column `id` where its properties have none."""
    if geopackage.is_one(source):
        expected = entire.check_geopackage(
            source, feed.table, lambda table: readable_rows(path_of(source), table)
        )
        stated = geopackage.stated_crs(source, feed.table)
        yield from all_of(expected, source, features(path_of(source), source, feed, stated=stated))
        return
    with opened(source) as stream:
        if not geojson.is_json(stream):
            raise InvalidInput(
                "source.unreadable", source=source.name, reason="neither JSON nor a GeoPackage"
            )
        written = geojson.FeatureReader(source, iter(geojson.Features(stream)))
        stated = geojson.stated_crs(source)
        yield from features(path_of(source), source, feed, stated=stated, as_written=written.as_written)
        written.end()


def all_of(expected: int | None, source: Source, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks. Raises `InvalidInput` ("source.damaged") where there were fewer rows than said."""
    read = 0
    for chunk in chunks:
        read += chunk.table.num_rows
        yield chunk
    if expected is not None and read < expected:
        raise InvalidInput("source.damaged", source=source.name, stated=expected, read=read)


def readable_rows(at: Path | bytes, layer: str) -> int:
    """How many features GDAL reads of a layer before it ends; 0 where it cannot even begin."""
    try:
        with (
            warnings.catch_warnings(action="ignore", category=RuntimeWarning),
            pyogrio.open_arrow(at, layer=layer, columns=[], use_pyarrow=True) as (_, reader),
        ):
            return sum(batch.num_rows for batch in reader)
    except (*UNREADABLE, ValueError):
        return 0


def features(
    at: Path | bytes | str,
    source: Source,
    feed: Feed,
    decoder: Decoder | None = None,
    stated: Sequence[str] = (),
    as_written: AsWritten | None = None,
) -> Iterator[Chunk]:
    """`at`: a file, its bytes, or a place in GDAL's own words. `decoder`: of a Shapefile's texts; none for
    a format that is UTF-8. `stated`: what the file calls its CRS. `as_written`: its values where GDAL
    has changed them."""
    encoding = feed.encoding if decoder is None else BYTES
    try:
        with ExitStack() as opened_files:
            with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of a CRS: we say it
                meta, reader = opened_files.enter_context(
                    pyogrio.open_arrow(
                        at, layer=feed.table, encoding=encoding, batch_size=CHUNK_ROWS, use_pyarrow=True
                    )
                )
            column = meta["geometry_name"] or "wkb_geometry"
            row = 1
            for batch in quietly(reader):
                table = pa.Table.from_batches([batch])
                table = table.rename_columns(
                    [GEOMETRY if name == column else name for name in table.column_names]
                )
                table, own = (table, {}) if as_written is None else as_written(table)
                table, by_reader, kinds = (
                    readable(table, GEOMETRY) if decoder is None else decoded(table, decoder)
                )
                yield Chunk(
                    table,
                    np.arange(row, row + table.num_rows),
                    GEOMETRY if GEOMETRY in table.column_names else None,
                    crs_of(meta["crs"], stated, sure=as_written is None),
                    by_reader=by_reader,
                    kinds={**kinds, **own},
                )
                row += table.num_rows
    except pyogrio.errors.CRSError as error:
        raise InvalidInput(
            "source.crs", source=source.name, crs=", ".join(stated)[:80], reason=str(error)
        ) from error
    except UNREADABLE as error:
        raise InvalidInput(
            "source.unreadable", source=source.name, reason=str(error).partition(";")[0]
        ) from error


def crs_of(found: str | None, stated: Sequence[str], sure: bool) -> str | None:
    """What GDAL has found; where it does not know what the file says, that: several things in a row, which
    nobody will know. `sure`: GDAL says degrees only of degrees, not of what it does not know as well."""
    known = found is not None and UNDEFINED not in found.casefold() and (sure or found != DEGREES)
    if not stated or known and len(stated) == 1 or found == DEGREES and all(map(means_degrees, stated)):
        return found
    return ", ".join(stated)


def means_degrees(crs: str) -> bool:
    try:
        return is_degrees(crs)
    except InvalidInput:
        return False


def quietly(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Reads without what GDAL has to say of a geometry that it cannot read, which quotes it: no row goes into
    a log. Such a feature has none, and is counted."""
    while True:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            batch = next(reader, None)
        if batch is None:
            return
        yield batch


def decoded(table: pa.Table, decoder: Decoder) -> tuple[pa.Table, dict[str, int], Kinds]:
    """A table whose texts are bytes as characters (`BYTES`), its names and cells decoded, how many cells
    were read by a guess, and which values are booleans."""
    names = [decoder.cell(name.encode(BYTES)) for name in table.column_names]
    decoder.guessed = 0
    columns = [
        translate(column.combine_chunks(), lambda text: decoder.cell(text.encode(BYTES)), pa.string())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in table.columns
    ]
    guessed = {"text.encoding_guessed": decoder.guessed} if decoder.guessed else {}
    kinds = {name: of for name, column in zip(names, table.columns) for of in booleans(name, column).values()}
    return pa.table(columns, names=names), guessed, kinds


def path_of(source: Source) -> Path | bytes:
    return source.path if source.path is not None else source.body


def count_rows(source: Source, feed: Feed) -> int:
    return max(0, pyogrio.read_info(path_of(source), layer=feed.table)["features"])
