"""The rows of an export: its columns, in whose language, and how they are read. The forms that people open
(`SHEET`) say them in words, as the list does; those for programs keep codes, and a title that is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, text

from geo.database import for_driver
from geo.settings import City
from layers.incidents.attributes import PUBLIC
from layers.incidents.filters import IncidentFilter
from layers.incidents.moment import need_past

BATCH_ROWS = 10_000
COLUMNS = (
    ("number", "i.id", pa.int64()),
    ("source", "i.source", pa.string()),
    ("source_id", "i.source_id", pa.string()),
    ("kind", "i.kind", pa.string()),
    ("category", "c.name_{lang}", pa.string()),
    ("title", "i.title", pa.string()),
    ("status", "i.status", pa.string()),
    ("priority", "i.priority", pa.int16()),
    ("opened", "i.opened_at", pa.timestamp("us", "UTC")),
    ("due", "i.due_at", pa.timestamp("us", "UTC")),
    ("closed", "i.closed_at", pa.timestamp("us", "UTC")),
    ("address", "i.address", pa.string()),
    ("district", "d.name_{lang}", pa.string()),
    ("performer", "p.name_{lang}", pa.string()),
    ("inquiries", "i.inquiries", pa.int64()),
    ("mass_event", "e.number", pa.string()),
    ("fine_tenge", "i.fine_tenge::float8", pa.float64()),
    ("attributes", f"({PUBLIC})::text", pa.string()),
)
DIGITS = 6
"""Decimals of a degree, about 0.1 m."""
POINT = (
    ("lon", f"round(ST_X(i.point_4326)::numeric, {DIGITS})", pa.float64()),
    ("lat", f"round(ST_Y(i.point_4326)::numeric, {DIGITS})", pa.float64()),
)
"""The point's columns in formats that have no geometry; EPSG:4326, degrees."""
TITLE = "coalesce(i.title, c.name_{{lang}}, {kind})"
"""What the list calls an incident."""
NAMED = ("source", "kind", "status", "priority")
"""Columns of codes that `SheetWords.values` has words for."""
WIDTHS = {"number": 12, "category": 34, "title": 44, "opened": 19, "due": 19, "closed": 19, "address": 40}
"""Column widths of an XLSX, in characters."""
FORMATS = {name: f"0.{'0' * DIGITS}" for name, _, _ in POINT}
"""How an XLSX shows numbers, where not as they come."""
FROM = """from {table} as i left join category as c on c.id = i.category_id left join district as d
    on d.region = i.region and d.id = i.district_id
    left join performer as p on p.id = coalesce(i.performer_id, c.performer_id)
    left join mass_event as e on e.region = i.region and e.id = i.group_id"""
NEWEST_FIRST = "order by i.opened_at desc, i.id desc"


@dataclass(frozen=True)
class SheetWords:
    """What a file for people says in the reader's words: its sheet, its headings by column, values by column
    and value; what is not named goes by its key."""

    sheet: str = "incidents"
    headings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)

    def heading(self, column: str) -> str:
        return self.headings.get(column, column)

    def bound(self) -> dict[str, str]:
        """The words of values, by the parameters of `SHEET`."""
        return {f"words_{name}": json.dumps(self.values.get(name, {})) for name in NAMED}


def _sheet() -> list[tuple[str, str, pa.DataType]]:
    columns = {name: (expression, kind) for name, expression, kind in (*COLUMNS, *POINT)}
    for name in NAMED:
        key = f"({columns[name][0]})::text"
        columns[name] = f"coalesce(cast(:words_{name} as jsonb) ->> {key}, {key})", pa.string()
    columns["title"] = TITLE.format(kind=columns["kind"][0]), pa.string()
    return [(name, *column) for name, column in columns.items()]


SHEET = _sheet()
"""The columns of CSV and XLSX; with `SheetWords.bound`."""


@dataclass(frozen=True)
class Wanted:
    """The rows to export, and in whose language."""

    city: City
    incident_filter: IncidentFilter
    lang: str
    words: SheetWords
    report: Callable[[int], None]
    """Takes, time and again, how many rows have been read for the file."""


def fetched(
    connection: Connection, wanted: Wanted, shown: str
) -> Generator[list[tuple[Any, ...]], None, None]:
    """The rows in pieces, read by a cursor on the server."""
    query, values = query_of(connection, wanted, shown)
    on_server: Any = connection.connection.cursor(name="export")  # as psycopg2 has it
    with closing(on_server) as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(for_driver(query), values)
        read = 0
        while rows := cursor.fetchmany(BATCH_ROWS):
            read += len(rows)
            wanted.report(read)
            yield rows


def query_of(connection: Connection, wanted: Wanted, shown: str) -> tuple[str, dict[str, Any]]:
    """The statement that gives `shown` of every row, and its values. Raises `InvalidInput` for a moment that
    cannot be shown."""
    city, incident_filter = wanted.city, wanted.incident_filter
    now = connection.execute(text("select now()")).scalar_one()
    if incident_filter.moment is not None:
        need_past(connection, city, incident_filter.moment, now)
    where, values = incident_filter.where(city, incident_filter.at(city, now))
    rows = incident_filter.rows(city)
    source = FROM.format(table=rows.table)
    statement = rows.statement(f"select {shown} {source} where {where} {NEWEST_FIRST}")
    return statement, values | wanted.words.bound()
