"""A request's body, read whole up to a limit and then handed on, so that no route can be fed more."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from dashboard.security.rules import MEGABYTE
from geo.errors import InvalidInput, StorageFull, TooLarge, Unavailable
from geo.ranges import whole
from layers.executors import RETRY_S

UPLOADS = 2 * 64 * MEGABYTE
"""Bytes of large bodies that are in hand at once; whoever comes beyond is told when to come again, before
anything is read."""


class Uploads:
    def __init__(self, most: int = UPLOADS) -> None:
        self.most, self.held = most, 0

    @contextmanager
    def room_for(self, headers: Headers, limit: int) -> Iterator[None]:
        """Room for the body until its request is answered; of one that does not say its length, for the
        largest. Raises `Unavailable` ("server.busy")."""
        declared = whole(headers.get("content-length", ""))
        size = 0 if limit <= MEGABYTE else limit if declared is None else min(declared, limit)
        if size > MEGABYTE and self.held + size > self.most:
            raise Unavailable("server.busy", retry_s=RETRY_S)
        self.held += size
        try:
            yield
        finally:
            self.held -= size


def spool(folder: Path) -> IO[bytes]:
    """A place for a body: in memory as long as it is small, else in a file without a name, which is gone
    with its process."""
    return SpooledTemporaryFile(MEGABYTE, dir=str(folder))


async def read_body(receive: Receive, headers: Headers, limit: int, body: IO[bytes]) -> int:
    """Write the whole body into a file; returns its bytes. Raises `TooLarge` as soon as the header or the
    bytes say so, `InvalidInput` if the caller hangs up midway, `StorageFull` where there is no room for
    it."""
    declared = headers.get("content-length")
    if declared is not None and whole(declared, most=limit) is None:
        raise TooLarge("request.body", limit=limit)
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("request.unfinished")
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise TooLarge("request.body", limit=limit)
        keep(body, piece)
        if not message.get("more_body"):
            return size


def keep(body: IO[bytes], piece: bytes) -> None:
    try:
        body.write(piece)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("database.full") from error
        raise


def replay(body: IO[bytes], size: int, receive: Receive) -> Receive:
    """`receive` that gives the body once more, a small one in one piece, then what comes after it."""
    given = False
    body.seek(0)

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        piece = body.read(MEGABYTE)
        given = body.tell() >= size
        return {"type": "http.request", "body": piece, "more_body": not given}

    return receive_again
