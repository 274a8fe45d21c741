"""The tables of hand-overs. What was signed is never changed: a row gets its second signature, or is
withdrawn before it has one; what is added later is an amendment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class ShiftHandover(Base):
    """`body` is what both signed, one line of canonical JSON (keys sorted, no spaces: `contents.Contents`),
    `digest` its SHA-256 in hexadecimal digits. `key` is the page's own name of the click. `kinds` and
    `districts` are those of the post. Of a post one waits for its second signature at a time."""

    __tablename__ = "shift_handover"
    __table_args__ = (
        CheckConstraint("taken_by <> left_by", name="two_persons"),
        CheckConstraint("(taken_by is null) = (taken_at is null)", name="taken"),
        CheckConstraint("taken_at is null or withdrawn_at is null", name="ended_once"),
        UniqueConstraint("region", "left_by", "key"),
        Index(
            "ix_shift_handover_waiting",
            "region",
            "post",
            unique=True,
            postgresql_where=text("taken_at is null and withdrawn_at is null"),
        ),
        Index("ix_shift_handover_left_at", "region", "left_at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    post: Mapped[str]
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    districts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    key: Mapped[UUID] = mapped_column(Uuid())
    begins_at: Mapped[datetime]
    left_by: Mapped[str]
    left_at: Mapped[datetime]
    body: Mapped[str]
    digest: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    taken_by: Mapped[str | None]
    taken_at: Mapped[datetime | None]


class ShiftNotes(Base):
    """What a post's officers write for the next one, until it is signed."""

    __tablename__ = "shift_notes"
    region: Mapped[Region]
    post: Mapped[str] = mapped_column(primary_key=True)
    notes: Mapped[str]
    version: Mapped[int]
    who: Mapped[str]
    at: Mapped[datetime]


class ShiftAmendment(Base):
    """What somebody added to a hand-over that both had signed, append-only."""

    __tablename__ = "shift_amendment"
    __table_args__ = (
        UniqueConstraint("region", "who", "key"),
        Index("ix_shift_amendment_handover", "region", "handover_id", "id"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    handover_id: Mapped[int]
    key: Mapped[UUID] = mapped_column(Uuid())
    at: Mapped[datetime]
    who: Mapped[str]
    text: Mapped[str]
