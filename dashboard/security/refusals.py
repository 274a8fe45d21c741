"""A refusal in words: a page for a person, JSON for a script or a program ({"error": code, "message":
sentence, "parameters": what the sentence is about}), and the way to the sign-in page."""

from __future__ import annotations

from math import isfinite
from urllib.parse import parse_qsl, quote

from fastapi.encoders import jsonable_encoder
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Message, Scope, Send

from dashboard import open311_form, plain_page, words
from dashboard.security.cookies import DEVICE_COOKIE, LANGUAGE_COOKIE
from dashboard.wall.manner import Manner, manner_of
from geo.errors import STATUS, IkomekError, StorageFull, Unauthenticated, Unavailable

RETRY_S = 5


async def refuse(
    error: IkomekError, scope: Scope, send: Send, headers: Headers, page: bool, status: int | None = None
) -> None:
    """Answer with the error. `page`: the path is a page that a person opens."""
    code, languages = status or STATUS.get(type(error), 500), scope["app"].state.settings.city.languages
    manner = manner_of(scope["path"], dict(parse_qsl(scope["query_string"].decode("latin-1"))))
    lang = words.choose(
        scope["state"]["cookies"].get(LANGUAGE_COOKIE),
        _language(scope),
        headers.get("accept-language"),
        languages,
    )
    if manner and manner.language in languages:
        lang = manner.language
    response = _response(error, scope, headers, page, code, lang, manner)
    await response(scope, _nothing, send)


def _response(
    error: IkomekError,
    scope: Scope,
    headers: Headers,
    page: bool,
    status: int,
    lang: str,
    manner: Manner | None,
) -> Response:
    person = (page and scope["method"] == "GET") or "text/html" in headers.get("accept", "")
    retry = (
        {"retry-after": str(error.parameters.get("retry_s", RETRY_S))} if status in (429, 503, 507) else {}
    )
    if scope["path"].startswith(open311_form.PREFIX):
        message = words.error_words(error, lang)
        return open311_form.refusal(status, message, scope["path"], **retry)
    if not person:
        return JSONResponse(
            {
                "error": error.code,
                "message": words.error_words(error, lang),
                "parameters": jsonable_encoder(error.parameters, custom_encoder={float: _finite}),
            },
            status,
            headers=retry | ({"www-authenticate": "Bearer"} if status == 401 else {}),
        )
    if error.code == "door.second_factor":
        return RedirectResponse("/account", 303)
    screen = DEVICE_COOKIE in scope["state"]["cookies"] or error.code == "door.screen_revoked"
    if isinstance(error, Unauthenticated) and not screen:
        query = scope["query_string"].decode("latin-1")
        back = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
        return RedirectResponse("/sign-in" + (f"?next={back}" if scope["method"] == "GET" else ""), 303)
    if isinstance(error, Unauthenticated):
        error = Unauthenticated("door.screen_revoked")
    passing = screen or isinstance(error, (StorageFull, Unavailable))
    again_s = RETRY_S if passing and scope["method"] == "GET" else None
    return HTMLResponse(
        plain_page.message(
            words.error_words(error, lang), lang, again_s, manner.letter_share if manner else None
        ),
        status,
        headers=retry,
    )


def _finite(value: float) -> float | None:
    """JSON knows no other numbers."""
    return value if isfinite(value) else None


def _language(scope: Scope) -> str | None:
    principal = scope["state"].get("principal")
    return principal.language if principal else None


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
