"""The upsert that the plainer entities share: staged rows into one table, guarded by IS DISTINCT FROM, so
that a replay writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import Connection

from geo.changes.outbox import announce_reset
from geo.loading.order import confirm, older, said_at
from geo.loading.staging import Batch, Written, driver_cursor, execute, stage


@dataclass(frozen=True)
class Upsert:
    """Columns of `table` and the SQL over a staged row `s` that fills each; `key` finds a row again;
    `layer` is announced when any was written.

    A version older than the stored one is left alone (`geo.loading.order`). A table with `versioned`
    counts its own changes; `ledgered` keeps the run that wrote the row last.
    """

    table: str
    staged: str
    key: tuple[str, ...]
    columns: dict[str, str]
    joins: str = ""
    layer: str | None = None
    versioned: bool = False
    ledgered: bool = False
    only_new: tuple[str, ...] = ()
    """Columns that a row is given once and keeps."""

    def statement(self) -> str:
        quoted = {name: f'"{name}"' for name in self.columns}
        kept = [quoted[name] for name in self.columns if name not in self.key + self.only_new]
        extra = (
            [f"said_at = {said_at('t', 'excluded')}", "delivery_id = excluded.delivery_id"]
            + (["version = t.version + 1"] if self.versioned else [])
            + (["run_id = excluded.run_id"] if self.ledgered else [])
        )
        names = ", ".join([*quoted.values(), "said_at", "delivery_id"])
        values = ", ".join([*self.columns.values(), "s.said_at", "coalesce(s.delivery_id, :delivery_id)"])
        ledger_name, ledger_value = (", run_id", ", :run_id") if self.ledgered else ("", "")
        return f"""insert into {self.table} as t ({names}{ledger_name}) select {values}{ledger_value}
            from {self.table}_stage s {self.joins}
            on conflict ({", ".join(self.key)}) do update set
                {", ".join([f"{name} = excluded.{name}" for name in kept] + extra)}
            where ({", ".join(f"t.{name}" for name in kept)}) is distinct
                from ({", ".join(f"excluded.{name}" for name in kept)})
                and not {older("t", "excluded", "excluded.delivery_id")}"""

    def found(self) -> str:
        """SQL: the staged row `s` is the stored one `t`."""
        return " and ".join(f"t.{name} = {self.columns[name]}" for name in self.key)

    def stage(self, connection: Connection, batch: Batch) -> Cursor:
        cursor = driver_cursor(connection)
        stage(cursor, f"{self.table}_stage", f"{self.staged}, said_at timestamptz, delivery_id bigint", batch)
        return cursor

    def merge(self, connection: Connection, cursor: Cursor, batch: Batch) -> Written:
        """Merge what is staged, in the caller's transaction, and announce the layer if anything was
        written."""
        execute(cursor, self.statement(), batch)
        written = cursor.rowcount
        if batch.dated:
            execute(cursor, confirm(self.table, f"{self.table}_stage", self.found()), batch)
        if written and self.layer is not None:
            announce_reset(connection, batch.city.region, self.layer)
        return Written(written, batch.rows - written)

    def load(self, connection: Connection, batch: Batch) -> Written:
        return self.merge(connection, self.stage(connection, batch), batch)
