"""Proof of an incident: `POST /api/v1/incidents/<incident>/attach` as multipart/form-data with `action`, the
JSON {"key", "version", "wish"} of every action (`geo.incidents.cases.proof.Attach`), and the file `picture`;
`GET .../<incident>/proof/<action>.jpg` and `.../proof/<action>/thumbnail.jpg` for those who may see it.

A picture is shown to a browser as nothing but a picture: its type is fixed, and it can run, load and frame
nothing.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from dashboard.api.incidents.actions import ActionBody, PathId, caller, done
from dashboard.request_context import current
from dashboard.routes import read_json, respond
from geo.database import Connection
from geo.desk.organisation import need_own
from geo.errors import InvalidInput
from geo.incidents.cases.proof import Attach, attach
from geo.incidents.cases.state import lock_one
from geo.pictures.intake import prepare
from geo.ranges import Id
from layers.executors import CARDS, PICTURES
from layers.incidents.card import RECORDED
from layers.incidents.proof import read_proof
from layers.scope import Scope

LONGEST_ACTION = 20_000
POLICY = "default-src 'none'; sandbox"

router = APIRouter(prefix="/api/v1/incidents", include_in_schema=False)


class AttachBody(ActionBody):
    version: Id
    wish: Attach


@router.post("/{incident}/attach")
async def attach_one(request: Request, incident: PathId) -> JSONResponse:
    body, content = await read_form(request)
    city, principal = caller()
    picture = await current().run(PICTURES, prepare, content, city.time_zone)

    def attached(connection: Connection) -> dict[str, Any]:
        lock_one(connection, city, principal, incident)  # whose it is stays so until the picture is there
        need_own(connection, city, principal, incident)
        return done(attach(connection, city, principal, incident, body.wish, picture, body.version, body.key))

    return await respond(request, attached)


async def read_form(request: Request) -> tuple[AttachBody, bytes]:
    """Raises `InvalidInput` ("incident.body") that names the part that is wrong."""
    try:
        form = await request.form(max_files=1, max_fields=1, max_part_size=LONGEST_ACTION)
    except HTTPException as error:
        raise InvalidInput("incident.body", where="picture", reason="multipart") from error
    try:
        picture, action = form.get("picture"), form.get("action")
        if not isinstance(picture, UploadFile) or not isinstance(action, str):
            missing = "action" if isinstance(picture, UploadFile) else "picture"
            raise InvalidInput("incident.body", where=missing, reason="missing")
        return read_json(action, AttachBody), await picture.read()
    finally:
        await form.close()


@router.get("/{incident}/proof/{action}.jpg")
async def send_whole(incident: PathId, action: PathId) -> Response:
    return await send(incident, action, thumbnail=False)


@router.get("/{incident}/proof/{action}/thumbnail.jpg")
async def send_thumbnail(incident: PathId, action: PathId) -> Response:
    return await send(incident, action, thumbnail=True)


async def send(incident: int, action: int, thumbnail: bool) -> Response:
    jpeg = await current().run(CARDS, read_one, incident, action, thumbnail)
    return Response(
        jpeg,
        media_type="image/jpeg",
        headers={
            "Content-Disposition": f'inline; filename="incident-{incident}-{action}.jpg"',
            "Content-Security-Policy": POLICY,
            "Cache-Control": "private, no-store",
        },
    )


def read_one(incident: int, action: int, thumbnail: bool) -> bytes:
    """The look at a whole picture of the police is recorded before it is shown; a thumbnail comes with the
    card, whose look is."""
    context = current()
    scope = Scope.of(context.principal)
    city = context.settings.city
    organisation = context.principal.organisation
    jpeg, kind = read_proof(context.servers.engine, city, scope, incident, action, thumbnail, organisation)
    if kind in RECORDED and not thumbnail:
        context.record("incident.proof_seen", incident=incident, action=action, kind=kind)
    return jpeg
