"""The routes of signing in: the form, the second factor, the one-time link, the link for a new password,
signing out, the language. Sessions are the matter of `geo.accounts.sessions`, failed attempts and their wait
of `geo.accounts.attempts`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard import plain_page, words
from dashboard.request_context import current
from dashboard.security import protection
from dashboard.security.cookies import (
    BROWSER_COOKIE,
    HALF_COOKIE,
    PERSON_COOKIE,
    drop,
    keep_browser,
    keep_half,
    keep_language,
    keep_person,
)
from dashboard.security.passkeys import LONGEST_ANSWER, site_of
from dashboard.security.whence import whence
from geo.accounts import attempts, half_sessions, resets, sessions, users
from geo.accounts.factor_key import FactorKey
from geo.errors import STATUS, Forbidden, IkomekError, InvalidInput, TooMany, Unauthenticated
from layers.executors import SIGN_IN

CLEARED = '"cache", "storage"'
"""What a browser forgets at sign-out: what it kept of pages and answers. Its other cookies stay: a screen's,
and that by which it is known."""

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show(request: Request, next: str = "/", lang: str | None = None, again: bool = False) -> Response:
    """The form; somebody who is signed in goes on, unless they are to prove it `again`. On a screen a person
    may sign in: it is the screen's cookie that lasts, not theirs."""
    who = request.state.principal
    inside = who is not None and who.type == "person"
    if inside and not again:
        return RedirectResponse(local_path(next), 303)
    shown = lang if lang in current().settings.city.languages else current().language
    response = form(
        request, next, who.name if inside else "", Forbidden("account.again") if inside else None, shown
    )
    if lang in current().settings.city.languages:
        keep_language(response, lang, request.state.origin.secure)
    return response


@router.post("/sign-in")
async def enter(
    request: Request,
    name: str = Form("", max_length=200),
    password: str = Form("", max_length=1000),
    next: str = Form("/"),
) -> Response:
    context = current()
    try:
        known = request.state.cookies.get(BROWSER_COOKIE)
        token = await context.run(
            SIGN_IN,
            sessions.sign_in,
            context.web,
            name,
            password,
            request.state.origin.client,
            known,
            whence(request),
        )
    except (Unauthenticated, TooMany) as error:
        return form(request, next, name[: users.NAME_MAX], error)
    if await context.run(SIGN_IN, half_sessions.is_half, context.web, token):
        return half_way(request, token, local_path(next))
    response = await signed_in(request, token, local_path(next))
    await remember(request, response, name)
    return response


@router.get("/sign-in/code")
async def show_code(request: Request, next: str = "/") -> Response:
    """The forms for the second factor: the code of an app, or a passkey."""
    return await _factor_forms(request, next)


@router.post("/sign-in/code")
async def enter_code(
    request: Request, code: str = Form("", max_length=100), next: str = Form("/")
) -> Response:
    context = current()

    def finish(half: str, *rest: Any) -> tuple[str, str]:
        return half_sessions.finish(context.web, FactorKey.of(context.settings), half, code, *rest)

    return await _finish(request, next, finish)


@router.post("/sign-in/passkey")
async def enter_passkey(
    request: Request, credential: str = Form("", max_length=LONGEST_ANSWER), next: str = Form("/")
) -> Response:
    context, site = current(), site_of(request)

    def finish(half: str, *rest: Any) -> tuple[str, str]:
        return half_sessions.finish_with_passkey(context.web, site, half, credential, *rest)

    return await _finish(request, next, finish)


async def _finish(request: Request, next_path: str, finish: Callable[..., tuple[str, str]]) -> Response:
    """Trades half a session for a whole one."""
    context, cookies = current(), request.state.cookies
    try:
        token, name = await context.run(
            SIGN_IN,
            finish,
            cookies.get(HALF_COOKIE, ""),
            request.state.origin.client,
            cookies.get(BROWSER_COOKIE),
            whence(request),
        )
    except (Unauthenticated, TooMany) as error:
        if error.code == "sign_in.half":
            return form(request, next_path, error=error)
        return await _factor_forms(request, next_path, error)
    response = await signed_in(request, token, local_path(next_path))
    drop(response, HALF_COOKIE, request.state.origin.secure)
    await remember(request, response, name)
    return response


@router.get("/sign-in/once")
async def enter_once(request: Request, token: str = "") -> Response:
    """The link that `up` prints on demo data."""
    context = current()
    try:
        session = await context.run(SIGN_IN, sessions.use_one_time, context.web, token, whence(request))
    except Unauthenticated as error:
        return form(request, "/", error=error)
    if await context.run(SIGN_IN, half_sessions.is_half, context.web, session):
        return half_way(request, session, "/")
    return await signed_in(request, session, "/")


@router.get("/sign-in/reset")
async def show_reset(request: Request, token: str = "") -> Response:
    """The form for a new password, of who was given a link; looking at it uses nothing up."""
    context = current()
    try:
        name = await context.run(SIGN_IN, resets.whose, context.web, token)
    except Unauthenticated as error:
        return form(request, "/", error=error)
    return _reset_form(name, token)


@router.post("/sign-in/reset")
async def reset_password(
    request: Request,
    token: str = Form("", max_length=200),
    new: str = Form("", max_length=1000),
    again: str = Form("", max_length=1000),
) -> Response:
    """Leads to the sign-in, where the second factor is asked for too."""
    context = current()

    def change() -> str:
        if new != again:
            raise InvalidInput("user.password_differs")
        return resets.reset_password(context.web, token, new)

    try:
        name = await context.run(SIGN_IN, change)
    except InvalidInput as error:
        return _reset_form(await context.run(SIGN_IN, resets.whose, context.web, token), token, error)
    except Unauthenticated as error:
        return form(request, "/", error=error)
    request.app.state.sessions.forget_name(name)
    return RedirectResponse("/sign-in", 303)


def _reset_form(name: str, token: str, error: IkomekError | None = None) -> Response:
    lang = current().language
    page = plain_page.reset_form(lang, name, token, words.error_words(error, lang) if error else None)
    status = 200 if error is None else STATUS[type(error)]
    return HTMLResponse(page, status, headers={"cache-control": "no-store"})


@router.post("/sign-out")
async def leave(request: Request) -> Response:
    await _end_earlier(request)
    response = RedirectResponse("/sign-in", 303)
    drop(response, PERSON_COOKIE, request.state.origin.secure)
    response.headers["clear-site-data"] = CLEARED
    return response


@router.post("/language")
async def speak(request: Request, language: str = Form()) -> Response:
    """Keep the language; the page then loads itself again at the same address."""
    if language not in current().settings.city.languages:
        raise InvalidInput("request.language", language=language[:8])
    context = current()
    if context.principal.type == "person":
        await context.run(SIGN_IN, users.set_language, context.web, context.principal.name, language)
    response = Response(status_code=204)
    keep_language(response, language, request.state.origin.secure)
    return response


def local_path(next_path: str) -> str:
    """Where to go after signing in: a path of ours, or the first page if the address leads anywhere else."""
    ours = (
        next_path.startswith("/")
        and not next_path.startswith("//")
        and "\\" not in next_path
        and next_path.isprintable()
    )
    return next_path if ours else "/"


def form(
    request: Request,
    next_path: str,
    name: str = "",
    error: IkomekError | None = None,
    lang: str | None = None,
) -> HTMLResponse:
    """The form with what was wrong; `lang` in place of the caller's language."""
    lang = lang or current().language
    message = words.error_words(error, lang) if error else None
    status = 200 if error is None or isinstance(error, Forbidden) else STATUS[type(error)]
    providers = [(key, one.settings.name) for key, one in request.app.state.providers.items()]
    warnings = [words.word(key, lang) for key in protection.lacking(request)]
    page = plain_page.sign_in(
        lang,
        current().settings.city,
        local_path(next_path),
        name,
        message,
        providers,
        warnings,
        isinstance(error, Forbidden),
    )
    return HTMLResponse(page, status)


async def _factor_forms(request: Request, next_path: str, error: IkomekError | None = None) -> HTMLResponse:
    context = current()
    half, host = request.state.cookies.get(HALF_COOKIE, ""), site_of(request).host
    ways = await context.run(SIGN_IN, half_sessions.ways_of, context.web, half, host)
    message = words.error_words(error, context.language) if error else None
    status = 200 if error is None else STATUS[type(error)]
    page = plain_page.sign_in_factor(
        context.language, local_path(next_path), ways or half_sessions.Ways(code=True, passkey=False), message
    )
    return HTMLResponse(page, status)


def half_way(request: Request, token: str, path: str) -> Response:
    response = RedirectResponse(f"/sign-in/code?{urlencode({'next': path})}", 303)
    keep_half(response, token, request.state.origin.secure)
    return response


async def remember(request: Request, response: Response, name: str) -> None:
    """The browser is known for this name from now on."""
    context, known = current(), request.state.cookies.get(BROWSER_COOKIE)
    token = await context.run(SIGN_IN, attempts.remember_browser, context.web, name, known)
    keep_browser(response, token, request.state.origin.secure)


async def signed_in(request: Request, token: str, path: str) -> Response:
    """Ends what was open in this browser before: its cookie, once copied, would go on opening it."""
    await _end_earlier(request)
    response = RedirectResponse(path, 303)
    keep_person(response, token, request.state.origin.secure)
    return response


async def _end_earlier(request: Request) -> None:
    token = request.state.cookies.get(PERSON_COOKIE)
    if token:
        context = current()
        await context.run(SIGN_IN, sessions.end, context.web, token)
        request.app.state.sessions.forget(token)
