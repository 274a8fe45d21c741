"""A closed month of the rating as a file: `GET /api/v1/rating/<month>.pdf`, the protocol, and `.csv`, the
table for Excel in the reader's language. Each is in the audit before it is sent. A month whose line no longer
has its digest is not given out.

`POST /api/v1/rating/<month>/verify` counts it again, as `./ikomek rating verify` does, and answers {"same",
"message"}: the message names the first difference."""

from __future__ import annotations

import csv
import io
from datetime import date
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from dashboard.formats import number
from dashboard.pages.rating.method import PARTS, read_until, strategy_words
from dashboard.pages.rating.texts import indicator_name, month_name, rank, share
from dashboard.paper.protocol import ProtocolRow, protocol_pdf
from dashboard.request_context import RequestContext, current
from dashboard.words import word
from geo.errors import Conflict, NotFound
from geo.rating import months
from geo.rating.strategy import first_of_month
from layers.executors import EXPORTS
from layers.rating.reading import RatedMonth, rated_value, read_body, read_month
from layers.reading import snapshot
from layers.spreadsheets import delimiter, harmless

router = APIRouter(prefix="/api/v1/rating", include_in_schema=False)
VERIFY_S = 300
"""A month is counted from all its events."""
TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


@router.get("/{month}.{form}")
async def send_month(month: str, form: str) -> Response:
    """Raises `NotFound` ("export.form", "rating.no_protocol"), `InvalidInput` ("rating.month"), `Conflict`
    ("rating.digest")."""
    if form not in TYPES:
        raise NotFound("export.form", form=form[:20], known=", ".join(TYPES))
    body = await current().run(EXPORTS, make, current(), first_of_month(month), form)
    name = f'attachment; filename="ikomek-rating-{month[:7]}-{current().language}.{form}"'
    return Response(
        body, media_type=TYPES[form], headers={"Cache-Control": "no-store", "Content-Disposition": name}
    )


@router.post("/{month}/verify")
async def verify_month(month: str) -> JSONResponse:
    """Raises `NotFound` ("rating.not_closed"), `InvalidInput` ("rating.month")."""
    return JSONResponse(await current().run(EXPORTS, verify, current(), first_of_month(month)))


def verify(context: RequestContext, of: date) -> dict[str, Any]:
    settings, month = context.settings, f"{of:%Y-%m}"
    with snapshot(context.servers.engine, VERIFY_S) as connection:
        found = months.verify(connection, settings.city, of, settings.data / months.KEYS)
    context.record("rating.verified", month=month, count=len(found))
    if not found:
        return {"same": True, "message": word("rating.verify.same")}
    first = found[0]
    differs = word("command.report.differs", what=first.key, kept=first.kept[:80], now=first.now[:80])
    return {"same": False, "message": word("rating.verify.changed", first=differs)}


def make(context: RequestContext, of: date, form: str) -> bytes:
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        month = read_month(connection, city, of, context.language)
        if month.closing is None:
            raise NotFound("rating.no_protocol", month=f"{of:%Y-%m}")
        kept = read_body(connection, city, of)
    found = sha256(kept.encode()).hexdigest()
    if found != month.closing.digest:
        given, changed = month.closing.digest[:16], found[:16]
        raise Conflict("rating.digest", month=f"{of:%Y-%m}", digest=given, found=changed)
    made = _pdf(context, month) if form == "pdf" else _csv(context, month)
    context.record("rating.exported", month=f"{of:%Y-%m}", form=form)
    return made


def _pdf(context: RequestContext, month: RatedMonth) -> bytes:
    closing, zone = month.closing, context.settings.city.time_zone
    assert closing is not None, "only a closed month has a protocol"
    at = closing.closed_at.astimezone(zone)
    notes = [
        *(word(f"rating.method.{part}") for part in PARTS),
        strategy_words(context, month),
        read_until(context, month),
        word("rating.closed_at", at=f"{at:%d.%m.%Y %H:%M}")
        + " · "
        + word("rating.closed_by", first=closing.proposed_by, second=closing.closed_by),
        f"SHA-256 {closing.digest}",
        word("rating.protocol.key", key=closing.key),
    ]
    return protocol_pdf(month_name(month.month), [_row(month, one) for one in month.managers], notes, at)


def _row(month: RatedMonth, one: dict[str, Any]) -> ProtocolRow:
    name, post = _who(month, one)
    indicators = [
        f"{indicator_name(indicator.figure.key)} {share(rated_value(found))}, {number(found['points'], 1)} / "
        f"{month.strategy.weights[one['manager']][indicator.key]}"
        for indicator, found in _indicators(month, one)
    ]
    interval = f"{number(one['low'], 1)}–{number(one['high'], 1)}"
    return ProtocolRow(
        rank(one), name, post, "; ".join(indicators), number(one["score"], 1), interval, number(one["cases"])
    )


def _csv(context: RequestContext, month: RatedMonth) -> bytes:
    file, lang = io.StringIO(), context.language
    writer = csv.writer(file, delimiter=delimiter(lang), lineterminator="\r\n")
    heads = [word(f"rating.protocol.{name}") for name in ("rank", "manager", "post", "score", "low", "high")]
    named = [indicator_name(one.figure.key) for one in month.strategy.indicators]
    heads += [word("rating.protocol.cases"), *named, *(word("rating.protocol.points", of=n) for n in named)]
    writer.writerow(map(harmless, heads))
    for one in month.managers:
        of = {indicator.key: found for indicator, found in _indicators(month, one)}
        found = [of.get(indicator.key) for indicator in month.strategy.indicators]
        numbers = [one["score"], one["low"], one["high"], one["cases"]]
        numbers += [None if each is None else rated_value(each) for each in found]
        numbers += [None if each is None else each["points"] for each in found]
        texts = (harmless(cell) for cell in (rank(one), *_who(month, one)))
        writer.writerow([*texts, *(_number(value, lang) for value in numbers)])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _number(value: float | None, lang: str) -> str:
    text = "" if value is None else f"{value:g}"
    return text if lang == "en" else text.replace(".", ",")


def _who(month: RatedMonth, one: dict[str, Any]) -> tuple[str, str]:
    post = month.posts.get(one["manager"])
    return (post.name, post.post) if post else (one["manager"], "")


def _indicators(month: RatedMonth, one: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    return [
        (indicator, one["indicators"][indicator.key])
        for indicator in month.strategy.indicators
        if indicator.key in one["indicators"]
    ]
