"""A row of a CSV that is longer than the parser takes is rejected by itself, wherever it stands and however
it is quoted; a quotation mark that nobody closed is no such row."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import readers
from etl.chunk import MOST_COLUMNS, Chunk
from etl.readers import Source, delimited
from etl.registry import Feed
from geo.errors import InvalidInput

FEED = Feed("calls", "incident", 60)
MOST = 4096
HEAD = b"id,text,more\n"


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", MOST)


def read(body: bytes) -> list[Chunk]:
    return list(readers.read(Source("x", body=body, format="csv"), FEED))


def ids(chunks: list[Chunk]) -> list[tuple[int, str]]:
    return [
        (number, value)
        for chunk in chunks
        for number, value in zip(chunk.numbers.tolist(), chunk.table["id"].to_pylist(), strict=True)
    ]


def broken(chunks: list[Chunk]) -> list[tuple[int, str]]:
    return [(row.number, row.code) for chunk in chunks for row in chunk.broken]


def rows(first: int, last: int) -> bytes:
    return b"".join(b"%d,x,y\n" % n for n in range(first, last))


@pytest.mark.parametrize(
    "long",
    [
        b"9," + b"z" * 3 * MOST + b",y\n",
        b'9,"' + b"z" * 3 * MOST + b'",y\n',
        b'9,"' + b"a text\n of lines\n" * MOST + b'",y\n',
        b'9,"a ""word"", ' + b"z" * 3 * MOST + b'",y\r\n',
        b"z" * 3 * MOST + b"\n",
    ],
)
@pytest.mark.parametrize("before", [1, 3000])
def test_a_row_that_is_too_long_is_rejected_alone(long: bytes, before: int) -> None:
    found = read(HEAD + rows(1, before) + long + rows(before + 1, before + 3000))
    wanted = [n for n in range(1, before + 3000) if n != before]
    assert ids(found) == [(n, str(n)) for n in wanted]
    assert broken(found) == [(before, "row.long")]
    [row] = [row for chunk in found for row in chunk.broken]
    assert len(row.text) <= 500 and row.text.strip('9 "').startswith(("z", "a"))


def test_the_last_row_may_be_the_long_one() -> None:
    found = read(HEAD + rows(1, 10) + b"10," + b"z" * 3 * MOST)
    assert [n for n, _ in ids(found)] == list(range(1, 10)) and broken(found) == [(10, "row.long")]


@pytest.mark.parametrize("end", [b"", b'",y\n'])
def test_rows_that_a_quotation_mark_swallows_are_not_given_up_for_one(end: bytes) -> None:
    with pytest.raises(InvalidInput, match="source.quote") as caught:
        read(HEAD + rows(1, 10) + b'10,"' + rows(11, 4000) + end)
    assert caught.value.parameters["row"] == 10


def test_a_header_wider_than_a_block_is_told_by_its_columns() -> None:
    header = ",".join(f"c{n}" for n in range(1_000_000)).encode()
    with pytest.raises(InvalidInput, match="source.wide") as caught:
        read(header + b"\n1\n")
    assert caught.value.parameters == {"columns": 1_000_000, "most": MOST_COLUMNS}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-32-be"])
def test_a_mark_of_byte_order_tells_how_wide_letters_are(encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    [chunk] = read((mark + "id;text;more\n1;Қала;5\n").encode(encoding))
    assert chunk.table.to_pylist() == [{"id": "1", "text": "Қала", "more": "5"}]


CELLS = st.text(st.sampled_from('aя ",;'), max_size=8) | st.integers(MOST, 2 * MOST).map(lambda n: "z" * n)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_short_rows_come_as_they_do_without_the_long_ones(cells: list, ends: str) -> None:
    written = io.StringIO()
    table = csv.writer(written, lineterminator=ends)
    table.writerow(("id", "text", "more"))
    table.writerows([(n, *row) for n, row in enumerate(cells, start=1)])
    lengths = [_written(n, row, ends) for n, row in enumerate(cells, start=1)]
    found = read(written.getvalue().encode())
    rows = ids(found) + [(number, str(number)) for number, _ in broken(found)]
    assert sorted(rows) == [(n, str(n)) for n in range(1, len(cells) + 1)]
    assert {number for number, code in broken(found) if code == "row.long"} <= {
        n for n, length in enumerate(lengths, start=1) if length > MOST
    }


def _written(number: int, row: tuple[str, str], ends: str) -> int:
    one = io.StringIO()
    csv.writer(one, lineterminator=ends).writerow((number, *row))
    return len(one.getvalue().encode())
