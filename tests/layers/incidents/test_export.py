"""Exports: as many rows as the list says in each format, readable elsewhere, nothing a spreadsheet would
run."""

from __future__ import annotations

import geopandas
import pandas
import pytest
from sqlalchemy import Connection, Engine, text

from geo.accounts.users import Principal
from geo.database import connect_engine
from geo.errors import NotFound, Unavailable
from geo.settings import Settings
from layers.incidents import export as exports
from layers.incidents.export import FORMS, Export, discard, export
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from tests.support.connected import engine_as

ALL = IncidentFilter(window="dates")


engine = engine_as("reader", "engine", of="demo_settings", scope="module")


def read(made: Export) -> pandas.DataFrame:
    if made.path.suffix == ".csv":
        return pandas.read_csv(made.path, sep=";", encoding="utf-8-sig")
    return geopandas.read_file(made.path)


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
            lon = row.lon if form == "csv" else (None if row.geometry is None else row.geometry.x)
            assert (lon is None or pandas.isna(lon)) == (there["lon"] is None)
            assert there["lon"] is None or lon == pytest.approx(there["lon"], abs=1e-6)
            opened = (
                pandas.Timestamp(row.opened, tz=demo_settings.city.time_zone.key)
                if form == "csv"
                else pandas.Timestamp(row.opened)
            )
            assert abs(opened.timestamp() - there["opened"]) < 1.01
            assert row.category == there["category_name"] or pandas.isna(row.category)


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


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_is_a_file_too(settings: Settings, form: str) -> None:
    reader = connect_engine(settings, "reader")
    made = export(reader, settings.city, ALL, "en", form)
    assert made.rows == len(read(made)) == 0
    discard(made.path)
    reader.dispose()


def test_an_unknown_form_and_too_many_at_once_are_refused(engine: Engine, demo_settings: Settings) -> None:
    with pytest.raises(NotFound):
        export(engine, demo_settings.city, ALL, "ru", "pdf")
    with exports._slot(), exports._slot(), pytest.raises(Unavailable):
        export(engine, demo_settings.city, ALL, "ru", "csv")
