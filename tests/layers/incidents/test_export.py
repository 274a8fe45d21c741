"""Exports: as many rows as the list says in each format, readable elsewhere, nothing a spreadsheet would
run."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from datetime import datetime
from pathlib import Path

import geopandas
import pandas
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Connection, Engine, text

from geo.accounts.users import Principal
from geo.database import connect_engine
from geo.errors import InvalidInput, NotFound, TooLarge, Unavailable
from geo.settings import Settings
from layers import spreadsheets
from layers.incidents import export as exports
from layers.incidents import export_rows
from layers.incidents.export import FORMS, Export, discard, export
from layers.incidents.export_progress import followed, rows_written
from layers.incidents.export_rows import SheetWords
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from tests.support.connected import engine_as

ALL = IncidentFilter(window="dates")


engine = engine_as("reader", "engine", of="demo_settings", scope="module")


def read(made: Export) -> pandas.DataFrame:
    if made.path.suffix == ".csv":
        return pandas.read_csv(made.path, sep=";", decimal=",", encoding="utf-8-sig")
    if made.path.suffix == ".xlsx":
        return pandas.read_excel(made.path, converters={"number": as_written})
    return geopandas.read_file(made.path)


def as_written(cell: object) -> int:
    """A number of an incident is a text in an XLSX."""
    assert isinstance(cell, str)
    return int(cell)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "query",
    [{}, {"window": "dates"}, {"window": "dates", "kind": "police"}, {"window": "dates", "point": "none"}],
)
def test_an_export_has_the_rows_of_the_list(
    engine: Engine, demo_settings: Settings, form: str, query: dict[str, str]
) -> None:
    wanted = IncidentFilter.parse(query)
    made = export(engine, demo_settings.city, wanted, "ru", form)
    try:
        rows = read(made)
        listed = read_page(engine, demo_settings.city, wanted, "ru", rows=5000)
        assert made.rows == len(rows) == listed.total > 0
        assert list(rows["number"]) == [row["id"] for row in listed.rows]
    finally:
        discard(made.path)
    assert not made.path.parent.exists()


def test_an_export_keeps_points_and_times(engine: Engine, demo_settings: Settings) -> None:
    listed = {row["id"]: row for row in read_page(engine, demo_settings.city, ALL, "kk", rows=5000).rows}
    for form in FORMS:
        made = export(engine, demo_settings.city, ALL, "kk", form)
        rows = read(made)
        discard(made.path)
        for row in rows.head(50).itertuples():
            there = listed[row.number]
            lon = row.lon if form in ("csv", "xlsx") else (None if row.geometry is None else row.geometry.x)
            assert (lon is None or pandas.isna(lon)) == (there["lon"] is None)
            assert there["lon"] is None or lon == pytest.approx(there["lon"], abs=1e-6)
            opened = (
                pandas.Timestamp(row.opened, tz=demo_settings.city.time_zone.key)
                if form in ("csv", "xlsx")
                else pandas.Timestamp(row.opened)
            )
            assert abs(opened.timestamp() - there["opened"]) < 1.01
            assert row.category == there["category_name"] or pandas.isna(row.category)


@pytest.mark.parametrize("form", FORMS)
def test_who_waits_is_told_how_many_rows_there_are_so_far(
    engine: Engine, demo_settings: Settings, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (exports, export_rows):
        monkeypatch.setattr(module, "BATCH_ROWS", 50)
    seen: list[int | None] = []
    with followed("aidos", "file-1") as report:
        assert rows_written("aidos", "file-1") == 0 and rows_written("gulnar", "file-1") is None

        def hear(rows: int) -> None:
            report(rows)
            seen.append(rows_written("aidos", "file-1"))

        made = export(engine, demo_settings.city, ALL, "ru", form, report=hear)
    discard(made.path)
    assert rows_written("aidos", "file-1") is None
    assert seen[:2] == [50, 100] and seen == sorted(seen) and made.rows - 50 <= seen[-1] <= made.rows + 1
    with pytest.raises(InvalidInput, match=r"export\.progress"), followed("aidos", "a b"):
        pass


def test_scope_narrows_every_format(engine: Engine, demo_settings: Settings) -> None:
    wanted = ALL.within(Principal("a", "inspector", frozenset(), kinds=("police",)))
    for form in FORMS:
        made = export(engine, demo_settings.city, wanted, "ru", form)
        rows = read(made)
        discard(made.path)
        assert set(rows["kind"]) == {"police"}


def test_excel_opens_the_letters_and_runs_no_formula(settings: Settings, connection: Connection) -> None:
    connection.execute(
        text("""
        insert into incident (region, source, source_id, kind, title, address, source_status, status,
            opened_at)
        values ('71', 'police', '1', 'police', '=1+1', '@Әлихан "Бөкейхан"; 5', 'open', 'open', now())""")
    )
    connection.commit()
    reader = connect_engine(settings, "reader")
    made = export(reader, settings.city, ALL, "ru", "csv")
    assert made.path.read_bytes().startswith(b"\xef\xbb\xbf")
    row = read(made).iloc[0]
    discard(made.path)
    reader.dispose()
    assert (row["title"], row["address"]) == ("'=1+1", '\'@Әлихан "Бөкейхан"; 5')


KEPT = ("00123", "123456789012345", "7/1", "12.5", "12,5", "1-2", "3.11.2026", "1E5", "=1+1", "-5", "#N/A")
"""Texts that Excel would make other things of."""


def numbered(connection: Connection) -> None:
    for number, title in enumerate(KEPT):
        connection.execute(
            text("""
            insert into incident (region, source, source_id, kind, title, address, source_status, status,
                priority, opened_at, fine_tenge, point_4326)
            values ('71', 'police', :id, 'police', :title, 'д. 12', 'open', 'open', 2,
                '2026-02-01 07:00:30.5+00', 12.5, st_point(71.43, 51.13, 4326))"""),
            {"id": f"{number:05}", "title": title},
        )
    connection.commit()


@pytest.mark.parametrize(
    ("lang", "delimiter", "fine", "lon"),
    [("kk", ";", "12,5", "71,430000"), ("ru", ";", "12,5", "71,430000"), ("en", ",", "12.5", "71.430000")],
)
def test_a_csv_is_for_the_excel_of_the_reader(
    settings: Settings, connection: Connection, lang: str, delimiter: str, fine: str, lon: str
) -> None:
    numbered(connection)
    reader = connect_engine(settings, "reader")
    made = export(reader, settings.city, ALL, lang, "csv")
    with made.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    discard(made.path)
    reader.dispose()
    assert {(row["fine_tenge"], row["lon"], row["address"]) for row in rows} == {(fine, lon, "д. 12")}
    assert {row["title"] for row in rows} == {f"'{text}" for text in KEPT}
    assert {row["source_id"] for row in rows} == {f"'{number:05}" for number in range(len(KEPT))}


def test_an_xlsx_has_cells_of_types_in_the_readers_words(settings: Settings, connection: Connection) -> None:
    numbered(connection)
    reader = connect_engine(settings, "reader")
    words = SheetWords("Происшествия", {"number": "Номер"}, {"priority": {2: "Критическая"}})
    made = export(reader, settings.city, ALL, "ru", "xlsx", words)
    sheet = load_workbook(made.path)["Происшествия"]
    discard(made.path)
    reader.dispose()
    head, *rows = sheet.iter_rows()
    column = {cell.value: number for number, cell in enumerate(head)}
    assert sheet.freeze_panes == "A2" and head[0].font.bold
    assert {row[column["title"]].value for row in rows} == set(KEPT)
    for row in rows:
        for name in ("Номер", "source_id", "title"):
            assert row[column[name]].data_type == "s", row[column[name]].value
        assert row[column["priority"]].value == "Критическая"
        assert (
            row[column["opened"]].value == datetime(2026, 2, 1, 12, 0, 30) and row[column["opened"]].is_date
        )
        fine, lon = row[column["fine_tenge"]], row[column["lon"]]
        assert (fine.data_type, fine.value, lon.value) == ("n", 12.5, 71.43)
        assert lon.number_format == "0.000000"


@pytest.mark.parametrize("lang", ("kk", "ru", "en"))
def test_files_for_people_say_what_the_list_says_and_those_for_programs_keep_codes(
    engine: Engine, demo_settings: Settings, lang: str
) -> None:
    """Every value that stands in the words of `SheetWords`, every heading, and every title."""
    codes, listed = rows_by_number(engine, demo_settings, lang, "geojson", SheetWords()), {}
    for row in read_page(engine, demo_settings.city, ALL, lang, rows=5000).rows:
        listed[row["id"]] = row["title"] or row["category_name"] or f"word of {row['kind']}"
    values = {
        name: {code[name]: f"word of {code[name]}" for code in codes.values()} for name in export_rows.NAMED
    }
    words = SheetWords(headings={name: f"Үлгі {name}" for name, _, _ in export_rows.SHEET}, values=values)
    assert any(code["title"] is None for code in codes.values())
    for form in ("csv", "xlsx"):
        rows = rows_by_number(engine, demo_settings, lang, form, words)
        assert rows.keys() == codes.keys() == listed.keys()
        for number, row in rows.items():
            assert {name: row[f"Үлгі {name}"] for name in export_rows.NAMED} == {
                name: f"word of {codes[number][name]}" for name in export_rows.NAMED
            }
            assert str(row["Үлгі title"]).removeprefix("'") == listed[number]
            if form == "csv":
                assert re.fullmatch(r"(-?\d+[.,]\d{6})?", row["Үлгі lon"]), row["Үлгі lon"]


def rows_by_number(
    engine: Engine, settings: Settings, lang: str, form: str, words: SheetWords
) -> dict[int, dict]:
    made = export(engine, settings.city, ALL, lang, form, words)
    try:
        if form == "geojson":
            features = json.loads(made.path.read_bytes())["features"]
            return {feature["id"]: feature["properties"] for feature in features}
        if form == "xlsx":
            head, *rows = load_workbook(made.path).worksheets[0].iter_rows(values_only=True)
            return {int(row[0]): dict(zip(head, row)) for row in rows}
        with made.path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, delimiter="," if lang == "en" else ";")
            return {int(row["Үлгі number"]): row for row in table}
    finally:
        discard(made.path)


def test_more_rows_than_a_sheet_holds_are_refused_and_leave_nothing(
    engine: Engine, demo_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(TooLarge, match="export.sheet"):
        export(engine, demo_settings.city, ALL, "ru", "xlsx")
    assert list(tmp_path.glob("ikomek-export-*")) == []


SIGNS = st.text("0123456789.,/:-%eE=+@ \n", min_size=1, max_size=14)
WORDS = st.text("абвәғқ", min_size=1, max_size=3)


@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIGNS, st.none() | WORDS)
def test_no_text_that_reads_as_a_number_a_day_or_a_formula_goes_unprotected(
    connection: Connection, signs: str, word: str | None
) -> None:
    """The same by the database, which writes the CSV. What has a letter in it, and no sign of a formula
    before it, is as it was."""
    written = signs if word is None else f"{word} {signs}"
    kept = spreadsheets.harmless(written)
    assert kept in (written, f"'{written}")
    in_database = connection.execute(
        text("select cast(:text as text) ~ :mistaken"), {"text": written, "mistaken": spreadsheets.MISTAKEN}
    ).scalar_one()
    assert in_database == (kept != written)
    if word is not None:
        assert kept == written
    elif any(sign.isdigit() for sign in signs) and not set("=@") & set(signs):
        short = re.fullmatch(r"0|[1-9][0-9]{0,10}|[0-9]+(?:\.[0-9]+){3}", written)
        assert (kept == written) == bool(short)


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_is_a_file_too(settings: Settings, form: str) -> None:
    reader = connect_engine(settings, "reader")
    made = export(reader, settings.city, ALL, "ru", form)
    assert made.rows == len(read(made)) == 0
    discard(made.path)
    reader.dispose()


def test_an_unknown_form_and_too_many_at_once_are_refused(engine: Engine, demo_settings: Settings) -> None:
    with pytest.raises(NotFound):
        export(engine, demo_settings.city, ALL, "ru", "pdf")
    with exports._slot(), exports._slot(), pytest.raises(Unavailable):
        export(engine, demo_settings.city, ALL, "ru", "csv")
