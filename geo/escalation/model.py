"""The outbox of escalation: what has to be told, written with the step itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class EscalationNotice(Base):
    """One address that is told of one step. It is tried at `next_at` until it is sent; none = not again, for
    it is sent or given up, and `error` says why the last try failed."""

    __tablename__ = "escalation_notice"
    __table_args__ = (
        CheckConstraint("channel in ('mail', 'webhook')", name="channel"),
        CheckConstraint("level between 1 and 3", name="level"),
        Index("ix_escalation_notice_due", "region", "next_at", postgresql_where=text("next_at is not null")),
        Index("ix_escalation_notice_incident", "region", "incident_id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    action_id: Mapped[int]
    step: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    channel: Mapped[str]
    address: Mapped[str]
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The incident as it was then: number, title, address, category, kind, priority, opened, due."""
    escalated_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
