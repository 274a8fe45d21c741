"""`POST /api/v1/wall/watch/reloaded` {"show", "reason", "silent_s"}: a screen's watchdog
(`assets/wall/watch_worker.js`) says that its page stood still and that it loads it again. Written to the
log and to the audit; a screen that says so without end is written down once in `EVERY_S`."""

from __future__ import annotations

import logging
import time
from typing import ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from dashboard.request_context import RequestContext, current
from dashboard.routes import Body, read_body
from geo import wall
from layers.executors import CARDS

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api/v1/wall/watch", include_in_schema=False)

EVERY_S = 5.0
SCREENS_KEPT = 1000


class ReloadedBody(Body):
    refusal: ClassVar[str] = "wall.asked"

    show: str = Field(max_length=80, pattern=r"^[\w-]*$")
    reason: Literal["painting", "answering"]
    silent_s: float = Field(ge=0, le=1e9)


_reported_at: dict[tuple[str, str], float] = {}


@router.post("/reloaded")
async def reloaded(request: Request) -> Response:
    body = await read_body(request, ReloadedBody)
    context = current()
    if _is_news(context.principal.name, body.reason):
        log.warning(
            "the page of %s (%s) stood still for %.0f s: %s",
            context.principal.name,
            body.show,
            body.silent_s,
            body.reason,
        )
        await context.run(CARDS, _record, context, body)
    return Response(status_code=204)


def _is_news(screen: str, reason: str) -> bool:
    now, key = time.monotonic(), (screen, reason)
    if now - _reported_at.get(key, -EVERY_S) < EVERY_S:
        return False
    if len(_reported_at) >= SCREENS_KEPT:
        _reported_at.clear()
    _reported_at[key] = now
    return True


def _record(context: RequestContext, body: ReloadedBody) -> None:
    wall.record_reload(context.web, context.principal.name, body.show, body.reason, body.silent_s)
