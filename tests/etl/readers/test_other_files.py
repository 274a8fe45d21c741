"""Workbooks, archives, long JSON, text in other encodings: what a customer's folder holds besides CSV."""

import gzip
import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely import Point, box

from etl import readers
from etl.readers import Source, delimited, json_text, objects
from etl.registry import Feed
from geo.errors import InvalidInput

FEED = Feed("f", "incident", 60)


def rows(source: Source, feed: Feed = FEED) -> list[dict]:
    return [row for chunk in readers.read(source, feed) for row in chunk.table.to_pylist()]


def pushed(body: bytes, form: str) -> Source:
    return Source("test", body=body, format=form)


def workbook(*lines: list, sheet: str = "Лист1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Обложка"
    made = book.create_sheet(sheet, 0)
    for line in lines:
        made.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_sheet_is_read_as_a_person_sees_it() -> None:
    body = workbook(
        ["Отчёт"],
        ["№", "Когда", None, "Адрес"],
        [7.0, datetime(2024, 5, 1, 9, 30), "x", "Абая, 1"],
        [None] * 4,
        [8.5, None, None, True],
    )
    [chunk] = readers.read(pushed(body, "xlsx"), replace(FEED, header_row=2))
    assert chunk.table.to_pylist() == [
        {"№": "7", "Когда": "2024-05-01 09:30:00", "Адрес": "Абая, 1"},
        {"№": "8.5", "Когда": None, "Адрес": "true"},
    ]
    assert chunk.numbers.tolist() == [1, 3]
    assert rows(pushed(workbook(["a"], [1], sheet="Данные"), "xlsx"), replace(FEED, table="Данные")) == [
        {"a": "1"}
    ]


def test_a_number_that_its_cell_fills_up_with_zeros_keeps_them() -> None:
    book = openpyxl.Workbook()
    for line in (["id", "code", "n"], [7, 12.0, 7], [1234, 5.5, -7], ["007", None, True]):
        book.active.append(line)
    for cell, shown in (("A2", "000"), ("B2", "00000;-00000"), ("A3", "000"), ("B3", "00000")):
        book.active[cell].number_format = shown
    for cell in ("C3", "C4"):
        book.active[cell].number_format = "000"
    written = io.BytesIO()
    book.save(written)
    assert rows(pushed(written.getvalue(), "xlsx")) == [
        {"id": "007", "code": "00012", "n": "7"},
        {"id": "1234", "code": "5.5", "n": "-7"},
        {"id": "007", "code": None, "n": "true"},
    ]


def test_a_number_of_more_digits_than_a_sheet_keeps_shows_that_it_lost_some() -> None:
    body = workbook(["id"], [123456789012345], [1.23456789012346e17])
    assert [row["id"] for row in rows(pushed(body, "xlsx"), FEED)] == [
        "123456789012345",
        "1.23456789012346E+17",
    ]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_only_where_it_is_named_or_alone(state: str) -> None:
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "Список", state
    for sheet, value in ((book.active, "old"), (book.create_sheet("Данные"), "now")):
        sheet.append(["id"])
        sheet.append([value])
    written = io.BytesIO()
    book.save(written)
    assert rows(pushed(written.getvalue(), "xlsx")) == [{"id": "now"}]
    assert rows(pushed(written.getvalue(), "xlsx"), replace(FEED, table="Список")) == [{"id": "old"}]


@pytest.mark.parametrize("body", [b"no workbook", workbook([None], [1])])
def test_what_is_no_table_is_named(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="source.unreadable"):
        rows(pushed(body, "xlsx"))
    with pytest.raises(InvalidInput, match="source.unreadable"):
        rows(pushed(workbook(["a"]), "xlsx"), replace(FEED, table="Нет такого"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "cp1251"])
def test_text_of_any_encoding_is_read_after_a_title(encoding: str) -> None:
    body = "Выгрузка; 2024\nномер;адрес, дом\n1;Абая, 5\n".encode(encoding)
    assert rows(pushed(body, "csv"), replace(FEED, header_row=2, delimiter=";")) == [
        {"номер": "1", "адрес, дом": "Абая, 5"}
    ]


def test_the_delimiter_is_the_one_that_cuts_all_lines_alike() -> None:
    assert rows(pushed(b'id;"name, short, long"\n1;a\n2;b\n', "csv")) == [
        {"id": "1", "name, short, long": "a"},
        {"id": "2", "name, short, long": "b"},
    ]


def test_what_was_gzipped_is_read_by_the_suffix_before(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(b"id\n1\n"))
    assert rows(Source(str(path), path)) == [{"id": "1"}]


@pytest.mark.parametrize("inside", ["", "data/"])
def test_a_zipped_shapefile_is_read_with_its_code_page(tmp_path: Path, inside: str) -> None:
    folder = tmp_path / "shp"
    folder.mkdir()
    gpd.GeoDataFrame(
        {"name": ["Есіл ауданы".replace("і", "i")]}, geometry=[box(71.4, 51.1, 71.5, 51.2)], crs=4326
    ).to_file(folder / "d.shp", encoding="cp1251")
    (folder / "d.cpg").unlink()
    path = tmp_path / "districts.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in folder.iterdir():
            packed.write(file, f"{inside}{file.name}")
    [chunk] = readers.read(Source(str(path), path), replace(FEED, encoding="cp1251"))
    assert (
        chunk.table["name"].to_pylist() == ["Есiл ауданы"]
        and chunk.geometry == "geometry"
        and chunk.crs == "EPSG:4326"
    )
    assert (
        rows(Source("pushed", body=path.read_bytes(), format="zip"), replace(FEED, encoding="cp1251"))[0][
            "name"
        ]
        == "Есiл ауданы"
    )


def test_a_zip_of_one_file_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "calls.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../../calls.csv", "id\n1\n")
    assert rows(Source(str(path), path)) == [{"id": "1"}]
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("more.csv", "id\n2\n")
    with pytest.raises(InvalidInput, match="source.several"):
        rows(Source(str(path), path))


@pytest.mark.parametrize("spaces", [None, 2])
def test_a_list_longer_than_a_block_is_read_piece_by_piece(monkeypatch, spaces) -> None:
    monkeypatch.setattr(json_text, "BLOCK", 64)
    wanted = [{"id": str(i), "text": "жол " * (i % 40), "n": i * 1.5} for i in range(60)]
    body = json.dumps(wanted, ensure_ascii=False, indent=spaces).encode()
    assert [row["text"] for row in rows(pushed(body, "json"))] == [row["text"] for row in wanted]
    assert [row["n"] for row in rows(pushed(body, "json"))] == [str(row["n"]) for row in wanted]


@pytest.mark.parametrize(
    "body", [b'[{"id": 1}, {"id": 2}', b'[{"id": 1}, nonsense]', b'{"id": 1', b'{"id": ' * 20_000]
)
def test_json_that_breaks_off_is_named(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="source.unreadable"):
        rows(pushed(body, "json"))


def test_a_bad_line_is_a_reject_and_not_the_end() -> None:
    [chunk] = readers.read(pushed(b'\xef\xbb\xbf{"id": 1}\n{"id": \n\n{"id": 3}\n', "json"), FEED)
    assert chunk.table["id"].to_pylist() == ["1", "3"] and [
        (row.number, row.code, row.text) for row in chunk.broken
    ] == [(2, "row.json", '{"id": ')]


def test_a_list_inside_a_json_object_is_found() -> None:
    body = b'{"result": {"records": [{"id": 1}, {"id": 2}]}}'
    assert rows(pushed(body, "json"), replace(FEED, table="result.records")) == [{"id": "1"}, {"id": "2"}]
    with pytest.raises(InvalidInput, match="source.unreadable"):
        rows(pushed(body, "json"), replace(FEED, table="result.rows"))


def test_points_of_a_shapefile_in_another_crs_are_transformed(tmp_path: Path) -> None:
    path = tmp_path / "p.shp"
    gpd.GeoDataFrame({"n": [1]}, geometry=[Point(71.4, 51.1)], crs=4326).to_crs(32642).to_file(path)
    [chunk] = readers.read(Source(str(path), path), FEED)
    assert chunk.crs == "EPSG:32642"


def test_values_inside_objects_are_columns_of_their_own() -> None:
    body = json.dumps(
        {
            "meta": {"fields": [{"id": "a"}]},
            "result": {"records": [{"id": 1, "at": {"point": {"coordinates": [71.4, 51.1]}}}, {"id": 2}, 5]},
        }
    )
    source = pushed(body.encode(), "json")
    assert objects.find_list(source) == "result.records"
    [chunk] = readers.read(source, replace(FEED, table="result.records"))
    assert chunk.table["at.point.coordinates.0"].to_pylist() == ["71.4", None] and [
        row.number for row in chunk.broken
    ] == [3]
    with pytest.raises(InvalidInput, match='no "rows" among records'):
        rows(source, replace(FEED, table="result.rows"))


@pytest.mark.parametrize("body", [b"5", b"[1]", b'{"a": 1}', b'{"a": 1}\n{"a": [{}]}', b'{"a": [{"b"'])
def test_json_without_a_list_of_objects_is_refused(body: bytes) -> None:
    assert objects.find_list(pushed(body, "json")) is None


def test_a_quotation_mark_that_does_not_close_costs_its_own_row() -> None:
    lines = [f'{n},"x{n}",y' if n == 40 else f"{n},x{n},y" for n in range(1, 61)]
    lines[4] = '5,"x5,y'
    body = "\n".join(["id,text,more", *lines]).encode()
    [chunk] = readers.read(pushed(body, "csv"), FEED)
    assert [(row.number, row.code, row.text) for row in chunk.broken][0] == (5, "row.quote", "5,x5,y")
    assert len(chunk.broken) == 1 and chunk.table.num_rows == 59
    assert dict(zip(chunk.table["id"].to_pylist(), chunk.numbers.tolist())) == {
        str(n): n for n in range(1, 61) if n != 5
    }
    [open_end] = readers.read(pushed(body.replace(b'"x40"', b"x40"), "csv"), FEED)
    assert [(row.number, row.code) for row in open_end.broken] == [
        (5, "row.quote")
    ] and open_end.table.num_rows == 59


def test_a_quotation_mark_that_swallows_megabytes_is_named(monkeypatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 512)
    body = (
        b"id,text,more\n"
        + b"".join(b"%d,x,y\n" % n for n in range(400))
        + b'400,"x,y\n'
        + b"".join(b"%d,x,y\n" % n for n in range(400))
    )
    with pytest.raises(InvalidInput, match="source.quote") as caught:
        rows(pushed(body, "csv"))
    assert 0 < caught.value.parameters["row"] <= 401


def test_a_text_of_several_lines_stays_one() -> None:
    assert rows(pushed(b'id,text,more\n1,"a,b\nc\nd",y\n', "csv")) == [
        {"id": "1", "text": "a,b\nc\nd", "more": "y"}
    ]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"id;x\n1;a;\n2;b;\n", [{"id": "1", "x": "a", "": ""}, {"id": "2", "x": "b", "": ""}]),
        (b"id;x;\n1;a\n2;b\n", [{"id": "1", "x": "a"}, {"id": "2", "x": "b"}]),
        (b"\n\nid;x\n\n1;a\n", [{"id": "1", "x": "a"}]),
        (b"id;x", []),
    ],
)
def test_delimiters_at_line_ends_and_blank_lines_are_no_rows_or_columns(body: bytes, wanted: list) -> None:
    assert rows(pushed(body, "csv")) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("id,текст\n1,жол және көше\n".encode("utf-16-le"), "жол және көше"),
        ("id,текст\n1,жол және көше\n".encode("utf-16-be"), "жол және көше"),
        (
            "id,текст\n1,жол\n".encode()
            + b"2,\xff"
            + "көше мен даңғыл, тұйық көше".replace(",", ";").encode()
            + b"\n",
            "жол",
        ),
        ("id,текст\n1,жол\n".encode("cp1251") + b"2,\x98\n", "жол"),
    ],
)
def test_damaged_and_wide_text_is_read(body: bytes, wanted: str) -> None:
    found = rows(pushed(body, "csv"))
    assert found[0]["текст"] == wanted and (len(found) == 1 or "\ufffd" in found[1]["текст"])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not a text"):
        rows(pushed(bytes(range(256)) * 20, "csv"))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_was_packed_and_breaks_off_is_named(form: str) -> None:
    packed = gzip.compress(b'[{"id": 1}]' * 999)
    with pytest.raises(InvalidInput, match="source.unreadable"):
        rows(pushed(packed[: len(packed) // 2], form))


def test_a_header_of_two_rows_with_joined_cells_is_one_header() -> None:
    body = workbook(["Отчёт"], ["№", "Координаты", None], [None, "Широта", "Долгота"], [7, 51.1, 71.4])
    assert rows(pushed(body, "xlsx"), replace(FEED, header_row=3)) == [
        {"№": "7", "Широта": "51.1", "Долгота": "71.4"}
    ]
