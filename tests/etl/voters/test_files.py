"""Files of the list that are something else than their name says, end where they should not, or begin with a
title: each is read, or refused for what it is."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import openpyxl
import pytest

from etl.chunk import Source
from etl.voters.files import open_list, sheets
from etl.voters.kinds import BLOCK_BYTES, ends_inside_a_row
from geo.errors import InvalidInput
from geo.voters.rows import VoterRow

HEAD = "ИИН;Фамилия;Имя;Дата рождения;Адрес"
ROW = "850417300122;Ахметов;Нурлан;17.04.1985;улица Абая, 1"
OTHER = "061211600012;Омарова;Айгерім;11.12.2006;улица Абая, 2"
WHOLE = f"{HEAD}\n{ROW}\n{OTHER}\n"


def read(path: Path) -> list[VoterRow]:
    return [row for chunk in open_list(path).chunks for row in chunk.rows]


def refused(path: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        read(path)
    for number in ("8504", "хметов"):
        assert number not in str(raised.value)
    return raised.value


def workbook(path: Path, rows: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_what_a_file_is_inside_is_said(tmp_path: Path) -> None:
    book = workbook(tmp_path / "book.xlsx", [HEAD.split(";"), ROW.split(";")])
    contents = {
        ("list.xlsx", "CSV"): WHOLE.encode(),
        ("list.csv", "XLSX"): book.read_bytes(),
        ("pdf.csv", "PDF"): b"%PDF-1.7 ...",
        ("old.xlsx", "XLS"): b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ("wide.csv", "UTF-32"): WHOLE.encode("utf-32"),
        ("wide_le.csv", "UTF-32"): WHOLE.encode("utf-32-le"),
        ("wide_be.csv", "UTF-32"): WHOLE.encode("utf-32-be"),
    }
    for (name, kind), body in contents.items():
        path = tmp_path / name
        path.write_bytes(body)
        error = refused(path)
        assert (error.code, error.parameters["kind"]) == ("voters.other_kind", kind)
        assert sheets(path) is None


def test_a_pipe_and_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe.csv", "folder.csv"):
        assert refused(tmp_path / name).code == "voters.no_file"


@pytest.mark.parametrize(
    "end", ["061211600012;Омарова", '061211600012;Омарова;Айгерім;11.12.2006;"улица Аб', "0612"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gzip"])
def test_a_file_that_ends_inside_a_row_is_refused_whole(tmp_path: Path, end: str, encoding: str) -> None:
    text = f"{HEAD}\n{ROW}\n{end}"
    path = tmp_path / ("list.csv.gz" if encoding == "gzip" else "list.csv")
    path.write_bytes(gzip.compress(text.encode()) if encoding == "gzip" else text.encode(encoding))
    error = refused(path)
    assert (error.code, error.parameters["row"]) == ("voters.torn", 2)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("last", [OTHER, OTHER.replace("улица Абая, 2", '"улица\nАбая, 2"')])
def test_a_whole_file_may_end_without_a_line_end(tmp_path: Path, end: str, last: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"{HEAD}\n{ROW}\n{last}{end}".encode())
    assert [row.iin for row in read(path)] == ["850417300122", "061211600012"]


def test_the_header_is_found_below_a_title(tmp_path: Path) -> None:
    title = ["Список избирателей", "на 1 января"]
    text = tmp_path / "list.csv"
    text.write_text("\n".join([*title, WHOLE]), "utf-8")
    rows = [[line] for line in title] + [line.split(";") for line in (HEAD, ROW, OTHER)]
    for path in (text, workbook(tmp_path / "list.xlsx", rows)):
        assert [row.surname for row in read(path)] == ["Ахметов", "Омарова"]


def test_what_would_do_as_a_heading_is_said(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(WHOLE.replace("ИИН", "Номер"), "utf-8")
    error = refused(path)
    assert error.code == "voters.columns"
    assert error.parameters["missing"] == "иин / жсн / iin" and "Номер" in error.parameters["found"]


def test_two_columns_of_one_name_are_refused_where_they_differ(tmp_path: Path) -> None:
    head = HEAD + ";Фамилия"
    path = tmp_path / "list.csv"
    path.write_text(f"{head}\n{ROW};Ахметов\n", "utf-8")
    assert len(read(path)) == 1
    path.write_text(f"{head}\n{ROW};Ахметов\n{OTHER};Серикова\n", "utf-8")
    error = refused(path)
    assert (error.code, error.parameters["places"]) == ("voters.column_twice", "2, 6")


def test_a_packed_trap_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.readers.stream.SMALL_BYTES", 1 << 20)
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress((WHOLE + (" " * 60 + "\n") * 100_000).encode()))
    assert refused(path).code == "source.zip_ratio"


def test_the_end_of_what_is_packed_is_found_without_holding_the_rest(tmp_path: Path) -> None:
    """Whatever its name says."""
    path = tmp_path / "list.csv"
    path.write_bytes(gzip.compress((WHOLE + f"{OTHER}\n" * 400_000 + "0612").encode()))
    tracemalloc.start()
    try:
        assert ends_inside_a_row(Source("list", path=path), True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * BLOCK_BYTES
