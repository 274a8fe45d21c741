"""Who asks: a key in `Authorization: Bearer`, in `X-API-Key`, or as the standard's `api_key`. A cookie counts
for nothing here, so no page of others can make a browser act."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from dashboard.open311_form import FORMS
from dashboard.request_context import current
from dashboard.security.rules import MEGABYTE
from geo.audit.callers import caller
from geo.errors import Forbidden, NotFound, Unauthenticated
from geo.exchange.keys import ApiClient, find_client
from layers.executors import PROGRAMS

ADDRESS_PER_MINUTE = 600
"""Requests of one address, whatever key they show."""
WRONG_PER_MINUTE = 20
"""Wrong keys from one address."""
UNKEYED_BYTES = MEGABYTE
"""How much is read of a body whose sender shows no key beside it: the key may stand in the body."""


async def admit_body(request: Request, limit: int) -> int:
    """Before a body is read: a key that is shown must be a right one. Returns how many bytes may be read.
    Raises `Unauthenticated` ("open311.wrong_key"), `TooMany` ("request.rate")."""
    await _count(request)
    if key := _shown(request):
        request.state.client = await _find(request, key)
        return limit
    return min(limit, UNKEYED_BYTES)


async def admit(request: Request, form: str, given: str | None = None, creates: bool = False) -> ApiClient:
    """`given`: the key in a body. Raises `NotFound` ("open311.form", "open311.jurisdiction"),
    `Unauthenticated` ("open311.no_key", "open311.wrong_key"), `Forbidden` ("open311.read_only"), `TooMany`
    ("request.rate")."""
    await admit_stranger(request, form)
    key = _shown(request) or given
    if not key:
        raise Unauthenticated("open311.no_key")
    client = getattr(request.state, "client", None) or await _find(request, key)
    request.state.asking = client.principal
    caller.set(replace(caller.get(), type="token"))
    app = request.app
    await app.state.rates.spend(app.state.servers.redis, f"key:{client.key_id}", client.per_minute)
    if creates and not client.may_create:
        raise Forbidden("open311.read_only", client=client.name)
    return client


async def _find(request: Request, key: str) -> ApiClient:
    app = request.app
    client = await current().run(PROGRAMS, find_client, app.state.web, key[:200])
    if client is None:
        address = request.state.origin.client
        await app.state.rates.spend(app.state.servers.redis, f"wrong:{address}", WRONG_PER_MINUTE)
        raise Unauthenticated("open311.wrong_key")
    return client


async def _count(request: Request) -> None:
    """Once a request."""
    if getattr(request.state, "counted", False):
        return
    request.state.counted = True
    app, address = request.app, request.state.origin.client
    await app.state.rates.spend(app.state.servers.redis, f"address:{address}", ADDRESS_PER_MINUTE)


async def admit_stranger(request: Request, form: str) -> None:
    """What is checked of everybody."""
    await _count(request)
    if form not in FORMS:
        raise NotFound("open311.form", form=form[:20], known=", ".join(FORMS))
    need_jurisdiction(request.query_params.get("jurisdiction_id"))


def need_jurisdiction(given: str | None) -> None:
    """One city is served, so naming it is not needed. Raises `NotFound` ("open311.jurisdiction")."""
    city = current().settings.city
    if given and given != city.key:
        raise NotFound("open311.jurisdiction", jurisdiction=given[:80], known=city.key)


def _shown(request: Request) -> str | None:
    bearer = request.headers.get("authorization", "")
    if bearer.startswith("Bearer "):
        return bearer[7:].strip()
    return request.headers.get("x-api-key") or request.query_params.get("api_key")
