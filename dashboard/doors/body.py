"""A request's body, read whole up to a limit and then handed on, so that no route can be fed more."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from dashboard.doors.rules import MEGABYTE
from geo.errors import InvalidInput, TooLarge, Unavailable
from layers.executors import RETRY_S


UPLOADS = 2 * 64 * MEGABYTE
"""Bytes of large bodies that are in hand at once; whoever comes beyond is told when to come again, before anything is read."""


class Uploads:
    def __init__(self, most: int = UPLOADS) -> None:
        self.most, self.held = most, 0

    @contextmanager
    def room_for(self, headers: Headers, limit: int) -> Iterator[None]:
        """Room for the body until its request is answered; of one that does not say its length, for the largest. Raises `Unavailable` ("server.busy")."""
        said = headers.get("content-length", "")
        size = 0 if limit <= MEGABYTE else min(int(said), limit) if said.isdigit() else limit
        if size > MEGABYTE and self.held + size > self.most:
            raise Unavailable("server.busy", retry_s=RETRY_S)
        self.held += size
        try:
            yield
        finally:
            self.held -= size


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` as soon as the header or the bytes say so, `InvalidInput` if the caller hangs up midway."""
    said = headers.get("content-length")
    if said is not None and (not said.isdigit() or int(said) > limit):
        raise TooLarge("request.body", limit=limit)
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("request.unfinished")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge("request.body", limit=limit)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives the body once more, then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
