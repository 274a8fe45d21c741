"""The tables of comparisons between regions, in the schema `voters`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.voters.model import SCHEMA


class RegionComparison(Base):
    """One comparison of the list in force with that of another region. `key_id`: its secret, none once it is
    finished. `sent`: SHA-256 of the file that the other region must answer."""

    __tablename__ = "comparison"
    __table_args__ = (
        CheckConstraint("role in ('begins', 'answers')", name="role"),
        Index("ix_comparison_session", "region", "session", unique=True),
        SCHEMA,
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    session: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str]
    other: Mapped[str]
    list_id: Mapped[int]
    key_id: Mapped[str | None]
    own_rows: Mapped[int]
    other_rows: Mapped[int | None]
    sent: Mapped[bytes] = mapped_column(LargeBinary)
    begun_by: Mapped[str]
    begun_at: Mapped[Now]
    finished_by: Mapped[str | None]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RegionDouble(Base):
    """Somebody who is in both lists. `hash` is that of the list's key, by which the row is found; `lasting`
    that of a key which outlives the list, by which the next one is checked. `decision` none: nobody has
    decided yet."""

    __tablename__ = "region_double"
    __table_args__ = (CheckConstraint("decision in ('stays', 'struck')", name="decision"), SCHEMA)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    comparison_id: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    lasting: Mapped[bytes] = mapped_column(LargeBinary)
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
