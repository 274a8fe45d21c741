"""The tables of the rating."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class RatingStrategy(Base):
    """`body` is the file as it was adopted."""

    __tablename__ = "rating_strategy"
    region: Mapped[Region]
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[date] = mapped_column(Date)
    body: Mapped[str]
    digest: Mapped[str]
    adopted_by: Mapped[str]
    adopted_at: Mapped[Now]


class RatingMonth(Base):
    """`month`: its first day. `signature`: of `signed_words`, by the key of the fingerprint `key`; none until
    it is closed."""

    __tablename__ = "rating_month"
    __table_args__ = (
        CheckConstraint("closed_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "(closed_by is null) = (closed_at is null) and (closed_at is null) = (signature is null)",
            name="closed",
        ),
    )
    region: Mapped[Region]
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    strategy: Mapped[int]
    as_of: Mapped[datetime]
    body: Mapped[str]
    digest: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    key: Mapped[str | None]
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class RatingCase(Base):
    """A case of a closed month, as it was counted (`geo.rating.cases.RatedCase`)."""

    __tablename__ = "rating_case"
    __table_args__ = (Index("ix_rating_case_manager", "region", "month", "manager"),)
    region: Mapped[Region]
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    manager: Mapped[str]
    performer: Mapped[str]
    pattern: Mapped[int]
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    strata: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class RatingMilestone(Base):
    """A milestone of a closed month, as it was counted (`geo.rating.milestones.RatedMilestone`)."""

    __tablename__ = "rating_milestone"
    region: Mapped[Region]
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    project: Mapped[str] = mapped_column(primary_key=True)
    milestone: Mapped[str] = mapped_column(primary_key=True)
    manager: Mapped[str]
    pattern: Mapped[int]
    planned_on: Mapped[date] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
    moved_to: Mapped[date | None] = mapped_column(Date)


class RatingObjection(Base):
    """An objection to how the incident counts for the manager. `accepted` none = not decided yet;
    `performer`: to whom the case is given, none = it is left out."""

    __tablename__ = "rating_objection"
    __table_args__ = (
        CheckConstraint("decided_by <> made_by", name="two_people"),
        CheckConstraint(
            "(decided_by is null) = (decided_at is null) and (decided_at is null) = (accepted is null)",
            name="decided",
        ),
        Index("ix_rating_objection_incident", "region", "month", "incident_id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    manager: Mapped[str]
    incident_id: Mapped[int]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[Now]
    accepted: Mapped[bool | None]
    performer: Mapped[str | None]
    answer: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class RatingAssignment(Base):
    """An indicator proposed to a manager from the month `since` on, under a version of the strategy. `plan`
    none = that of the strategy."""

    __tablename__ = "rating_assignment"
    __table_args__ = (
        CheckConstraint("weight between 0 and 100", name="weight"),
        UniqueConstraint("region", "id", "proposed_by"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    manager: Mapped[str]
    indicator: Mapped[str]
    since: Mapped[date] = mapped_column(Date)
    strategy: Mapped[int]
    weight: Mapped[int]
    plan: Mapped[float | None]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[Now]


class RatingAssignmentAnswer(Base):
    """What another person said to a proposal; `proposed_by` is the proposal's, so that the two differ."""

    __tablename__ = "rating_assignment_answer"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        ForeignKeyConstraint(
            ["region", "assignment", "proposed_by"],
            ["rating_assignment.region", "rating_assignment.id", "rating_assignment.proposed_by"],
        ),
    )
    region: Mapped[Region]
    assignment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    proposed_by: Mapped[str]
    accepted: Mapped[bool]
    answer: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[Now]
