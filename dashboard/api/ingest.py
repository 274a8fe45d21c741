"""Push: `POST /api/v1/ingest/<feed>` puts a body into the inbox and answers 202; the ETL takes it from
there.

The caller shows a bearer token (`./ikomek user token`), and an Idempotency-Key: the same key and body
again is the same run, never a second one. The body is what the feed's readers take: CSV, JSON, GeoJSON,
XLSX, a zip, Parquet, GeoPackage, at most 64 MB. `GET /api/v1/ingest/<feed>/<run>` says how far the run is.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dashboard.request_context import RequestContext, current
from dashboard.security.rules import MEGABYTE
from dashboard.words import code_words
from geo.errors import Forbidden, InvalidInput
from geo.intake import bodies, runs
from layers import feeds
from layers.executors import PUSHES

router = APIRouter(prefix="/api/v1/ingest", include_in_schema=False)

KEY = re.compile(r"[\x21-\x7e]{1,200}")
MEDIA_TYPES = (
    "text/csv",
    "application/geo+json",
    "application/json",
    "application/vnd.apache.parquet",
    "application/geopackage+sqlite3",
    "application/x-ndjson",
    "text/tab-separated-values",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


@router.post("/{feed}")
async def push(request: Request, feed: str) -> JSONResponse:
    """202 {"run": id, "new": whether this key was not known} and the address of the run. 400, 403, 404,
    409 (key used with another body), 413."""
    context = current()
    key = request.headers.get("idempotency-key", "")
    if not KEY.fullmatch(key):
        raise InvalidInput("ingest.key")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise InvalidInput("ingest.media_type", media_type=media_type[:80], known=", ".join(MEDIA_TYPES))
    body = request.state.body
    if not bodies.length(body):
        raise InvalidInput("ingest.empty")
    run_id, new = await context.run(PUSHES, _push, context, feed, key, request.headers["content-type"], body)
    address = f"/api/v1/ingest/{feed}/{run_id}"
    return JSONResponse({"run": run_id, "new": new, "status": address}, 202, headers={"location": address})


@router.get("/{feed}/{run_id}")
async def status(feed: str, run_id: int) -> JSONResponse:
    """{"run", "state": waiting | running | done | failed, "read", "written", "unchanged", "rejected",
    "no_coordinates", "error": a code or null}; in the caller's language "message": that error in words, and
    "rejects": the first rows set aside, [{"row", "id", "field", "code", "message"}]."""
    return JSONResponse(await current().run(PUSHES, _status, current(), feed, run_id))


def _push(context: RequestContext, feed: str, key: str, media_type: str, body: BinaryIO) -> tuple[int, bool]:
    _check_feed(context, feed)
    given = body if bodies.length(body) > MEGABYTE else bodies.whole(body)
    with context.web.begin() as connection:
        return runs.push(
            connection, context.settings.city.region, feed, key, context.principal.name, media_type, given
        )


def _status(context: RequestContext, feed: str, run_id: int) -> dict:
    _check_feed(context, feed)
    found = feeds.pushed_run(context.web, context.settings.city.region, feed, run_id)
    parameters = found.pop("parameters")
    found["message"] = code_words(found["error"], parameters) if found["error"] else None
    for one in found["rejects"]:
        one["message"] = code_words(one["code"], {"field": one["field"] or "–"})
    return found


def _check_feed(context: RequestContext, feed: str) -> None:
    """Raises `Forbidden` for a token bound to another feed and for an account whose scope does not hold all
    of the feed, `NotFound` for a feed that nobody declared."""
    if context.principal.feed not in (None, feed):
        raise Forbidden("ingest.other_feed", feed=context.principal.feed)
    feeds.need_feed(context.servers.engine, context.settings.city.region, context.principal, feed)
