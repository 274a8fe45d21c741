"""What the studio does with whole precincts: `POST
/api/v1/plans/<plan>/give|split|merge|assign|propose|accept|balance|accept-balance|undo|redo`, and what may
be undone: `GET .../steps`, `.../history`.

`seen` = {precinct: version} is what the caller looked at; another version now is a 409 that says who
changed what. The answers are those of `api.plans.edits`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard.api.plans.requests import Body, Line, PlanId, Whole, change, read_body, tell
from geo.plans import events
from geo.plans import undo as plan_undo
from geo.plans.editing import operations, proposals

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
Buildings = Annotated[list[Whole], Field(min_length=1, max_length=20_000)]


class Give(Body):
    buildings: Buildings
    to: Whole
    seen: dict[Whole, Whole] = {}


class Preview(Body):
    buildings: Buildings
    to: Whole


class Assign(Body):
    buildings: Buildings
    to: Whole | None
    seen: dict[Whole, Whole] = {}


class Split(Body):
    precinct: Whole
    line: Line
    number: int | None = Field(None, ge=1, le=99_999)
    seen: dict[Whole, Whole] = {}


class Merge(Body):
    keep: Whole
    gone: Whole
    seen: dict[Whole, Whole] = {}


class Propose(Body):
    precinct: Whole


class Gives(Body):
    to: Whole | None
    buildings: Buildings


class Accept(Body):
    precinct: Whole
    gives: Annotated[list[Gives], Field(min_length=1, max_length=50)]
    seen: dict[Whole, Whole] = {}


class District(Body):
    district: Whole


class AcceptBalance(Body):
    gives: Annotated[list[Gives], Field(min_length=1, max_length=1000)]
    seen: dict[Whole, Whole] = {}


@router.post("/{plan}/give")
async def give(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Give)
    return await change(
        request, plan, lambda author: operations.give(author, asked.buildings, asked.to), asked.seen
    )


@router.post("/{plan}/preview")
async def preview(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Preview)
    return await tell(
        request,
        lambda connection, city, who: operations.preview(connection, city, plan, asked.buildings, asked.to),
        plan,
    )


@router.post("/{plan}/assign")
async def assign(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Assign)
    return await change(
        request, plan, lambda author: operations.assign(author, asked.buildings, asked.to), asked.seen
    )


@router.post("/{plan}/split")
async def split(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Split)
    return await change(
        request,
        plan,
        lambda author: operations.split(author, asked.precinct, asked.line, asked.number),
        asked.seen,
    )


@router.post("/{plan}/merge")
async def merge(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Merge)
    return await change(
        request, plan, lambda author: operations.merge(author, asked.keep, asked.gone), asked.seen
    )


@router.post("/{plan}/propose")
async def propose(request: Request, plan: PlanId) -> JSONResponse:
    """{"proposals": [...]} (`geo.plans.editing.proposals.Proposal`); nothing is written."""
    asked = await read_body(request, Propose)
    return await tell(
        request,
        lambda connection, city, who: {
            "proposals": [vars(one) for one in proposals.propose(connection, city, plan, asked.precinct)]
        },
        plan,
    )


@router.post("/{plan}/accept")
async def accept(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Accept)
    gives = [one.model_dump() for one in asked.gives]
    return await change(
        request, plan, lambda author: proposals.accept(author, asked.precinct, gives), asked.seen
    )


@router.post("/{plan}/balance")
async def balance(request: Request, plan: PlanId) -> JSONResponse:
    """`geo.plans.editing.proposals.Balance` of a district; nothing is written."""
    asked = await read_body(request, District)
    return await tell(
        request,
        lambda connection, city, who: vars(proposals.balance(connection, city, plan, asked.district)),
        plan,
    )


@router.post("/{plan}/accept-balance")
async def accept_balance(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, AcceptBalance)
    gives = [one.model_dump() for one in asked.gives]
    return await change(request, plan, lambda author: proposals.accept_balance(author, gives), asked.seen)


@router.post("/{plan}/undo")
async def undo(request: Request, plan: PlanId) -> JSONResponse:
    return await change(request, plan, plan_undo.undo)


@router.post("/{plan}/redo")
async def redo(request: Request, plan: PlanId) -> JSONResponse:
    return await change(request, plan, plan_undo.redo)


@router.get("/{plan}/steps")
async def steps(request: Request, plan: PlanId) -> JSONResponse:
    """{"undo": [{"event", "what", "at"}, ...], "redo": [...]}, newest first: the caller's own."""
    return await tell(
        request, lambda connection, city, who: plan_undo.steps(connection, city, plan, who), plan
    )


@router.get("/{plan}/history")
async def history(request: Request, plan: PlanId) -> JSONResponse:
    """{"events": [{"event", "at", "who", "what", "precincts", "undone"}]} after `?after=`."""
    after = request.query_params.get("after", "0")
    first = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    return await tell(
        request, lambda connection, city, who: {"events": events.history(connection, city, plan, first)}, plan
    )
