"""The tables of alarms. An alarm is active until it is cleared; of one rule and subject one is active at a
time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class Alarm(Base):
    """`subject` tells the alarms of a rule apart: an incident's id, a feed's key, a category's id. `kind` and
    `district` (a key) of its incident decide who sees it. `normal_at`: since when its condition is no more;
    `chatter`: how often that came back meanwhile."""

    __tablename__ = "alarm"
    __table_args__ = (
        CheckConstraint("priority between 0 and 2", name="priority"),
        CheckConstraint("(shelved_until is null) = (shelved_by is null)", name="shelved"),
        Index(
            "ix_alarm_active",
            "region",
            "rule",
            "subject",
            unique=True,
            postgresql_where=text("cleared_at is null"),
        ),
        Index("ix_alarm_raised", "region", "raised_at"),
        Index(
            "ix_alarm_held",
            "region",
            "rule",
            postgresql_where=text("cleared_by is not null and normal_at is null"),
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    rule: Mapped[str]
    subject: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    incident_id: Mapped[int | None]
    kind: Mapped[str | None]
    district: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    raised_at: Mapped[datetime]
    normal_at: Mapped[datetime | None]
    chatter: Mapped[int] = mapped_column(server_default="0")
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    shelved_until: Mapped[datetime | None]
    shelved_by: Mapped[str | None]
    shelved_reason: Mapped[str | None]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]
    """None where it cleared by itself."""


class ExpectedHour(Base):
    """How many incidents of a category are expected in an hour (`hour` is its start), in a district, 0 = in
    the whole city. `most_90` and `most_99`: the upper ends of the intervals that hold so many hours of a
    hundred."""

    __tablename__ = "expected_hour"
    region: Mapped[Region]
    category_id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    mean: Mapped[float]
    most_90: Mapped[int]
    most_99: Mapped[int]


class AlarmEvent(Base):
    """What became of an alarm, append-only; `who` none = the rule. `what`: raised, normal, returned (its
    condition came back), acknowledged, shelved, unshelved, cleared."""

    __tablename__ = "alarm_event"
    __table_args__ = (Index("ix_alarm_event_alarm", "region", "alarm_id", "id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    alarm_id: Mapped[int]
    at: Mapped[datetime]
    who: Mapped[str | None]
    what: Mapped[str]
    reason: Mapped[str | None]
    version: Mapped[int | None]
    """The version of the alarm after it; none of events from before it was kept."""
    key: Mapped[UUID | None] = mapped_column(Uuid())
    """The page's own name of the click that it answers."""
