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

* `bounded`: how large a chunk and a row may be: parts gathered, chunks cut, long rows rejected
* `delimited`: CSV: rows by delimiter, quotes, rows with too many or too few columns (the encoding of its
  letters: `geo.encodings`)
* `entire`: whether a GIS file is whole: what it says of its size against what is there
* `geojson`: what GDAL does not tell of a GeoJSON: its own words on its CRS, types of values, ids of features
* `geopackage`: how a GeoPackage names its CRS, undefined ones too
* `header`: the delimiter and the header of a CSV: which line it is, the names of columns
* `json_text`: JSON read value by value, without holding the whole
* `long_rows`: rows of a CSV that are longer than its parser takes, cut out of the text one by one
* `nested`: objects inside objects as columns (location.lat)
* `objects`: JSON: a list of objects, one object, one a line, a list inside an object, a FeatureCollection
* `open311`: Open311 GeoReport v2: pages, what has changed since the last poll, requests that were closed
* `osm`: OpenStreetMap extracts (.osm.pbf, .osm, .osm.gz, .osm.bz2)
* `osm_addresses`: OpenStreetMap: addresses on points given to the buildings that they stand in
* `osm_tags`: OpenStreetMap: which tags become which theme, class, address, use, border level
* `packed`: zips: which file of them is read, how large it may be when unpacked
* `parquet`: parquet, GeoParquet included
* `postgres`: another PostgreSQL: a table (table = "schema.name") or a query (options.query), read only
* `shapefile`: the encoding of a Shapefile: its .cpg, the code page in its .dbf, else guessed
* `stream`: a file opened as bytes, gzip unpacked; how much an archive may unpack to
* `typed_columns`: columns with types (Parquet, GIS files) as cleaning takes them: bytes, lists, far-off times
* `vector`: GeoJSON, GeoPackage and Shapefile by GDAL
* `workbook`: XLSX: which sheet, from which row, a cell as the text that a person sees
* `workbook_parts`: what a workbook unpacks to, before any of it is parsed
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import pyarrow as pa

from etl.chunk import CHUNK_BYTES, CHUNK_ROWS, Broken, Chunk, Source, not_too_wide
from etl.readers import (
    bounded,
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
            yield from in_pieces(READERS["zip" if form not in ZIPS and is_zip(here) else form](here, feed))


def in_pieces(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same rows in chunks of a size that memory can take. Raises `InvalidInput` ("source.wide")."""
    for chunk in chunks:
        not_too_wide(chunk.table.num_columns)
        yield from (chunk,) if chunk.table.nbytes <= CHUNK_BYTES else bounded.split(chunk)


DAMAGED = (
    EOFError,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    BadZipFile,
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
    """Raises `InvalidInput` for what cannot be read to its end, packed or not: "source.not_text" for a byte
    that the encoding does not know, else "source.unreadable"."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "source.not_text",
            source=source.name,
            encoding=error.encoding.upper(),
            byte=f"0x{error.object[error.start]:02X}",
        ) from error
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
    """About how many rows there are in all, none where a source cannot say, for one that is damaged too:
    what is wrong with it is said by reading it."""
    if any(source.address is not None for source in sources):
        return None
    counters = [COUNTERS.get(format_of(source, feed) or "") for source in sources]
    if None in counters or any(source.path is not None and not source.path.is_file() for source in sources):
        return None
    try:
        return sum(counter(source, feed) for counter, source in zip(counters, sources))
    except DAMAGED:
        return None


__all__ = ["CHUNK_ROWS", "Broken", "Chunk", "Source", "read"]
