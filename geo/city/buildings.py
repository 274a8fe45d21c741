"""Buildings: the geo-tag of an address. One address, one tag; a moved tag keeps its history in
`building_tag`."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, ChangedAt, DeliveryId, Now, Region

BY_HAND_SOURCE = "hand"
"""The source of an address that a person made, until a register brings the same one."""


class Building(Base):
    """`point_*` is the tag, `footprint_*` the outline where known. `voters` counts people, not personal
    data."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("region", "source", "source_id"),
        Index("ix_building_address", "region", "street_norm", "house_norm"),
        CheckConstraint(
            "tag_quality in ('register', 'footprint', 'hand', 'geocoded', 'untagged')", name="tag_quality"
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    street_kk: Mapped[str | None]
    street_ru: Mapped[str | None]
    house: Mapped[str | None]
    street_norm: Mapped[str | None]
    """Folded for matching: lower case, Kazakh letters and homoglyphs to one alphabet, street type dropped."""
    house_norm: Mapped[str | None]
    register_code: Mapped[str | None]
    use: Mapped[str | None]
    floors: Mapped[int | None]
    voters: Mapped[int] = mapped_column(server_default="0")
    voters_by_list: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether `voters` counts the electoral list in force: then no register of buildings changes it."""
    district_id: Mapped[int | None] = mapped_column(index=True)
    tag_quality: Mapped[str] = mapped_column(server_default="register")
    tagged_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    point_3857 = mapped_column(Geometry("POINT", srid=3857, spatial_index=True))
    footprint_4326 = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    footprint_3857 = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=True))
    delivery_id: Mapped[DeliveryId]
    said_at: Mapped[ChangedAt]


class BuildingTag(Base):
    """One decision on a tag, append-only. `quality`, `point_4326`, `tagged_by` are those of the tag it
    left, `to_*` of the one it set (of a load: none, the building has it). `version` is the building's
    after it; `undoes` the decision that it took back."""

    __tablename__ = "building_tag"
    __table_args__ = (
        CheckConstraint(
            "action in ('loaded', 'moved', 'confirmed', 'imported', 'undone', 'made')", name="action"
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    building_id: Mapped[int] = mapped_column(index=True)
    recorded_at: Mapped[Now]
    who: Mapped[str]
    quality: Mapped[str]
    point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    action: Mapped[str] = mapped_column(server_default="loaded")
    tagged_by: Mapped[str | None]
    to_quality: Mapped[str | None]
    to_point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    version: Mapped[int | None]
    undoes: Mapped[int | None]
