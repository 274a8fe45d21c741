"""What Dash cannot answer, in words. Its own middleware turns every error of its routes into a 500 that
nobody hears of, so this stands inside it."""

from __future__ import annotations

import logging

from dash.exceptions import DependencyException, PreventUpdate
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.security.callbacks import PATH
from dashboard.security.refusals import refuse
from geo.errors import IkomekError, InvalidInput, NotFound, Unavailable
from layers.unanswered import refusal_of

log = logging.getLogger(__name__)

PREFIX = "/_dash-"
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What Dash raises while it takes a call apart. An error of a callback of ours is said in the page's notice
and never comes so far, but for what is only not to be had now."""


class DashErrors:
    """The innermost of the middleware, on Dash's addresses alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        started = False

        async def note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, note)
        except PreventUpdate:
            raise
        except Exception as error:
            if started:
                raise
            refusal = _in_words(error, scope["path"])
            await refuse(
                refusal or Unavailable("request.failed"),
                scope,
                send,
                Headers(scope=scope),
                page=False,
                status=None if refusal else 500,
            )


def _in_words(error: Exception, path: str) -> IkomekError | None:
    """None for a failure of ours, which is logged."""
    if isinstance(error, IkomekError):
        return error
    if isinstance(error, DependencyException):
        return NotFound("door.no_page", path=path[:200])
    if refusal := refusal_of(error):
        return refusal
    if path == PATH and isinstance(error, UNREADABLE):
        log.warning("a call of a callback that cannot be read: %r", error)
        return InvalidInput("request.callback")
    log.error("failed: %s", path, exc_info=error)
    return None
