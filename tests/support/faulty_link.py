"""A link between two parts that a test makes slow, deaf, broken or refusing: a proxy of bytes between a
listener of its own and the real server.

`FaultyLink(upstream)` listens on a free port of 127.0.0.1, with `socket=` on a unix socket; `upstream` is
a unix socket or (host, port). What it does to the traffic is its `fault`, which may be changed at any
moment and holds for the connections that are open too.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.engine import make_url

from geo.settings import Settings

PIECE = 65536
METHODS = (b"GET ", b"POST ", b"HEAD ")
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: "
    b"1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy"
)


@dataclass(frozen=True)
class Fault:
    """`delay_s`: each piece of an answer is so late, at random between both. `hung`: nothing passes, and
    nothing is refused. `refused`: HTTP requests are answered with 503. `prefix`: only requests whose path
    begins so (HTTP); empty = everything."""

    delay_s: tuple[float, float] = (0.0, 0.0)
    hung: bool = False
    refused: bool = False
    prefix: str = ""


WELL = Fault()


class FaultyLink:
    def __init__(self, upstream: Path | tuple[str, int], socket: Path | None = None) -> None:
        self.upstream, self.socket = upstream, socket
        self.fault = WELL
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> FaultyLink:
        self._thread.start()
        self._do(self._listen()).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close()).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Break every connection that is open."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _do(self, work: Coroutine) -> Future:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _listen(self) -> None:
        if self.socket:
            self._server = await asyncio.start_unix_server(self._serve, self.socket)
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, writer)
        self._writers.add(writer)
        try:
            there = (
                asyncio.open_unix_connection(self.upstream)
                if isinstance(self.upstream, Path)
                else asyncio.open_connection(*self.upstream)
            )
            upstream_reader, upstream_writer = await there
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(upstream_writer)
        pumps = (
            asyncio.create_task(connection.ask(reader, upstream_writer)),
            asyncio.create_task(connection.answer(upstream_reader, writer)),
        )
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, upstream_writer):
                self._writers.discard(end)
                end.close()


class _Connection:
    """One connection: what was asked last says whether a fault is meant for it."""

    def __init__(self, link: FaultyLink, writer: asyncio.StreamWriter) -> None:
        self.link, self.writer = link, writer
        self.path = ""

    def fault(self) -> Fault:
        fault = self.link.fault
        return fault if self.path.startswith(fault.prefix) else WELL

    async def ask(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            if piece.startswith(METHODS):
                self.path = piece.split(b" ", 2)[1].decode("latin-1")
                if self.fault().refused:
                    self.writer.write(BUSY)
                    await self.writer.drain()
                    return
            await self._pass()
            upstream.write(piece)
            await upstream.drain()

    async def answer(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await upstream.read(PIECE):
            await asyncio.sleep(random.uniform(*self.fault().delay_s))
            await self._pass()
            writer.write(piece)
            await writer.drain()

    async def _pass(self) -> None:
        while self.fault().hung:
            await asyncio.sleep(0.02)


def database_through(settings: Settings, folder: Path) -> tuple[Settings, FaultyLink]:
    """The same settings with the database behind a link, whose socket is in `folder`."""
    url, name = make_url(settings.database_url), ".s.PGSQL.5432"
    link = FaultyLink(Path(url.query["host"]) / name, folder / name)
    return replace(
        settings,
        database_url=url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False),
    ), link
