"""A stream lasts for hours, its session may not: it is asked about again every few seconds, and the stream
ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.security.sessions import LIFETIME_S
from geo.accounts.users import Principal
from geo.errors import Unavailable

STREAMS = frozenset({"/live"})


async def run(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    still_in: Callable[[], Awaitable[Principal | None]],
) -> None:
    """The app's answer; on a stream's path, cut off once `still_in` finds nobody any more."""
    if scope["path"] not in STREAMS:
        await app(scope, receive, send)
        return
    answering = asyncio.ensure_future(app(scope, receive, send))
    try:
        while not answering.done():
            await asyncio.wait({answering}, timeout=LIFETIME_S)
            if not answering.done() and not await _still_in(still_in):
                break
        else:
            await answering
            return
    finally:
        if not answering.done():
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _still_in(ask: Callable[[], Awaitable[Principal | None]]) -> bool:
    """A database that does not answer now ends nobody's stream: the next question will tell."""
    try:
        return await ask() is not None
    except Unavailable:
        return True
