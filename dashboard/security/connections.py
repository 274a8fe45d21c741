"""Limits of a connection before its request is understood: the size of a head (64 kB), silence, the least
rate of a body.

Uvicorn's own protocol reads a head of any size, in time that grows with its square: three anonymous
connections of 60 MB froze the process for 12 s. What may stand in and after the pieces of a body (their
lengths, extensions, trailers) it keeps in the same way.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_LIMIT = 64 * 1024
HEAD_S = 20.0
"""The time from the first byte of a request, or from a connection that says nothing, to the end of the
head."""
BODY_QUIET_S = 20.0
"""Between two pieces of a body that we are ready to read."""
BODY_S, LEAST_RATE = 120.0, 1000
"""A body may take so long, and a second more for as many bytes of it as came: who sends one drop by drop
holds the room of others."""
END_OF_HEAD = b"\r\n\r\n"


class Connection(HttpToolsProtocol):
    """Given to Uvicorn in place of its own. A request that is too large or too slow is answered with 431
    or 408, and the connection closed."""

    _head, _tail, _in_body = 0, b"", False
    _beside, _body, _began = 0, 0, 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as Uvicorn's
        super().connection_made(transport)
        self._arm(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._in_body:
            self._head += len(data)
            if self._head > HEAD_LIMIT and END_OF_HEAD not in self._tail + data:
                self._refuse(431, b"The head of the request is too large.")
                return
            self._tail = data[-3:]
        else:
            self._beside += len(data)
        super().data_received(data)
        if not self._in_body or self.transport.is_closing():
            return
        if self._beside > HEAD_LIMIT:
            self._refuse(431, b"What stands beside the body is too large.")
        elif self.loop.time() > self._began + BODY_S + self._body / LEAST_RATE:
            self._refuse(408, b"The request took too long.")
        else:
            self._arm(BODY_QUIET_S)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = max(self._head, 1)
        self._arm(HEAD_S)

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self._refuse(431, b"The head of the request is too large.")
            return
        self._disarm()
        self._in_body = True
        self._beside, self._body, self._began = 0, 0, self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside, self._body = 0, self._body + len(body)
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._head, self._tail = False, 0, b""
        self._disarm()
        if not self.transport.is_closing():
            super().on_message_complete()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self._in_body and self.flow.read_paused:  # it is we who do not read
            self._began += BODY_QUIET_S
            self._arm(BODY_QUIET_S)
        elif self._head or self._in_body:
            self._refuse(408, b"The request took too long.")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: bytes) -> None:
        self._disarm()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            length = str(len(message)).encode()
            self.transport.write(
                b"".join(
                    (
                        STATUS_LINE[status],
                        b"content-type: text/plain\r\nconnection: close\r\ncontent-length: ",
                        length,
                        b"\r\n\r\n",
                        message,
                    )
                )
            )
        self.transport.close()
