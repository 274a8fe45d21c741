"""Chunks are of a size that memory can take, whatever a source holds; a row that is longer than any should
be is rejected by itself."""

import io
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from etl import readers
from etl.chunk import CHUNK_BYTES, CHUNK_ROWS, MOST_COLUMNS, Chunk
from etl.readers import Source, bounded, delimited, json_text, objects
from etl.readers.json_text import Text
from etl.registry import Feed
from geo.errors import InvalidInput

FEED = Feed("calls", "incident", 60)
MOST = 20_000
LONG = "я" * MOST
ROWS = [{"id": "1", "words": "short"}, {"id": "2", "words": LONG}, {"id": "3", "words": "short"}]


@pytest.fixture
def short_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row may have `MOST` bytes here, and a piece that is read less."""
    for module in (json_text, objects, bounded):
        monkeypatch.setattr(module, "MOST_ROW_BYTES", MOST)
    for module in (bounded, readers):
        monkeypatch.setattr(module, "CHUNK_BYTES", MOST // 2)
    monkeypatch.setattr(json_text, "BLOCK", MOST // 4)


def as_parquet(rows: list[dict], **options: object) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), sink, **options)
    return sink.getvalue()


def as_lines(rows: list[dict]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def as_list(rows: list[dict]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def read(body: bytes, form: str, feed: Feed = FEED) -> list[Chunk]:
    return list(readers.read(Source("pushed", body=body, format=form), feed))


def ids(chunks: list[Chunk]) -> list[tuple[int, str]]:
    return [
        (number, value)
        for chunk in chunks
        for number, value in zip(chunk.numbers.tolist(), chunk.table["id"].to_pylist(), strict=True)
    ]


@pytest.mark.parametrize(("form", "write"), [("json", as_list), ("json", as_lines), ("parquet", as_parquet)])
def test_a_row_that_is_too_long_is_rejected_and_the_others_are_read(short_rows, form: str, write) -> None:
    found = read(write(ROWS), form)
    assert ids(found) == [(1, "1"), (3, "3")]
    (broken,) = [row for chunk in found for row in chunk.broken]
    assert (broken.number, broken.code) == (2, "row.long")
    assert len(broken.text) < 2000 and '"2"' in broken.text


def test_what_stands_beside_the_list_that_is_read_may_be_long(short_rows) -> None:
    body = json.dumps({"about": [[LONG, {"x": LONG}]], "rows": [{"id": "1"}]}).encode()
    assert ids(read(body, "json", Feed("calls", "incident", 60, table="rows"))) == [(1, "1")]


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_long_rows_come_a_few_at_a_time(form: str) -> None:
    rows = [{"id": str(n), "words": "x" * 400_000} for n in range(60)]
    found = read(as_list(rows) if form == "json" else as_parquet(rows, use_dictionary=False), form)
    assert ids(found) == [(n + 1, str(n)) for n in range(60)]
    assert max(chunk.table.nbytes for chunk in found) < 2 * CHUNK_BYTES


def test_one_group_of_many_rows_becomes_chunks_of_bounded_bytes() -> None:
    rows = [{"id": str(n), "words": f"{n:0300}"} for n in range(60_000)]
    found = read(as_parquet(rows, row_group_size=len(rows)), "parquet")
    assert ids(found) == [(n + 1, str(n)) for n in range(len(rows))]
    assert max(chunk.table.nbytes for chunk in found) < 2 * CHUNK_BYTES
    assert len(found) < 8, "and not of a few rows"


def test_a_sign_that_breaks_lines_may_stand_inside_a_value() -> None:
    rows = [{"id": "1", "words": "a\u2028b\x85c"}, {"id": "2", "words": "d"}]
    (chunk,) = read(as_lines(rows), "json")
    assert (chunk.table["words"].to_pylist(), chunk.broken) == (["a\u2028b\x85c", "d"], [])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.sampled_from('ab"\\{}[],: \n\tя😀')),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.integers(1, 9), st.booleans())
def test_a_value_is_skipped_as_it_would_be_read(value: object, block: int, ascii_only: bool) -> None:
    body = json.dumps([value, "after"], ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_text, "BLOCK", block)
        text = Text(io.BytesIO(body))
        text.expect("[")
        text.skip()
        assert text.next(json_text.BETWEEN) == '"'
        assert text.value() == "after"


@pytest.mark.parametrize("body", ['{"a": [1, 2', '["abc', '"ab\\', "[[1]", "{"])
def test_a_text_that_ends_inside_a_skipped_value_is_said(body: str) -> None:
    with pytest.raises(ValueError):
        Text(io.BytesIO(body.encode())).skip()


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 400)), min_size=1, max_size=12),
    st.integers(200, 2000),
)
def test_rows_keep_their_order_and_number_however_they_are_cut(shapes: list, most: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bounded, "CHUNK_BYTES", most)
        patched.setattr(readers, "CHUNK_BYTES", most)
        patched.setattr(bounded, "CHUNK_ROWS", 20)
        patched.setattr(bounded, "MOST_ROW_BYTES", 350)
        parts, first = [], 1
        for rows, width in shapes:
            numbers = np.arange(first, first + rows)
            table = pa.table(
                {
                    "id": pa.array([str(n) for n in numbers], pa.string()),
                    "words": pa.array(["x" * width] * rows, pa.string()),
                }
            )
            parts.append(Chunk(table, numbers, by_reader={"seen": rows}))
            first += rows
        found = list(readers.in_pieces(bounded.gathered(parts)))
    everything = ids(found) + [(row.number, str(row.number)) for chunk in found for row in chunk.broken]
    assert sorted(everything) == [(n, str(n)) for n in range(1, first)]
    assert ids(found) == sorted(ids(found))
    assert sum(chunk.by_reader.get("seen", 0) for chunk in found) == first - 1
    for chunk in found:
        assert bounded.row_bytes(chunk.table).sum() <= most + 400 or chunk.table.num_rows == 1


def test_a_chunk_is_never_longer_than_a_transaction_may_be() -> None:
    rows = [{"id": str(n)} for n in range(CHUNK_ROWS + 10)]
    found = read(as_parquet(rows), "parquet")
    assert [chunk.table.num_rows for chunk in found] == [CHUNK_ROWS, 10]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_years_of_requests_in_one_file_come_a_few_at_a_time(form: str) -> None:
    requests = [{"service_request_id": str(n), "description": "x" * 100_000} for n in range(100)]
    body = json.dumps({"requests": requests}) if form == "json" else as_xml(requests)
    found = list(readers.read(Source("x", body=body.encode(), format="open311"), FEED))
    assert [row for chunk in found for row in chunk.table["service_request_id"].to_pylist()] == [
        str(n) for n in range(100)
    ]
    assert max(chunk.table.nbytes for chunk in found) < CHUNK_BYTES


def as_xml(rows: list[dict]) -> str:
    inner = ("".join(f"<{name}>{value}</{name}>" for name, value in row.items()) for row in rows)
    return f"<service_requests>{''.join(f'<request>{row}</request>' for row in inner)}</service_requests>"


@pytest.mark.parametrize("body", [b"[" + b"1," * 199_999 + b"1]", b"1\n" * 200_000])
def test_what_is_no_row_at_all_comes_in_chunks_too(body: bytes) -> None:
    chunks = read(body, "json")
    assert sum(len(chunk.broken) for chunk in chunks) == 200_000
    assert max(len(chunk.broken) for chunk in chunks) <= CHUNK_ROWS
    assert [row.number for chunk in chunks for row in chunk.broken] == list(range(1, 200_001))


def test_a_text_of_hardly_any_row_of_the_right_width_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows of another width are held until their block is done, and Arrow reads far ahead."""
    monkeypatch.setattr(delimited, "MOST_ASIDE", 2000)
    with pytest.raises(InvalidInput, match=r"run.only_rejects.*'rejected': 2000, 'read': 2001"):
        read(b"id,words\n1,a\n" + b"1\n" * 5000, "csv")
    good = read(b"id,words\n" + b"1,a\n" * 9000 + b"1\n" * 2500, "csv")
    assert sum(len(chunk.broken) for chunk in good) == 2500


def test_objects_that_share_no_name_are_refused_before_they_are_a_table() -> None:
    rows = [{f"{row}_{name}": 1 for name in range(20)} for row in range(3000)]
    with pytest.raises(InvalidInput, match="source.wide"):
        read(as_list(rows), "json")


def test_a_header_of_too_many_names_is_refused() -> None:
    header = ",".join(f"c{n}" for n in range(MOST_COLUMNS + 1))
    with pytest.raises(InvalidInput, match="source.wide"):
        read(f"{header}\n{header}\n".encode(), "csv")
