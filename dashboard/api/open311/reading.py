"""What a program reads: `GET /api/open311/v2/...`. Filters of a list: `layers.open311.filters`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from dashboard.api.incidents.actions import PathId
from dashboard.api.open311 import content
from dashboard.api.open311.access import admit, admit_stranger
from dashboard.api.open311.description import describe
from dashboard.open311_form import respond
from dashboard.request_context import current
from dashboard.words import word
from geo.errors import NotFound
from geo.ranges import whole
from layers.executors import PROGRAMS
from layers.incidents.proof import read_proof
from layers.open311 import requests, services, updates
from layers.open311.filters import read_filter
from layers.scope import Scope

POLICY = "default-src 'none'; sandbox"

router = APIRouter(prefix="/api/open311/v2", include_in_schema=False)


@router.get("/discovery.{form}")
async def send_discovery(request: Request, form: str) -> Response:
    """Open to all: where and how to ask for the rest."""
    await admit_stranger(request, form)
    city = current().settings.city
    about = content.discovery(base_of(request), city.key, word("program.contact"))
    return respond("discovery", about, form)


@router.get("/openapi.json")
async def send_description(request: Request) -> Response:
    """Open to all, as the discovery is."""
    await admit_stranger(request, "json")
    return respond("openapi", describe(base_of(request)), "json")


@router.get("/services.{form}")
async def send_services(request: Request, form: str) -> Response:
    client = await admit(request, form)
    rows = await _run(services.read_services, client.kinds, current().language)
    return respond("services", [content.service(row) for row in rows], form)


@router.get("/services/{code}.{form}")
async def send_definition(request: Request, code: str, form: str) -> Response:
    client = await admit(request, form)
    row = await _run(services.read_service, client.kinds, current().language, code)
    return respond("service_definition", content.definition(row["code"]), form)


@router.get("/requests.{form}")
async def send_requests(request: Request, form: str) -> Response:
    client = await admit(request, form)
    wanted = read_filter(request.query_params, datetime.now(UTC))
    rows = await _run(requests.list_requests, client, wanted, current().language)
    return respond("service_requests", [content.request(row, base_of(request)) for row in rows], form)


@router.get("/requests/{number}.{form}")
async def send_request(request: Request, number: PathId, form: str) -> Response:
    client = await admit(request, form)
    row = await _run(requests.read_request, client, number, current().language)
    return respond("service_requests", [content.request(row, base_of(request))], form)


@router.get("/requests/{number}/media/{action}.{form}")
async def send_picture(request: Request, number: PathId, action: PathId, form: str) -> Response:
    """The picture that the client itself has sent. A name that ends otherwise is none."""
    client = await admit(request, "json")
    row = await _run(requests.read_request, client, number, current().language)
    if form != "jpg" or row["picture"] != action:
        raise NotFound("incident.no_proof", incident=number)
    jpeg, _ = await _run(read_proof, Scope.of(client.principal), number, action, False)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-store"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.get("/tokens/{token}.{form}")
async def send_token(request: Request, token: str, form: str) -> Response:
    client = await admit(request, form)
    number = await _run(requests.find_by_token, client, read_token(token))
    found = [{"token": token, "service_request_id": str(number)}]
    return respond("service_requests", found, form)


@router.get("/servicerequestupdates.{form}")
async def send_updates(request: Request, form: str) -> Response:
    client = await admit(request, form)
    span = updates.read_span(request.query_params, datetime.now(UTC))
    rows = await _run(updates.list_updates, client, span, number_of(request.query_params))
    shown = [content.update(row, current().settings.city.time_zone) for row in rows]
    return respond("service_request_updates", shown, form)


def number_of(query: Any) -> int | None:
    """The one request whose updates are asked for; none = all. Raises `NotFound` ("open311.request")."""
    given = query.get("service_request_id", "").strip()
    if not given:
        return None
    if (number := whole(given)) is None:
        raise NotFound("open311.request", request=given[:40])
    return number


def read_token(token: str) -> str:
    """Raises `NotFound` ("open311.token") for what is none."""
    try:
        return str(UUID(token))
    except ValueError as error:
        raise NotFound("open311.token", token=token[:80]) from error


def base_of(request: Request) -> str:
    origin = request.state.origin
    return f"{origin.scheme}://{origin.host}"


async def _run(function: Any, *args: Any) -> Any:
    context = current()
    return await context.run(PROGRAMS, function, context.servers.engine, context.settings.city, *args)
