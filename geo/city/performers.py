"""Performers (organisations that must act) and managers (who answer for indicators). Reference tables: no
region."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId


class Manager(Base):
    """A deputy akim or a head of department."""

    __tablename__ = "manager"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    post_kk: Mapped[str]
    post_ru: Mapped[str]
    post_en: Mapped[str]
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]


class Performer(Base):
    """A utility, a district akimat, a condominium, a lift company, a department."""

    __tablename__ = "performer"
    __table_args__ = (
        CheckConstraint(
            "type in ('department', 'akimat', 'utility', 'lift', 'condominium', 'service', 'other')",
            name="type",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("manager.id"))
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
