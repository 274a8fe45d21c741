import json
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pytest
from pyarrow import parquet
from shapely import Point

from etl import readers
from etl.chunk import CHUNK_ROWS
from etl.readers import Source
from etl.registry import Feed
from geo.errors import InvalidInput

FEED = Feed("f", "incident", 60)


def chunks(body: bytes, form: str, feed: Feed = FEED) -> list[readers.Chunk]:
    return list(readers.read(Source("test", body=body, format=form), feed))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_encoding_and_delimiter_are_found(encoding: str, delimiter: str) -> None:
    body = f"номер{delimiter}адрес\n1{delimiter}проспект Абая\n"
    [chunk] = chunks(body.encode(encoding), "csv")
    assert chunk.table.to_pylist() == [
        {"номер": "1", "адрес": "проспект Абая"}
    ] and chunk.numbers.tolist() == [1]


def test_csv_keeps_text_as_it_stands() -> None:
    [chunk] = chunks(b'id,x,x\n007,"a\nb",\n', "csv")
    assert chunk.table.to_pylist() == [{"id": "007", "x": "a\nb", "x_2": ""}]


def test_csv_rows_of_another_width_are_set_aside_with_their_numbers() -> None:
    [chunk] = chunks(b"id,x\n1,a\n2\n3,c\n4,d,e\n5,f\n", "csv")
    assert chunk.table["id"].to_pylist() == ["1", "3", "5"] and chunk.numbers.tolist() == [1, 3, 5]
    assert [(row.number, row.code, row.text) for row in chunk.broken] == [
        (2, "row.columns", "2"),
        (4, "row.columns", "4,d,e"),
    ]


def test_chunks_are_bounded() -> None:
    body = b"id\n" + b"".join(b"%d\n" % i for i in range(CHUNK_ROWS + 7))
    found = chunks(body, "csv")
    assert [chunk.table.num_rows for chunk in found] == [CHUNK_ROWS, 7] and found[1].numbers.tolist()[
        0
    ] == CHUNK_ROWS + 1


@pytest.mark.parametrize(
    ("body", "form", "code"),
    [(b"", form, "source.empty") for form in ("csv", "json", "xlsx", "geojson", "parquet", "zip")]
    + [(b"\n", "csv", "source.unreadable")],
)
def test_an_empty_file_is_named(body: bytes, form: str, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        chunks(body, form)


def points(srid: int) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": ["a", None]}, geometry=[Point(71.4, 51.1), None], crs=4326).to_crs(srid)


@pytest.mark.parametrize(("form", "suffix"), [("geojson", "geojson"), ("gpkg", "gpkg")])
def test_every_vector_format_is_read_with_its_crs(tmp_path: Path, form: str, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    points(4326).to_file(path)
    [chunk] = readers.read(Source(str(path), path), FEED)
    assert (
        chunk.table["name"].to_pylist() == ["a", None]
        and chunk.geometry == "geometry"
        and chunk.crs == "EPSG:4326"
    )
    assert readers.count_rows([Source(str(path), path)], FEED) == 2


def test_geoparquet_says_its_crs(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    points(32642).to_parquet(path)
    [chunk] = readers.read(Source(str(path), path), FEED)
    assert chunk.geometry == "geometry" and "UTM zone 42N" in chunk.crs


def test_plain_parquet_keeps_types(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"n": [1, 2]}), path)
    [chunk] = readers.read(Source(str(path), path), FEED)
    assert chunk.geometry is None and chunk.table["n"].to_pylist() == [1, 2]


def test_parquet_whatever_its_types(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = {
        "place": [{"lon": 71.4, "at": {"house": "5"}}, None],
        "list": [["a"], None],
        "bytes": [b"ok", "Яма во дворе".encode("cp1251")],
        "uuid": pa.array([b"\x01" * 16, None], pa.binary(16)),
        "far": pa.array([10**14, 0], pa.timestamp("s")),
        "when": pa.array([0, None], pa.timestamp("ns")),
    }
    parquet.write_table(pa.table(table), path)
    [chunk] = readers.read(Source(str(path), path), FEED)
    first, second = chunk.table.to_pylist()
    assert (first["place.lon"], first["place.at.house"], first["list"]) == ("71.4", "5", '["a"]')
    assert (first["bytes"], second["bytes"]) == ("ok", "Яма во дворе")
    assert chunk.by_reader == {"text.encoding_guessed": 1}
    assert first["uuid"] == "01" * 16 and second["place.lon"] is second["uuid"] is second["when"] is None
    assert "out of range" in first["far"] and second["far"].startswith("1970-01-01 00:00:00")


@pytest.mark.parametrize(
    "body",
    [
        '[{"id": 1, "t": {"a": 1}}, {"id": "2"}, 5]',
        '{"id": 1, "t": {"a": 1}}\n{"id": "2"}\n5\n',
    ],
)
def test_a_pushed_json_list_is_read(body: str) -> None:
    [chunk] = chunks(body.encode(), "json")
    assert chunk.table.to_pylist() == [
        {"id": "1", "t": '{"a": 1}', "t.a": "1"},
        {"id": "2", "t": None, "t.a": None},
    ]
    assert [(row.number, row.code) for row in chunk.broken] == [(3, "row.object")]


def test_a_pushed_feature_collection_is_read() -> None:
    feature = {
        "type": "Feature",
        "properties": {"name": "a"},
        "geometry": {"type": "Point", "coordinates": [71.4, 51.1]},
    }
    [chunk] = chunks(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode(), "json")
    assert chunk.geometry == "geometry" and chunk.table["name"].to_pylist() == ["a"]


@pytest.mark.parametrize(("form", "body"), [("json", b"{"), ("parquet", b"no"), ("geojson", b"no")])
def test_what_cannot_be_read_is_named(form: str, body: bytes) -> None:
    with pytest.raises(InvalidInput, match="source.unreadable"):
        chunks(body, form)


def test_an_unknown_format_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="source.format"):
        readers.read(Source("x.docx", tmp_path / "x.docx"), FEED)
    with pytest.raises(InvalidInput, match="source.missing"):
        readers.read(Source("x.csv", tmp_path / "x.csv"), FEED)
