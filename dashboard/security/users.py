"""The routes of the page /users: all sessions of somebody ended by an administrator, and a link by which
somebody gives themselves a new password, shown once to whoever made it. They lead back to the page, which
says whose ended (`?done=NAME`) or that there is nobody of that name (`?mistake=user.unknown`), or to the
sign-in first."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import plain_page
from dashboard.request_context import current
from dashboard.security.account import again
from geo.accounts import open_sessions, resets
from geo.accounts.users import NAME_MAX, Principal
from geo.errors import NotFound
from layers.executors import CARDS

PAGE = "/users"

router = APIRouter(prefix=PAGE, include_in_schema=False)

Named = Annotated[str, Form(max_length=NAME_MAX)]


@router.post("/end")
async def end_sessions(request: Request, name: Named = "") -> Response:
    context = current()
    who: Principal = context.principal
    if not who.is_fresh:
        return again(PAGE)
    but = who.session if name == who.name else None
    try:
        await context.run(CARDS, open_sessions.end_sessions, context.web, name, who.name, but)
    except NotFound as error:
        return _unknown(error, name)
    request.app.state.sessions.forget_name(name)
    return RedirectResponse(f"{PAGE}?{urlencode({'done': name})}", 303)


@router.post("/reset")
async def make_reset_link(request: Request, name: Named = "") -> Response:
    context, origin = current(), request.state.origin
    if not context.principal.is_fresh:
        return again(PAGE)
    try:
        path = await context.run(CARDS, resets.reset_link, context.web, name, context.principal.name)
    except NotFound as error:
        return _unknown(error, name)
    link = f"{origin.scheme}://{origin.host}{path}"
    page = plain_page.reset_link(context.language, name, link, resets.LASTS_H)
    return HTMLResponse(page, headers={"cache-control": "no-store"})


def _unknown(error: NotFound, name: str) -> Response:
    return RedirectResponse(f"{PAGE}?{urlencode({'mistake': error.code, 'name': name})}", 303)
