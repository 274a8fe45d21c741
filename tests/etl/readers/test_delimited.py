"""Tables of text as people's programs write them: cells of several lines, Excel's own first line, no
header at all, a delivery in a zip."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.words import LANGUAGES, error_words
from etl import readers
from etl.readers import Chunk, Source
from etl.registry import Feed
from geo.errors import InvalidInput

FEED = Feed("f", "incident")


def chunk(body: str | bytes, feed: Feed = FEED, form: str = "csv") -> Chunk:
    [found] = readers.read(
        Source("test", body=body.encode() if isinstance(body, str) else body, format=form), feed
    )
    return found


def test_a_line_inside_quotes_is_no_row_though_it_has_as_many_delimiters() -> None:
    body = (
        'id,at,lon,lat,title,address\n1,2026-11-27 10:00,71.43,51.13,"Lamp is out\nplease fix, it '
        'is dark, children walk here, thanks, Aliya","Kabanbay 5"\n'
        '2,2026-11-27 11:00,71.44,51.14,"Pothole\n9,2026-11-27 11:00,71.4,51.1,near,the shop",'
        '"Kabanbay 7"\n3,2026-11-27 12:00,71.45,51.15,plain,"Kabanbay 9"\n'
    )
    found = chunk(body)
    assert (
        found.broken == []
        and found.table["id"].to_pylist() == ["1", "2", "3"]
        and found.numbers.tolist() == [1, 2, 3]
    )
    assert found.table["title"].to_pylist()[1] == "Pothole\n9,2026-11-27 11:00,71.4,51.1,near,the shop"


CELL = st.text(st.sampled_from("ab,;\"\n '1ж"), max_size=12)


@given(
    st.lists(
        st.lists(CELL, min_size=3, max_size=3).filter(lambda row: any(cell.strip() for cell in row)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(",;"),
)
def test_whatever_is_written_as_rfc_4180_says_is_read(rows: list[list[str]], delimiter: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["x", "y", "z"], *rows]
    )
    found = chunk(written.getvalue(), replace(FEED, delimiter=delimiter))
    assert found.broken == [] and [list(row.values()) for row in found.table.to_pylist()] == rows


def test_a_row_of_several_lines_with_a_column_too_many_is_one_reject() -> None:
    found = chunk('a,b,c\n1,"x\n2,y,z\n3,p,q",w,extra\n4,5,6\n')
    assert [(row.number, row.code) for row in found.broken] == [(1, "row.columns")] and found.table[
        "a"
    ].to_pylist() == ["4"]


@pytest.mark.parametrize("first", ["sep=;\n", "\ufeffsep=;\r\n", '"sep=;"\n', "SEP=;\n\n"])
def test_excels_own_first_line_is_honoured(first: str) -> None:
    assert chunk(first + "id;x\n1;71,43\n2;71,44\n").table.to_pylist() == [
        {"id": "1", "x": "71,43"},
        {"id": "2", "x": "71,44"},
    ]


def test_a_name_of_two_lines_is_one_name() -> None:
    assert chunk('Отчёт\n"№","Дата\nобращения"\n1,x\n', replace(FEED, header_row=2)).table.to_pylist() == [
        {"№": "1", "Дата обращения": "x"}
    ]


def test_a_table_without_a_header_has_declared_or_numbered_columns() -> None:
    body = "40.1,-75.3,EMS: FALL\n40.2,-75.4,FIRE\n"
    assert chunk(body, replace(FEED, header=False, columns=("lat", "lon", "title"))).table.to_pylist() == [
        {"lat": "40.1", "lon": "-75.3", "title": "EMS: FALL"},
        {"lat": "40.2", "lon": "-75.4", "title": "FIRE"},
    ]
    found = chunk("made by X\n" + body, replace(FEED, header=False, header_row=2))
    assert found.table.column_names == ["1", "2", "3"] and found.numbers.tolist() == [1, 2]
    with pytest.raises(InvalidInput, match="source.columns.*'declared': 2, 'found': 3"):
        chunk(body, replace(FEED, header=False, columns=("lat", "lon")))


def packed(**files: str) -> bytes:
    """The files of a zip, all written at one time."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as written:
        for name, text in files.items():
            written.writestr(zipfile.ZipInfo(name.replace("_", "."), (2026, 1, 1, 0, 0, 0)), text)
    return body.getvalue()


def test_a_delivery_that_is_a_zip_is_read_as_what_is_inside() -> None:
    assert chunk(packed(calls_dat="id;x\n1;a\n"), replace(FEED, format="csv")).table["id"].to_pylist() == [
        "1"
    ]
    several = packed(b9_csv="id\n2\n", b10_csv="id\n1\n", readme_txt="x")
    found = readers.read(Source("d.zip", body=several, format="zip"), replace(FEED, member="*.csv"))
    assert [part.table["id"].to_pylist() for part in found] == [["1"], ["2"]], "the later one holds"
    with pytest.raises(InvalidInput, match="source.several.*b10.csv, b9.csv, readme.txt"):
        chunk(several, replace(FEED, format="csv"))
    with pytest.raises(InvalidInput, match="source.member.*readme.txt"):
        chunk(several, replace(FEED, member="*.xlsx"), "zip")


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><title>Sign in</title>",
        "\ufeff  <HTML lang=ru><body>502",
        '<?xml version="1.0"?>\n<!-- portal -->\n<!doctype HTML PUBLIC "x">',
        "<head>\n<meta charset=utf-8>",
    ],
)
def test_a_web_page_in_place_of_a_table_is_called_one(page: str) -> None:
    with pytest.raises(InvalidInput, match="source.web_page"):
        chunk(page)


def test_a_column_may_be_named_like_an_element() -> None:
    assert chunk("html,at\n<b>x</b>,2026-11-27\n").table.column_names == ["html", "at"]


def test_advice_names_the_key_that_helps() -> None:
    """A title line above the header, two files in a zip."""
    for lang in LANGUAGES:
        assert "header_row" in error_words(InvalidInput("feed.column"), lang)
        assert "member" in error_words(InvalidInput("source.several"), lang)
