"""Whom the audit names for a request, and the refusals in it.

A refusal is written at once; the same one (caller, address, reason, permission) that comes again within
`WINDOW_S` is counted, and written with its count when the window is over. Strangers can make up as many
addresses as they like: beyond `STRANGERS` a window they are counted together.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from dashboard.security.origins import Origin
from geo.accounts.users import Principal
from geo.audit.callers import Caller, caller
from geo.audit.records import record_audit
from geo.database import Engine
from geo.errors import Forbidden, IkomekError, TooMany, Unauthenticated
from geo.outage import Outage, takes_nothing
from geo.voters import limits

log = logging.getLogger(__name__)

WINDOW_S = 10.0
STRANGERS = 50
LONGEST = 200
STRANGER = "stranger"
RECORDED = (Forbidden, TooMany, Unauthenticated)
"""The refusals that are recorded. That nobody is signed in yet (`SIGNED_OUT`) is where everybody begins."""
SIGNED_OUT = "door.signed_out"
ELSEWHERE = limits.CODES | {SIGNED_OUT}
"""The list's own process records its limits, whoever asks."""


def caller_of(scope: Scope, headers: Headers, origin: Origin, principal: Principal | None) -> Caller:
    """`page`: of a callback the page that it is on, else the path; never the query."""
    path = scope["path"]
    if path.startswith("/_dash-"):
        path = urlsplit(headers.get("referer", "")).path or path
    type_ = principal.type if principal else "stranger"
    return Caller(type_, origin.client[:LONGEST], path[:LONGEST], request_id_of(scope))


def request_id_of(scope: Scope) -> str:
    """Made here, for what a browser sends could be that of another request."""
    state = scope.setdefault("state", {})
    return str(state.setdefault("request_id", secrets.token_hex(8)))


@dataclass(frozen=True)
class Refusal:
    """`by` and `who` as the audit names them; what is counted together is equal in all but `request_id`."""

    who: str
    by: Caller
    code: str
    permission: str | None
    method: str

    @property
    def key(self) -> tuple[str | None, ...]:
        if self.by.type == "stranger":
            return (self.who, self.by.origin, self.code)
        return (self.who, self.by.origin, self.code, self.permission, self.by.page)


Due = tuple[tuple[str | None, ...], Refusal, int]
"""(key, refusal, how often it was met) of a refusal that has to be written."""


class Refusals:
    """Those of one process."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._lock = threading.Lock()
        self._open: dict[tuple[str | None, ...], tuple[float, Refusal, int]] = {}
        """Key -> when its window ends, the refusal, how many since it was written."""
        self._outage = Outage(log, "the audit of refusals")

    def note(self, engine: Engine, principal: Principal | None, error: IkomekError, method: str) -> None:
        """Write it, or count it. The answer is due: a database that does not answer is not waited for, and
        what it did not take is written when its window is over."""
        if not isinstance(error, RECORDED) or error.code in ELSEWHERE:
            return
        who = principal.name if principal else STRANGER
        permission = error.parameters.get("permission")
        refusal = Refusal(who, caller.get(), error.code, permission and str(permission)[:80], method[:10])
        with self._lock:
            due = list(self._due(refusal))
        self._write(engine, due)

    def flush(self, engine: Engine) -> None:
        """Write what is counted, whether its window is over or not."""
        with self._lock:
            due = list(self._over(math.inf))
        self._write(engine, due)

    def write_for_ever(self, engine: Engine, stop: threading.Event) -> None:
        """Writes what was counted in a window once that is over, until it is stopped; runs in a thread of its
        own."""
        while not stop.wait(self._window_s):
            with self._lock:
                due = list(self._over(time.monotonic()))
            self._write(engine, due)

    def _over(self, now: float) -> Iterator[Due]:
        for key, (ends, counted, times) in list(self._open.items()):
            if ends <= now:
                del self._open[key]
                if times:
                    yield key, counted, times

    def _due(self, refusal: Refusal) -> Iterator[Due]:
        now = time.monotonic()
        yield from self._over(now)
        key = refusal.key
        if refusal.by.type == "stranger" and key not in self._open and self._strangers() >= STRANGERS:
            key = (refusal.code,)
        known = self._open.get(key)
        if known is None:
            self._open[key] = (now + self._window_s, refusal, 0)
            yield key, refusal, 1
        else:
            self._open[key] = (known[0], known[1], known[2] + 1)

    def _keep(self, due: list[Due]) -> None:
        """Count again what could not be written."""
        ends = time.monotonic() + self._window_s
        with self._lock:
            for key, refusal, times in due:
                until, counted, more = self._open.get(key, (ends, refusal, 0))
                self._open[key] = (until, counted, more + times)

    def _strangers(self) -> int:
        return sum(refusal.by.type == "stranger" for _, refusal, _ in self._open.values())

    def _write(self, engine: Engine, due: list[Due]) -> None:
        if not due:
            return
        before = caller.get()
        try:
            with engine.begin() as connection:
                for _, refusal, times in due:
                    caller.set(refusal.by)
                    record_audit(
                        connection,
                        refusal.who,
                        "refused",
                        code=refusal.code,
                        permission=refusal.permission,
                        method=refusal.method,
                        times=times,
                    )
        except Exception as error:
            if takes_nothing(error):
                self._outage.note(error)
                self._keep(due)
            else:  # a fault of ours: kept, it would keep every later one out too
                log.exception("%d refusals are not in the audit", sum(times for *_, times in due))
        else:
            self._outage.over()
        finally:
            caller.set(before)
