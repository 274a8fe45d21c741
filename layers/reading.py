"""One read of the database for a page: every statement sees the same moment, and none may run long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from layers.unanswered import refusal_of

STATEMENT_TIMEOUT_S = 15
"""Two million rows counted and sorted take 2 s on two idle cores; a cold cache needs more."""
PARTS_FROM = 0
"""Pages of an index: of hundreds of squares the planner looks at the pages of one alone, and would not let
two processes share in them."""


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
            connection.execute(text(f"set local min_parallel_index_scan_size = {PARTS_FROM}"))
            yield connection
    except SQLAlchemyError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


@dataclass(frozen=True)
class ReadMoment:
    """When a snapshot was taken, and at which position of the change feed."""

    at: datetime
    position: int


def read_moment(connection: Connection) -> ReadMoment:
    position, at = connection.execute(text("select position, now() from change_position")).one()
    return ReadMoment(at, position)
