"""Session look-ups kept for a few seconds, since every tile asks. A session that was ended here is refused
from the next request on, one that was ended elsewhere (by a command) at most `LIFETIME_S` later.

Not cachetools' TTLCache: a look-up there takes 11 times as long (6.4 against 0.6 µs, medians of one run), and
that many askers of one session share a look-up would still be ours.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from geo.accounts.sessions import find_principal, hash_token
from geo.accounts.users import Principal
from geo.database import Engine
from layers.executors import SESSIONS, Lane

LIFETIME_S = 4.0
KEPT = 10_000
"""Sessions held at once; the one used longest ago makes room."""


class SessionCache:
    """Token -> principal or none. Keys are hashes, so that a dump of memory holds no token. Many requests
    with one stale token ask the database once."""

    def __init__(self, engine: Engine, lifetime_s: float = LIFETIME_S) -> None:
        self._engine = engine
        self._lifetime_s = lifetime_s
        self._held: OrderedDict[str, tuple[float, Principal | None]] = OrderedDict()
        self._forgotten = 0
        """How often something was forgotten: what was asked for before that is old."""
        self._asking: dict[str, asyncio.Future[Principal | None]] = {}
        # Threads of its own: a slow page must not make every tile wait for its door.
        self._lane = Lane(SESSIONS)

    async def find(self, token: str) -> Principal | None:
        key = hash_token(token)
        held = self._held.get(key)
        if held and held[0] > time.monotonic():
            return held[1]
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(key, token))
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(asking)

    async def _ask(self, key: str, token: str) -> Principal | None:
        before = self._forgotten
        principal = await self._lane.run(find_principal, self._engine, token)
        if before != self._forgotten:
            return principal
        self._held[key] = (time.monotonic() + self._lifetime_s, principal)
        self._held.move_to_end(key)
        if len(self._held) > KEPT:
            self._held.popitem(last=False)
        return principal

    def _answered(self, key: str, done: asyncio.Future[Principal | None]) -> None:
        if self._asking.get(key) is done:
            del self._asking[key]

    def forget(self, token: str) -> None:
        """Forgets a session after signing out: it is refused from the next request on."""
        self._forget([hash_token(token)])

    def forget_name(self, name: str) -> None:
        """Forgets every session and token of a user, of whom some may have ended."""
        self._forget([key for key, (_, who) in self._held.items() if who is not None and who.name == name])

    def _forget(self, keys: list[str]) -> None:
        """What is being asked now was asked before: nobody joins it, and its answer is not kept."""
        for key in keys:
            self._held.pop(key, None)
        self._asking.clear()
        self._forgotten += 1

    def close(self) -> None:
        self._lane.close()
