"""Whether a GIS file is whole: what it says of its own size against what is there, before a row is read.

GDAL ends quietly where a file ends or breaks: half a file reads as a short one, and a short list would remove
what it does not name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import SEEK_END
from struct import unpack_from
from typing import IO

from etl.chunk import Source
from etl.readers import geopackage
from geo.errors import InvalidInput

Parts = Mapping[str, Callable[[], IO[bytes]]]
"""Suffix -> how to open it, of the files that make one Shapefile."""
NEEDED = (".shp", ".shx", ".dbf")
SHAPE_HEADER, ENTRY = 100, 8
"""Bytes of the header of a .shp and a .shx, and of a .shx for each record."""
TABLE_HEADER = 32
"""Bytes of the part of a .dbf's header that every one has."""
TABLES = """select table_name from gpkg_contents where data_type in ('features', 'attributes')
    and (:layer is null or table_name = :layer)"""
STATED_ROWS = "select feature_count from gpkg_ogr_contents where table_name = :layer"


@dataclass(frozen=True)
class Length:
    """The length of a part of a Shapefile: what it states, what is there, and its number of records by
    both."""

    stated: int
    found: int
    records: int
    readable: int


def check_shapefile(parts: Parts, name: str) -> None:
    """Raises `InvalidInput`: "source.part" where a part is not there, "source.cut" where one is shorter than
    it says, "source.damaged" where they differ in their number of records."""
    for suffix in NEEDED:
        if suffix not in parts:
            raise InvalidInput("source.part", source=name, part=suffix, needed=", ".join(NEEDED))
    lengths = {suffix: length_of(suffix, parts[suffix], name) for suffix in NEEDED}
    records = lengths[".dbf"].records
    for suffix in (".dbf", ".shx"):
        found = lengths[suffix]
        if found.readable < records:
            raise InvalidInput("source.damaged", source=name, stated=records, read=found.readable)
    for suffix, length in lengths.items():
        if length.found < length.stated:
            raise InvalidInput(
                "source.cut", source=f"{name} ({suffix})", stated=length.stated, read=length.found
            )


def length_of(suffix: str, opens: Callable[[], IO[bytes]], name: str) -> Length:
    with opens() as stream:
        start = stream.read(SHAPE_HEADER)
        found = stream.seek(0, SEEK_END)
    least = TABLE_HEADER if suffix == ".dbf" else SHAPE_HEADER
    if found < least:
        raise InvalidInput("source.cut", source=f"{name} ({suffix})", stated=least, read=found)
    if suffix == ".dbf":
        records, header, row = unpack_from("<IHH", start, 4)
        readable = max(0, found - header) // max(1, row)
        return Length(header + records * row, found, records, min(records, readable))
    stated = unpack_from(">I", start, 24)[0] * 2
    return Length(
        stated, found, (stated - SHAPE_HEADER) // ENTRY, (min(stated, found) - SHAPE_HEADER) // ENTRY
    )


def check_geopackage(source: Source, layer: str | None, count: Callable[[str], int]) -> int | None:
    """How many rows the layer (none: the only one) has, none where there are several to choose from. `count`:
    how many rows of a table GDAL can read. Raises `InvalidInput` ("source.damaged") where its pages do not
    hang together."""
    with geopackage.opened(source) as file:
        try:
            tables = [name for (name,) in file.execute(TABLES, {"layer": layer})]
        except sqlite3.DatabaseError as error:
            raise ValueError(str(error)) from error
        for table in tables:
            if not is_sound(file, table):
                stated, read = stated_rows(file, table), count(table)
                if stated is not None and stated != read:
                    raise InvalidInput("source.damaged", source=source.name, stated=stated, read=read)
                raise InvalidInput("source.pages", source=source.name, table=table)
        return rows_of(file, tables[0]) if len(tables) == 1 else None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def is_sound(file: sqlite3.Connection, table: str) -> bool:
    try:
        found = file.execute(f"pragma quick_check({quoted(table)})").fetchone()
    except sqlite3.DatabaseError:
        return False
    return found == ("ok",)


def rows_of(file: sqlite3.Connection, table: str) -> int | None:
    """None for what is no table of rows of its own."""
    with closing(file.cursor()) as cursor:
        try:
            return cursor.execute(f"select count(*) from {quoted(table)}").fetchone()[0]
        except sqlite3.DatabaseError:
            return None


def stated_rows(file: sqlite3.Connection, table: str) -> int | None:
    """The number of rows that the file states; none where it states none: not every program keeps that
    table."""
    try:
        found = file.execute(STATED_ROWS, {"layer": table}).fetchone()
    except sqlite3.DatabaseError:
        return None
    return None if found is None or found[0] is None or found[0] < 0 else found[0]
