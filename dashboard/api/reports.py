"""Kept reports on paper, and links to them: `GET /api/v1/reports/<number>.<language>.pdf`; `POST
/api/v1/reports/<number>/share` with {"language", "days"} answers {"address", "message"}, `POST
/api/v1/reports/links/<link>/revoke` with {} answers {"message"}; `GET /api/v1/reports/shared?token=...` is
what such a link opens, for anybody whose address is inside the network. Each is in the audit before it is
sent."""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.paper.report import file_name
from dashboard.request_context import RequestContext, current
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.errors import Forbidden
from geo.reports import keep, links
from layers.executors import EXPORTS
from layers.reading import snapshot
from layers.scope import Scope

VARIABLE = "IKOMEK_SHARE_NETWORKS"
"""Networks inside which a link opens, by commas, as "10.1.0.0/16"; unset = every private address."""
SHARED = "/api/v1/reports/shared"

router = APIRouter(prefix="/api/v1/reports", include_in_schema=False)


class ReportBody(Body):
    refusal: ClassVar[str] = "report.body"


class ShareBody(ReportBody):
    language: Annotated[str, StringConstraints(max_length=8)]
    days: Annotated[int, Field(ge=1, le=links.LONGEST_DAYS)]


@router.get("/shared")
async def open_shared(request: Request, token: str = "") -> Response:
    """Raises `Forbidden` ("report.outside"), `NotFound` ("report.link")."""
    client = request.state.origin.client
    if not is_inside(client):
        raise Forbidden("report.outside")
    return await current().run(EXPORTS, read_shared, current(), token[:200])


@router.get("/{number}.{lang}.pdf")
async def send_paper(request: Request, number: PathId, lang: str) -> Response:
    """Raises `NotFound` ("report.unknown", "report.no_paper"), `Forbidden` ("report.scope")."""
    return await current().run(EXPORTS, read_paper, current(), number, lang)


@router.post("/{number}/share")
async def share(request: Request, number: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, ShareBody), caller()
    check_scope(current())

    def done(connection: Connection) -> dict[str, Any]:
        token = links.share(connection, city, principal.name, number, body.language, body.days)
        return {"address": f"{SHARED}?token={token}", "message": word("report.done.share", n=body.days)}

    return await respond(request, done)


@router.post("/links/{link}/revoke")
async def revoke(request: Request, link: PathId) -> JSONResponse:
    await read_body(request, ReportBody)
    city, principal = caller()

    def done(connection: Connection) -> dict[str, Any]:
        links.revoke(connection, city, principal.name, link)
        return {"message": word("report.done.revoke")}

    return await respond(request, done)


def check_scope(context: RequestContext) -> None:
    """A report is of the whole city. Raises `Forbidden` ("report.scope")."""
    if not Scope.of(context.principal).is_whole:
        raise Forbidden("report.scope")


def read_paper(context: RequestContext, number: int, lang: str) -> Response:
    check_scope(context)
    answer = _paper(context, number, lang)
    context.record("report.exported", number=number, name=lang)
    return answer


def read_shared(context: RequestContext, token: str) -> Response:
    with context.web.begin() as connection:
        number, lang = links.open_shared(connection, context.settings.city, token)
    return _paper(context, number, lang)


def is_inside(client: str) -> bool:
    """Whether an address is of the network; what is none is not."""
    named = os.environ.get(VARIABLE, "")
    try:
        address = ip_address(client)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    if not named:
        return address.is_private or address.is_loopback
    return any(address in ip_network(part.strip(), strict=False) for part in named.split(","))


def _paper(context: RequestContext, number: int, lang: str) -> Response:
    region = context.settings.city.region
    with snapshot(context.servers.engine) as connection:
        found = keep.find_report(connection, region, number)
        pdf = keep.find_paper(connection, region, number, lang)
    disposition = f'inline; filename="{file_name(found.content, lang)}"'
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition}
    return Response(pdf, media_type="application/pdf", headers=headers)
