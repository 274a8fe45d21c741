"""One middleware in front of every route, Dash's own included, closed by default.

In this order: websockets are refused; where the request comes from (`origins`) and whether its name for us
is ours (`hosts`); which rule the path falls under (`rules`); who asks (`sessions`); what a page asks for must
be asked by whom it was drawn for (`page_caller`), and what is no page by a page of ours; the caller's role
must hold the rule's permission; a write must come from our own pages and fit its limit (`body`), and a
callback needs the permission of its page (`callbacks`); a stream ends when its session does (`streams`).
Every answer leaves with our headers (`headers`), a refusal in words (`refusals`), also of what Dash cannot
answer (`dash_errors`). What a connection may cost before all that: `connections`.

Pure ASGI: a server-sent-events stream passes through unbuffered.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import IO, TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import words
from dashboard.request_context import RequestContext, request_context
from dashboard.security import callbacks, devices, page_caller, streams
from dashboard.security.body import Uploads, read_body, replay, spool
from dashboard.security.cookies import DEVICE_COOKIE, LANGUAGE_COOKIE, PERSON_COOKIE, read_cookies, read_theme
from dashboard.security.headers import with_headers
from dashboard.security.hosts import Hosts
from dashboard.security.origins import (
    SAFE_METHODS,
    Origin,
    is_ours,
    is_read_by_ours,
    read_origin,
    server_of,
)
from dashboard.security.recorded import caller_of, request_id_of
from dashboard.security.refusals import refuse
from dashboard.security.rules import KEYED, PUBLIC, SIGNED_IN, AccessRule, find_rule
from dashboard.security.sessions import SessionCache
from geo import traces
from geo.accounts.users import Principal
from geo.audit.callers import caller
from geo.errors import Forbidden, IkomekError, NotFound, Unauthenticated, Unavailable
from layers.executors import CARDS
from layers.traffic import class_of
from layers.unanswered import refusal_of

if TYPE_CHECKING:
    from opentelemetry.trace import Span

log = logging.getLogger(__name__)


class SecurityMiddleware:
    """`rules` in order; `callback_permissions`: Dash output -> permission of its page, filled when the
    pages register."""

    def __init__(
        self,
        app: ASGIApp,
        rules: Iterable[AccessRule],
        callback_permissions: Mapping[str, str],
        trust_proxy: bool,
        hosts: Hosts,
    ) -> None:
        self.app = app
        self.rules = tuple(rules)
        self.callback_permissions = callback_permissions
        self.trust_proxy = trust_proxy
        self.hosts = hosts
        self.uploads = Uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin = read_origin(scope, headers, self.trust_proxy)
        found = find_rule(self.rules, scope["path"])
        state = scope["app"].state
        scope.setdefault("state", {}).update(
            origin=origin, principal=None, cookies=read_cookies(headers, origin.secure)
        )
        sent = _Sent(
            with_headers(
                send,
                state.content_policy,
                origin.secure,
                private=found is None or found.permission != PUBLIC,
                request_id=request_id_of(scope),
            )
        )
        route = class_of(scope["path"], found is not None and found.page)
        state.servers.traffic.begin(route)
        began = time.perf_counter()
        caller_token = caller.set(caller_of(scope, headers, origin, None))
        try:
            with traces.span(f"{scope['method']} {route}", served=True) as span:
                try:
                    await self._pass(scope, receive, sent, headers, origin, found)
                except Exception as error:
                    await self._fail(error, scope, sent, headers, page=found is not None and found.page)
                describe(span, scope["method"], route, sent.status)
        finally:
            stream = scope["path"] in streams.STREAMS
            part = scope["path"].split("/")[1] if found else "none"
            seconds = time.perf_counter() - began
            state.metrics.observe(part, route, scope["method"], sent.status, None if stream else seconds)
            state.servers.traffic.end(route, sent.status, seconds)
            caller.reset(caller_token)

    async def _fail(self, error: Exception, scope: Scope, send: _Sent, headers: Headers, page: bool) -> None:
        """Say what went wrong, unless the answer has begun: then the caller sees it break off."""
        known = error if isinstance(error, IkomekError) else refusal_of(error)
        if known is None or send.started:
            log.error("failed: %s %s", scope["method"], scope["path"], exc_info=error)
        if known is not None:
            await self._record(known, scope)
        if not send.started:
            await refuse(
                known or Unavailable("request.failed"),
                scope,
                send,
                headers,
                page,
                status=500 if known is None else None,
            )

    async def _record(self, error: IkomekError, scope: Scope) -> None:
        """Put a refusal into the audit, in a thread of the class that writes what people click."""
        state = scope["app"].state
        try:
            await state.servers.executors.run(
                CARDS,
                state.refusals.note,
                state.web,
                scope["state"].get("asking"),
                error,
                scope["method"],
            )
        except Unavailable:
            log.warning("a refusal is not in the audit, there is too much to do: %s", error)

    async def _pass(
        self,
        scope: Scope,
        receive: Receive,
        send: _Sent,
        headers: Headers,
        origin: Origin,
        found: AccessRule | None,
    ) -> None:
        self.hosts.check(origin, server_of(scope))
        state = scope["app"].state
        cookies = scope["state"]["cookies"]
        if offered := devices.offered_token(scope):
            response = await devices.let_in(scope, offered, state.sessions, origin.secure)
            await response(scope, receive, send)
            return
        principal = await self._who(scope, state.sessions, headers, found)
        scope["state"]["asking"] = principal
        caller.set(caller_of(scope, headers, origin, principal))
        lang = words.choose(
            cookies.get(LANGUAGE_COOKIE),
            None if principal is None else principal.language,
            headers.get("accept-language"),
            state.settings.city.languages,
        )
        context_token = request_context.set(_context(scope, principal, lang))
        words_token = words.language.set(lang)
        try:
            self._admit(principal, scope, headers, found)
            scope["state"]["principal"] = principal
            if found.page and principal.type == "device":
                send.cookie = devices.renewal(cookies[DEVICE_COOKIE], origin.secure)
            await self._run(scope, receive, send, headers, origin, found, principal)
        finally:
            words.language.reset(words_token)
            request_context.reset(context_token)

    async def _run(
        self,
        scope: Scope,
        receive: Receive,
        send: _Sent,
        headers: Headers,
        origin: Origin,
        found: AccessRule,
        principal: Principal,
    ) -> None:
        """The application, for a caller who has been let in, with the body of a write read and checked."""
        state = scope["app"].state
        limit = 0 if scope["method"] in SAFE_METHODS else found.body_limit
        if limit and found.permission == KEYED:
            limit = await state.admit_body(Request(scope), limit)
        with (
            self.uploads.room_for(headers, limit),
            spool(state.settings.work) if limit else nullcontext() as body,
        ):
            if limit:
                receive = await self._check_write(
                    scope, receive, headers, origin, found, principal, body, limit
                )
            await streams.run(
                self.app,
                scope,
                receive,
                send,
                still_in=lambda: self._who(scope, state.sessions, headers, found),
            )

    async def _who(
        self, scope: Scope, sessions: SessionCache, headers: Headers, found: AccessRule | None
    ) -> Principal | None:
        """The caller by bearer token where a program may come, else by the person's cookie, else by the
        device's. On a screen's own scene its device decides: the picture there is the same whoever signs in
        beside it."""
        if found and found.permission == KEYED:
            return None
        bearer, cookies = headers.get("authorization", ""), scope["state"]["cookies"]
        if found and found.bearer and bearer.startswith("Bearer "):
            return await self._holder(sessions, bearer[7:].strip(), "token")
        scene, device = devices.screen_of(scope, headers), cookies.get(DEVICE_COOKIE)
        if scene is not None and device:
            screen = await self._holder(sessions, device, "device")
            if screen and screen.scene == scene:
                return screen
        return await self._holder(sessions, cookies.get(PERSON_COOKIE), "person") or await self._holder(
            sessions, device, "device"
        )

    async def _holder(self, sessions: SessionCache, token: str | None, type_: str) -> Principal | None:
        principal = await sessions.find(token) if token else None
        if principal is None or principal.type != type_:
            return None
        return devices.narrowed(principal) if type_ == "device" else principal

    def _admit(
        self, principal: Principal | None, scope: Scope, headers: Headers, found: AccessRule | None
    ) -> None:
        """Raises `Unauthenticated`, `Conflict`, `Forbidden`, `NotFound`. A stranger is not told which
        addresses exist."""
        if found and found.permission in (PUBLIC, KEYED):
            return
        if principal is None:
            by_token = found and found.bearer and headers.get("authorization", "").startswith("Bearer ")
            raise Unauthenticated("door.token" if by_token else "door.signed_out")
        page_caller.check(scope, headers, principal)
        if found is None:
            raise NotFound("door.no_page", path=scope["path"])
        if scope["method"] in SAFE_METHODS and not (found.page or found.linked or is_read_by_ours(headers)):
            raise Forbidden("door.foreign_read")
        if found.permission != SIGNED_IN and principal.needs_factor:
            raise Forbidden("door.second_factor")
        if found.permission != SIGNED_IN and not principal.may(found.permission):
            raise Forbidden("door.forbidden", permission=found.permission)
        if principal.scene and found.page and scope["path"] != f"/wall/{principal.scene}":
            raise Forbidden("door.other_scene", scene=principal.scene)
        # Two screens in one browser share its cookie: a picture narrowed to another scene would look calm.
        if principal.scene and devices.screen_of(scope, headers) not in (None, principal.scene):
            raise Forbidden("door.other_scene", scene=principal.scene)

    async def _check_write(
        self,
        scope: Scope,
        receive: Receive,
        headers: Headers,
        origin: Origin,
        found: AccessRule,
        principal: Principal | None,
        body: IO[bytes],
        limit: int,
    ) -> Receive:
        """The same request with its body read into `body`, where a route may have it as a file
        (`request.state.body`). A program's token or key cannot be sent by a foreign page, so only cookies
        need the origin."""
        keyed = found.permission == KEYED or principal is not None and principal.type == "token"
        if not keyed and not is_ours(headers, origin):
            raise Forbidden("door.foreign_origin")
        size = await read_body(receive, headers, limit, body)
        scope["state"]["body"] = body
        again = replay(body, size, receive)
        if scope["path"] == callbacks.PATH:
            callbacks.check(body.read(), self.callback_permissions, principal)
            body.seek(0)
        return again


def describe(span: Span | None, method: str, route: str, status: int) -> None:
    """What a span says of a request: nothing of its address or its caller."""
    if span is None:
        return
    given: dict[str, str | int] = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
    }
    span.set_attributes(given | {"ikomek.request": caller.get().request_id or ""})
    if status >= 500:
        traces.fail(span, str(status))


def _context(scope: Scope, principal: Principal | None, lang: str) -> RequestContext:
    state = scope["app"].state
    return RequestContext(
        principal,
        lang,
        state.servers,
        state.web,
        partial(state.refusals.note, state.web, principal),
        scope["path"],
        read_theme(scope["state"]["cookies"]),
        scope["state"]["cookies"].get(PERSON_COOKIE) if principal and principal.type == "person" else None,
    )


class _Sent:
    """`send` that remembers the answer's status (0: none was given), and puts `cookie` into its head."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self.status = 0
        self.cookie: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                *([(b"set-cookie", self.cookie)] if self.cookie else []),
            ]
        self.started = True
        await self._send(message)
