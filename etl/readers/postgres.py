"""A table (`table = "schema.name"`) or query (`options.query`) of another PostgreSQL, read only, by COPY:
as fast as the line, in bounded memory.

With a `watermark` column only rows from the feed's watermark on are asked for. A geometry column of
PostGIS comes with its CRS.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from psycopg import sql

from etl.chunk import Chunk, Source
from etl.readers import delimited
from etl.readers.header import top_of
from etl.readers.stream import BlockStream
from etl.registry import Feed
from geo.errors import InvalidInput, Unavailable

SESSION: dict[str, Any] = {
    "application_name": "ikomek-source",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": "-c timezone=UTC -c datestyle=ISO -c default_transaction_read_only=on",
}
GEOMETRY = "select oid from pg_type where typname = 'geometry'"
HEADER_BYTES = 1 << 20
COPIED = Feed("copied", "incident", delimiter=",")
"""How COPY writes CSV."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Raises `Unavailable` ("source.unreachable") and `InvalidInput` ("source.refused_statement",
    "source.statement")."""
    try:
        with (
            psycopg.connect(source.address, autocommit=True, **SESSION) as connection,
            connection.cursor() as cursor,
        ):
            statement = query_of(source, feed, connection)
            geometry = geometry_column(cursor, statement)
            with cursor.copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(statement)) as copied:
                stream = io.BufferedReader(BlockStream(iter(copied.read, b"")), delimited.BLOCK_BYTES)
                top = top_of(stream.peek(HEADER_BYTES).decode("utf-8", "ignore"), COPIED)
                for chunk in delimited.table(stream, top):
                    yield with_geometry(chunk, geometry)
    except psycopg.OperationalError as error:
        raise Unavailable("source.unreachable", source=source.name, reason=first_line(error)) from error
    except psycopg.Error as error:
        raise InvalidInput(
            "source.refused_statement", source=source.name, reason=first_line(error)
        ) from error


def query_of(source: Source, feed: Feed, connection: psycopg.Connection) -> sql.Composable:
    """What is selected, its values written out: COPY takes no parameters."""
    inner: sql.Composable
    if "query" in feed.options:
        inner = sql.SQL(feed.options["query"].strip().rstrip(";"))
    elif feed.table:
        inner = sql.SQL("select * from {}").format(sql.Identifier(*feed.table.split(".")))
    else:
        raise InvalidInput("source.statement", feed=feed.key)
    if source.since is None or feed.watermark is None:
        return inner
    return sql.SQL("select * from ({}) as asked where {} >= {}").format(
        inner, sql.Identifier(feed.watermark), sql.Literal(source.since)
    )


def geometry_column(cursor: psycopg.Cursor, statement: sql.Composable) -> str | None:
    """The first column of PostGIS' type, if there is one."""
    oids = {row[0] for row in cursor.execute(GEOMETRY).fetchall()}
    described = cursor.execute(
        sql.SQL("select * from ({}) as described limit 0").format(statement)
    ).description
    return next((column.name for column in described if column.type_code in oids), None)


def with_geometry(chunk: Chunk, name: str | None) -> Chunk:
    """Hexadecimal EWKB as WKB; its SRID is the chunk's CRS."""
    if name is None or not chunk.table.num_rows:
        return chunk
    written = chunk.table[name].to_numpy()
    shapes = shapely.from_wkb(np.where(written == "", None, written))
    srid = next((srid for srid in np.unique(shapely.get_srid(shapes)) if srid > 0), 0)
    column = pa.array(shapely.to_wkb(shapely.set_srid(shapes, 0)), pa.binary())
    table = chunk.table.set_column(chunk.table.column_names.index(name), name, column)
    return replace(chunk, table=table, geometry=name, crs=f"EPSG:{srid}" if srid else None)


def first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
