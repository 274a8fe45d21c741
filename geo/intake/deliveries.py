"""Deliveries: what each source of a feed last brought, and the order in which deliveries came.

A delivery has a number of one sequence, given when its run begins, or, for pushed rows, when they are
acknowledged. What was read again without having changed (a repeated run, a restart, rows sent again, a file
that was touched, renamed or copied) keeps the number of its first coming, so it never writes over what came
after it; for that no delivery is ever forgotten, however long ago it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class Delivery(Base):
    """The last delivery of one source: a file, an address.

    `fingerprint` says whether the source may have changed since (none: it cannot say), `content`
    (SHA-256) whether a file has; `read_at` when it was read whole. `own`: one of the feed's declared
    sources, polled; `gone_at`: it is no longer listed. `watermark_at`: the newest change at the source
    that a poll has read; `asked_after`: the last open request that was asked again. With `error_code` it
    is set aside: not read again until it changes or somebody releases it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_gone", "region", "gone_at", postgresql_where=text("gone_at is not null")),
        Index("ix_delivery_content", "region", "feed", "content"),
    )
    region: Mapped[Region]
    feed: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(server_default=text("nextval('delivery_id_seq')"))
    delivered_at: Mapped[Now]
    fingerprint: Mapped[str | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    own: Mapped[bool] = mapped_column(server_default="false")
    read_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    watermark_at: Mapped[datetime | None]
    asked_after: Mapped[str | None]
    run_id: Mapped[int | None]
    error_code: Mapped[str | None]
    error_parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class PastDelivery(Base):
    """What is left of a delivery whose row was purged (`geo.work.retention`): enough to know it again. Of a
    file `digest` is that of its content, of pushed rows that of their idempotency key (`key_digest`)."""

    __tablename__ = "past_delivery"
    region: Mapped[Region]
    feed: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    delivery_id: Mapped[int]
    delivered_at: Mapped[datetime]
    run_id: Mapped[int | None]


def key_digest(key: str) -> str:
    """SQL: the digest of an idempotency key (an expression), which is that of no file."""
    return f"sha256(convert_to('push ' || {key}, 'UTF8'))"
