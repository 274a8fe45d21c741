"""XLSX: a sheet (`table`, else the first that is not hidden) read row by row, whatever its size. A cell
becomes the text that a person sees of it, times as ISO."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import chain, islice

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from etl.chunk import PART_ROWS, Chunk, Source
from etl.readers.bounded import gathered
from etl.readers.header import BREAK
from etl.readers.nested import kinds_of
from etl.readers.stream import is_zip
from etl.readers.workbook_parts import check_parts
from etl.registry import Feed
from geo.errors import InvalidInput

LEAST_SHORTENED = 10**15
"""A spreadsheet keeps 15 digits of a number, and puts zeros in place of the others."""
PADDED = re.compile(r"(0{2,})(;|$)")
"""A number format that fills up with zeros: 7 is seen as 007, as ids and house codes often are."""


def read(source: Source, feed: Feed) -> Iterator[Chunk]:
    """Empty rows are left out. Raises `InvalidInput` ("source.unreadable")."""
    with sheet_of(source, feed) as sheet:
        yield from gathered(chunks(sheet, feed))


def first_rows(source: Source, feed: Feed, most: int) -> list[list[str]]:
    """The cells of the first rows as text, blank ones empty."""
    with sheet_of(source, feed) as sheet:
        return [[as_text(value) or "" for value in row] for row in islice(rows_of(sheet), most)]


@contextmanager
def sheet_of(source: Source, feed: Feed) -> Iterator:
    """Raises `InvalidInput` ("source.unreadable", "source.cut_off", those of `check_parts`)."""
    try:
        with warnings.catch_warnings(
            action="ignore", category=UserWarning
        ):  # of styles and checks that we do not read
            check_parts(source)
            book = openpyxl.load_workbook(
                source.path or io.BytesIO(source.body or b""), read_only=True, data_only=True
            )
            try:
                sheet = book[feed.table] if feed.table else first_shown(book.worksheets)
                sheet.reset_dimensions()  # what a file says of its own size may be wrong
                yield sheet
            finally:
                book.close()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InvalidInput(
            "source.cut_off" if is_zip(source) else "source.unreadable",
            source=source.name,
            reason="not an XLSX workbook",
        ) from error
    except (KeyError, IndexError, ValueError, InvalidFileException) as error:
        raise InvalidInput("source.unreadable", source=source.name, reason=str(error) or "empty") from error


def first_shown(sheets: list):
    """Hidden sheets hold lists for choosing from, or an older version. Raises `IndexError` where there is no
    sheet."""
    return [*(sheet for sheet in sheets if sheet.sheet_state == "visible"), *sheets][0]


def sheet_names(source: Source) -> tuple[str, list[str]]:
    """The sheet that is read where none is declared, and the others, without a look into them. Raises what
    `etl.readers.DAMAGED` names, and as `check_parts`."""
    check_parts(source)
    reader = ExcelReader(source.path or io.BytesIO(source.body or b""), read_only=True)
    with reader.archive:
        reader.read_manifest()
        reader.read_workbook()
        sheets = [sheet for sheet, part in reader.parser.find_sheets() if "chartsheet" not in part.Type]
    names = [sheet.name for sheet in [*(one for one in sheets if one.state == "visible"), *sheets]]
    return names[0], [sheet.name for sheet in sheets if sheet.name != names[0]]


def chunks(sheet, feed: Feed) -> Iterator[Chunk]:
    names, rows = top_of(sheet, feed)
    number = 0
    while part := list(islice(rows, PART_ROWS)):
        not_empty = [i for i, row in enumerate(part) if any(value is not None for value in row)]
        filled = [part[i] for i in not_empty]
        columns: dict[str, pa.Array] = {}
        kinds: dict[str, np.ndarray] = {}
        for i, name in names.items():
            values = [row[i] if i < len(row) else None for row in filled]
            columns[name] = pa.array(map(as_text, values), pa.string())
            kinds |= kinds_of(name, values)
        yield Chunk(pa.table(columns), number + 1 + np.array(not_empty, dtype=np.int64), kinds=kinds)
        number += len(part)


def top_of(sheet, feed: Feed) -> tuple[dict[int, str], Iterator[tuple]]:
    """The names of the columns by place, and the rows after them; without a header the names of the
    declaration, else the places from 1."""
    if not feed.header:
        rows = rows_of(sheet, feed.header_row)
        first = next(rows, ())
        names = (
            dict(enumerate(feed.columns))
            if feed.columns
            else {index: str(index + 1) for index in range(len(first))}
        )
        return names, chain([first], rows)
    rows = rows_of(sheet, max(1, feed.header_row - 1))
    above = next(rows, ()) if feed.header_row > 1 else ()
    return header(below(above, next(rows, ()))), rows


def rows_of(sheet, first: int = 1) -> Iterator[tuple]:
    """Values row by row, those of cells that fill up with zeros as text. Formats are asked for only in a
    book that has one: it takes half as long again."""
    if not any(PADDED.match(known) for known in sheet.parent._number_formats):
        return sheet.iter_rows(min_row=first, values_only=True)
    return (tuple(map(padded, row)) for row in sheet.iter_rows(min_row=first))


def padded(cell) -> object:
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or value != int(value):
        return value
    zeros = PADDED.match(cell.number_format)
    return str(int(value)).zfill(len(zeros[1])) if zeros else value


def below(above: tuple, row: tuple) -> tuple:
    """A row of names; where it is blank the one above it, as in a header of two rows whose cells are
    joined."""
    width = max(len(above), len(row))
    above, row = (*above, *[None] * (width - len(above))), (*row, *[None] * (width - len(row)))
    return tuple(over if name is None else name for over, name in zip(above, row))


def header(row: tuple) -> dict[int, str]:
    """Names by place; columns without a name are left out. Raises ValueError where none has one."""
    names: dict[int, str] = {}
    for i, value in enumerate(row):
        name = BREAK.sub(" ", str(value).strip()) if value is not None else ""
        if name:
            names[i] = name if name not in names.values() else f"{name}_{i + 1}"
    if not names:
        raise ValueError("no header")
    return names


def as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < LEAST_SHORTENED else f"{value:.14E}"
    return str(value)
