"""The rows of a filter as a file: CSV, XLSX, GeoJSON or GeoPackage, all of them, today's included, from one
statement.

The rows go to a file on disk first, in pieces: memory stays bounded, the database is free before a slow
network is, and a failure is an answer and not half a file.

CSV and XLSX are for people: headings and values in the reader's words, titles as the list has them, times
by the city's clock, degrees with six decimals. CSV is for Excel in the reader's language
(`layers.spreadsheets`): UTF-8 with a byte order mark, times as "2026-11-22 21:14:05". XLSX has cells of
types, numbers of incidents as text. GeoJSON and GeoPackage are for programs: keys and codes. GeoJSON is
RFC 7946: EPSG:4326, longitude first, times with their offset. GeoPackage: layer "incidents", EPSG:4326,
times UTC. `attributes` holds what its feed keeps and declares public, as a JSON object. An incident without
a point is a row like any other, its geometry null.
"""

from __future__ import annotations

import csv
import io
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Connection, Engine, text

from geo.database import for_driver
from geo.errors import NotFound, Unavailable
from geo.settings import City
from layers.incidents.attributes import PUBLIC
from layers.incidents.export_rows import (
    BATCH_ROWS,
    COLUMNS,
    FORMATS,
    SHEET,
    WIDTHS,
    SheetWords,
    Wanted,
    fetched,
    query_of,
)
from layers.incidents.filters import IncidentFilter
from layers.reading import snapshot
from layers.spreadsheets import MISTAKEN, SheetColumn, by_clock, delimiter, has_decimal_comma, write_xlsx

TIMEOUT_S = 600
AT_ONCE = 2
"""Exports that one web process makes at a time."""
_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Export:
    """`path` is a file of the caller's own, to be deleted when it has been sent."""

    path: Path
    rows: int
    media_type: str
    name: str


def export(
    engine: Engine,
    city: City,
    incident_filter: IncidentFilter,
    lang: str,
    form: str,
    words: SheetWords | None = None,
    report: Callable[[int], None] = lambda rows: None,
) -> Export:
    """Write the rows to a file. `incident_filter` lies within the caller's scope. `report` takes, time and
    again, how many rows there are so far.

    Raises `NotFound` ("export.form"),
    `Unavailable` ("export.busy", "database.slow"), `TooLarge` ("export.sheet": more than an XLSX holds)."""
    if form not in FORMS:
        raise NotFound("export.form", form=form[:20], known=", ".join(FORMS))
    write, media_type = FORMS[form]
    now = datetime.now(UTC)
    with _slot(), snapshot(engine, TIMEOUT_S) as connection:
        with whole_file(f"incidents.{form}") as path:
            wanted = Wanted(city, incident_filter, lang, words or SheetWords(), report)
            rows = write(connection, wanted, path)
    clock = incident_filter.at(city, now).astimezone(city.time_zone)
    kind = "incidents" if incident_filter.moment is None else "incidents-as-of"
    return Export(path, rows, media_type, f"ikomek-{kind}-{clock:%Y%m%d-%H%M%S}.{form}")


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


def _csv(connection: Connection, wanted: Wanted, path: Path) -> int:
    lang = wanted.lang
    shown = [
        f"{_csv_value(expression.format(lang=lang), kind, lang)} as {name}"
        for name, expression, kind in SHEET
    ]
    rows, values = query_of(connection, wanted, ", ".join(shown))
    bound = values | {"zone": wanted.city.time_zone.key, "mistaken": MISTAKEN}
    with path.open("wb") as file:
        file.write(_csv_head(wanted))
        form = f"csv, delimiter '{delimiter(lang)}'"
        return _copy(connection, rows, bound, form, _Counted(file, wanted.report))


def _csv_head(wanted: Wanted) -> bytes:
    """The byte order mark and the headings; COPY would cut a long one."""
    line = io.StringIO()
    headings = [wanted.words.heading(name) for name, _, _ in SHEET]
    csv.writer(line, delimiter=delimiter(wanted.lang), lineterminator="\n").writerow(headings)
    return line.getvalue().encode("utf-8-sig")


def _csv_value(expression: str, kind: pa.DataType, lang: str) -> str:
    if pa.types.is_timestamp(kind):
        return f"to_char({expression} at time zone :zone, 'YYYY-MM-DD HH24:MI:SS')"
    if pa.types.is_string(kind):
        return f"case when {expression} ~ :mistaken then '''' || {expression} else {expression} end"
    if pa.types.is_floating(kind) and has_decimal_comma(lang):
        return f"replace(({expression})::text, '.', ',')"
    return expression


def _xlsx(connection: Connection, wanted: Wanted, path: Path) -> int:
    zone = wanted.city.time_zone
    read = [_xlsx_value(name, kind, zone) for name, _, kind in SHEET]
    shown = ", ".join(f"{expression.format(lang=wanted.lang)} as {name}" for name, expression, _ in SHEET)
    headings = [
        SheetColumn(wanted.words.heading(name), WIDTHS.get(name, 14), FORMATS.get(name))
        for name, _, _ in SHEET
    ]
    with closing(fetched(connection, wanted, shown)) as batches:
        rows = (
            [value if change is None else change(value) for value, change in zip(row, read)]
            for batch in batches
            for row in batch
        )
        return write_xlsx(path, wanted.words.sheet, headings, rows)


def _xlsx_value(name: str, kind: pa.DataType, zone: ZoneInfo) -> Callable[[Any], Any] | None:
    """A function that makes a cell of a column's value; none = the value is a cell as it is."""
    if pa.types.is_timestamp(kind):
        return partial(by_clock, zone=zone)
    return str if name == "number" else None


def _geojson(connection: Connection, wanted: Wanted, path: Path) -> int:
    """Each row is copied as a line ",{feature}"; the comma before the first is dropped. JSON holds no raw
    control character, so none needs quoting."""
    shown = ", ".join(
        f"'{name}', {PUBLIC if name == 'attributes' else expression.format(lang=wanted.lang)}"
        for name, expression, _ in COLUMNS
    )
    feature = f"""',' || json_build_object('type', 'Feature', 'id', i.id, 'geometry',
        ST_AsGeoJSON(i.point_4326, 6)::json, 'properties', json_build_object({shown}))::text"""
    rows, values = query_of(connection, wanted, feature)
    with path.open("wb") as file:
        file.write(b'{"type": "FeatureCollection", "features": [\n')
        connection.execute(
            text("select set_config('timezone', :zone, true)"), {"zone": wanted.city.time_zone.key}
        )
        count = _copy(
            connection,
            rows,
            values,
            "csv, quote E'\\x01', delimiter E'\\x02'",
            _Counted(_WithoutFirstByte(file), wanted.report),
        )
        file.write(b"]}\n")
        return count


class _Counted:
    """What COPY writes to, a row at a time."""

    def __init__(self, file: Any, report: Callable[[int], None]) -> None:
        self.file, self.report, self.rows = file, report, 0

    def write(self, data: bytes | str) -> int:
        self.rows += 1
        if self.rows % BATCH_ROWS == 0:
            self.report(self.rows)
        return self.file.write(data)


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


def _geopackage(connection: Connection, wanted: Wanted, path: Path) -> int:
    from geo.gdal import pyogrio  # here: it brings pandas along, a sixth of the time in which a server starts

    schema = pa.schema([(name, kind) for name, _, kind in COLUMNS] + [("geom", pa.binary())])
    batches = _Batches(connection, wanted, schema)
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
    """The rows in Arrow batches; `rows` counts what has passed."""

    def __init__(self, connection: Connection, wanted: Wanted, schema: pa.Schema) -> None:
        self.connection, self.wanted, self.schema, self.rows = connection, wanted, schema, 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        lang = self.wanted.lang
        shown = ", ".join(f"{expression.format(lang=lang)} as {name}" for name, expression, _ in COLUMNS)
        for rows in fetched(self.connection, self.wanted, f"{shown}, ST_AsBinary(i.point_4326) as geom"):
            self.rows += len(rows)
            columns = [list(column) for column in zip(*rows)]
            columns[-1] = [None if point is None else bytes(point) for point in columns[-1]]
            yield pa.record_batch(
                [pa.array(column, kind.type) for column, kind in zip(columns, self.schema)],
                schema=self.schema,
            )


FORMS = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": (_geojson, "application/geo+json"),
    "gpkg": (_geopackage, "application/geopackage+sqlite3"),
}
