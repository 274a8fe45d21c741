"""Workbooks that unpack to far more than they are: refused before they are parsed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from random import Random

import openpyxl
import pytest

from etl.chunk import Source
from etl.readers import workbook
from etl.readers.workbook_parts import check_parts
from geo.errors import InvalidInput

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
READ = """
import sys, resource, time
from pathlib import Path
from etl.chunk import Source
from etl.readers import workbook
from etl.readers.workbook_parts import check_parts
from geo.errors import InvalidInput
before = resource.getrusage(resource.RUSAGE_SELF)
for look in (check_parts, workbook.sheet_names):
    try:
        look(Source("bomb.xlsx", path=Path(sys.argv[1])))
    except InvalidInput as error:
        print(error.code)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss - before.ru_maxrss)
"""
BLOCK = b"x" * (1 << 20)


def packed(path: Path, part: str, blocks: Iterable[bytes]) -> Path:
    """A workbook of two rows with one part in place of its own."""
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.active.append([1, "Арай"])
    book.save(path.with_suffix(".whole"))
    with (
        zipfile.ZipFile(path.with_suffix(".whole")) as whole,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in whole.namelist():
            if name != part:
                out.writestr(name, whole.read(name))
        with out.open(part, "w", force_zip64=True) as stream:
            for block in blocks:
                stream.write(block)
    return path


def one_cell(megabytes: int, noise: bytes = b"") -> Iterable[bytes]:
    yield b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>' + noise
    yield from [BLOCK] * megabytes
    yield b"</t></is></c></row></sheetData></worksheet>"


def texts(millions: int) -> Iterable[bytes]:
    yield b"<?xml version='1.0'?><!-- <worksheet> --><sst>"
    block = b"".join(Random(1).choices((b"<si/>", b"<si></si>"), (19, 1), k=1_000_000))
    yield from [block] * millions
    yield b"</sst>"


SHAPES = {
    "one cell of 900 MB": (SHEET, lambda: one_cell(900), "source.zip_ratio"),
    "one cell below every ratio": (SHEET, lambda: one_cell(20), "source.workbook"),
    "shared strings by the million": (TEXTS, lambda: texts(32), "source.workbook"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_bomb_is_refused_in_a_second_and_little_memory(tmp_path: Path, shape: str) -> None:
    part, blocks, code = SHAPES[shape]
    bomb = packed(tmp_path / "bomb.xlsx", part, blocks())
    assert bomb.stat().st_size < 3_000_000
    done = subprocess.run([sys.executable, "-c", READ, bomb], capture_output=True, text=True, check=True)
    *codes, used = done.stdout.splitlines()
    assert codes == [code] * 2
    cpu_s, grown_kb = map(float, used.split())
    assert cpu_s < 2 and grown_kb < 200_000, used


def test_an_honest_workbook_and_pictures_in_it_pass(tmp_path: Path) -> None:
    picture = packed(tmp_path / "picture.xlsx", "xl/media/image1.png", [b"\x89PNG\r\n" + bytes(3 << 20)])
    check_parts(Source("picture.xlsx", path=picture))
    assert workbook.sheet_names(Source("picture.xlsx", path=picture)) == ("Sheet", [])


def test_letters_of_two_bytes_hide_nothing(tmp_path: Path) -> None:
    wide = "<sst>" + "x" * (1 << 21) + "</sst>"
    with pytest.raises(InvalidInput, match=r"source\.workbook"):
        check_parts(Source("wide.xlsx", path=packed(tmp_path / "wide.xlsx", TEXTS, [wide.encode("utf-16")])))
