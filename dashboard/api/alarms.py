"""What people do with alarms: `POST /api/v1/alarms/<alarm>/acknowledge` and `/unshelve` with {}, `/shelve`
with {"minutes", "reason"}, `/clear` with {"reason"} (none where its condition is gone); `POST
/api/v1/alarms/acknowledge` with {"alarms": ids} those of a flood. Each answers {"message"}."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.alarms import respond as responses
from geo.database import Connection

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

router = APIRouter(prefix="/api/v1/alarms", include_in_schema=False)


class PlainBody(Body):
    refusal: ClassVar[str] = "alarm.body"


class ShelveBody(PlainBody):
    minutes: Annotated[int, Field(ge=1, le=720)]
    reason: Reason


class ClearBody(PlainBody):
    reason: Reason | None = None


class FloodBody(PlainBody):
    alarms: Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=5000)]


@router.post("/acknowledge")
async def acknowledge_all(request: Request) -> JSONResponse:
    body = await read_body(request, FloodBody)
    city, principal = caller()

    def done(connection: Connection) -> dict[str, str]:
        n = responses.acknowledge_all(connection, city, principal, body.alarms)
        return {"message": word("alarms.done.acknowledge_all", n=n)}

    return await respond(request, done)


@router.post("/{alarm}/acknowledge")
async def acknowledge(request: Request, alarm: PathId) -> JSONResponse:
    await read_body(request, PlainBody)
    return await _done(request, responses.acknowledge, alarm)


@router.post("/{alarm}/shelve")
async def shelve(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ShelveBody)
    until = datetime.now(UTC) + timedelta(minutes=body.minutes)
    return await _done(request, responses.shelve, alarm, until, body.reason)


@router.post("/{alarm}/unshelve")
async def unshelve(request: Request, alarm: PathId) -> JSONResponse:
    await read_body(request, PlainBody)
    return await _done(request, responses.unshelve, alarm)


@router.post("/{alarm}/clear")
async def clear(request: Request, alarm: PathId) -> JSONResponse:
    body = await read_body(request, ClearBody)
    return await _done(request, responses.clear, alarm, body.reason)


async def _done(
    request: Request, response: Callable[..., None], alarm: int, *arguments: object
) -> JSONResponse:
    """`response`: one of `geo.alarms.respond`, by whose name the catalogue says that it is done."""
    city, principal = caller()

    def done(connection: Connection) -> dict[str, str]:
        response(connection, city, principal, alarm, *arguments)
        return {"message": word(f"alarms.done.{response.__name__}")}

    return await respond(request, done)
