"""Density cells: the history of incidents, counted ahead of time.

Writers append signed deltas (`density_delta`) in their own transaction, at the finest grid: x22, y22 are the tile numbers of zoom 22
(EPSG:3857, y down). One roll-up, under an advisory lock, folds them at most 2 s later into
`density_day` (one row a fine cell, category and local day) and `density_cell` (per tile of zoom 6-14, 64 x 64 sub-cells and category, with
cumulative counts by month), and raises `tile_version` of the z10 parents, which key the cached tiles.
"""
from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Identity, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region


class DensityDelta(Base):
    __tablename__ = "density_delta"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    x22: Mapped[int] = mapped_column(Integer)
    y22: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    category_id: Mapped[int]
    """0 where the incident has none."""
    day: Mapped[date] = mapped_column(Date)
    n: Mapped[int] = mapped_column(Integer)


class DensityDay(Base):
    __tablename__ = "density_day"
    __table_args__ = (Index("ix_density_day_day", "region", "day"),)
    region: Mapped[Region]
    x15: Mapped[int] = mapped_column(Integer, primary_key=True)
    y15: Mapped[int] = mapped_column(Integer, primary_key=True)
    x22: Mapped[int] = mapped_column(Integer, primary_key=True)
    y22: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class DensityCell(Base):
    """`kind` '' and `category_id` -1 hold the sum over all. `months[i]` is the cumulative count up to the end of month i, month 1 = 2000-01."""

    __tablename__ = "density_cell"
    region: Mapped[Region]
    z: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    x: Mapped[int] = mapped_column(Integer, primary_key=True)
    y: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(primary_key=True)
    sub: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    first_month: Mapped[int] = mapped_column(SmallInteger)
    months: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class TileVersion(Base):
    """The data version of a z10 tile, by layer: part of the key of every cached tile below it."""

    __tablename__ = "tile_version"
    region: Mapped[Region]
    layer: Mapped[str] = mapped_column(primary_key=True)
    x10: Mapped[int] = mapped_column(Integer, primary_key=True)
    y10: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int]
