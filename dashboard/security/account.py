"""The routes of the page /account: a session ended, all others ended, the password changed, the codes of an
app set up or removed (passkeys: `passkeys`). Each leads back to the page, which says what was done or what
was wrong (`?done=`, `?mistake=CODE`), or to the sign-in first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import plain_page
from dashboard.request_context import current
from dashboard.security.cookies import BROWSER_COOKIE
from geo.accounts import attempts, open_sessions, second_factor
from geo.accounts.factor_key import FactorKey
from geo.accounts.users import Principal
from geo.errors import (
    Conflict,
    Forbidden,
    IkomekError,
    InvalidInput,
    NotFound,
    TooMany,
    Unauthenticated,
)
from layers.executors import CARDS, SIGN_IN, Work

PAGE = "/account"
AGAIN = "account.again"
"""What `need_fresh` refuses with."""

router = APIRouter(prefix=PAGE, include_in_schema=False)

Typed = Annotated[str, Form(max_length=1000)]


@router.post("/sessions/{session}/end")
async def end_session(request: Request, session: Annotated[str, Path(pattern="[0-9a-f]{12}")]) -> Response:
    who = person()

    def end() -> None:
        open_sessions.need_fresh(who)
        open_sessions.end_session(current().web, who.name, session, who.name)

    return await answer(request, CARDS, end, "ended")


@router.post("/sessions/end")
async def end_others(request: Request) -> Response:
    who = person()

    def end() -> None:
        open_sessions.need_fresh(who)
        open_sessions.end_sessions(current().web, who.name, who.name, but=who.session)

    return await answer(request, CARDS, end, "ended")


@router.post("/password")
async def change_password(request: Request, old: Typed = "", new: Typed = "", again: Typed = "") -> Response:
    who, client = person(), request.state.origin.client
    known = request.state.cookies.get(BROWSER_COOKIE)

    def change() -> None:
        if new != again:
            raise InvalidInput("user.password_differs")
        open_sessions.change_password(current().web, who.name, old, new, who.session, client, known)

    return await answer(request, SIGN_IN, change, "password")


@router.post("/factor/begin")
async def begin_factor(request: Request, password: Typed = "") -> Response:
    who, origin = person(), request.state.origin
    known = request.state.cookies.get(BROWSER_COOKIE)

    def begin() -> None:
        open_sessions.need_password(current().web, who, password, origin.client, known)
        second_factor.begin(current().web, FactorKey.of(current().settings), who.name)

    return await answer(request, SIGN_IN, begin, "begun")


@router.post("/factor/confirm")
async def confirm_factor(request: Request, code: Typed = "") -> Response:
    """The one answer that is a page: the recovery codes, which are shown once. Every other session ends: it
    was opened without the code."""
    who, context = person(), current()

    def confirm() -> list[str]:
        codes = second_factor.confirm(context.web, FactorKey.of(context.settings), who.name, code)
        open_sessions.end_sessions(context.web, who.name, who.name, but=who.session)
        return codes

    try:
        codes = await context.run(SIGN_IN, confirm)
    except (NotFound, Unauthenticated) as error:
        return back(mistake=error.code)
    request.app.state.sessions.forget_name(who.name)
    return HTMLResponse(
        plain_page.recovery_codes(context.language, codes), headers={"cache-control": "no-store"}
    )


@router.post("/factor/remove")
async def remove_factor(request: Request, code: Typed = "") -> Response:
    who, client = person(), request.state.origin.client
    known = request.state.cookies.get(BROWSER_COOKIE)

    def remove() -> None:
        with attempts.counting(current().web, who.name, client, known):
            second_factor.remove(current().web, FactorKey.of(current().settings), who.name, code)

    return await answer(request, SIGN_IN, remove, "removed")


def person() -> Principal:
    """Who is signed in here. Raises `Forbidden` for a screen."""
    who = current().principal
    if who.type != "person":
        raise Forbidden("account.person")
    return who


async def answer(request: Request, work: Work, change: Callable[[], object], done: str) -> Response:
    """Runs the change; what was signed in with this name is then asked about anew."""
    try:
        await current().run(work, change)
    except (Conflict, Forbidden, InvalidInput, NotFound, TooMany, Unauthenticated) as error:
        return again(PAGE) if error.code == AGAIN else back(mistake=_code(error))
    request.app.state.sessions.forget_name(person().name)
    return back(done=done)


def _code(error: IkomekError) -> str:
    return "account.locked" if isinstance(error, TooMany) else error.code


def again(page: str) -> Response:
    """To the sign-in, of whoever has not just signed in, and back to the page from which they tried."""
    return RedirectResponse(f"/sign-in?{urlencode({'again': '1', 'next': page})}", 303)


def back(**query: str) -> Response:
    return RedirectResponse(f"{PAGE}?{urlencode(query)}", 303)
