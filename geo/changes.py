"""The change feed: a transactional outbox. A write and its `change` row commit together.

Insert order is not commit order, so no reader follows `id`: one relay (under an advisory lock) stamps committed rows with the next
`position`, commits, then adds them to a Redis Stream under the id `position-0`. Every cursor is an epoch and a position.
"""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region

LOCK_RELAY = 8109_01
LOCK_ROLLUP = 8109_02
RESET_AFTER_ROWS = 1000
"""A batch that changes more rows than this announces one layer reset instead of a row each."""


class Change(Base):
    """`noun` is 'incident', 'feed', 'precinct', 'mode', ...; a reset has `noun_id` none and payload {"reset": layer}. Partitioned by month."""

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
    payload: Mapped[dict] = mapped_column(JSONB)


class FeedPosition(Base):
    """One row: the last position given, and the epoch (new when a backup is restored, so that old cursors start over)."""

    __tablename__ = "change_position"
    only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    epoch: Mapped[str]
    position: Mapped[int]
