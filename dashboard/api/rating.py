"""What people say to the rating. Indicators assigned to managers: `POST /api/v1/rating/assignments` with
{"manager", "indicator", "since": "2026-01", "weight", "plan", "reason"}, then `POST
/api/v1/rating/assignments/<number>/accept|return` with {"reason"}. Objections to how a case is counted: `POST
/api/v1/rating/objections` with {"manager", "month": "2026-01", "case", "reason"}, then `POST
/api/v1/rating/objections/<number>/accept|reject` with {"reason", "performer"}.

What makes something answers {"number", "message"}, what decides it {"message"}.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.rating.assignments import IndicatorProposal, answer_assignment, propose_assignment
from geo.rating.objections import LONGEST, LONGEST_NUMBER, decide_objection, make_objection
from geo.rating.strategy import FULL, first_of_month

Key = Annotated[str, StringConstraints(max_length=40)]
Number = Annotated[str, StringConstraints(max_length=LONGEST_NUMBER)]
Reason = Annotated[str, StringConstraints(max_length=LONGEST)]

router = APIRouter(prefix="/api/v1/rating", include_in_schema=False)


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


class ObjectionBody(AnswerBody):
    """`case`: the incident's number, as its source writes it."""

    manager: Key
    month: Key
    case: Number


class ObjectionDecision(AnswerBody):
    """`performer`: to whom an accepted objection gives the case, or `geo.rating.objections.LEFT_OUT`; none
    only where it is rejected."""

    performer: Key | None = None


@router.post("/assignments")
async def propose(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, ProposalBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        since = first_of_month(body.since)
        proposal = IndicatorProposal(since, body.manager, body.indicator, body.weight, body.plan)
        who = (principal.name, principal.manager)
        number = propose_assignment(connection, city, proposal, body.reason, *who)
        return {"number": number, "message": word("command.rating.assigned", number=number)}

    return await respond(request, done)


@router.post("/assignments/{number}/{how}")
async def answer(request: Request, number: PathId, how: Literal["accept", "return"]) -> JSONResponse:
    body, (city, principal) = await read_body(request, AnswerBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        is_accepted, who = how == "accept", (principal.name, principal.manager)
        answer_assignment(connection, city, number, is_accepted, body.reason, *who)
        key = "command.rating.accepted" if how == "accept" else "command.rating.returned"
        return {"message": word(key, number=number)}

    return await respond(request, done)


@router.post("/objections")
async def make(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, ObjectionBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        month, case = first_of_month(body.month), body.case.strip()
        number = make_objection(connection, city, month, body.manager, case, body.reason, principal.name)
        return {"number": number, "message": word("rating.objections.made", number=number)}

    return await respond(request, done)


@router.post("/objections/{number}/{how}")
async def decide(request: Request, number: PathId, how: Literal["accept", "reject"]) -> JSONResponse:
    body, (city, principal) = await read_body(request, ObjectionDecision), caller()

    def done(connection: Connection) -> dict[str, Any]:
        is_accepted, who = how == "accept", (principal.name, principal.manager)
        decide_objection(connection, city, number, is_accepted, body.reason, *who, body.performer or None)
        return {"message": word("command.rating.decided", number=number)}

    return await respond(request, done)
