"""Inquiries: one contact of a citizen with 109. Most are consultations: answered, counted, never on the map.

The caller's name, phone and words are in `personal.inquiry_text`, which no tile, log or export reads.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Identity, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Region

CALLERS, CALLERS_DAYS = "callers", 1_096
"""The rule of retention for what a caller said, and its days where the city's file says nothing: three years,
within which somebody may go to court about how a request was dealt with."""


class Inquiry(Base):
    """`answer_s`: seconds until an operator answered. `operator`: the key of who did (`geo.city.operators`),
    none = the source does not say. `topic_id` is a category."""

    __tablename__ = "inquiry"
    __table_args__ = (
        UniqueConstraint("region", "source", "source_id"),
        Index("ix_inquiry_received_at", "region", "received_at"),
        Index("ix_inquiry_incident", "region", "incident_id", postgresql_where="incident_id is not null"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    channel: Mapped[str]
    topic_id: Mapped[int | None]
    received_at: Mapped[datetime]
    answer_s: Mapped[int | None]
    one_take: Mapped[bool]
    """Resolved in one take: no incident follows."""
    incident_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    run_id: Mapped[int | None]
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
    operator: Mapped[str | None]


class InquiryLead(Base):
    """What an inquiry says of the incident it led to; none for those loaded before this was kept. `lon`,
    `lat` EPSG:4326, `x`, `y` EPSG:3857 metres."""

    __tablename__ = "inquiry_lead"
    region: Mapped[Region]
    inquiry_id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    due_at: Mapped[datetime | None]
    address: Mapped[str | None]
    performer_id: Mapped[int | None]
    named_district: Mapped[int | None]
    placed_by: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    x: Mapped[float | None]
    y: Mapped[float | None]
    source_status: Mapped[str | None]
    source_priority: Mapped[int | None] = mapped_column(SmallInteger)
    closed_at: Mapped[datetime | None]


class InquiryText(Base):
    """Personal data, in a schema of its own; only the card of an authorised operator reads it, and each
    look is logged."""

    __tablename__ = "inquiry_text"
    __table_args__ = {"schema": "personal"}
    region: Mapped[Region]
    inquiry_id: Mapped[int] = mapped_column(primary_key=True)
    caller_name: Mapped[str | None]
    caller_phone: Mapped[str | None]
    words: Mapped[str | None]


class Calls(Base):
    """Telephony totals of one hour (`hour` is its start, UTC)."""

    __tablename__ = "calls"
    region: Mapped[Region]
    source: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    offered: Mapped[int]
    answered: Mapped[int]
    lost: Mapped[int]
    answer_s: Mapped[float | None]
    run_id: Mapped[int | None]
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
