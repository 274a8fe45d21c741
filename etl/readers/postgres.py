"""A table (`table = "schema.name"`) or query (`options.query`) of another PostgreSQL, read only, by COPY:
as fast as the line, in bounded memory.

With a `watermark` column only rows from the feed's watermark on are asked for. A geometry column of
PostGIS comes with its CRS.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from psycopg import sql

from etl.chunk import BOOLEAN, NESTED, Chunk, Kinds, Source
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
TYPES = """select oid, case when typname in ('geometry', 'json', 'jsonb') then typname
    else typcategory::text end from pg_type where oid = any({})"""
GEOMETRY, JSON = "geometry", ("json", "jsonb")
OF_CATEGORY = {"B": BOOLEAN, "A": NESTED, "C": NESTED, "P": NESTED}
"""PostgreSQL's categories of types: booleans, arrays, rows of a type and of none."""
OF_JSON = {"{": NESTED, "[": NESTED, "t": BOOLEAN, "f": BOOLEAN}
"""How a JSON text begins."""
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
            types = column_types(cursor, statement)
            geometry = next((name for name, type_ in types.items() if type_ == GEOMETRY), None)
            with cursor.copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(statement)) as copied:
                stream = io.BufferedReader(BlockStream(iter(copied.read, b"")), delimited.BLOCK_BYTES)
                top = top_of(stream.peek(HEADER_BYTES).decode("utf-8", "ignore"), COPIED)
                for chunk in delimited.table(stream, top):
                    yield with_geometry(replace(chunk, kinds=kinds_of(chunk.table, types)), geometry)
    except psycopg.OperationalError as error:
        raise Unavailable("source.unreachable", source=source.name, reason=first_line(error)) from error
    except psycopg.Error as error:
        raise InvalidInput(
            "source.refused_statement", source=source.name, reason=first_line(error)
        ) from error


def query_of(source: Source, feed: Feed, connection: psycopg.Connection) -> sql.Composable:
    """The query for the rows, its values written out: COPY takes no parameters."""
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


def column_types(cursor: psycopg.Cursor, statement: sql.Composable) -> dict[str, str]:
    """The type of each column: "geometry", "json", "jsonb", or the category of its type."""
    described = cursor.execute(
        sql.SQL("select * from ({}) as described limit 0").format(statement)
    ).description
    oids = sql.Literal([column.type_code for column in described or ()])
    names: dict[int, str] = dict(cursor.execute(sql.SQL(TYPES).format(oids)).fetchall())
    return {column.name: names[column.type_code] for column in described or ()}


def kinds_of(table: pa.Table, types: Mapping[str, str]) -> Kinds:
    """COPY writes a text for each value."""
    kinds: dict[str, np.ndarray] = {}
    for name in table.column_names:
        type_ = types.get(name, "")
        if type_ in JSON or type_ in OF_CATEGORY:
            cells = table[name].to_pylist()
            kinds[name] = np.array(
                [
                    0 if not cell else OF_JSON.get(cell[0], 0) if type_ in JSON else OF_CATEGORY[type_]
                    for cell in cells
                ],
                dtype=np.int8,
            )
    return kinds


def with_geometry(chunk: Chunk, name: str | None) -> Chunk:
    """Hexadecimal EWKB as WKB; its SRID is the chunk's CRS, several of them one that nobody knows."""
    if name is None or not chunk.table.num_rows:
        return chunk
    written = chunk.table[name].to_numpy()
    shapes = shapely.from_wkb(np.where(written == "", None, written))
    srids = [f"EPSG:{srid}" for srid in np.unique(shapely.get_srid(shapes)).tolist() if srid > 0]
    column = pa.array(shapely.to_wkb(shapely.set_srid(shapes, 0)), pa.binary())
    table = chunk.table.set_column(chunk.table.column_names.index(name), name, column)
    return replace(chunk, table=table, geometry=name, crs=", ".join(srids) or None)


def first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
