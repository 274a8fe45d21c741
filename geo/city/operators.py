"""Operators of the contact centre, by the key under which the source of inquiries names them."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Region


class Operator(Base):
    """`team`: a group, as the centre writes it. `account`: the name under which they sign in, none = they do
    not. `is_head`: of their team."""

    __tablename__ = "operator"
    __table_args__ = (Index("uq_operator_account", "region", "account", unique=True),)
    region: Mapped[Region]
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    team: Mapped[str]
    account: Mapped[str | None]
    is_head: Mapped[bool]
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
