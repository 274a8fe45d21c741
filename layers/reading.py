"""One read of the database for a page: every statement sees the same moment, and none may run long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geo.errors import Unavailable

STATEMENT_TIMEOUT_S = 15
"""Two million rows counted and sorted take 2 s on two idle cores; a cold cache needs more."""
QUERY_CANCELED = "57014"


@contextmanager
def snapshot(engine: Engine, timeout_s: int = STATEMENT_TIMEOUT_S) -> Iterator[Connection]:
    """A connection in one REPEATABLE READ transaction, read only. Raises `Unavailable` ("database.slow",
    "database.away")."""
    try:
        with (
            engine.connect().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            ) as connection,
            connection.begin(),
        ):
            connection.execute(text(f"set local statement_timeout = '{timeout_s}s'"))
            connection.execute(text("set local jit = off"))
            yield connection
    except PoolTimeout as error:
        raise Unavailable("database.slow") from error
    except OperationalError as error:
        raise Unavailable(
            "database.slow" if getattr(error.orig, "pgcode", None) == QUERY_CANCELED else "database.away"
        ) from error
