"""The tables of the three levels."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region

QUEUES = ("time", "reopened", "escalated", "new", "sample")
"""Why an incident waits for an inspector, the most urgent first."""
CORRECTED = ("category", "performer", "outcome")
"""What an inspector corrects."""
MARKS = (1, 2, 3, 4, 5)
STEPS = ("agree", "decide", "extension", "mark")
"""What is done at the desk and is no action of a case."""


class CaseCheck(Base):
    """One look of an inspector at an incident that waited in `queue`, append-only. `field` none = all was
    right; else what they corrected, by the action `action_id`."""

    __tablename__ = "case_check"
    __table_args__ = (
        CheckConstraint("queue in ('time', 'reopened', 'escalated', 'new', 'sample')", name="queue"),
        CheckConstraint("field in ('category', 'performer', 'outcome', 'work')", name="field"),
        CheckConstraint("field is null or action_id is not null", name="corrected"),
        Index("ix_case_check_incident", "region", "incident_id", "recorded_at"),
        Index("ix_case_check_at", "region", "recorded_at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    queue: Mapped[str]
    field: Mapped[str | None]
    """'work': what the performer had done was returned for revision."""
    action_id: Mapped[int | None]
    who: Mapped[str]
    recorded_at: Mapped[datetime]


class TimeExtension(Base):
    """More time that a performer asks for; at most one of an incident waits."""

    __tablename__ = "time_extension"
    __table_args__ = (
        CheckConstraint("(decided_at is null) = (granted is null)", name="decided"),
        Index(
            "uq_time_extension_waiting",
            "region",
            "incident_id",
            unique=True,
            postgresql_where=text("decided_at is null"),
        ),
        Index("ix_time_extension_incident", "region", "incident_id", "id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    until: Mapped[datetime]
    reason: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    granted: Mapped[bool | None]
    answer: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class CitizenMark(Base):
    """How content a citizen is with what came of their inquiry, 1 (not at all) to 5, append-only; the last
    one of an incident counts. Who they are stands nowhere here."""

    __tablename__ = "citizen_mark"
    __table_args__ = (
        CheckConstraint("mark between 1 and 5", name="mark"),
        Index("ix_citizen_mark_incident", "region", "incident_id", "id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    mark: Mapped[int] = mapped_column(SmallInteger)
    who: Mapped[str]
    at: Mapped[Now]


class DeskStep(Base):
    """A step that was taken by a click, append-only: the same `key` of the same person takes it no second
    time. `number`: of the row that it wrote."""

    __tablename__ = "desk_step"
    __table_args__ = (CheckConstraint("step in ('agree', 'decide', 'extension', 'mark')", name="step"),)
    region: Mapped[Region]
    who: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    step: Mapped[str]
    incident_id: Mapped[int]
    number: Mapped[int]
    at: Mapped[Now]


class CitizenNotice(Base):
    """A message to the citizen of an inquiry, an outbox (`geo.work.outbox`): `message` as
    `geo.desk.messages` names it, `about` what its sentence needs. It is sent to `address`, the gateway of the
    inquiry's channel, which knows the citizen by the inquiry's own number."""

    __tablename__ = "citizen_notice"
    __table_args__ = (
        Index("uq_citizen_notice_event", "region", "inquiry_id", "event_id", unique=True),
        Index("ix_citizen_notice_due", "region", "next_at", postgresql_where=text("next_at is not null")),
        Index("ix_citizen_notice_incident", "region", "incident_id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    incident_id: Mapped[int]
    inquiry_id: Mapped[int]
    event_id: Mapped[int]
    message: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    about: Mapped[dict[str, object]] = mapped_column(JSONB)
    happened_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
