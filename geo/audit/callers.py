"""Who acts, from where, in which request: set once by an entry point (the web server's middleware, the
command line, a process), read by `geo.audit.records` when something is recorded."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

CallerType = Literal["person", "device", "token", "stranger", "command", "process", "unknown"]
"""`stranger`: a request of nobody who is signed in. `process`: ours, by itself. `unknown`: recorded before
callers were."""
CALLER_TYPES: tuple[str, ...] = get_args(CallerType)


@dataclass(frozen=True)
class Caller:
    """`origin`: the address of a browser or a program, of a command the account and its machine. `page`:
    the path of the page or route, of a command its words; without a query, which can hold what was
    searched for. `request_id`: one request's records share it."""

    type: CallerType
    origin: str | None = None
    page: str | None = None
    request_id: str | None = None


PROCESS = Caller("process")
caller: ContextVar[Caller] = ContextVar("caller", default=PROCESS)
