"""Indicators of the rating assigned to managers: `POST /api/v1/rating/assignments` with {"manager",
"indicator", "since": "2026-01", "weight", "plan", "reason"} answers {"number", "message"}; `POST
/api/v1/rating/assignments/<number>/accept|return` with {"reason"} answers {"message"}."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.rating.assignments import answer_assignment, propose_assignment
from geo.rating.objections import LONGEST
from geo.rating.strategy import FULL, first_of_month

Key = Annotated[str, StringConstraints(max_length=40)]
Reason = Annotated[str, StringConstraints(max_length=LONGEST)]

router = APIRouter(prefix="/api/v1/rating/assignments", include_in_schema=False)


class AnswerBody(Body):
    refusal: ClassVar[str] = "rating.body"
    reason: Reason


class ProposalBody(AnswerBody):
    """`plan` none = that of the strategy."""

    manager: Key
    indicator: Key
    since: Key
    weight: Annotated[int, Field(ge=0, le=FULL)]
    plan: float | None = None


@router.post("")
async def propose(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, ProposalBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        number = propose_assignment(
            connection,
            city,
            first_of_month(body.since),
            body.manager,
            body.indicator,
            body.weight,
            body.plan,
            body.reason,
            principal.name,
        )
        return {"number": number, "message": word("command.rating.assigned", number=number)}

    return await respond(request, done)


@router.post("/{number}/{how}")
async def answer(request: Request, number: PathId, how: Literal["accept", "return"]) -> JSONResponse:
    body, (city, principal) = await read_body(request, AnswerBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        is_accepted, who = how == "accept", (principal.name, principal.manager)
        answer_assignment(connection, city, number, is_accepted, body.reason, *who)
        key = "command.rating.accepted" if how == "accept" else "command.rating.returned"
        return {"message": word(key, number=number)}

    return await respond(request, done)
