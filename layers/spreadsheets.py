"""Tables for a spreadsheet, by the reader's language: CSV as Excel there opens it with a double click, and
XLSX with typed cells.

Excel in Kazakh and Russian separates cells by semicolons and writes a decimal comma: it would read 12.5 as a
day in May. In English it is a comma and a point. A text that Excel would make another thing of (a formula, a
number that loses its leading zeros or its last digits, a day out of a house number such as 7/1) begins with
an apostrophe in a CSV; in an XLSX it is a cell of text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.errors import TooLarge

MOST_ROWS = 2**20 - 1
"""The most rows of a sheet, below its headings."""
MISTAKEN = (
    r"^(?:[=+@#\t\r＝＋－＠-].*|(?=.*[0-9])(?!(?:0|[1-9][0-9]{0,10}|[0-9]+(?:\.[0-9]+){3})\Z)"
    r"[0-9\s.,/:%eE+-]+)\Z"
)
"""A text that Excel would take for something else: a formula, or digits and signs that are no short whole
number and no address of a machine (10.0.0.7). A regular expression of PostgreSQL as of Python."""
_mistaken = re.compile(MISTAKEN, re.DOTALL)
MOST_OF_NAME, MOST_OF_CELL = 31, 32_767
"""Characters of a sheet's name and of a cell, by Excel."""
_OF_NO_SHEET = re.compile(r"[\[\]:*?/\\]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
WORKBOOK = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}


@dataclass(frozen=True)
class SheetColumn:
    """`width` in characters; `form`: how its numbers are shown ("0.000000"), none = as they come."""

    title: str
    width: int
    form: str | None = None


def has_decimal_comma(lang: str) -> bool:
    return lang != "en"


def delimiter(lang: str) -> str:
    """The delimiter of a CSV: the one that Excel expects, which depends on the decimal sign."""
    return ";" if has_decimal_comma(lang) else ","


def harmless(text: str) -> str:
    """A text of a CSV that stays one."""
    return f"'{text}" if _mistaken.match(text) else text


def write_xlsx(
    file: Path | IO[bytes],
    name: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[Any]],
    above: Sequence[str] = (),
) -> int:
    """How many rows were written, one by one: memory stays bounded. `above` are lines over the headings. A
    text stays one, whatever it begins with; a moment is without a zone, as a clock shows it. Raises
    `TooLarge` ("export.sheet")."""
    with Workbook(file, WORKBOOK) as book:  # also what is cut short is closed: it has files of its own
        sheet = book.add_worksheet(_OF_NO_SHEET.sub(" ", name)[:MOST_OF_NAME])
        for number, column in enumerate(columns):
            form = book.add_format({"num_format": column.form}) if column.form else None
            sheet.set_column(number, number, column.width, form)
        for number, line in enumerate(above):
            sheet.write_string(number, 0, as_cell(line))
        head = len(above) + 1 if above else 0
        bold = book.add_format({"bold": True})
        for number, column in enumerate(columns):
            sheet.write_string(head, number, as_cell(column.title), bold)
        if not above:
            sheet.freeze_panes(1, 0)
        return _write_rows(sheet, head + 1, rows)


def _write_rows(sheet: Worksheet, first: int, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise TooLarge("export.sheet", most=MOST_ROWS)
        for number, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(first + count - 1, number, as_cell(value))
            elif value is not None:
                sheet.write(first + count - 1, number, value)
    return count


def by_clock(at: datetime | None, zone: Any) -> datetime | None:
    """Whole seconds, without their zone: a cell has none."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None, microsecond=0)


def as_cell(text: str) -> str:
    """The text without the control characters that no workbook may hold, and no longer than a cell."""
    return _CONTROL.sub("", text)[:MOST_OF_CELL]
