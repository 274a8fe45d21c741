"""The saved views of a person and of their post, each with how many incidents it shows now."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine, text

from geo.accounts.users import Principal
from geo.errors import InvalidInput
from geo.settings import City
from geo.shifts.post import DutyPost
from layers.executors import LISTS
from layers.incidents.facet_counts import count
from layers.incidents.filters import NAMES, IncidentFilter
from layers.reading import snapshot

router = APIRouter()
OWN = text("""
    select id, name, query, owner is null as shared, made_by from saved_view
    where region = :region and (owner = :who or post = :post) order by owner is null, name, id""")


def read_views(engine: Engine, city: City, principal: Principal) -> list[dict[str, Any]]:
    """{"id", "name", "query", "shared", "made_by", "n"}, a person's own first; `n` none for a query that says
    nothing any more."""
    bound = {"region": city.region, "who": principal.name, "post": DutyPost.of(principal).key}
    with snapshot(engine) as connection:
        rows = [dict(row) for row in connection.execute(OWN, bound).mappings()]
        return [row | {"n": _count(connection, city, principal, row["query"])} for row in rows]


def _count(connection: Connection, city: City, principal: Principal, query: str) -> int | None:
    given = {name: value for name, value in parse_qsl(query) if name in NAMES}
    now = connection.execute(text("select now()")).scalar_one()
    try:
        return count(connection, city, IncidentFilter.parse(given).within(principal), now)[0]
    except InvalidInput:
        return None


@router.get("/layers/saved-views.json")
async def saved_views(request: Request) -> JSONResponse:
    """{"views": as `read_views` gives them}, for the caller."""
    servers, principal = request.app.state.servers, request.state.principal
    found = await servers.executors.run(LISTS, read_views, servers.engine, servers.settings.city, principal)
    return JSONResponse({"views": found}, headers={"Cache-Control": "private, no-store"})
