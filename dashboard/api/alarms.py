"""What people do with alarms: `POST /api/v1/alarms/<alarm>/acknowledge` and `/unshelve` with {"key",
"version"}, `/shelve` with {"minutes", "reason"} beside them, `/clear` with {"reason"} (none where its
condition is gone); `POST /api/v1/alarms/acknowledge` with {"key", "seen": {alarm: version}} those of a flood.
Each answers {"message"}.

`key` is a UUID that the page makes for a click, `version` that of the alarm that was looked at, as with
incidents (`dashboard.api.incidents.actions`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.alarms import respond as responses
from geo.database import Connection
from geo.ranges import Id

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

MOST_OF_A_FLOOD = 5000

router = APIRouter(prefix="/api/v1/alarms", include_in_schema=False)


class PlainBody(Body):
    refusal: ClassVar[str] = "alarm.body"


class ClickBody(PlainBody):
    key: UUID
    version: Id


class ShelveBody(ClickBody):
    minutes: Annotated[int, Field(ge=1, le=720)]
    reason: Reason


class ClearBody(ClickBody):
    reason: Reason | None = None


class FloodBody(PlainBody):
    key: UUID
    seen: Annotated[dict[Id, Id], Field(min_length=1, max_length=MOST_OF_A_FLOOD)]


@router.post("/acknowledge")
async def acknowledge_all(request: Request) -> JSONResponse:
    body = await read_body(request, FloodBody)
    city, principal = caller()

    def done(connection: Connection) -> dict[str, str]:
        flood = responses.acknowledge_all(connection, city, principal, body.seen, body.key)
        return {"message": _words_of(flood, city.time_zone)}

    return await respond(request, done)


@router.post("/{alarm}/acknowledge")
async def acknowledge(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ClickBody)
    return await _done(request, responses.acknowledge, alarm, body)


@router.post("/{alarm}/shelve")
async def shelve(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ShelveBody)
    until = datetime.now(UTC) + timedelta(minutes=body.minutes)
    return await _done(request, responses.shelve, alarm, body, until, body.reason)


@router.post("/{alarm}/unshelve")
async def unshelve(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ClickBody)
    return await _done(request, responses.unshelve, alarm, body)


@router.post("/{alarm}/clear")
async def clear(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ClearBody)
    return await _done(request, responses.clear, alarm, body, body.reason)


def _words_of(flood: responses.FloodAnswer, zone: ZoneInfo) -> str:
    done = word("alarms.done.acknowledge_all", n=flood.done)
    if flood.at is None:
        return done
    at = flood.at.astimezone(zone).strftime("%H:%M")
    left = word("alarms.done.acknowledge_all.left", n=flood.left, who=", ".join(flood.who), at=at)
    return f"{done}. {left}"


async def _done(
    request: Request, response: Callable[..., None], alarm: int, body: ClickBody, *arguments: object
) -> JSONResponse:
    """`response`: one of `geo.alarms.respond`, by whose name the catalogue says that it is done."""
    city, principal = caller()
    click = responses.AlarmClick(alarm, body.version, body.key)

    def done(connection: Connection) -> dict[str, str]:
        response(connection, city, principal, click, *arguments)
        return {"message": word(f"alarms.done.{response.__name__}")}

    return await respond(request, done)
