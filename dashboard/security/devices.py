"""A wall signs in by its address: `/wall/<scene>?token=...` trades the token for a long-lived cookie and
leads to the clean address. The same address works after every restart until the token is revoked."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from dashboard.security.cookies import keep_device
from dashboard.security.sessions import SessionCache
from dashboard.wall.showing import shown_on
from geo.accounts.users import Principal
from geo.errors import Forbidden, Unauthenticated

PREFIX = "/wall/"


def offered_token(scope: Scope) -> str | None:
    """The token in the address of a wall, if there is one."""
    if scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
        return None
    return parse_qs(scope["query_string"].decode("latin-1")).get("token", [None])[0]


def screen_of(scope: Scope, headers: Headers) -> str | None:
    """The scene of the wall that asks, if one does: its page itself, what the page asks for (our own pages
    always say where a question comes from), and the stream that its worker opens (`?scene=`)."""
    referer = urlsplit(headers.get("referer", "")).path
    for path in (scope["path"], referer):
        if path.startswith(PREFIX):
            return path.removeprefix(PREFIX)
    return parse_qs(scope["query_string"].decode("latin-1")).get("scene", [None])[0]


def narrowed(screen: Principal) -> Principal:
    """It may ask for what its scene shows, and for nothing else."""
    return replace(screen, shown=shown_on(screen.scene))


async def let_in(scope: Scope, token: str, sessions: SessionCache, secure: bool) -> Response:
    """The redirect that sets the cookie. Raises `Unauthenticated` for a token that is unknown or revoked,
    `Forbidden` for one of another scene."""
    principal = await sessions.find(token)
    if principal is None or principal.type != "device":
        raise Unauthenticated("door.screen_revoked")
    if scope["path"] != PREFIX + principal.scene:
        raise Forbidden("door.other_scene", scene=principal.scene)
    rest = [
        (name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"
    ]
    response = RedirectResponse(scope["path"] + (f"?{urlencode(rest)}" if rest else ""), 303)
    keep_device(response, token, secure)
    return response


def renewal(token: str, secure: bool) -> bytes:
    """The Set-Cookie value that keeps a wall's cookie from ever running out while the wall is in use."""
    response = Response()
    keep_device(response, token, secure)
    return response.headers["set-cookie"].encode("latin-1")
