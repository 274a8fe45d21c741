"""Who is being answered: set by the middleware for the length of one request, read by layouts, callbacks and
routes through `current()`."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from geo.accounts.users import Principal
from geo.audit.records import record_audit
from geo.database import Engine
from geo.errors import IkomekError
from geo.settings import Settings

if TYPE_CHECKING:
    from layers.executors import Work
    from layers.state import Servers

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class RequestContext:
    """One request's caller. `principal` is none only on public routes. `servers` read (role reader), `web`
    writes through the commands of `geo`.
    `path` is that of the request, in a callback Dash's own."""

    principal: Principal | None
    language: str
    servers: Servers
    web: Engine
    note_refusal: Callable[[IkomekError, str], None]
    """Puts a refusal of the caller, by a method of HTTP, into the audit."""
    path: str = "/"
    theme: str = "dark"
    """Or "light": what this browser was switched to."""
    session: str | None = field(default=None, repr=False)
    """The token of a person's session, for the list's own process, which asks nobody else who that is."""

    @property
    def settings(self) -> Settings:
        return self.servers.settings

    async def run(self, work: Work, function: Callable[..., Answer], *args: Any) -> Answer:
        """`function(*args)` in a thread of its class. Raises what it raises, and `Unavailable` where that
        class has too much to do."""
        return await self.servers.executors.run(work, function, *args)

    def record(self, what: str, **parameters: object) -> None:
        """Put a look or an export of the caller into the audit, before it is answered. What writes
        anything records that in its own transaction."""
        with self.web.begin() as connection:
            record_audit(connection, self.principal.name, what, **parameters)

    def may(self, permission: str) -> bool:
        return self.principal is not None and self.principal.may(permission)


request_context: ContextVar[RequestContext] = ContextVar("request_context")


def current() -> RequestContext:
    """The caller. Raises `LookupError` outside a request."""
    return request_context.get()
