"""The change feed: a transactional outbox. A write and its `change` row commit together.

Insert order is not commit order, so no reader follows `id`: one relay (`geo.changes.relay`, under an
advisory lock) stamps committed rows with the next `position`, commits, then adds them to a Redis Stream
under the id `position-0`. Positions have no gaps, so a reader that sees one knows what to fetch from the
table. Every cursor is an epoch and a position, written `<epoch>-<position>`.

Writers call `record`, `record_many` or, set-based, a statement of their noun such as
`geo.incidents.payload.RECORD_INCIDENTS` in the transaction of the write itself; a trigger on `change` rings
the relay's bell at commit, once a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region

LOCK_RELAY = 8109_01
LOCK_ROLLUP = 8109_02
CHANNEL = "ikomek_change"
"""LISTEN on it hears each commit that recorded a change."""
RESET_AFTER_ROWS = 1000
"""A batch that changes more rows than this announces one layer reset instead of a row each."""


class Change(Base):
    """`noun` is 'incident', 'feed', 'precinct', 'mode', ...; a reset is noun 'layer', `noun_id` none,
    payload {"reset": layer}. Partitioned by month."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_unstamped", "id", postgresql_where=text("position is null")),
        Index("ix_change_position", "position"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(server_default=text("nextval('change_id_seq')"), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=text("now()"))
    position: Mapped[int | None]
    noun: Mapped[str]
    noun_id: Mapped[int | None]
    version: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)


class FeedPosition(Base):
    """One row: the last position given, and the epoch (new when a backup is restored, so that old cursors
    start over)."""

    __tablename__ = "change_position"
    only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    epoch: Mapped[str]
    position: Mapped[int]


STREAM_LENGTH = 10_000
"""About how many entries the Redis Stream keeps; a reader that is further behind uses the table."""

CHANGES_AFTER = """select position, noun, noun_id, version, payload::text from change
    where position > :after order by position limit :limit"""
"""Stamped changes after a position, in order."""

INSERT = text("""insert into change (region, noun, noun_id, version, payload)
    select :region, :noun, noun_id, version, cast(payload as jsonb)
    from unnest(cast(:noun_ids as bigint[]), cast(:versions as bigint[]),
        cast(:payloads as text[])) with ordinality r (noun_id, version, payload, place) order by place""")


def stream_key(epoch: str) -> str:
    """The Redis Stream of an epoch: a restored database never continues the stream of another."""
    return f"ikomek:changes:{epoch}"


def record(
    connection: Connection, region: str, noun: str, noun_id: int | None, version: int, payload: dict[str, Any]
) -> None:
    """Put one change into the outbox, in the caller's transaction."""
    record_many(connection, region, noun, [(noun_id, version, payload)])


def record_many(
    connection: Connection, region: str, noun: str, rows: Iterable[tuple[int | None, int, dict[str, Any]]]
) -> int:
    """Rows of (noun id, version, payload), in the caller's transaction; returns how many. Over
    `RESET_AFTER_ROWS` the caller announces a reset instead."""
    values = [
        (noun_id, version, json.dumps(payload, ensure_ascii=False)) for noun_id, version, payload in rows
    ]
    if values:
        noun_ids, versions, payloads = map(list, zip(*values))
        connection.execute(
            INSERT,
            {
                "region": region,
                "noun": noun,
                "noun_ids": noun_ids,
                "versions": versions,
                "payloads": payloads,
            },
        )
    return len(values)


def announce_reset(connection: Connection, region: str, layer: str) -> None:
    """Tell every screen to fetch `layer` ("incidents", "density", "precincts", ...) anew: one row for a
    batch of any size."""
    record(connection, region, "layer", None, 0, {"reset": layer})


NEW_EPOCH = (
    "update change_position set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 8) "
    "returning epoch"
)


def new_epoch(connection: Connection) -> str:
    """Start the feed's positions under a new epoch, as after a restored backup: every cursor given before
    it is answered with a reset."""
    return connection.execute(text(NEW_EPOCH)).scalar_one()
