"""The routes of signing in with a provider of OpenID Connect (`oidc_providers`): there, and back. What was
begun is kept in a cookie of the browser that began it, so that nobody's answer counts in another browser."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.request_context import current
from dashboard.security import sign_in
from dashboard.security.cookies import OIDC_COOKIE, drop, keep_begun
from dashboard.security.oidc_providers import Begun, Provider
from dashboard.security.whence import whence
from geo.accounts import half_sessions, linked_logins
from geo.errors import IkomekError, NotFound, Unauthenticated, Unavailable
from geo.foreign_json import read_foreign_json
from layers.executors import PROVIDERS, SIGN_IN

PREFIX = "/sign-in/with"

router = APIRouter(prefix=PREFIX, include_in_schema=False)

Key = Annotated[str, Path(max_length=40)]


@router.get("/{key}")
async def leave(request: Request, key: Key, next: str = "/", again: bool = False) -> Response:
    """To the provider; somebody who is signed in goes on, unless they are to prove it `again`."""
    provider, next_path = provider_of(request, key), sign_in.local_path(next)
    who = request.state.principal
    if who and who.type == "person" and not again:
        return RedirectResponse(next_path, 303)
    try:
        address, begun = await current().run(
            PROVIDERS, provider.begin, redirect_of(request, key), next_path, again
        )
    except Unavailable as error:
        return sign_in.form(request, next_path, error=error)
    response = RedirectResponse(address, 303)
    keep_begun(response, to_cookie(begun), request.state.origin.secure)
    return response


@router.get("/{key}/return")
async def come_back(request: Request, key: Key) -> Response:
    """Who it is there is, by the link or the name, a user here, or nobody."""
    provider, context = provider_of(request, key), current()
    begun = from_cookie(request.state.cookies.get(OIDC_COOKIE, ""))
    answer = dict(request.query_params)
    try:
        if begun is None or begun.provider != key:
            raise Unauthenticated("oidc.state")
        person = await context.run(PROVIDERS, provider.finish, begun, answer, redirect_of(request, key))
        token, name = await context.run(
            SIGN_IN,
            linked_logins.sign_in,
            context.web,
            key,
            person.issuer,
            person.subject,
            person.login,
            whence(request),
            person.roles,
        )
    except (Unauthenticated, Unavailable) as error:
        return await _refused(request, begun, error)
    if await context.run(SIGN_IN, half_sessions.is_half, context.web, token):
        response = sign_in.half_way(request, token, sign_in.local_path(begun.next))
    else:
        response = await sign_in.signed_in(request, token, sign_in.local_path(begun.next))
        await sign_in.remember(request, response, name)
    drop(response, OIDC_COOKIE, request.state.origin.secure)
    return response


async def _refused(request: Request, begun: Begun | None, error: IkomekError) -> Response:
    context = current()
    await context.run(SIGN_IN, context.note_refusal, error, request.method)
    response = sign_in.form(request, begun.next if begun else "/", error=error)
    drop(response, OIDC_COOKIE, request.state.origin.secure)
    return response


def provider_of(request: Request, key: str) -> Provider:
    """Raises `NotFound` ("door.no_page")."""
    found: Provider | None = request.app.state.providers.get(key)
    if found is None:
        raise NotFound("door.no_page", path=request.url.path)
    return found


def redirect_of(request: Request, key: str) -> str:
    """Our address that the provider sends the browser back to."""
    origin = request.state.origin
    return f"{origin.scheme}://{origin.host}{PREFIX}/{key}/return"


def to_cookie(begun: Begun) -> str:
    return base64.urlsafe_b64encode(json.dumps(asdict(begun)).encode()).decode()


def from_cookie(value: str) -> Begun | None:
    """None for what is none of ours."""
    try:
        return Begun(**read_foreign_json(base64.urlsafe_b64decode(value)))
    except (ValueError, TypeError):
        return None
