"""How the web server asks the process that owns the keys of the electoral list (`geo.voters.service`)."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from geo.audit.callers import caller
from geo.errors import STATUS, IkomekError, InvalidInput, Unavailable
from geo.settings import Settings

FOLDER, SOCKET = "voters-service", "socket"
LONGEST = 64 * 1024
"""Bytes of a request."""
PATIENCE_S = 110.0
"""An approval counts every house anew."""
ERRORS: dict[str, type[IkomekError]] = {class_.__name__: class_ for class_ in STATUS}


def socket_of(settings: Settings) -> Path:
    return settings.data / FOLDER / SOCKET


def request(settings: Settings, name: str, session: str | None, **parameters: Any) -> Any:
    """The answer of `geo.voters.answers` to the person of a session, by its token: the list's process finds
    out by itself who that is, and what they may. Raises what it raised, `InvalidInput`
    ("voters.request_long") and `Unavailable` ("voters.away") where nobody listens or the answer does not
    come."""
    try:
        return _read(_exchange(socket_of(settings), _message(name, session, parameters)))
    except (OSError, ValueError):
        # Not the error itself: that of a broken answer quotes it.
        raise Unavailable("voters.away") from None


async def send_file(
    settings: Settings,
    name: str,
    session: str | None,
    size: int,
    pieces: AsyncIterable[bytes],
    **parameters: Any,
) -> Any:
    """The same of a request that a file of `size` bytes follows, as it comes; raises alike."""
    try:
        answers, writer = await asyncio.open_unix_connection(str(socket_of(settings)))
        try:
            writer.write(_message(name, session, parameters, body=size))
            async for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return _read(await asyncio.wait_for(answers.readline(), PATIENCE_S))
        finally:
            writer.close()
    except (OSError, ValueError, TimeoutError):
        raise Unavailable("voters.away") from None


def _message(name: str, session: str | None, parameters: dict[str, Any], **more: int) -> bytes:
    message = {"request": name, "session": session, "caller": asdict(caller.get()), "parameters": parameters}
    line = json.dumps(message | more).encode() + b"\n"
    if len(line) > LONGEST:
        raise InvalidInput("voters.request_long", most=LONGEST)
    return line


def _read(line: bytes) -> Any:
    answer = json.loads(line)
    if "error" in answer:
        raise ERRORS[answer["error"]](answer["code"], **answer["parameters"])
    return answer["answer"]


def _exchange(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        connection.sendall(line)
        with connection.makefile("rb") as answer:
            return answer.readline()
