"""The table of every card as CSV and XLSX: the numbers of the page, as numbers."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from dashboard.api.statistics import as_number
from dashboard.pages.statistics import TABLES
from dashboard.words import LANGUAGES, write_number
from tests.support.web import Server

EMPTY = ("returns", "forecast", "staffing")
"""In the tiny city no place has more than chance explains, and its past has ended long before now."""
QUERY = "from=2025-01-01&to=2025-03-13"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("value", "digits"), [(0, 0), (1711, 0), (2_197_783, 0), (12.5, 1), (99.75, 2)])
def test_a_number_is_read_as_it_was_written(lang: str, value: float, digits: int) -> None:
    assert as_number(write_number(value, digits, lang), lang) == value
    assert as_number(f"\u2212{write_number(value, digits, lang)}\u00a0%", lang) == pytest.approx(-value / 100)
    for text in ("–", "", "26 Feb", "12 ч", "3–4", "=1+1"):
        assert as_number(text, lang) == text


def test_every_card_is_a_file_in_both_forms(demo_server: Server) -> None:
    with demo_server.client("executive") as client:
        for key in TABLES:
            found = client.get(f"/api/v1/statistics/{key}.csv?{QUERY}")
            assert found.status_code == 200 and found.content.startswith(b"\xef\xbb\xbf"), key
            assert found.headers["content-disposition"] == f'attachment; filename="{key}-2025-03-13.csv"'
            rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig")), delimiter=";"))
            named = key not in EMPTY
            assert (len(rows) > 1) is named and len({len(row) for row in rows}) == 1, key
            book = client.get(f"/api/v1/statistics/{key}.xlsx?{QUERY}")
            sheet = load_workbook(io.BytesIO(book.content)).active
            cells = [list(row) for row in sheet.iter_rows(values_only=True)]
            head = next(n for n, row in enumerate(cells) if list(row[: len(rows[0])]) == rows[0])
            assert len(cells) - head == len(rows), key
            assert any(isinstance(cell, int | float) for row in cells[head + 1 :] for cell in row) is named


def test_what_is_no_card_no_form_and_no_address_is_refused(demo_server: Server) -> None:
    with demo_server.client("executive") as client:
        assert client.get("/api/v1/statistics/luck.csv").status_code == 404
        assert client.get("/api/v1/statistics/hours.pdf").status_code == 404
        assert client.get("/api/v1/statistics/hours.csv?from=2025-02-30").status_code == 400
    with demo_server.client("executive") as client:
        for card in TABLES:
            for name in ("topic", "district", "subject", "person", "lang", "to", "part", "team"):
                found = client.get(f"/api/v1/statistics/{card}.csv", params={name: "a\0b"})
                assert found.status_code == 400, (card, name)
    with demo_server.client("performer") as client:
        assert client.get("/api/v1/statistics/hours.csv").status_code == 403
