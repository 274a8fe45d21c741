"""The table of preventive measures."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Identity
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region


class Prevention(Base):
    """`location_kind` and `location`: a building's id, a street's name in Russian, or a cell's key; `topic`:
    the key of a category at the top of the tree, none = of all. `owner`: the key of a manager or a performer.
    `done_on` none = not yet; `dropped_on`: given up."""

    __tablename__ = "prevention"
    __table_args__ = (
        CheckConstraint("location_kind in ('building', 'street', 'cell')", name="location_kind"),
        CheckConstraint("done_on is null or dropped_on is null", name="ended"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    location_kind: Mapped[str]
    location: Mapped[str]
    topic: Mapped[str | None]
    measure: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str]
    made_at: Mapped[Now]
    done_on: Mapped[date | None] = mapped_column(Date)
    dropped_on: Mapped[date | None] = mapped_column(Date)
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
