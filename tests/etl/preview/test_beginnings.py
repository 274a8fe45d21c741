"""Where a table begins in a file that nobody has declared, and a proposal that then works as it stands."""

from pathlib import Path

import openpyxl
import pytest

from etl.preview import beginnings
from etl.readers import Source
from etl.registry import Feed

BARE = Feed("f", "incident", 60)


@pytest.mark.parametrize(
    ("rows", "joined", "wanted"),
    [
        ([["id", "x"], ["7", "8"]], False, 1),
        ([["Отчёт", ""], ["", ""], ["id", "x"], ["7", "8"], ["9", "1"]], False, 3),
        ([["Отчёт", ""], ["№", "Место"], ["", "Ендік"], ["7", "51.1"]], True, 2),
        ([["Отчёт"], ["№", "Место", ""], ["", "Ендік", "Бойлық"], *[["7", "51", "71"]] * 3], True, 3),
        ([["1", "2"], ["3", "4"]], False, 1),
        ([], False, 1),
        ([["only"]], False, 1),
    ],
)
def test_the_row_that_names_the_columns(rows: list, joined: bool, wanted: int) -> None:
    assert beginnings.header_row(rows, joined) == wanted


def test_each_form_says_where(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["Реестр"], ["ID", "Дата"], ["a", "01.02.2024"], ["b", "02.02.2024"]):
        book.active.append(line)
    book.save(tmp_path / "x.xlsx")
    (tmp_path / "x.csv").write_text("Отчёт за год\n\nid;when\na;b\nc;d\n", encoding="cp1251")
    (tmp_path / "x.json").write_text('{"ok": true, "data": {"rows": [{"id": 1}]}}')
    (tmp_path / "x.parquet").write_bytes(b"PAR1")

    def found(name: str) -> Feed:
        return beginnings.find(Source(name, tmp_path / name), BARE)

    (tmp_path / "bare.csv").write_text("40.1,-75.3,FIRE\n40.2,-75.4,FALL\n")
    assert not found("bare.csv").header and found("x.csv").header
    assert (
        found("x.xlsx").header_row,
        found("x.csv").header_row,
        found("x.json").table,
        found("x.parquet"),
    ) == (2, 3, "data.rows", BARE)
