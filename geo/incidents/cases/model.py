"""The tables of actions and cases. What a person decided of a field that a source has too (status, priority,
performer, deadline) is a row of `geo.incidents.model.Decision`; a case holds what no source says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.incidents.model import WORDS

OUTCOMES = ("done", "not_confirmed", "refused", "not_ours", "duplicate")
STAGES = ("before", "after")
"""What a picture shows: the incident before its repair, or after it."""
TOP_ESCALATION = 3
"""Levels: 0 the performer, 1 the duty centre, 2 the district's akimat, 3 the deputy akim."""


NOTE_WORDS = WORDS.format(text="{row}parameters ->> 'text'")
"""The words of an officer's note for full-text search."""


class IncidentAction(Base):
    """What a person did once, append-only. `key` is the page's own name of the click: the same key does
    nothing a second time. `before`: the changed fields as they were, as an event writes them, and under
    "decisions" the rows of `decision` that stood. `version` is the incident's after it; `undoes` the action
    that it took back;
    `batch` the key of the selection it was part of."""

    __tablename__ = "incident_action"
    __table_args__ = (
        UniqueConstraint("region", "who", "key"),
        Index("ix_incident_action_incident", "region", "incident_id", "id"),
        Index(
            "ix_incident_action_undoes",
            "region",
            "undoes",
            unique=True,
            postgresql_where=text("undoes is not null"),
        ),
        Index("ix_incident_action_at", "region", "at"),
        Index("ix_incident_action_batch", "region", "batch", postgresql_where=text("batch is not null")),
        Index(
            "ix_incident_action_note",
            text(NOTE_WORDS.format(row="")),
            postgresql_using="gin",
            postgresql_where=text("verb = 'note'"),
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(
        server_default=text("nextval('incident_action_id_seq')"), primary_key=True
    )
    incident_id: Mapped[int]
    key: Mapped[UUID] = mapped_column(Uuid())
    batch: Mapped[UUID | None] = mapped_column(Uuid())
    at: Mapped[datetime]
    who: Mapped[str]
    verb: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int]
    undoes: Mapped[int | None]


class IncidentCase(Base):
    """One row for each incident that a person has acted on. While the regulatory clock is paused the incident
    has no deadline: `left_s` seconds remain of it, of work where it runs in working time, and come back when
    the clock runs on."""

    __tablename__ = "incident_case"
    __table_args__ = (
        CheckConstraint("escalation between 0 and 3", name="escalation"),
        CheckConstraint(
            "outcome in ('done', 'not_confirmed', 'refused', 'not_ours', 'duplicate')", name="outcome"
        ),
        CheckConstraint("(paused_at is null) = (left_s is null)", name="paused"),
        Index(
            "ix_incident_case_duplicate_of",
            "region",
            "duplicate_of",
            postgresql_where=text("duplicate_of is not null"),
        ),
    )
    region: Mapped[Region]
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    escalation: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    shelved_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    left_s: Mapped[int | None]
    returned: Mapped[int] = mapped_column(server_default="0")
    """How often the performer's work was returned for revision."""
    reopened: Mapped[int] = mapped_column(server_default="0")
    outcome: Mapped[str | None]
    duplicate_of: Mapped[int | None]
