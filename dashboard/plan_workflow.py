"""The life of a plan: `POST /api/v1/plans` drafts one from another, `.../advance` moves it on, `.../presence` says who has what in hand; `GET .../checks`, `.../presence`.

The permission to approve is asked for here, that the approver is another person than any editor in `geo.plan_drafts`.
"""
from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import Connection

from dashboard.plan_requests import Body, read_body, tell
from dashboard.visit import current
from geo import plan_checks, plan_drafts, plan_presence
from geo.errors import Forbidden
from geo.settings import City

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
NEEDS_APPROVER = ("approved", "published")


class Draft(Body):
    source: int
    name: Annotated[str, Field(min_length=1, max_length=200)]


class Advance(Body):
    to: Literal["draft", "checked", "agreed", "approved", "published"]
    document: Annotated[str, Field(max_length=500)] | None = None
    day: date | None = None
    in_force_from: date | None = None


class Presence(Body):
    precincts: Annotated[list[int], Field(max_length=50)] = []


@router.post("")
async def draft(request: Request) -> JSONResponse:
    asked = await read_body(request, Draft)
    return await tell(request, lambda connection, city, who: {"plan": plan_drafts.draft_from(connection, city, asked.source, asked.name, who)})


@router.post("/{plan}/advance")
async def advance(request: Request, plan: int) -> JSONResponse:
    asked = await read_body(request, Advance)
    if asked.to in NEEDS_APPROVER and not current().may("precinct.approve"):
        raise Forbidden("door.forbidden", permission="precinct.approve")
    return await tell(request, lambda connection, city, who: plan_drafts.advance(
        connection, city, plan, asked.to, who, asked.document or None, asked.day, asked.in_force_from))


@router.get("/{plan}/checks")
async def checks(request: Request, plan: int) -> JSONResponse:
    """{"checks": [{"key", "level", "count", "items"}]}."""
    return await tell(request, lambda connection, city, who: {"checks": [vars(one) for one in plan_checks.check(connection, city, plan)]})


@router.get("/{plan}/presence")
async def present(request: Request, plan: int) -> JSONResponse:
    return await tell(request, lambda connection, city, who: {"present": plan_presence.present(connection, city, plan)})


@router.post("/{plan}/presence")
async def presence(request: Request, plan: int) -> JSONResponse:
    """The caller is here and has `precincts` in hand; who only looks is not seen. Answers who is here."""
    asked = await read_body(request, Presence)
    editing = current().may("precinct.edit")
    return await tell(request, lambda connection, city, who: here(connection, city, plan, who, asked.precincts, editing))


def here(connection: Connection, city: City, plan: int, who: str, precincts: list[int], editing: bool) -> dict:
    if editing:
        plan_presence.seen(connection, city, plan, who, precincts)
    return {"present": plan_presence.present(connection, city, plan)}
