"""Connections by role: the application never connects as the owner of a table.

Roles: `owner` migrates, backs up and restores; `web` keeps sessions and writes what pages write; `reader`
serves tiles and exports (read only); `editor` edits plans and geo-tags; `etl` loads; `relay` stamps changes
and folds them; `jobs` purges; `accounts` lets people in, from the command line; `voters` loads and approves
the electoral list, `lookup` may ask it for one person. What each may do stands in
`geo/migrations/rights.toml`. On the private cluster each is a login role; elsewhere the one given login does
`SET ROLE`.
"""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, TypeAlias, TypeVar

import psycopg2
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection as Connection
from sqlalchemy import Engine as Engine
from sqlalchemy import Row, create_engine, event, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, PendingRollbackError, TimeoutError

from geo import traces
from geo.errors import Conflict, Unavailable
from geo.settings import Settings

log = logging.getLogger(__name__)
slow_log = logging.getLogger(f"{__name__}.slow")

Result = TypeVar("Result")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of a statement in SQL, of whose columns a type checker knows nothing."""
DEADLOCK = "40P01"
BUSY = "plan.busy"
"""The code of a `Conflict` of a command that met another one half-way: what it had read before its locks
no longer held under them."""
Role = Literal[
    "owner",
    "web",
    "etl",
    "reader",
    "editor",
    "relay",
    "jobs",
    "accounts",
    "sealer",
    "auditor",
    "voters",
    "lookup",
]
SLOW_S = 2.0
LONGEST = 300
"""Letters of a slow statement that are logged."""
DISK_FULL = "53100"
READ_ONLY = "25006"
STATEMENT_TIMEOUT = "57014"
AWAY = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    DisconnectionError,
    PendingRollbackError,
    TimeoutError,
)
"""That say no SQLSTATE: no connection, a broken one, none free in the pool in time, one that was lost within
its transaction."""


def role_url(settings: Settings, role: Role) -> URL:
    """The database's address for a role, for SQLAlchemy (driver psycopg2)."""
    url = make_url(settings.database_url)
    if settings.own_database:
        return url.set(username=f"ikomek_{role}")
    if role == "owner":
        return url
    return url.update_query_dict({"options": f"-crole=ikomek_{role}"})


def role_dsn(settings: Settings, role: Role) -> str:
    """The same address in libpq's own form, for psycopg2 and psycopg 3 directly."""
    return role_url(settings, role).set(drivername="postgresql").render_as_string(hide_password=False)


def sql_state(error: BaseException) -> str | None:
    """The five characters of SQLSTATE that an error of either driver, or SQLAlchemy's wrap of it, carries;
    none for a lost connection and for other errors."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)


def is_away(error: BaseException) -> bool:
    """Whether this error of a statement or a connection means that the database does not answer, has no room
    for one more caller, or takes nothing while a backup is restored, rather than that it refuses the
    statement."""
    cause, code = getattr(error, "orig", error), sql_state(error)
    if code is None:  # a connection that breaks in the middle of an answer is a plain DatabaseError
        return isinstance(cause, AWAY) or type(cause) is psycopg2.DatabaseError
    return code[:2] in ("08", "57", "58") or is_short(code) or code == READ_ONLY


def is_refused(error: BaseException) -> bool:
    """Whether the database takes no connection of this user of the operating system: its socket may not be
    reached, or no role is theirs. libpq gives no SQLSTATE for either."""
    if sql_state(error) is not None or not isinstance(getattr(error, "orig", error), AWAY):
        return False
    words = str(error)
    return os.strerror(errno.EACCES) in words or "authentication failed" in words


def is_short(code: str) -> bool:
    """Out of memory, connections or other means that come back by themselves; not a full disk (`is_full`)."""
    return code[:2] == "53" and code != DISK_FULL


def is_full(error: BaseException) -> bool:
    """Whether the database has no room on its disk."""
    return sql_state(error) == DISK_FULL


def is_read_only(error: BaseException) -> bool:
    """Whether the database can only be read now (`geo.recovery.read_only`)."""
    return sql_state(error) == READ_ONLY


def is_collision(error: BaseException) -> bool:
    """Whether the same statements may well succeed at the next try: a deadlock, a conflict of two
    transactions, a lock or a time that ran out."""
    code = sql_state(error) or ""
    return code[:2] in ("40", "55") or code == STATEMENT_TIMEOUT


def refuses_values(error: BaseException) -> bool:
    """Whether the database refuses what a row holds: a number out of range, a text that is none, a
    constraint, a value too long for its index."""
    return (sql_state(error) or "")[:2] in ("22", "23", "54")


def connect_engine(settings: Settings, role: Role, pool_size: int = 5, **options: Any) -> Engine:
    """An engine with a small pool. Sessions speak UTC. Disposing of it is the caller's."""
    engine = create_engine(
        role_url(settings, role),
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"application_name": f"ikomek-{role}"},
        **options,
    )
    log_slow(engine, role)
    return engine


def log_slow(engine: Engine, role: str, slow_s: float = SLOW_S) -> None:
    """Statements that take long are logged: how long, as whom, their text without any value. Tiles are read
    on connections of their own, with a time limit."""

    def begin(
        connection: Connection, cursor: Any, statement: str, given: Any, context: Any, many: bool
    ) -> None:
        context.began = time.perf_counter()
        context.span = traces.begin_statement(statement, role) if traces.is_on else None

    def note(statement: str, context: Any, failed: str | None = None) -> None:
        if context.span is not None:
            traces.end_statement(context.span, failed)
        took = time.perf_counter() - context.began
        if took >= slow_s:
            slow_log.warning("%.1f s as %s: %s", took, role, " ".join(statement.split())[:LONGEST])

    def end(
        connection: Connection, cursor: Any, statement: str, given: Any, context: Any, many: bool
    ) -> None:
        note(statement, context)

    def fail(failed: ExceptionContext) -> None:
        """Also what was cancelled for taking too long."""
        if failed.statement is not None and hasattr(failed.execution_context, "began"):
            kind = type(failed.original_exception).__name__
            note(failed.statement, failed.execution_context, kind)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


@contextmanager
def connected_engine(settings: Settings, role: Role, pool_size: int = 5) -> Iterator[Engine]:
    """An engine for one piece of work, disposed of after it."""
    engine = connect_engine(settings, role, pool_size)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connected(settings: Settings, role: Role) -> Iterator[Connection]:
    """One transaction on a connection of its own, closed after it."""
    with connected_engine(settings, role, pool_size=1) as engine, engine.begin() as connection:
        yield connection


PYFORMAT = PGDialect_psycopg2(paramstyle="pyformat")  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1024)
def for_driver(statement: str) -> str:
    """A statement with parameters as `:name`, which is how they are written in all of this code, in the form
    that cursors of psycopg2 and psycopg 3 take: `%(name)s`, and each percent sign twice.

    For connections that are the driver's own (COPY, the relay and the roll-up, the asynchronous pools) and
    always with parameters, if only an empty mapping. A cast of a parameter is `cast(:name as bigint)`.
    """
    return str(text(statement).compile(dialect=PYFORMAT))


def only_row(cursor: Cursor) -> tuple[Any, ...]:
    """The row of a statement that gives exactly one, whatever it finds: a count, an `exists`."""
    row = cursor.fetchone()
    assert row is not None, "the statement has no row"
    return row


def transact(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """`work` in one transaction. Where it met another one half-way (a deadlock, or `BUSY`) it is rolled
    back and done once more, from what then stands.

    Raises `Unavailable` ("database.slow") for a deadlock that comes again, and whatever `work` raises.
    """
    for last in (False, True):
        try:
            with engine.begin() as connection:
                return work(connection)
        except Conflict as error:
            if last or error.code != BUSY:
                raise
        except DBAPIError as error:
            if sql_state(error) != DEADLOCK:
                raise
            if last:
                raise Unavailable("database.slow") from error
    raise AssertionError("the second try returns or raises")
