"""The ledger of the feeds: each run, what it rejected, and the inbox through which others ask for a run.

Always: `read = written + unchanged + rejected`.
"""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class Feed(Base):
    """The state of a feed: age = now - `polled_at` (last successful poll or heartbeat), against `interval_s`."""

    __tablename__ = "feed"
    region: Mapped[Region]
    key: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str | None]
    interval_s: Mapped[int]
    polled_at: Mapped[datetime | None]
    newest_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict | None] = mapped_column(JSONB)


class Run(Base):
    """One run of a feed. `no_coordinates` counts rows that were kept without a usable point."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'failed')", name="state"),
        CheckConstraint("read_rows = written + unchanged + rejected", name="ledger"),
        Index("ix_run_feed", "region", "feed", "started_at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    feed: Mapped[str]
    source: Mapped[str | None]
    state: Mapped[str]
    started_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
    read_rows: Mapped[int] = mapped_column(server_default="0")
    written: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    no_coordinates: Mapped[int] = mapped_column(server_default="0")
    vanished: Mapped[int] = mapped_column(server_default="0")
    seconds: Mapped[float | None]
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict | None] = mapped_column(JSONB)


class Reject(Base):
    """One row that a run did not take: its number in the source (1 = first row after the header), the row itself, and why."""

    __tablename__ = "reject"
    __table_args__ = (Index("ix_reject_run", "region", "run_id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    run_id: Mapped[int]
    row_number: Mapped[int]
    code: Mapped[str]
    field: Mapped[str | None]
    value: Mapped[str | None]
    row: Mapped[dict] = mapped_column(JSONB)


class Inbox(Base):
    """Work that a page or a route asks the ETL for: pushed rows (`body`) or a run to repeat (`source`)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("region", "feed", "idempotency_key"),
        CheckConstraint("state in ('waiting', 'taken', 'done', 'failed')", name="state"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    feed: Mapped[str]
    idempotency_key: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[Now]
    state: Mapped[str] = mapped_column(server_default="waiting")
    media_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    source: Mapped[str | None]
    run_id: Mapped[int | None]
