"""Files that are damaged: whatever the bytes, a reader gives rows or says that it cannot read them."""

import io
import json
import warnings
import zipfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely import Point

from etl import readers
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.readers import Source
from etl.registry import Feed
from etl.runs.cleaning import Cleaned, Cleaner
from geo.errors import InvalidInput
from geo.settings import City

CITY = City.load(Path(__file__).parents[3] / "geo/cities/astana.toml")
ROWS = [{"source_id": str(n), "opened_at": "2026-11-27 10:30", "title": f"Яма {n}"} for n in range(3)]
FEED = Feed("f", "incident", constants={"kind": "police"})
REPORTS = (
    "<service_requests><request><service_request_id>1</service_request_id><status>open</status>"
    "<requested_datetime>2026-11-27T10:30:00+05:00</requested_datetime></request></service_requests>"
)


def cleaned(body: bytes, form: str) -> list[Cleaned]:
    cleaner = Cleaner(
        FEED,
        ENTITIES["incident"],
        CITY,
        datetime(2026, 12, 1, tzinfo=UTC),
        ReferenceCatalogue(ids={}, due_hours={}, working=frozenset(), performer={}),
        lambda word: 0,
    )
    return [cleaner.clean(chunk) for chunk in readers.read(Source("t", body=body, format=form), FEED)]


def collection(*geometries: dict | None) -> bytes:
    features = [
        {"type": "Feature", "properties": row, "geometry": geometry}
        for row, geometry in zip(ROWS, geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


POINT = {"type": "Point", "coordinates": [71.43, 51.13]}


@cache
def whole_files() -> dict[str, tuple[bytes, str]]:
    frame = gpd.GeoDataFrame(ROWS, geometry=[Point(71.43, 51.13)] * 3, crs=4326)
    book, sheet, geoparquet = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
        book.active.append(row)
    book.save(sheet)
    frame.to_parquet(geoparquet)
    text = "\n".join(";".join(row) for row in (list(ROWS[0]), *(list(row.values()) for row in ROWS))).encode()
    with TemporaryDirectory() as folder:
        frame.to_file(f"{folder}/a.gpkg")
        frame.to_file(f"{folder}/a.shp", encoding="utf-8")
        parts = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    geopackage = parts.pop("a.gpkg")
    return {
        "csv": (text, "csv"),
        "json": (json.dumps(ROWS, ensure_ascii=False).encode(), "json"),
        "geojson": (collection(POINT, POINT, POINT), "geojson"),
        "gpkg": (geopackage, "gpkg"),
        "xlsx": (sheet.getvalue(), "xlsx"),
        "parquet": (geoparquet.getvalue(), "parquet"),
        "zip": (packed({"a.csv": text}), "zip"),
        "shp": (packed(parts), "zip"),
        "open311": (REPORTS.encode(), "open311"),
    }


def packed(files: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return body.getvalue()


DAMAGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=4)), min_size=1, max_size=8
)


@given(
    st.sampled_from(["csv", "json", "geojson", "gpkg", "xlsx", "parquet", "zip", "shp", "open311"]), DAMAGES
)
@example("geojson", [(0.24, 1, b"\xc6")])
@example("zip", [(0.001, 0, b"")])
def test_damage_is_read_or_said(name: str, damages: list[tuple[float, int, bytes]]) -> None:
    body, form = whole_files()[name]
    for at, gone, put in damages:
        index = int(at * len(body))
        body = body[:index] + put + body[index + gone :]
    with warnings.catch_warnings(action="ignore"):
        try:
            cleaned(body, form)
        except InvalidInput as error:
            assert error.code.startswith(("source.", "feed."))


def test_a_zip_with_a_password_or_of_half_a_shapefile_is_named() -> None:
    sealed = bytearray(packed({"a.csv": b"source_id"}))
    sealed[6] |= 1
    sealed[sealed.index(b"PK\x01\x02") + 8] |= 1
    half = packed({"a.shp": bytes(100), "a.shx": bytes(100)})
    for body, form, code in (
        (bytes(sealed), "zip", "unreadable"),
        (half, "zip", "part"),
        (b"PK\x03\x04", "csv", "cut_off"),
    ):
        with pytest.raises(InvalidInput, match=f"source.{code}"):
            cleaned(body, form)


def test_what_systems_leave_in_a_zip_is_no_second_file() -> None:
    table = b"source_id;opened_at\n1;2026-11-27\n"
    left = {"d/.DS_Store": b"x", "d/Thumbs.db": b"x", "__MACOSX/d/._a.csv": b"x", "d/desktop.ini": b"x"}
    [one] = cleaned(packed({"d/a.csv": table, **left}), "zip")
    assert one.staged.num_rows == 1


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": []},
        {"type": "Polygon", "coordinates": []},
        {"type": "MultiPoint", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Point", "coordinates": ["71.43", None]},
        {"type": "Point", "coordinates": [1e308, -1e308]},
    ],
)
def test_a_geometry_that_is_none_costs_no_row(geometry: dict | None) -> None:
    with warnings.catch_warnings(record=True) as warned:
        [one] = cleaned(collection(POINT, geometry, POINT), "geojson")
    assert one.staged["lon"].to_pylist() == [71.43, None, 71.43] and one.no_coordinates == 1
    assert not [warning for warning in warned if warning.category is RuntimeWarning]


def test_texts_that_are_no_utf8_are_read_and_said_to_be_a_guess() -> None:
    body = collection(POINT, POINT, POINT).decode().encode("cp1251")
    [one] = cleaned(body, "geojson")
    assert one.staged["title"].to_pylist() == [row["title"] for row in ROWS]
    assert one.chunk.by_reader == {"text.encoding_guessed": 3}


def test_half_of_a_number_is_no_id() -> None:
    ids = ("1.2345678901234568e+17", "7.0")
    rows = (f'{{"source_id": {number}, "opened_at": "2026-11-27"}}' for number in ids)
    [one] = cleaned(f"[{', '.join(rows)}]".encode(), "json")
    assert one.staged["source_id"].to_pylist() == ["7"]
    assert [(row["code"], row["field"]) for row in one.rejects()] == [("value.shortened", "source_id")]


def test_a_number_of_5000_digits_is_no_broken_json() -> None:
    rows = (f'{{"source_id": {number}, "opened_at": "2026-11-27"}}' for number in ("1" * 5000, "7"))
    [one] = cleaned(f"[{', '.join(rows)}]".encode(), "json")
    assert one.staged["source_id"].to_pylist() == ["7"]
    assert [row["field"] for row in one.rejects()] == ["source_id"]


def test_bytes_that_are_no_text_are_told_by_encoding_and_byte() -> None:
    with pytest.raises(InvalidInput) as caught:
        cleaned(b'[{"source_id": "1"}, {"source_id": "\xff"}]', "json")
    assert caught.value.code == "source.not_text"
    assert (caught.value.parameters["encoding"], caught.value.parameters["byte"]) == ("UTF-8", "0xFF")
