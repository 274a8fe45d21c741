"""`GET /api/v1/statistics/<card>.<csv|xlsx>?<address of the page>`: the table of a card as a file. Each
export is in the audit before it is sent.

CSV is for Excel in the reader's language (`layers.spreadsheets`): UTF-8 with a byte order mark, numbers
without what parts their thousands. XLSX has numbers as numbers, and
title, period and formula above the table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from dashboard.pages.statistics import CARDS, read
from dashboard.pages.statistics.card import ChartCard
from dashboard.pages.statistics.texts import period
from dashboard.request_context import RequestContext, current
from geo.errors import InvalidInput, NotFound
from layers.executors import EXPORTS
from layers.reading import snapshot
from layers.spreadsheets import delimiter, harmless

router = APIRouter(prefix="/api/v1", include_in_schema=False)
SPACES = re.compile("[\u00a0\u2009\u202f]")
NUMBER = re.compile(r"[+\u2212-]?\d+(?:[.,]\d+)?( ?%)?")


@dataclass(frozen=True)
class CardTable:
    """What a file is made of; cells are the texts of the page."""

    card: ChartCard
    period: str
    lang: str

    def rows(self) -> Iterator[list[float | str]]:
        for row in self.card.table.rows:
            yield [row[0], *(as_number(cell, self.lang) for cell in row[1:])]


@router.get("/statistics/{card}.{form}")
async def send_table(request: Request, card: str, form: str) -> Response:
    """Raises `NotFound` ("export.form", "statistics.card"), `InvalidInput` for an address that is none."""
    if form not in FORMS:
        raise NotFound("export.form", form=form[:20], known=", ".join(FORMS))
    if card not in CARDS:
        raise NotFound("statistics.card", card=card[:40], known=", ".join(CARDS))
    query = dict(request.query_params)
    write, media_type = FORMS[form]
    name = f"{card}-{query.get('to') or 'statistics'}.{form}"
    body = await current().run(EXPORTS, make, current(), card, form, query, write)
    disposition = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "-", name)}"'
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
    return Response(body, media_type=media_type, headers=headers)


def make(
    context: RequestContext,
    card: str,
    form: str,
    query: dict[str, str],
    write: Callable[[CardTable], bytes],
) -> bytes:
    """The file, and the row of the audit that says who took what."""
    statistics, mistake = read(context, query)
    if mistake:
        raise InvalidInput("statistics.address")
    with snapshot(context.servers.engine) as connection:
        found = CARDS[card](connection, context.settings.city, statistics, context.language)
    body = write(CardTable(found, period(statistics), context.language))
    context.record("statistics.exported", name=card, form=form, filter=statistics.as_query())
    return body


def as_number(text: str, lang: str) -> float | str:
    """The number that `dashboard.formats.number` wrote so, a share as 0..1; any other text as it is."""
    plain = SPACES.sub("", text) if lang != "en" else SPACES.sub("", text).replace(",", "")
    if not NUMBER.fullmatch(plain):
        return text
    is_share = plain.endswith("%")
    value = float(plain.rstrip("% ").replace(",", ".").replace("\u2212", "-"))
    return value / 100 if is_share else value


def write_csv(table: CardTable) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter(table.lang), lineterminator="\r\n")
    writer.writerow(map(harmless, table.card.table.columns))
    for row in table.card.table.rows:
        writer.writerow([harmless(row[0]), *(_plain(cell, table.lang) for cell in row[1:])])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def write_xlsx(table: CardTable) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", table.card.title)[:31])
    for line in (table.card.title, table.period, *(table.card.formula or ())):
        sheet.append([_text(sheet, line)])
    sheet.append([])
    sheet.append([_text(sheet, column, bold=True) for column in table.card.table.columns])
    for row in table.rows():
        sheet.append([_cell(sheet, cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORMS: dict[str, tuple[Callable[[CardTable], bytes], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _plain(cell: str, lang: str) -> str:
    if not isinstance(as_number(cell, lang), float):
        return harmless(cell)
    plain = SPACES.sub("", cell)
    return plain.replace(",", "") if lang == "en" else plain


def _cell(sheet: Any, value: float | str) -> Cell | float:
    return value if isinstance(value, float) else _text(sheet, value)


def _text(sheet: Any, text: str, bold: bool = False) -> Cell:
    """A text that stays one, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
