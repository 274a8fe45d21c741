"""Threads by class of work, so that slow work of one class never makes another wait.

Each class has threads of its own and a queue with an end. Work that finds the queue full, or has not begun
after `WAIT_S`, is refused at once: `Unavailable` ("server.busy"), which the middleware answers as 503 with
Retry-After. Measured by `./ikomek bench crowd`. To add a class: a line here, and room for its threads in the
pool of connections that it uses (`layers.state`, `dashboard.server`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from geo.errors import Unavailable

WAIT_S = 5.0
RETRY_S = 2


@dataclass(frozen=True)
class Work:
    """A class of work. `waiting`: how much of it may wait for a thread. Past `limit_s` the caller is told
    that it takes too long; the thread stays taken until the work ends, so that the database is never asked
    for more than `threads` at once."""

    key: str
    threads: int
    waiting: int
    limit_s: float = 30.0


SESSIONS = Work("sessions", 2, 400, 10.0)
"""Who asks: every request's first question (a lane of its own in `dashboard.security.sessions`)."""
SIGN_IN = Work("sign_in", 2, 40, 20.0)
"""Argon2id takes 64 MiB and a core for each: more at once would let strangers take the machine."""
HEALTH = Work("health", 1, 8, 10.0)
PAGES = Work("pages", 3, 60)
"""Layouts that read little."""
CARDS = Work("cards", 3, 60)
"""One incident, address or word looked up."""
STATISTICS = Work("statistics", 3, 60)
"""A card each; a page asks for ten at once."""
PANELS = Work("figures", 2, 200)
"""The panels of the wall. A request for what is already being read waits for that read."""
LISTS = Work("lists", 3, 12)
EXPORTS = Work("exports", 2, 2, 620.0)
"""Files and what is printed."""
STUDIO = Work("studio", 4, 40, 120.0)
"""Edits of plans and geo-tags wait for each other's locks."""
PUSHES = Work("pushes", 2, 60)
PROGRAMS = Work("programs", 2, 40)
"""What programs of others ask for with their keys."""
PROVIDERS = Work("providers", 2, 20, 30.0)
"""Providers of OpenID Connect are asked, elsewhere: a slow one keeps nobody else from signing in; no
connection."""
PICTURES = Work("pictures", 1, 8, 60.0)
"""Each in a process of its own (`geo.pictures`); no connection."""
COMPRESSION = Work("packing", 1, 60)

EVERY = (
    SIGN_IN,
    PROVIDERS,
    HEALTH,
    PAGES,
    CARDS,
    STATISTICS,
    PANELS,
    LISTS,
    EXPORTS,
    STUDIO,
    PUSHES,
    PROGRAMS,
    PICTURES,
    COMPRESSION,
)

Answer = TypeVar("Answer")


class Executors:
    """The threads of one process."""

    def __init__(self) -> None:
        self._lanes = {work.key: Lane(work) for work in EVERY}

    async def run(self, work: Work, function: Callable[..., Answer], *args: Any) -> Answer:
        """`function(*args)` in a thread of its class, with the caller's context. Raises what it raises,
        and `Unavailable` ("server.busy", "database.slow")."""
        return await self._lanes[work.key].run(function, *args)

    def taken(self) -> list[tuple[str, int, int]]:
        """By class of work: its key, how much of it runs or waits, how much of it may."""
        return [
            (lane.work.key, lane.taken, lane.work.threads + lane.work.waiting)
            for lane in self._lanes.values()
        ]

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()


class Lane:
    """The threads and the queue of one class."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.threads = ThreadPoolExecutor(work.threads, thread_name_prefix=work.key)
        self.taken = 0
        self._counting = threading.Lock()

    async def run(self, function: Callable[..., Answer], *args: Any) -> Answer:
        future = self._submit(partial(copy_context().run, function, *args))
        answer = asyncio.wrap_future(future)
        await asyncio.wait({answer}, timeout=WAIT_S)
        if not answer.done() and future.cancel():
            raise self._busy()
        await asyncio.wait({answer}, timeout=self.work.limit_s - WAIT_S)
        if not answer.done():
            answer.add_done_callback(_note)
            raise Unavailable("database.slow")
        return answer.result()

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)

    def _submit(self, call: Callable[[], Answer]) -> Future[Answer]:
        with self._counting:
            if self.taken >= self.work.threads + self.work.waiting:
                raise self._busy()
            self.taken += 1
        try:
            future = self.threads.submit(call)
        except RuntimeError as error:  # the server ends
            self._ended(None)
            raise self._busy() from error
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: Future | None) -> None:
        with self._counting:
            self.taken -= 1

    def _busy(self) -> Unavailable:
        return Unavailable("server.busy", work=self.work.key, retry_s=RETRY_S)


def _note(answer: asyncio.Future) -> None:
    """Look at what nobody waits for any more, or asyncio complains of an error that was never seen."""
    if not answer.cancelled():
        answer.exception()
