"""A batch on its way into the tables: COPY into a temporary staging table, with which every entity begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection

from geo.database import for_driver
from geo.settings import City


@dataclass(frozen=True)
class Batch:
    """Cleaned rows of one feed as CSV (UTF-8, no header, an empty unquoted field is null), their columns
    in order, and how many they are.

    `snapshot`: what its run lists is remembered, for the tombstones at its end. `delivery_id`: which
    delivery they came with (`geo.intake.deliveries`); rows of several deliveries or runs carry their own
    in a column of that name (and "run_id"), and in `said_at` when each changed last at its source, where
    the feed knows.
    """

    city: City
    feed: str
    run_id: int
    columns: tuple[str, ...] = ()
    data: BinaryIO = field(default_factory=BytesIO)
    rows: int = 0
    snapshot: bool = False
    delivery_id: int = 0
    may_reuse: bool = False
    """A person has accepted that ids begin anew (`geo.loading.identity`)."""

    @property
    def dated(self) -> bool:
        """Whether its rows say when they changed last."""
        return "said_at" in self.columns

    @property
    def seen_closed(self) -> bool:
        """Whether its source does not say when something was closed, only that it is."""
        return "seen_closed" in self.columns

    @property
    def several(self) -> bool:
        """Whether its rows are of several runs."""
        return "run_id" in self.columns

    def bound(self, **more: object) -> dict[str, object]:
        """The values that every statement may name: the region, the feed as source and author, the run, the
        delivery, the city's time zone."""
        return {
            "region": self.city.region,
            "source": self.feed,
            "who": f"feed:{self.feed}",
            "run_id": self.run_id,
            "time_zone": self.city.time_zone.key,
            "delivery_id": self.delivery_id,
            **more,
        }


@dataclass(frozen=True)
class Written:
    """What a merge did with the rows of a batch; `written + unchanged` is the number of rows given, and
    `placed` of them got their point from their address."""

    written: int
    unchanged: int
    placed: int = 0
    written_of: Mapping[int, int] = field(default_factory=dict)
    """In a batch of several runs: how many rows of each run were written, for runs with any."""
    placed_of: Mapping[int, int] = field(default_factory=dict)


def driver_cursor(connection: Connection) -> Cursor:
    """A psycopg2 cursor inside the transaction that `connection` has begun: COPY and bare statements,
    without SQLAlchemy's layer."""
    return connection.connection.cursor()  # type: ignore[return-value]  # of psycopg2, as our addresses say


def execute(cursor: Cursor, statement: str, batch: Batch, **more: object) -> None:
    """Run a statement that may name whatever `Batch.bound` gives, and `more`."""
    cursor.execute(for_driver(statement), batch.bound(**more))


def stage(cursor: Cursor, table: str, definition: str, batch: Batch) -> None:
    """Make the temporary table if this session has none, and COPY the batch into it. It empties itself at
    the end of the transaction."""
    cursor.execute(f"create temp table if not exists {table} ({definition}) on commit delete rows")
    names = ", ".join(f'"{name}"' for name in batch.columns)
    cursor.copy_expert(f"copy {table} ({names}) from stdin with (format csv)", batch.data)


def by_run(cursor: Cursor, statement: str) -> dict[int, int]:
    """Counts by run from a statement that gives both."""
    cursor.execute(statement)
    return dict(cursor.fetchall())
