"""Preventive measures: `POST /api/v1/prevention` with {"location", "measure", "owner", "due", "topic"}
answers {"number", "message"}; `POST /api/v1/prevention/<number>/done|drop` with {} answers {"message"}."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.request_context import current
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.errors import Forbidden
from geo.recurrence.prevention import LONGEST, add_measure, end_measure
from layers.scope import Scope

ENDS = {"done": "done", "drop": "dropped"}
KEY_LONGEST = 130
Key = Annotated[str, StringConstraints(max_length=KEY_LONGEST)]

router = APIRouter(prefix="/api/v1/prevention", include_in_schema=False)


class PreventionBody(Body):
    refusal: ClassVar[str] = "prevention.body"


class MeasureBody(PreventionBody):
    location: Key
    measure: Annotated[str, StringConstraints(max_length=LONGEST)]
    owner: Key
    due: date
    topic: Key | None = None


@router.post("")
async def add(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, MeasureBody), _planner()

    def done(connection: Connection) -> dict[str, Any]:
        number = add_measure(
            connection,
            city,
            body.location,
            body.measure,
            body.owner,
            body.due,
            principal.name,
            body.topic or None,
        )
        return {"number": number, "message": word("command.prevention.added", number=number)}

    return await respond(request, done)


@router.post("/{number}/{how}")
async def end(request: Request, number: PathId, how: Literal["done", "drop"]) -> JSONResponse:
    """Today."""
    await read_body(request, PreventionBody)
    city, principal = _planner()

    def done(connection: Connection) -> dict[str, Any]:
        end_measure(connection, city, number, ENDS[how], city.today(), principal.name)
        return {"message": word(f"command.prevention.is_{ENDS[how]}", number=number)}

    return await respond(request, done)


def _planner() -> tuple[Any, Any]:
    """Whoever plans sees the whole city: places are compared with all others. Raises `Forbidden`
    ("prevention.scope")."""
    if not Scope.of(current().principal).is_whole:
        raise Forbidden("prevention.scope")
    return caller()
