"""The city's own basemap: roads by class, water, rail, green, labels, borders. EPSG:4326 for exchange,
EPSG:3857 for tiles."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Region

LOW_ZOOM = 12
"""Tiles below this zoom cover the whole city and show a hundredth of its features: an index of their own
finds those."""


class BasemapFeature(Base):
    """`theme` says what it is, `class_` how important; names as given, none where the source has none. Any
    geometry type."""

    __tablename__ = "basemap_feature"
    __table_args__ = (
        UniqueConstraint("region", "source", "source_id"),
        Index(
            "ix_basemap_feature_low",
            "geom_3857",
            postgresql_using="gist",
            postgresql_where=text(f"min_zoom < {LOW_ZOOM}"),
        ),
        CheckConstraint(
            "theme in ('road', 'water', 'rail', 'green', 'place', 'border', 'landmark')", name="theme"
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    theme: Mapped[str]
    class_: Mapped[str] = mapped_column("class")
    min_zoom: Mapped[int] = mapped_column(SmallInteger, server_default="12")
    name_kk: Mapped[str | None]
    name_ru: Mapped[str | None]
    name_en: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    run_id: Mapped[int | None]
    geom_4326 = mapped_column(Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False)
    geom_3857 = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=True), nullable=False)
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]
