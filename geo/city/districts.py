"""Districts: polygons with names and the days they are valid. A district can be cut from another; history
keeps its parent."""

from __future__ import annotations

from datetime import date

from geoalchemy2 import Geometry
from sqlalchemy import Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Region

LOCK_BORDERS = 8109_12
HOLD_BORDERS = f"select pg_advisory_xact_lock_shared({LOCK_BORDERS})"
"""Before anything is assigned to the district it lies in: no border moves until the transaction ends."""
MOVE_BORDERS = f"select pg_advisory_xact_lock({LOCK_BORDERS})"
"""Before a border moves: what was being assigned by the old one is written by then, and is assigned again."""


class District(Base):
    """`geom_4326` is lon, lat; `geom_3857` is what tiles clip. `valid_to` none = in force."""

    __tablename__ = "district"
    __table_args__ = (UniqueConstraint("region", "key", "valid_from"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str]
    kato: Mapped[str | None]
    parent_key: Mapped[str | None]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    geom_4326 = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=True), nullable=False)
    geom_3857 = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=True), nullable=False)
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
