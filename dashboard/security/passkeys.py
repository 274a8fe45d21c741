"""The routes of passkeys: made and removed on /account, and what a browser needs to sign with one at sign-in
(that it has signed: `sign_in`). A passkey is for the host under which our pages were opened."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from dashboard.request_context import current
from dashboard.security.account import answer, person
from dashboard.security.cookies import BROWSER_COOKIE, HALF_COOKIE
from geo.accounts import open_sessions, passkeys
from geo.accounts.passkeys import RelyingParty
from geo.accounts.users import Principal
from geo.errors import InvalidInput
from layers.executors import SIGN_IN

LONGEST_ANSWER = 15_000
"""Characters of what a browser answers (JSON)."""

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=1000)]
Answer = Annotated[str, Form(max_length=LONGEST_ANSWER)]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.post("/account/passkeys/options")
async def begin(request: Request, password: Typed = "") -> Response:
    who, site = person(), site_of(request)

    def work() -> str:
        _need_password(request, who, password)
        return passkeys.begin(current().web, who.name, who.session, site)

    return _json(await current().run(SIGN_IN, work))


@router.post("/account/passkeys")
async def add(request: Request, credential: Answer = "", label: Typed = "") -> Response:
    """With the first second factor every other session ends: it was opened without one."""
    who, site, web = person(), site_of(request), current().web

    def work() -> None:
        if passkeys.add(web, who.name, who.session, site, credential, label):
            open_sessions.end_sessions(web, who.name, who.name, but=who.session)

    return await answer(request, SIGN_IN, work, "passkey")


@router.post("/account/passkeys/{number}/remove")
async def remove(request: Request, number: Number, password: Typed = "") -> Response:
    who = person()

    def work() -> None:
        _need_password(request, who, password)
        passkeys.remove(current().web, who.name, number)

    return await answer(request, SIGN_IN, work, "passkey_removed")


@router.post("/sign-in/passkey/options")
async def ask(request: Request) -> Response:
    half, site = request.state.cookies.get(HALF_COOKIE, ""), site_of(request)
    return _json(await current().run(SIGN_IN, passkeys.ask, current().web, half, site))


def site_of(request: Request) -> RelyingParty:
    """Raises `InvalidInput` ("passkey.host") for a Host header that names none."""
    origin = request.state.origin
    try:
        host = urlsplit(f"//{origin.host}").hostname
    except ValueError:
        host = None
    if not host:
        raise InvalidInput("passkey.host", host=origin.host[:100])
    return RelyingParty(host, f"{origin.scheme}://{origin.host}")


def _need_password(request: Request, who: Principal, password: str) -> None:
    known = request.state.cookies.get(BROWSER_COOKIE)
    open_sessions.need_password(current().web, who, password, request.state.origin.client, known)


def _json(content: str) -> Response:
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})
