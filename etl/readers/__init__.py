"""Readers: a source becomes chunks of rows, in bounded memory.

A reader takes a source and its feed and yields `Chunk`s: the rows as an Arrow table just as they stand in the
source, and, where the format carries one, a geometry column (WKB) with its CRS. Rows that the format itself
cannot read (a wrong number of columns) come along as `Broken`.

To add one:

1. `etl/readers/NAME.py`: `read(source, feed)`, a generator of `Chunk`s of at most `CHUNK_ROWS` rows
2. `etl/readers/__init__.py`: its line in the list below, its name in the import, its line in READERS; in
   SUFFIXES if files of it can be told by their suffix; in COUNTERS if it can count rows without reading them;
   in ZIPS if its files are zips themselves, or it reads no files
3. `tests/etl/readers/test_NAME.py`: what it reads, what it sets aside, what it refuses
4. `README.md`: its name among what is read
5. if it can be pushed or fetched, its media type in `dashboard/api/ingest.py` and `etl/sources/web.py`
6. if it asks another machine page by page, `etl/sources/__init__.py`: its name in STREAMED

* `delimited`: CSV and its kin: the encoding (encodings) and the delimiter found automatically
* `encodings`: in which encoding a table of text is written, and its bytes as UTF-8 whatever they were
* `header`: how a table of text begins: its delimiter, its header, the names of its columns
* `json_text`: a JSON text that is read piece by piece
* `nested`: objects as rows of a table
* `objects`: JSON: a list of objects, one object, one a line
* `open311`: open311 GeoReport v2: GET <address>/requests.json or .xml, page after page, each page a chunk
* `osm`: OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz, .osm.bz2)
* `osm_addresses`: addresses that stand on points of their own, at an entrance or on a shop
* `osm_tags`: what OpenStreetMap's tags say, in the words of our tables
* `packed`: a zip: a Shapefile with its companions, or files of any other format
* `parquet`: parquet, GeoParquet included
* `postgres`: a table (table = "schema.name") or query (options.query) of another PostgreSQL, read only
* `shapefile`: a Shapefile's own words on its encoding
* `stream`: a source as a stream of bytes; what was packed by gzip is unpacked on the way
* `typed_columns`: columns of files that know types, as cleaning takes them
* `vector`: GeoJSON, GeoPackage and Shapefile (zipped), read by GDAL through Arrow
* `workbook`: XLSX: a sheet (table, else the first) read row by row, whatever its size
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from etl.chunk import CHUNK_ROWS, Broken, Chunk, Source
from etl.readers import (
    delimited,
    objects,
    open311,
    osm,
    packed,
    parquet,
    postgres,
    shapefile,
    vector,
    workbook,
)
from etl.readers.stream import is_zip
from etl.registry import Feed
from etl.sources import local
from geo.errors import InvalidInput


def read_packed(source: Source, feed: Feed) -> Iterator[Chunk]:
    return packed.read(source, feed, read)


READERS: dict[str, Callable[[Source, Feed], Iterator[Chunk]]] = {
    "csv": delimited.read,
    "xlsx": workbook.read,
    "json": objects.read,
    "geojson": vector.read,
    "gpkg": vector.read,
    "shp": shapefile.read,
    "zip": read_packed,
    "parquet": parquet.read,
    "osm": osm.read,
    "open311": open311.read,
    "postgresql": postgres.read,
}
COUNTERS: dict[str, Callable[[Source, Feed], int]] = {
    "csv": delimited.count_rows,
    "geojson": vector.count_rows,
    "gpkg": vector.count_rows,
    "shp": vector.count_rows,
    "parquet": parquet.count_rows,
}
"""How many rows a source has, or nearly, without reading it all: for the time left. Not every format can
say."""
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".geojson": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".zip": "zip",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".pbf": "osm",
    ".osm": "osm",
    ".xml": "open311",
}
SUFFIX_OF = {form: suffix for suffix, form in reversed(SUFFIXES.items())}
"""Format -> its commonest suffix: some libraries look at it."""
ZIPS = ("zip", "xlsx", "open311", "postgresql")
"""Formats that are a zip themselves, or no file: any other may be delivered in a zip."""
PACKED = (".gz", ".bz2")
"""Behind another suffix: `calls.csv.gz`, `city.osm.bz2`."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `InvalidInput`: "source.format" for a format nobody reads, "source.missing", "source.empty",
    "source.unreadable"; `Unavailable` ("source.unreachable") for one that another machine has."""
    if source.address is None:
        known_format(source, feed)
    if source.path is not None and not source.path.is_file():
        raise InvalidInput("source.missing", source=source.name)
    return read_local(source, feed)


def read_local(source: Source, feed: Feed) -> Iterator[Chunk]:
    with local(source, feed, format_of(source, feed)) as here:
        form = known_format(here, feed)
        if here.body == b"" or here.path is not None and not here.path.stat().st_size:
            raise InvalidInput("source.empty", source=source.name)
        with whole(source):
            yield from READERS["zip" if form not in ZIPS and is_zip(here) else form](here, feed)


DAMAGED = (
    EOFError,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    zlib.error,
    ParseError,
    pa.ArrowException,
)
"""What the libraries that read files raise for one that breaks off, is damaged, sealed with a password, or
of a kind that they do not know."""

LONGEST_REASON = 300
"""Characters: some libraries quote all that they could not read."""


@contextmanager
def whole(source: Source) -> Iterator[None]:
    """Raises `InvalidInput` ("source.unreadable") for what cannot be read to its end, packed or not."""
    try:
        yield
    except DAMAGED as error:
        reason = (str(error) or type(error).__name__).partition("\n")[0][:LONGEST_REASON]
        raise InvalidInput("source.unreadable", source=source.name, reason=reason) from error


def known_format(source: Source, feed: Feed) -> str:
    name = format_of(source, feed)
    if name not in READERS:
        raise InvalidInput("source.format", source=source.name, known=", ".join(READERS))
    return name


def format_of(source: Source, feed: Feed) -> str | None:
    suffixes = [suffix.lower() for suffix in Path(source.name).suffixes]
    last = suffixes[-2:][0] if suffixes and suffixes[-1] in PACKED else suffixes[-1] if suffixes else ""
    return feed.format or source.format or SUFFIXES.get(last)


def count_rows(sources: list[Source], feed: Feed) -> int | None:
    """About how many rows there are in all, none where a source cannot say."""
    if any(source.address is not None for source in sources):
        return None
    counters = [COUNTERS.get(format_of(source, feed) or "") for source in sources]
    if None in counters or any(source.path is not None and not source.path.is_file() for source in sources):
        return None
    return sum(counter(source, feed) for counter, source in zip(counters, sources))


__all__ = ["CHUNK_ROWS", "Broken", "Chunk", "Source", "read"]
