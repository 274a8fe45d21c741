"""GIS files that are cut short or damaged are refused before a row is read; sound ones are read whole."""

import gzip
import io
import os
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import openpyxl
import pytest
from shapely import Point

from etl import readers
from etl.readers import Source
from etl.registry import Feed
from geo.errors import InvalidInput, StorageFull

FEED = Feed("f", "incident", constants={"kind": "police"})
ROWS = 500


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    """A GeoPackage and the parts of a Shapefile with the same points."""
    folder = tmp_path_factory.mktemp("whole")
    frame = gpd.GeoDataFrame(
        {
            "source_id": [f"n{n}" for n in range(ROWS)],
            "opened_at": ["2026-11-27 10:30"] * ROWS,
            "title": ["Яма во дворе " * 5] * ROWS,
        },
        geometry=[Point(71.4 + n / 10_000, 51.1) for n in range(ROWS)],
        crs=4326,
    )
    frame.to_file(folder / "a.gpkg")
    frame.to_file(folder / "a.shp", encoding="utf-8")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shapefile(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: body for name, body in files.items() if name != "a.gpkg"}


def packed(files: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return body.getvalue()


def read(body: bytes, form: str) -> int:
    return sum(chunk.table.num_rows for chunk in readers.read(Source("t", body=body, format=form), FEED))


def refused(body: bytes, form: str) -> InvalidInput:
    """What a damaged file is told, with no row read before."""
    chunks = readers.read(Source("t", body=body, format=form), FEED)
    with pytest.raises(InvalidInput) as caught:
        next(chunks)
    return caught.value


def test_a_geopackage_with_broken_pages_is_refused_with_its_figures(files, tmp_path) -> None:
    body = bytearray(files["a.gpkg"])
    half = len(body) // 2
    body[half : half + 3000] = b"\xaa" * 3000
    error = refused(bytes(body), "gpkg")
    assert (error.code, error.parameters["stated"]) == ("source.damaged", ROWS)
    assert 0 < error.parameters["read"] < ROWS
    path = tmp_path / "a.gpkg"
    path.write_bytes(body)
    with pytest.raises(InvalidInput, match="source.damaged"):
        next(readers.read(Source(str(path), path), FEED))


def test_half_a_geopackage_is_refused(files) -> None:
    body = files["a.gpkg"]
    assert refused(body[: len(body) // 2], "gpkg").code.startswith("source.")


def test_a_geopackage_whose_own_count_is_wrong_or_unknown_is_read_whole(files, tmp_path: Path) -> None:
    for count in ("null", "-1", "900"):
        path = tmp_path / "counted.gpkg"
        path.write_bytes(files["a.gpkg"])
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(f"update gpkg_ogr_contents set feature_count = {count}")
        assert read(path.read_bytes(), "gpkg") == ROWS
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("drop table gpkg_ogr_contents")
    assert read(path.read_bytes(), "gpkg") == ROWS


@pytest.mark.parametrize("suffix, code", [("dbf", "damaged"), ("shx", "damaged"), ("shp", "cut")])
def test_a_shapefile_with_a_part_cut_in_half_is_refused(files, suffix, code, tmp_path: Path) -> None:
    parts = shapefile(files)
    parts[f"a.{suffix}"] = parts[f"a.{suffix}"][: len(parts[f"a.{suffix}"]) // 2]
    error = refused(packed(parts), "zip")
    assert error.code == f"source.{code}"
    assert error.parameters["read"] < error.parameters["stated"]
    for name, body in parts.items():
        (tmp_path / name).write_bytes(body)
    path = tmp_path / "a.shp"
    with pytest.raises(InvalidInput, match=f"source.{code}"):
        next(readers.read(Source(str(path), path), FEED))


@pytest.mark.parametrize("suffix", ["dbf", "shx"])
def test_a_shapefile_without_a_part_is_told_which(files, suffix: str) -> None:
    parts = shapefile(files)
    del parts[f"a.{suffix}"]
    error = refused(packed(parts), "zip")
    assert (error.code, error.parameters["part"]) == ("source.part", f".{suffix}")


def test_a_row_deleted_from_a_shapefile_is_not_missing(files) -> None:
    parts = shapefile(files)
    table = bytearray(parts["a.dbf"])
    table[int.from_bytes(table[8:10], "little")] = ord("*")
    assert read(packed({**parts, "a.dbf": bytes(table)}), "zip") == ROWS - 1


def test_sound_files_are_read_whole(files) -> None:
    assert read(files["a.gpkg"], "gpkg") == read(packed(shapefile(files)), "zip") == ROWS


def test_half_a_workbook_or_archive_is_said_to_be_cut_short() -> None:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for n in range(200):
        book.active.append([f"n{n}", "2026-11-27"])
    book.save(written)
    assert refused(written.getvalue()[: len(written.getvalue()) // 2], "xlsx").code == "source.cut_off"
    half = packed({"a.csv": b"source_id;opened_at\n" * 1000})
    assert refused(half[: len(half) // 2], "zip").code == "source.cut_off"


def claiming(size: int, packed_size: int) -> list[zipfile.ZipInfo]:
    member = zipfile.ZipInfo("a.csv")
    member.file_size, member.compress_size = size, packed_size
    return [member]


@pytest.mark.parametrize(
    ("size", "packed_size", "code"),
    [(25 << 30, 5 << 30, "source.zip_size"), (10 << 30, 10_000_000, "source.zip_ratio")],
)
def test_an_archive_that_claims_too_much_is_told_the_true_limit(size, packed_size, code) -> None:
    with pytest.raises(InvalidInput, match=code):
        readers.packed.check_size([claiming(size, packed_size)], Source("t"))


@pytest.fixture(scope="module")
def deliveries(files) -> dict[str, tuple[bytes, str]]:
    """What is a zip, however it is read: each of more than 40 kB, packed more than 3 times."""
    book, written = openpyxl.Workbook(), io.BytesIO()
    for _ in range(1000):
        book.active.append(["Яма во дворе", "2026-11-27"])
    book.save(written)
    return {
        "table": (packed({"a.csv": b"source_id;opened_at\n1;2026-11-27\n" * 2000}), "zip"),
        "shapefile": (packed(shapefile(files)), "zip"),
        "workbook": (written.getvalue(), "xlsx"),
    }


@pytest.mark.parametrize("name", ["table", "shapefile", "workbook"])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"MOST_BYTES": 40_000}, "source.zip_size"),
        ({"SMALL_BYTES": 40_000, "MOST_RATIO": 3}, "source.zip_ratio"),
    ],
)
def test_whatever_is_a_zip_is_bounded(deliveries, name, limits, code, monkeypatch) -> None:
    body, form = deliveries[name]
    assert read(body, form)
    for limit, value in limits.items():
        monkeypatch.setattr(readers.stream, limit, value)
    assert refused(body, form).code == code


def test_what_gzip_unpacks_is_bounded_while_it_is_read(monkeypatch) -> None:
    """It says nothing true of its size: the reading itself stops."""
    table = gzip.compress(b"id,value\n" + b"1,x\n" * 50_000)
    assert read(table, "csv")
    monkeypatch.setattr(readers.stream, "SMALL_BYTES", 40_000)
    monkeypatch.setattr(readers.stream, "MOST_RATIO", 3)
    assert refused(table, "csv").code == "source.zip_ratio"
    monkeypatch.setattr(readers.stream, "MOST_BYTES", 30_000)
    assert refused(table, "csv").code == "source.zip_size"


@pytest.mark.parametrize("name", ["table", "shapefile"])
def test_what_does_not_fit_on_the_disk_is_not_unpacked(deliveries, name, monkeypatch) -> None:
    body, form = deliveries[name]
    free = readers.packed.SPARE_BYTES + 40_000
    monkeypatch.setattr(readers.packed, "disk_usage", lambda path: SimpleNamespace(free=free))
    with pytest.raises(StorageFull, match="source.no_room"):
        read(body, form)


def test_of_several_shapefiles_the_declared_ones_are_read(files) -> None:
    """A layer, a file, a pattern; nobody guesses which one was meant."""
    several = {f"{name}{part[1:]}": body for name in ("a", "b") for part, body in shapefile(files).items()}
    body = packed({**several, "readme.txt": b"x"})
    assert refused(body, "zip").code == "source.several"
    for declared, times in (({"table": "b"}, 1), ({"member": "a.shp"}, 1), ({"member": "*.shp"}, 2)):
        chunks = readers.read(Source("t", body=body, format="zip"), replace(FEED, **declared))
        assert sum(chunk.table.num_rows for chunk in chunks) == times * ROWS, declared


def test_what_killed_runs_left_is_swept_and_that_of_others_is_kept(files, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(readers.packed, "gettempdir", lambda: str(tmp_path))
    old, young, other = (tmp_path / name for name in ("ikomek-zip-old", "ikomek-zip-young", "other"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "rows.csv").write_text("x")
    for folder in (old, other):
        os.utime(folder, (0, 0))
    assert read(packed(shapefile(files)), "zip") == ROWS
    assert not old.exists() and young.exists() and other.exists()
