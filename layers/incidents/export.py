"""The rows of a filter as a file: CSV, GeoJSON or GeoPackage, all of them, today's included, from one
statement.

The rows go to a file on disk first, in pieces: memory stays bounded, the database is free before a slow
network is, and a failure is an answer and not half a file.

CSV is for Excel as it is set up here: UTF-8 with a byte order mark, semicolons, times by the city's clock
("2026-11-22 21:14:05"), a text that Excel would take for a formula begins with an apostrophe. GeoJSON is
RFC 7946: EPSG:4326, longitude first, times with their offset. GeoPackage: layer "incidents", EPSG:4326,
times UTC. `attributes` holds what its feed keeps and declares public, as a JSON object. An incident without
a point is a row like any other, its geometry null.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from sqlalchemy import Connection, Engine, text

from geo.database import for_driver
from geo.errors import NotFound, Unavailable
from geo.settings import City
from layers.incidents.attributes import PUBLIC
from layers.incidents.filters import IncidentFilter
from layers.reading import snapshot

TIMEOUT_S = 600
AT_ONCE = 2
"""Exports that one web process makes at a time."""
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
    ("fine_tenge", "i.fine_tenge::float8", pa.float64()),
    ("attributes", f"({PUBLIC})::text", pa.string()),
)
FROM = """from incident as i left join category as c on c.id = i.category_id left join district as d
    on d.region = i.region and d.id = i.district_id
    left join performer as p on p.id = coalesce(i.performer_id, c.performer_id)"""
NEWEST_FIRST = "order by i.opened_at desc, i.id desc"
_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Export:
    """`path` is a file of the caller's own, to be deleted when it has been sent."""

    path: Path
    rows: int
    media_type: str
    name: str


def export(engine: Engine, city: City, incident_filter: IncidentFilter, lang: str, form: str) -> Export:
    """Write the rows to a file. `incident_filter` lies within the caller's scope.

    Raises `NotFound` ("export.form"),
    `Unavailable` ("export.busy", "database.slow")."""
    if form not in FORMS:
        raise NotFound("export.form", form=form[:20], known=", ".join(FORMS))
    write, media_type = FORMS[form]
    now = datetime.now(UTC)
    with _slot(), snapshot(engine, TIMEOUT_S) as connection:
        with whole_file(f"incidents.{form}") as path:
            rows = write(connection, city, incident_filter, lang, path)
    return Export(
        path, rows, media_type, f"ikomek-incidents-{now.astimezone(city.time_zone):%Y%m%d-%H%M}.{form}"
    )


@contextmanager
def whole_file(name: str) -> Iterator[Path]:
    """A file to write, in a folder of its own; of one that is cut short nothing stays."""
    path = Path(tempfile.mkdtemp(prefix="ikomek-export-")) / name
    try:
        yield path
    except BaseException:  # also when a process that is told to end leaves it half written
        discard(path)
        raise


def discard(path: Path) -> None:
    """Delete an export's file and its folder."""
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise Unavailable("export.busy", most=AT_ONCE)
    try:
        yield
    finally:
        _slots.release()


def _csv(connection: Connection, city: City, incident_filter: IncidentFilter, lang: str, path: Path) -> int:
    where, values = condition_of(connection, city, incident_filter)
    shown = [
        f"{_csv_value(expression.format(lang=lang), kind)} as {name}" for name, expression, kind in COLUMNS
    ]
    rows = (
        f"select {', '.join(shown)}, ST_X(i.point_4326) as lon, ST_Y(i.point_4326) as lat {FROM} where "
        f"{where} {NEWEST_FIRST}"
    )
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        return _copy(
            connection, rows, values | {"zone": city.time_zone.key}, "csv, header, delimiter ';'", file
        )


def _csv_value(expression: str, kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return f"to_char({expression} at time zone :zone, 'YYYY-MM-DD HH24:MI:SS')"
    if pa.types.is_string(kind):
        return f"case when {expression} ~ '^[=+@\\t\\r-]' then '''' || {expression} else {expression} end"
    return expression


def _geojson(
    connection: Connection, city: City, incident_filter: IncidentFilter, lang: str, path: Path
) -> int:
    """Each row is copied as a line ",{feature}"; the comma before the first is dropped. JSON holds no raw
    control character, so none needs quoting."""
    where, values = condition_of(connection, city, incident_filter)
    shown = ", ".join(
        f"'{name}', {PUBLIC if name == 'attributes' else expression.format(lang=lang)}"
        for name, expression, _ in COLUMNS
    )
    rows = f"""select ',' || json_build_object('type', 'Feature', 'id', i.id, 'geometry',
        ST_AsGeoJSON(i.point_4326, 6)::json,
        'properties', json_build_object({shown}))::text {FROM} where {where} {NEWEST_FIRST}"""
    with path.open("wb") as file:
        file.write(b'{"type": "FeatureCollection", "features": [\n')
        connection.execute(text("select set_config('timezone', :zone, true)"), {"zone": city.time_zone.key})
        count = _copy(
            connection, rows, values, "csv, quote E'\\x01', delimiter E'\\x02'", _WithoutFirstByte(file)
        )
        file.write(b"]}\n")
        return count


class _WithoutFirstByte:
    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.skip = file, 1

    def write(self, data: bytes | str) -> int:
        raw = data.encode() if isinstance(data, str) else data
        self.file.write(raw[self.skip :] if raw else raw)
        self.skip = 0 if raw else self.skip
        return len(data)


def _copy(connection: Connection, rows: str, values: dict[str, Any], form: str, file: Any) -> int:
    """Run COPY of a query into a file; returns how many rows it wrote."""
    with closing(connection.connection.cursor()) as cursor:
        query = cursor.mogrify(for_driver(rows), values).decode()
        cursor.copy_expert(f"copy ({query}) to stdout with (format {form})", file)
        return cursor.rowcount


def _geopackage(
    connection: Connection, city: City, incident_filter: IncidentFilter, lang: str, path: Path
) -> int:
    from geo.gdal import pyogrio  # here: it brings pandas along, a sixth of the time in which a server starts

    schema = pa.schema([(name, kind) for name, _, kind in COLUMNS] + [("geom", pa.binary())])
    batches = _Batches(connection, city, incident_filter, lang, schema)
    pyogrio.raw.write_arrow(
        pa.RecordBatchReader.from_batches(schema, iter(batches)),
        str(path),
        layer="incidents",
        driver="GPKG",
        geometry_name="geom",
        geometry_type="Point",
        crs="EPSG:4326",
    )
    return batches.rows


class _Batches:
    """The rows in Arrow batches, read by a cursor on the server; `rows` counts what has passed."""

    def __init__(
        self,
        connection: Connection,
        city: City,
        incident_filter: IncidentFilter,
        lang: str,
        schema: pa.Schema,
    ) -> None:
        self.connection, self.schema, self.rows = connection, schema, 0
        where, self.values = condition_of(connection, city, incident_filter)
        shown = ", ".join(f"{expression.format(lang=lang)} as {name}" for name, expression, _ in COLUMNS)
        self.statement = (
            f"select {shown}, ST_AsBinary(i.point_4326) as geom {FROM} where {where} {NEWEST_FIRST}"
        )

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        on_server: Any = self.connection.connection.cursor(name="export")  # as psycopg2 has it
        with closing(on_server) as cursor:
            cursor.itersize = BATCH_ROWS
            cursor.execute(for_driver(self.statement), self.values)
            while rows := cursor.fetchmany(BATCH_ROWS):
                self.rows += len(rows)
                columns = [list(column) for column in zip(*rows)]
                columns[-1] = [None if point is None else bytes(point) for point in columns[-1]]
                yield pa.record_batch(
                    [pa.array(column, kind.type) for column, kind in zip(columns, self.schema)],
                    schema=self.schema,
                )


def condition_of(
    connection: Connection, city: City, incident_filter: IncidentFilter
) -> tuple[str, dict[str, Any]]:
    return incident_filter.where(city, connection.execute(text("select now()")).scalar_one())


FORMS = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "geojson": (_geojson, "application/geo+json"),
    "gpkg": (_geopackage, "application/geopackage+sqlite3"),
}
