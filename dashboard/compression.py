"""Answers made small for the line: text of a known length goes out as gzip where the caller takes it. Pure
ASGI, behind the security middleware.

Scripts, styles and words are packed once and kept: of Dash's bundles, 2 MB a first load, 0.6 MB are left.
A stream has no length and passes as it is, and so does what is packed already (tiles, the snapshot of the
live layer).
"""

from __future__ import annotations

import gzip
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.request_context import current
from geo.errors import Unavailable
from geo.ranges import whole
from layers.executors import COMPRESSION

KEPT_PATHS = ("/assets/", "/_dash-component-suites/", "/words/")
KEPT = 400
SMALLEST, LARGEST = 1_000, 8_000_000
BEST, QUICK = 9, 5
"""Levels of gzip: for what is kept, and for what is packed for one caller."""
TYPES = (
    "text/css",
    "text/html",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/geo+json",
    "application/xml",
    "image/svg+xml",
)
FOR_EVER = "public, max-age=31536000, immutable"
"""The caching of an asset whose address carries the moment of its last change (`?m=`)."""


_kept: OrderedDict[tuple, bytes] = OrderedDict()
"""The newest `KEPT` packed bodies of what never changes under its address and entity tag: of this process,
and of each copy of it."""


def pack_ahead(address: str, body: bytes, tag: str) -> None:
    """Pack what will be asked for at `address` with this entity tag, before anybody asks."""
    path, _, query = address.partition("?")
    _keep((path, query.encode(), len(body), tag), _pack(body, BEST))


def _pack(body: bytes, level: int) -> bytes:
    return gzip.compress(body, level, mtime=0)


def _keep(key: tuple, packed: bytes) -> None:
    _kept[key] = packed
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


class CompressionMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
        else:
            scope["headers"] = [_own_tag(*header) for header in scope["headers"]]
            await self.app(scope, receive, _Packed(self, scope, send))

    async def pack(self, key: tuple | None, body: bytes) -> bytes:
        """`key` none = not kept. Raises `Unavailable` where too much is being packed."""
        packed = _kept.get(key) if key else None
        if packed is None:
            packed = await current().run(COMPRESSION, _pack, body, BEST if key else QUICK)
            if key:
                _keep(key, packed)
        return packed


def _own_tag(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header of a request. A tag that was weakened here comes back so; whoever gave it knows its own."""
    return name, value.removeprefix(b"W/") if name == b"if-none-match" else value


class _Packed:
    """`send` that holds an answer worth packing until it is whole."""

    def __init__(self, middleware: CompressionMiddleware, scope: Scope, send: Send) -> None:
        self.middleware, self.scope, self.send = middleware, scope, send
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._mark(message)
            if _worth_compressing(message):
                self.start = message
                return
        if message["type"] != "http.response.body" or self.start is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish()

    def _mark(self, message: Message) -> None:
        if (
            message["status"] == 200
            and self.scope["path"].startswith("/assets/")
            and self.scope["query_string"].startswith(b"m=")
        ):
            MutableHeaders(scope=message)["cache-control"] = FOR_EVER

    async def _finish(self) -> None:
        headers = MutableHeaders(scope=self.start)
        try:
            packed = await self.middleware.pack(self._key(headers), bytes(self.body))
        except Unavailable:  # larger on the line is better than late
            await self.send(self.start)
            await self.send({"type": "http.response.body", "body": bytes(self.body)})
            return
        headers["content-encoding"], headers["content-length"] = "gzip", str(len(packed))
        headers.add_vary_header("Accept-Encoding")
        if "etag" in headers and not headers["etag"].startswith("W/"):
            headers["etag"] = f"W/{headers['etag']}"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": packed})

    def _key(self, headers: MutableHeaders) -> tuple | None:
        kept = self.scope["path"].startswith(KEPT_PATHS)
        return (
            (self.scope["path"], self.scope["query_string"], len(self.body), headers.get("etag"))
            if kept
            else None
        )


def _worth_compressing(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    length = headers.get("content-length", "")
    return (
        start["status"] == 200
        and "content-encoding" not in headers
        and whole(length, SMALLEST, LARGEST) is not None
        and headers.get("content-type", "").split(";")[0] in TYPES
    )
