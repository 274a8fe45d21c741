"""Who asks: a key in `Authorization: Bearer`, in `X-API-Key`, or as the standard's `api_key`. A cookie counts
for nothing here, so no page of others can make a browser act."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request

from dashboard.open311_form import FORMS
from dashboard.request_context import current
from geo.audit.callers import caller
from geo.errors import Forbidden, NotFound, Unauthenticated
from geo.exchange.keys import ApiClient, find_client
from layers.executors import PROGRAMS

ADDRESS_PER_MINUTE = 600
"""Requests of one address, whatever key they show."""
WRONG_PER_MINUTE = 20
"""Wrong keys from one address."""


async def admit(request: Request, form: str, given: str | None = None, creates: bool = False) -> ApiClient:
    """`given`: the key in a body. Raises `NotFound` ("open311.form", "open311.jurisdiction"),
    `Unauthenticated` ("open311.no_key", "open311.wrong_key"), `Forbidden` ("open311.read_only"), `TooMany`
    ("request.rate")."""
    await admit_stranger(request, form)
    key = _shown(request) or given
    if not key:
        raise Unauthenticated("open311.no_key")
    app, address = request.app, request.state.origin.client
    client = await current().run(PROGRAMS, find_client, app.state.web, key[:200])
    if client is None:
        await app.state.rates.spend(app.state.servers.redis, f"wrong:{address}", WRONG_PER_MINUTE)
        raise Unauthenticated("open311.wrong_key")
    request.state.asking = client.principal
    caller.set(replace(caller.get(), type="token"))
    await app.state.rates.spend(app.state.servers.redis, f"key:{client.key_id}", client.per_minute)
    if creates and not client.may_create:
        raise Forbidden("open311.read_only", client=client.name)
    return client


async def admit_stranger(request: Request, form: str) -> None:
    """What is checked of everybody."""
    app, address = request.app, request.state.origin.client
    await app.state.rates.spend(app.state.servers.redis, f"address:{address}", ADDRESS_PER_MINUTE)
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
