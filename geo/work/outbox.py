"""What waits to be sent: rows of a table that are due at `next_at`, taken for a while, ticked off when they
are sent, put off when they are not. Who dies with a row leaves it to the next try, so each is sent at least
once, under a name that does not change.

A table that is an outbox has region (unless it is of the whole installation), id, tries, next_at, sent_at,
error; `next_at` none = not again, for it is sent or given up, and `error` says why the last try failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, RowMapping, text

LEASE = timedelta(minutes=2)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 15, 3600
MOST_TRIES = 30
"""About a day; then it is given up."""


@dataclass(frozen=True)
class Outbox:
    """`columns`: what whoever sends a row needs of it."""

    table: str
    columns: Sequence[str]
    regional: bool = True

    @property
    def _here(self) -> str:
        return "region = :region" if self.regional else "cast(:region as text) is not null"

    def take(self, engine: Engine, region: str, now: datetime, most: int = 20) -> Sequence[RowMapping]:
        """Those that are due, for `LEASE` nobody else's, the oldest first; `tries` with this one."""
        columns = ", ".join(f"n.{column}" for column in ("id", "tries", *self.columns))
        statement = text(f"""
            update {self.table} n set next_at = cast(:now as timestamptz) + :lease, tries = n.tries + 1
            where {self._here} and n.id in (select id from {self.table} where {self._here}
                and next_at <= :now order by next_at limit :most for update skip locked)
            returning {columns}""")
        bound = {"region": region, "now": now, "lease": LEASE, "most": most}
        with engine.begin() as connection:
            rows = connection.execute(statement, bound).mappings().all()
        return sorted(rows, key=lambda row: row["id"])

    def tick_off(self, engine: Engine, region: str, id_: int, now: datetime) -> None:
        statement = text(f"""
            update {self.table} set next_at = null, sent_at = :now, error = null
            where {self._here} and id = :id""")
        with engine.begin() as connection:
            connection.execute(statement, {"region": region, "id": id_, "now": now})

    def put_off(self, engine: Engine, region: str, id_: int, tries: int, now: datetime, error: str) -> bool:
        """Whether it is tried again, each time after a pause twice as long."""
        pause = min(FIRST_PAUSE_S * 2 ** (tries - 1), LONGEST_PAUSE_S)
        next_at = now + timedelta(seconds=pause) if tries < MOST_TRIES else None
        statement = text(f"""
            update {self.table} set next_at = :next_at, error = :error
            where {self._here} and id = :id""")
        bound = {"region": region, "id": id_, "next_at": next_at, "error": error[:500]}
        with engine.begin() as connection:
            connection.execute(statement, bound)
        return next_at is not None
