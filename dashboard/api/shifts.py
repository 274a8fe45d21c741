"""What officers do with hand-overs: `POST /api/v1/shift/notes` with {"notes", "version"}, `/sign` with
{"read": {section: mark}, "key"}; `POST /api/v1/shift/<handover>/take` with {"digest"}, `/withdraw` with {},
`/amend` with {"text", "key"}. Each answers {"message"}, with the new `version` of the notes or the
`handover`. `GET /api/v1/shift/<handover>.pdf` is a hand-over on paper; each is in the audit before it is
sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.paper.shift import shift_pdf
from dashboard.request_context import RequestContext, current
from dashboard.routes import Body, read_body, respond
from dashboard.wording.shift import ShownShift
from dashboard.words import word
from geo.database import Connection
from geo.ranges import LARGEST
from geo.shifts import notes, sign
from geo.shifts.post import DutyPost
from layers.executors import EXPORTS
from layers.shifts import read_handover

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


@router.get("/{handover}.pdf")
async def send_paper(request: Request, handover: PathId) -> Response:
    """Raises `NotFound` ("shift.unknown")."""
    body = await current().run(EXPORTS, make_paper, current(), handover)
    disposition = f'inline; filename="ikomek-shift-{handover}.pdf"'
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
    return Response(body, media_type="application/pdf", headers=headers)


def make_paper(context: RequestContext, handover: int) -> bytes:
    """The file, and the row of the audit that says who took what."""
    city, post = context.settings.city, DutyPost.of(context.principal)
    one = read_handover(context.servers.engine, city, post, handover)
    shown = ShownShift(one.contents, context.language, city.time_zone)
    body = shift_pdf(one, shown, datetime.now(city.time_zone))
    context.record("shift.exported", handover=handover, form="pdf")
    return body


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
    body = await read_body(request, TakeBody)
    return await _done(request, sign.take, handover, body.digest)


@router.post("/{handover}/withdraw")
async def withdraw(request: Request, handover: PathId) -> JSONResponse:
    await read_body(request, ShiftBody)
    return await _done(request, sign.withdraw, handover)


@router.post("/{handover}/amend")
async def amend(request: Request, handover: PathId) -> JSONResponse:
    body = await read_body(request, AmendBody)
    return await _done(request, sign.amend, handover, body.text, body.key)


async def _done(
    request: Request, command: Callable[..., None], handover: int, *arguments: object
) -> JSONResponse:
    """`command`: one of `geo.shifts.sign`, by whose name the catalogue says that it is done."""
    city, principal = caller()

    def done(connection: Connection) -> dict[str, Any]:
        command(connection, city, principal, handover, *arguments)
        return {"handover": handover, "message": word(f"shift.done.{command.__name__}")}

    return await respond(request, done)
