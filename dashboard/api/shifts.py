"""What officers do with hand-overs: `POST /api/v1/shift/notes` with {"notes", "version"}, `/sign` with
{"read": {section: mark}, "key"}; `POST /api/v1/shift/<handover>/take` with {"digest"}, `/withdraw` with {},
`/amend` with {"text", "key"}. Each answers {"message"}, with the new `version` of the notes or the
`handover`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.ranges import LARGEST
from geo.shifts import notes, sign

Short = Annotated[str, StringConstraints(max_length=64)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=notes.MOST)]

router = APIRouter(prefix="/api/v1/shift", include_in_schema=False)


class ShiftBody(Body):
    refusal: ClassVar[str] = "shift.body"


class NotesBody(ShiftBody):
    notes: Annotated[str, StringConstraints(max_length=notes.MOST)]
    version: Annotated[int, Field(ge=0, le=LARGEST)]


class SignBody(ShiftBody):
    read: Annotated[dict[Short, Short], Field(max_length=20)]
    key: UUID


class TakeBody(ShiftBody):
    digest: Short


class AmendBody(ShiftBody):
    text: Line
    key: UUID


@router.post("/notes")
async def save_notes(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, NotesBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        version = notes.save_notes(connection, city, principal, body.notes, body.version)
        return {"version": version, "message": word("shift.done.notes")}

    return await respond(request, done)


@router.post("/sign")
async def sign_and_leave(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, SignBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        handover = sign.sign(connection, city, principal, body.read, body.key)
        return {"handover": handover, "message": word("shift.done.sign")}

    return await respond(request, done)


@router.post("/{handover}/take")
async def take(request: Request, handover: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, TakeBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        sign.take(connection, city, principal, handover, body.digest)
        return {"handover": handover, "message": word("shift.done.take")}

    return await respond(request, done)


@router.post("/{handover}/withdraw")
async def withdraw(request: Request, handover: PathId) -> JSONResponse:
    await read_body(request, ShiftBody)
    city, principal = caller()

    def done(connection: Connection) -> dict[str, Any]:
        sign.withdraw(connection, city, principal, handover)
        return {"handover": handover, "message": word("shift.done.withdraw")}

    return await respond(request, done)


@router.post("/{handover}/amend")
async def amend(request: Request, handover: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, AmendBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        sign.amend(connection, city, principal, handover, body.text, body.key)
        return {"handover": handover, "message": word("shift.done.amend")}

    return await respond(request, done)
