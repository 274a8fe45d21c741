"""Tables for a spreadsheet, by the reader's language: CSV as Excel there opens it with a double click, and
XLSX with cells of types.

Excel in Kazakh and Russian separates cells by semicolons and writes a decimal comma: 12.5 would be a day of
May there. In English it is a comma and a point. A text that Excel would make another thing of (a formula, a
number that loses its leading zeros or its last digits, a day out of a house number such as 7/1) begins with
an apostrophe in a CSV; in an XLSX it is a cell of text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from geo.errors import TooLarge

MOST_ROWS = 2**20 - 1
"""Of a sheet, below its headings."""
MISTAKEN = (
    r"^(?:[=+@#\t\r＝＋－＠-].*|(?=.*[0-9])(?!(?:0|[1-9][0-9]{0,10}|[0-9]+(?:\.[0-9]+){3})\Z)"
    r"[0-9\s.,/:%eE+-]+)\Z"
)
"""A text that Excel would take for something else: a formula, or digits and signs that are no short whole
number and no address of a machine (10.0.0.7). A regular expression of PostgreSQL as of Python."""
_mistaken = re.compile(MISTAKEN, re.DOTALL)


@dataclass(frozen=True)
class SheetColumn:
    """`width` in characters."""

    title: str
    width: int


def has_decimal_comma(lang: str) -> bool:
    return lang != "en"


def delimiter(lang: str) -> str:
    """Of a CSV: what Excel expects where the decimal sign is what it is."""
    return ";" if has_decimal_comma(lang) else ","


def harmless(text: str) -> str:
    """A text of a CSV that stays one."""
    return f"'{text}" if _mistaken.match(text) else text


def write_xlsx(path: Path, name: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]]) -> int:
    """How many rows were written, one by one: memory stays bounded. A text stays one, whatever it begins
    with; a moment is without a zone, as a clock shows it. Raises `TooLarge` ("export.sheet")."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.append([_bold(sheet, column.title) for column in columns])
    count = 0
    try:
        for row in rows:
            count += 1
            if count > MOST_ROWS:
                raise TooLarge("export.sheet", most=MOST_ROWS)
            sheet.append([_cell(sheet, value) if isinstance(value, str) else value for value in row])
    finally:
        book.save(path)  # also of what is cut short: it alone lets go of the file beside it
    return count


def by_clock(at: datetime | None, zone: Any) -> datetime | None:
    """Whole seconds, without their zone: a cell has none."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _cell(sheet: Any, text: str) -> Any:
    """Most texts go as they are, which is faster."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    if not clean.startswith(("=", "#")):
        return clean
    cell = WriteOnlyCell(sheet, value=clean)
    cell.data_type = "s"
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell
