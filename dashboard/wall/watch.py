"""`POST /api/v1/wall/watch/reloaded` {"show", "reason", "silent_s"}: a screen's watchdog
(`assets/wall/watch_worker.js`) says that its page stood still and that it loads it again. Written to the
log and to the audit; a screen that says so without end is written down once in `EVERY_S`."""

from __future__ import annotations

import logging
import time
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError

from dashboard.request_context import Visit, current
from geo import wall
from geo.errors import InvalidInput
from layers.executors import CARDS

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api/v1/wall/watch", include_in_schema=False)

EVERY_S = 5.0
SCREENS_KEPT = 1000


class Reloaded(BaseModel, extra="forbid"):
    show: str = Field(max_length=80, pattern=r"^[\w-]*$")
    reason: Literal["painting", "answering"]
    silent_s: float = Field(ge=0, le=1e9)


_told_at: dict[tuple[str, str], float] = {}


@router.post("/reloaded")
async def reloaded(request: Request) -> Response:
    try:
        said = Reloaded.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidInput("wall.asked") from error
    visit = current()
    if _is_news(visit.principal.name, said.reason):
        log.warning(
            "the page of %s (%s) stood still for %.0f s: %s",
            visit.principal.name,
            said.show,
            said.silent_s,
            said.reason,
        )
        await visit.run(CARDS, _record, visit, said)
    return Response(status_code=204)


def _is_news(screen: str, reason: str) -> bool:
    now, key = time.monotonic(), (screen, reason)
    if now - _told_at.get(key, -EVERY_S) < EVERY_S:
        return False
    if len(_told_at) >= SCREENS_KEPT:
        _told_at.clear()
    _told_at[key] = now
    return True


def _record(visit: Visit, said: Reloaded) -> None:
    wall.record_reload(visit.web, visit.principal.name, said.show, said.reason, said.silent_s)
