"""The table of early warnings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class EarlyWarning(Base):
    """`n` reports in the last `minutes`, of which `expected` by chance; `category_id` is what most of them
    say, `incidents` what they led to. `lon`, `lat` EPSG:4326, of the circle's centre; `radius_m` none = it is
    of all for whom `performer_id` answers. `seen_at`: when it was still found last."""

    __tablename__ = "early_warning"
    __table_args__ = (Index("ix_early_warning_seen_at", "region", "seen_at"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    cause: Mapped[str]
    category_id: Mapped[int]
    district: Mapped[str | None]
    lon: Mapped[float]
    lat: Mapped[float]
    radius_m: Mapped[float | None]
    performer_id: Mapped[int | None]
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    minutes: Mapped[int]
    n: Mapped[int]
    expected: Mapped[float]
    surprise: Mapped[float]
    incidents: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
