"""The same rows by any format are the same incidents: ids that some formats can keep as floats alone,
times and text of Kazakh and Russian."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from pyarrow import parquet
from shapely import Point

from etl import readers
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.readers import Source
from etl.registry import Feed
from etl.runs.cleaning import Cleaner
from geo.settings import DEFAULT_CITY, City

CITY = City.load(DEFAULT_CITY)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
FEED = Feed(
    "f",
    "incident",
    fields={"source_id": "id", "opened_at": "at", "title": "title"},
    constants={"kind": "police"},
)
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяёәғқңөұүһіАБВГДЕЖЗӘҒҚҢӨҰҮҺІ "
TITLES = (
    st.text(LETTERS, min_size=3, max_size=20)
    .map(lambda text: " ".join(text.split()))
    .map(lambda text: f"Яма {text}".strip())
)
ROWS = st.lists(
    st.tuples(st.integers(1, 2**53 - 1), TITLES), min_size=1, max_size=4, unique_by=lambda row: row[0]
)
AT = datetime(2026, 11, 27, 10, 30)


def staged(body: bytes, form: str) -> list[tuple[str, str, str]]:
    """(id, UTC time, title) of the rows of a file as they go to the database."""
    cleaner = Cleaner(
        FEED,
        ENTITIES["incident"],
        CITY,
        NOW,
        ReferenceCatalogue(ids={}, due_hours={}, working=frozenset(), performer={}),
        lambda word: 0,
    )
    table = pa.concat_tables(
        [
            cleaner.clean(chunk).staged
            for chunk in readers.read(Source(f"t.{form}", body=body, format=form), FEED)
        ]
    )
    return list(zip(*(map(str, table[name].to_pylist()) for name in ("source_id", "opened_at", "title"))))


def as_csv(rows: list) -> bytes:
    return (
        "id;at;title\n" + "".join(f"{number}.0;{AT:%d.%m.%Y %H:%M};{title}\n" for number, title in rows)
    ).encode()


def as_json(rows: list) -> bytes:
    return json.dumps(
        [{"id": float(number), "at": f"{AT:%Y-%m-%d %H:%M}", "title": title} for number, title in rows]
    ).encode()


def as_xlsx(rows: list) -> bytes:
    book, body = openpyxl.Workbook(), io.BytesIO()
    for line in [("id", "at", "title"), *((float(number), AT, title) for number, title in rows)]:
        book.active.append(line)
    book.save(body)
    return body.getvalue()


def as_parquet(rows: list) -> bytes:
    body = io.BytesIO()
    table = {
        "id": pa.array([float(number) for number, _ in rows]),
        "at": pa.array([AT] * len(rows), pa.timestamp("ms")),
        "title": [title for _, title in rows],
    }
    parquet.write_table(pa.table(table), body)
    return body.getvalue()


def frame(rows: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [float(number) for number, _ in rows],
            "at": [f"{AT:%Y-%m-%d %H:%M}"] * len(rows),
            "title": [title for _, title in rows],
        },
        geometry=[Point(71.43, 51.13)] * len(rows),
        crs=4326,
    )


def as_geojson(rows: list) -> bytes:
    return frame(rows).to_json().encode()


def as_zip(rows: list) -> bytes:
    body = io.BytesIO()
    with TemporaryDirectory() as folder, zipfile.ZipFile(body, "w") as packed:
        frame(rows).to_file(Path(folder) / "p.shp", encoding="UTF-8")
        for file in Path(folder).iterdir():
            packed.write(file, file.name)
    return body.getvalue()


@pytest.mark.parametrize(
    "write", [as_csv, as_json, as_xlsx, as_parquet, as_geojson, as_zip], ids=lambda write: write.__name__[3:]
)
@given(rows=ROWS)
@rules(max_examples=8)
def test_the_same_rows_in_any_format_are_the_same_incidents(write, rows: list) -> None:
    if write is as_zip:
        rows = [(number % 10**15, title) for number, title in rows]  # a dBASE number keeps fifteen digits
    wanted = {number: (str(number), "2026-11-27 05:30:00+00:00", title) for number, title in rows}
    assert staged(write(rows), write.__name__[3:]) == list(wanted.values())
