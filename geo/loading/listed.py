"""What a snapshot has listed so far, kept in the session of its run over all its batches."""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor

from geo.database import for_driver

LISTED = "exists (select from listed l where l.source_id = t.source_id)"
"""SQL: a row `t` was listed by the run."""


def forget(cursor: Cursor) -> None:
    """Forgets what was listed, at the start of a run over a full list."""
    cursor.execute("drop table if exists listed")
    cursor.execute("create temp table listed (source_id text primary key) on commit preserve rows")


def remember(cursor: Cursor, stage: str) -> None:
    cursor.execute(f"insert into listed select source_id from {stage} on conflict do nothing")


def remember_ids(cursor: Cursor, ids: list[str]) -> None:
    """Remembers the ids that the source lists in rejected rows: those have not vanished."""
    statement = "insert into listed select unnest(cast(:ids as text[])) on conflict do nothing"
    cursor.execute(for_driver(statement), {"ids": ids})
