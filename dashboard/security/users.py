"""The route of the page /users: all sessions of somebody ended by an administrator. It leads back to the
page, which says whose ended (`?done=NAME`) or that there is nobody of that name (`?mistake=user.unknown`)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.request_context import current
from geo.accounts import open_sessions
from geo.accounts.users import NAME_MAX
from geo.errors import NotFound
from layers.executors import CARDS

PAGE = "/users"

router = APIRouter(prefix=PAGE, include_in_schema=False)


@router.post("/end")
async def end_sessions(request: Request, name: Annotated[str, Form(max_length=NAME_MAX)] = "") -> Response:
    context = current()
    who = context.principal
    but = who.session if name == who.name else None
    try:
        await context.run(CARDS, open_sessions.end_sessions, context.web, name, who.name, but)
    except NotFound as error:
        return RedirectResponse(f"{PAGE}?{urlencode({'mistake': error.code, 'name': name})}", 303)
    request.app.state.sessions.forget_name(name)
    return RedirectResponse(f"{PAGE}?{urlencode({'done': name})}", 303)
