"""Who looks at an incident now: `POST /api/v1/incidents/<incident>/viewers` with {"writing"} every few
seconds while its card is open, and with {"gone": true} when it closes. The answer names the caller and who is
there: {"me", "viewers": [{"who", "writing", "at"}]}."""

from __future__ import annotations

from typing import Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from geo.database import Connection
from geo.incidents.cases.viewers import leave, look

router = APIRouter(prefix="/api/v1/incidents", include_in_schema=False)


class ViewerBody(Body):
    refusal: ClassVar[str] = "incident.body"
    writing: bool = False
    gone: bool = False


@router.post("/{incident}/viewers")
async def beat(request: Request, incident: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, ViewerBody), caller()

    def work(connection: Connection) -> dict[str, Any]:
        if body.gone:
            leave(connection, city, principal, incident)
            return {}
        present = look(connection, city, principal, incident, body.writing)
        return {"me": principal.name, "viewers": present}

    return await respond(request, work)
