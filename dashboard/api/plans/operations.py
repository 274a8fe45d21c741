"""What the studio does with whole precincts: `POST
/api/v1/plans/<plan>/give|split|merge|assign|propose|accept|balance|accept-balance|undo|redo`, and what may
be undone: `GET .../steps`, `.../history`.

The answers of an edit are those of `api.plans.edits`. `propose` ({"proposals": [...]},
`geo.plans.editing.proposals.Proposal`), `balance` (of a district, `geo.plans.editing.balance.Balance`) and
`preview` write nothing. `steps` is {"undo": [{"event", "what", "at"}, ...], "redo": [...]}, newest first: the
caller's own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard.api.plans.requests import (
    Command,
    Edit,
    EditBody,
    Line,
    PlanBody,
    PlanId,
    add_commands,
    add_edits,
    add_reads,
    run_command,
)
from geo.plans import events, undo
from geo.plans.editing import balance, operations, proposals
from geo.plans.editing.draft import Author
from geo.ranges import Id, whole

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
Buildings = Annotated[list[Id], Field(min_length=1, max_length=20_000)]


class GiveBody(EditBody):
    buildings: Buildings
    to: Id


class PreviewBody(PlanBody):
    buildings: Buildings
    to: Id


class AssignBody(EditBody):
    buildings: Buildings
    to: Id | None


class SplitBody(EditBody):
    precinct: Id
    line: Line
    number: int | None = Field(None, ge=1, le=99_999)


class MergeBody(EditBody):
    keep: Id
    gone: Id


class PrecinctBody(PlanBody):
    precinct: Id


class DistrictBody(PlanBody):
    district: Id


class Transfer(PlanBody):
    """Buildings that go to one precinct, or to none."""

    to: Id | None
    buildings: Buildings


class AcceptBody(EditBody):
    precinct: Id
    gives: Annotated[list[Transfer], Field(min_length=1, max_length=50)]


class AcceptBalanceBody(EditBody):
    gives: Annotated[list[Transfer], Field(min_length=1, max_length=1000)]


def propose(author: Author, body: PrecinctBody) -> dict:
    found = proposals.propose(author.connection, author.city, author.plan, body.precinct)
    return {"proposals": [vars(proposal) for proposal in found]}


def transfers(body: AcceptBody | AcceptBalanceBody) -> list[dict]:
    return [transfer.model_dump() for transfer in body.gives]


EDITS: dict[str, tuple[type[PlanBody], Edit]] = {
    "give": (GiveBody, lambda author, body: operations.give(author, body.buildings, body.to)),
    "assign": (AssignBody, lambda author, body: operations.assign(author, body.buildings, body.to)),
    "split": (
        SplitBody,
        lambda author, body: operations.split(author, body.precinct, body.line, body.number),
    ),
    "merge": (MergeBody, lambda author, body: operations.merge(author, body.keep, body.gone)),
    "accept": (
        AcceptBody,
        lambda author, body: proposals.accept(author, body.precinct, transfers(body)),
    ),
    "accept-balance": (
        AcceptBalanceBody,
        lambda author, body: balance.accept_balance(author, transfers(body)),
    ),
    "undo": (PlanBody, lambda author, body: undo.undo(author)),
    "redo": (PlanBody, lambda author, body: undo.redo(author)),
}
COMMANDS: dict[str, tuple[type[PlanBody], Command]] = {
    "preview": (
        PreviewBody,
        lambda author, body: operations.preview(
            author.connection, author.city, author.plan, body.buildings, body.to
        ),
    ),
    "propose": (PrecinctBody, propose),
    "balance": (
        DistrictBody,
        lambda author, body: vars(
            balance.balance(author.connection, author.city, author.plan, body.district)
        ),
    ),
}
READS = {"steps": lambda author: undo.steps(author.connection, author.city, author.plan, author.who)}

add_edits(router, EDITS)
add_commands(router, COMMANDS)
add_reads(router, READS)


@router.get("/{plan}/history")
async def history(request: Request, plan: PlanId) -> JSONResponse:
    """{"events": [{"event", "at", "who", "what", "precincts", "undone"}]} after `?after=`."""
    first = whole(request.query_params.get("after", "0")) or 0
    return await run_command(
        request,
        plan,
        lambda author: {"events": events.history(author.connection, author.city, plan, first)},
    )
