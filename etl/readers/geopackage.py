"""A GeoPackage's own words on its CRS: GDAL says nothing of one that it does not know, and makes one up for
"undefined"."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from etl.chunk import Source
from etl.readers.stream import plain

SQLITE = b"SQLite format 3\x00"
JOURNAL, OLD = 18, b"\x01"
"""Where in the header it stands how the file is written and read."""
STATED = """select g.srs_id, coalesce(s.srs_name, '-') from gpkg_contents c
    join gpkg_geometry_columns g using (table_name) left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id
    where :layer is null or c.table_name = :layer order by c.rowid limit 1"""


def is_one(source: Source) -> bool:
    """Whether it is a GeoPackage, by its first bytes."""
    with plain(source) as stream:
        return stream.read(len(SQLITE)) == SQLITE


def stated_crs(source: Source, layer: str | None) -> list[str]:
    """How the file names the CRS of a layer (none: its first); nothing for one without geometry. Raises
    ValueError for a damaged file."""
    with opened(source) as file:
        try:
            found = file.execute(STATED, {"layer": layer}).fetchone()
        except sqlite3.DatabaseError as error:
            raise ValueError(str(error)) from error
    return [] if found is None else [f"srs_id {found[0]} ({found[1]})"]


def journalled(body: bytes) -> bytes:
    """The file with its header changed to a rollback journal: one with a write-ahead log cannot be read from
    memory."""
    return body[:JOURNAL] + OLD * 2 + body[JOURNAL + 2 :]


@contextmanager
def opened(source: Source) -> Iterator[sqlite3.Connection]:
    """Opens the file for reading only."""
    if source.path is not None:
        address = f"{source.path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as file:
            yield file
        return
    with closing(sqlite3.connect(":memory:")) as file:
        file.deserialize(journalled(source.body or b""))
        yield file
