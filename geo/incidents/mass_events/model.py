"""The tables of mass events. Which incidents are part of one is `incident.group_id`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region

STATES = ("open", "in_progress", "closed", "dissolved")


class MassEvent(Base):
    """`number` is what people call it, "M-26-0118": the year and its place in the year. `radius_m` and
    `window_h` are those of its category when it was confirmed. `answer`: what every caller is told.
    `dissolved`: taken apart again; nothing is part of it any more."""

    __tablename__ = "mass_event"
    __table_args__ = (
        UniqueConstraint("region", "number"),
        CheckConstraint("status in ('open', 'in_progress', 'closed', 'dissolved')", name="status"),
        CheckConstraint("outcome in ('done', 'not_confirmed', 'refused', 'not_ours')", name="outcome"),
        CheckConstraint("(status = 'closed') = (closed_at is not null)", name="closed"),
        Index("ix_mass_event_status", "region", "status"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str]
    category_id: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str]
    radius_m: Mapped[float]
    window_h: Mapped[float]
    answer: Mapped[str | None]
    outcome: Mapped[str | None]
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int]


class MassEventStep(Base):
    """What a person did with an event, append-only. `key` is the page's own name of the click, and the batch
    of the actions on its incidents; `before` the event's fields as they were; `version` the event's after
    it; `undoes` the step that it took back."""

    __tablename__ = "mass_event_step"
    __table_args__ = (
        UniqueConstraint("region", "who", "key"),
        Index("ix_mass_event_step_event", "region", "event_id", "id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event_id: Mapped[int]
    key: Mapped[UUID] = mapped_column(Uuid())
    at: Mapped[datetime]
    who: Mapped[str]
    verb: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int]
    undoes: Mapped[int | None]


class MassRule(Base):
    """What the owner set for a category, over what its feed says of duplicates. `least`: so many incidents
    are suggested as one event."""

    __tablename__ = "mass_rule"
    __table_args__ = (CheckConstraint("radius_m > 0 and window_h > 0 and least >= 2", name="positive"),)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), primary_key=True)
    radius_m: Mapped[float]
    window_h: Mapped[float]
    least: Mapped[int]
    set_by: Mapped[str]
    set_at: Mapped[Now]


class MassDismissal(Base):
    """An incident of a suggestion that a person turned down: by itself it makes no suggestion any more."""

    __tablename__ = "mass_dismissal"
    region: Mapped[Region]
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[str]
    at: Mapped[Now]
