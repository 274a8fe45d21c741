"""A value of a wrong type (true or false, a list, an object) is no text: its row is rejected with the
reason, whatever format it comes in and whatever field it is for."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from etl import readers
from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.readers import Source
from etl.registry import Feed
from etl.runs.cleaned import Cleaned
from etl.runs.cleaning import Cleaner
from tests.etl.plans.test_files import CITY

GOOD = {
    "source_id": "a7",
    "opened_at": "2026-11-01 10:00",
    "closed_at": "2026-11-01 11:00",
    "category": "road",
    "title": "Яма",
    "address": "Абая 5",
    "fine_tenge": "1500",
    "lon": "71.43",
    "lat": "51.13",
}
FEED = Feed("typed", "incident", fields={name: name for name in GOOD}, constants={"kind": "service"})
WRONG = st.one_of(
    st.booleans(),
    st.lists(st.one_of(st.integers(0, 9), st.text(max_size=3), st.booleans()), max_size=3),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 9), max_size=2),
)
POINT = {"type": "Point", "coordinates": [71.43, 51.13]}


def collection(rows: list[dict]) -> bytes:
    features = [{"type": "Feature", "properties": row, "geometry": POINT} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def table(rows: list[dict]) -> bytes:
    """A column has one type: of the wrong value, the good row without one in it."""
    name = next(name for name in GOOD if not isinstance(rows[0][name], str))
    rows = [rows[0], rows[1] | {name: None}]
    written = io.BytesIO()
    columns = {name: pa.array([row[name] for row in rows]) for name in GOOD}
    parquet.write_table(pa.table(columns), written)
    return written.getvalue()


def sheet(rows: list[dict]) -> bytes:
    book = openpyxl.Workbook()
    for line in (list(GOOD), *(list(row.values()) for row in rows)):
        book.active.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


WRITERS = {
    "json": lambda rows: json.dumps(rows).encode(),
    "lines": lambda rows: b"\n".join(json.dumps(row).encode() for row in rows),
    "geojson": collection,
    "parquet": table,
    "xlsx": sheet,
}
FORMS = {"lines": "json"}


def cleaned(form: str, body: bytes, feed: Feed = FEED) -> Cleaned:
    [chunk] = readers.read(Source("typed", body=body, format=FORMS.get(form, form)), feed)
    catalogue = ReferenceCatalogue({"category": {"road": 1, "true": 2}}, {1: 72, 2: 72})
    entity = ENTITIES["incident"]
    return Cleaner(feed, entity, CITY, datetime(2026, 11, 2, tzinfo=UTC), catalogue, int).clean(chunk)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(WRITERS)), st.sampled_from(list(GOOD)), WRONG)
def test_a_value_of_a_wrong_type_rejects_its_row_and_no_other(form: str, name: str, value: object) -> None:
    if form == "xlsx" and not isinstance(value, bool):
        return
    if form == "parquet" and (
        value in ({}, []) or isinstance(value, list) and len(set(map(type, value))) > 1
    ):
        return  # such a column cannot be written
    found = cleaned(form, WRITERS[form]([GOOD | {name: value}, GOOD | {"source_id": "b8"}]))
    rejects = [(row["row_number"], row["code"], row["field"]) for row in found.rejects()]
    assert rejects[0] == (1, "value.scalar", name)
    assert len(rejects) == 1 or form == "parquet" and name in ("source_id", "opened_at", "category")


@pytest.mark.parametrize("form", ["json", "geojson"])
def test_a_number_among_lists_stays_a_number(form: str) -> None:
    rows = [GOOD | {"source_id": [1, 2]}, GOOD | {"source_id": 3}, GOOD | {"source_id": 4}]
    assert cleaned(form, WRITERS[form](rows)).staged["source_id"].to_pylist() == ["3", "4"]


def test_a_number_among_booleans_stays_a_number_in_geojson() -> None:
    rows = [GOOD | {"fine_tenge": True}, GOOD | {"source_id": "b8", "fine_tenge": 1}]
    found = cleaned("geojson", collection(rows))
    assert [row["field"] for row in found.rejects()] == ["fine_tenge"]
    assert found.staged["fine_tenge"].to_pylist() == [1.0]


def test_the_ids_of_features_are_kept_as_they_are_written() -> None:
    """GDAL makes 0 of a text that follows a number, and keeps no number at all."""
    ids: list[object] = [3, "b", True, {"a": 1}]
    others = {name: value for name, value in GOOD.items() if name != "source_id"}
    features = [{"type": "Feature", "id": one, "properties": others, "geometry": POINT} for one in ids]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    found = cleaned("geojson", body, replace(FEED, fields={**FEED.fields, "source_id": "id"}))
    assert found.staged["source_id"].to_pylist() == ["3", "b"]
    assert [(row["row_number"], row["field"]) for row in found.rejects()] == [
        (3, "source_id"),
        (4, "source_id"),
    ]


@pytest.mark.parametrize("form", ["json", "geojson", "parquet"])
def test_a_boolean_that_the_feed_has_a_word_for_is_that_word(form: str) -> None:
    feed = replace(FEED, words={"category": {"True": "road"}})
    found = cleaned(form, WRITERS[form]([GOOD | {"category": True}, GOOD | {"source_id": "b8"}]), feed)
    assert found.staged["source_id"].to_pylist()[:1] == ["a7"]


def test_what_a_list_or_an_object_holds_is_a_value_under_its_own_name() -> None:
    row = GOOD | {"lon": {"x": 71.43, "y": 51.13}}
    feed = replace(FEED, fields={**FEED.fields, "lon": "lon.x", "lat": "lon.y"})
    assert cleaned("json", json.dumps([row]).encode(), feed).staged["lon"].to_pylist() == [71.43]


def test_a_list_of_places_is_a_value_of_vertices() -> None:
    """The one field that takes a list."""
    [field] = [f for entity in ENTITIES.values() for f in entity.fields if f.nested]
    assert field.name == "vertices"
