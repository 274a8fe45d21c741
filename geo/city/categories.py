"""Categories: a tree with names, a regulatory period and what counts as a duplicate. A reference table: no
region."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId


class Category(Base):
    """`key` is stable and used in feeds and addresses; `kind` is the kind of incident it leads to."""

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("kind in ('service', 'police', 'emergency', 'offence')", name="kind"),
        CheckConstraint("calendar in ('working', 'around_the_clock')", name="calendar"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    kind: Mapped[str]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    due_hours: Mapped[float | None]
    calendar: Mapped[str] = mapped_column(server_default="around_the_clock")
    performer_id: Mapped[int | None] = mapped_column(ForeignKey("performer.id"))
    duplicate_radius_m: Mapped[float] = mapped_column(server_default="100")
    duplicate_window_h: Mapped[float] = mapped_column(server_default="24")
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
