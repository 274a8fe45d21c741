"""`GET /api/v1/statistics/<card>.<csv|xlsx>?<address of the page>`: the table of a card, or of a view by
place, as a file. Each export is in the audit before it is sent.

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

from fastapi import APIRouter, Request, Response

from dashboard.pages.statistics import TABLES, read, tabled
from dashboard.pages.statistics.card import ChartCard, TableFile
from dashboard.request_context import RequestContext, current
from dashboard.wording.statistics import period
from geo.errors import InvalidInput, NotFound
from layers.executors import EXPORTS
from layers.reading import snapshot
from layers.spreadsheets import SheetColumn, delimiter, harmless, write_xlsx
from layers.statistics.requests import need_storable

router = APIRouter(prefix="/api/v1", include_in_schema=False)
SPACES = re.compile("[\u00a0\u2009\u202f]")
WIDTH = 14
"""The width of a column of the sheet, in characters."""
NUMBER = re.compile(r"[+\u2212-]?\d+(?:[.,]\d+)?( ?%)?")


@dataclass(frozen=True)
class CardTable:
    """What a file is made of; cells are the texts of the page."""

    card: ChartCard | TableFile
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
    if card not in TABLES:
        raise NotFound("statistics.card", card=card[:40], known=", ".join(TABLES))
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
    for name, value in query.items():
        need_storable(name, value)
    with snapshot(context.servers.engine) as connection:
        found = tabled(card, connection, context.settings.city, statistics, context.language, query)
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


def write_sheet(table: CardTable) -> bytes:
    file = io.BytesIO()
    columns = [SheetColumn(column, WIDTH) for column in table.card.table.columns]
    above = (table.card.title, table.period, *(table.card.formula or ()))
    write_xlsx(file, table.card.title, columns, table.rows(), above)
    return file.getvalue()


FORMS: dict[str, tuple[Callable[[CardTable], bytes], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_sheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _plain(cell: str, lang: str) -> str:
    if not isinstance(as_number(cell, lang), float):
        return harmless(cell)
    plain = SPACES.sub("", cell)
    return plain.replace(",", "") if lang == "en" else plain
