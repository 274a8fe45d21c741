"""Saved views of /map: `POST /api/v1/views` with {"name", "query", "shared"} saves one, `.../<view>/remove`
removes one that is the caller's or their post's."""

from __future__ import annotations

from typing import Annotated, ClassVar
from urllib.parse import parse_qsl, urlencode

from annotated_types import Len
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dashboard import routes
from dashboard.api.incidents.actions import PathId
from dashboard.request_context import current
from dashboard.routes import read_body, respond
from geo.incidents.saved_views import Holder, remove_view, save_view
from geo.shifts.post import DutyPost
from layers.incidents.filters import NAMES, IncidentFilter

router = APIRouter(prefix="/api/v1/views", include_in_schema=False)
KEPT = NAMES | {"sort", "at", "layers"}
"""Names of an address that a view keeps; a card and a page of the list are of a moment."""


class ViewBody(routes.Body):
    refusal: ClassVar[str] = "view.body"
    name: Annotated[str, Len(1, 60)]
    query: Annotated[str, Len(0, 4000)]
    shared: bool = False


@router.post("")
async def save(request: Request) -> JSONResponse:
    body, context = await read_body(request, ViewBody), current()
    query = {name: value for name, value in parse_qsl(body.query) if name in KEPT}
    IncidentFilter.parse({name: value for name, value in query.items() if name in NAMES})
    written, name = urlencode(query, safe=","), " ".join(body.name.split())
    region, saver = context.settings.city.region, holder(body.shared)
    return await respond(
        request, lambda connection: {"id": save_view(connection, region, saver, name, written)}
    )


@router.post("/{view}/remove")
async def remove(request: Request, view: PathId) -> JSONResponse:
    region, own = current().settings.city.region, holder(False)
    return await respond(request, lambda connection: remove_view(connection, region, own, view))


def holder(shared: bool) -> Holder:
    principal = current().principal
    return Holder(principal.name, DutyPost.of(principal).key, shared)
