"""The cookies: a person's session, half a one until the second factor is given, a wall's device token, the
token by which a browser is known to sign-in, a sign-in begun at a provider, the chosen language. Never
readable by scripts, sent over TLS only where there is TLS. The seventh, the theme, holds nothing of anybody:
`assets/theme.js` writes it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from geo.accounts.sessions import ABSOLUTE

PERSON_COOKIE = "ikomek_session"
DEVICE_COOKIE = "ikomek_device"
BROWSER_COOKIE = "ikomek_browser"
LANGUAGE_COOKIE = "ikomek_language"
HALF_COOKIE = "ikomek_half"
THEME_COOKIE = "ikomek_theme"
OIDC_COOKIE = "ikomek_oidc"
HALF_S = 600
THEMES = ("dark", "light")
GUARD = "__Host-"
"""Over TLS a browser takes a cookie of this name from this host alone, and only over TLS: no neighbour in the
domain, and nobody on the way, can plant one."""
GUARDED = (PERSON_COOKIE, HALF_COOKIE, DEVICE_COOKIE, BROWSER_COOKIE, OIDC_COOKIE)
FOREVER_S = 400 * 24 * 3600
"""The longest that browsers keep a cookie; a wall's is renewed each time its page loads."""


def keep_person(response: Response, token: str, secure: bool) -> None:
    _keep(response, PERSON_COOKIE, token, int(ABSOLUTE.total_seconds()), secure)


def keep_half(response: Response, token: str, secure: bool) -> None:
    _keep(response, HALF_COOKIE, token, HALF_S, secure)


def keep_begun(response: Response, value: str, secure: bool) -> None:
    _keep(response, OIDC_COOKIE, value, HALF_S, secure)


def keep_device(response: Response, token: str, secure: bool) -> None:
    _keep(response, DEVICE_COOKIE, token, FOREVER_S, secure)


def keep_browser(response: Response, token: str, secure: bool) -> None:
    _keep(response, BROWSER_COOKIE, token, FOREVER_S, secure)


def keep_language(response: Response, language: str, secure: bool) -> None:
    _keep(response, LANGUAGE_COOKIE, language, FOREVER_S, secure)


def read_theme(cookies: Mapping[str, str]) -> str:
    """The theme that the browser was switched to; dark where there is none, or the cookie says something
    else."""
    theme = cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else THEMES[0]


def read_cookies(headers: Headers, secure: bool) -> dict[str, str]:
    """The request's cookies by the names that they have here; what is no pair counts as none. Over TLS one
    that lets somebody in counts only under its guarded name; a screen's also under the plain one, for it may
    have been given its cookie before there were guarded ones, and its next page renews it."""
    sent = cookie_parser(headers.get("cookie", ""))
    if not secure:
        return sent
    kept = {name: value for name, value in sent.items() if name not in GUARDED or name == DEVICE_COOKIE}
    return kept | {name: sent[GUARD + name] for name in GUARDED if GUARD + name in sent}


def drop(response: Response, name: str, secure: bool) -> None:
    """Makes the browser forget one of ours."""
    response.delete_cookie(_name(name, secure), path="/", secure=secure, httponly=True, samesite="lax")


def _keep(response: Response, name: str, value: str, seconds: int, secure: bool) -> None:
    response.set_cookie(
        _name(name, secure), value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/"
    )


def _name(name: str, secure: bool) -> str:
    return GUARD + name if secure and name in GUARDED else name
