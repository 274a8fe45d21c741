"""Density cells: the history of incidents, counted ahead of time, so that a tile is a few thousand small
rows and never a scan.

Writers append signed deltas (`density_delta`) in their own transaction: +1 for an incident, -1 for one
deleted, both for one that moved or changed its kind, category or day. One roll-up, under an advisory lock,
folds them at most 2 s later into three tables and raises `tile_version` of the touched z10 tiles, which
keys the cached tiles below and above them (`geo.changes.rollup`).

Grid: web-mercator tile numbers (EPSG:3857, y down). x22, y22 are those of zoom 22, about 6 m at 51 degrees
north: a sub-cell of a z16 tile. A tile has 64 x 64 sub-cells; `sub` = row * 64 + column, from the
north-west corner.

Series: what is counted, as one integer. 0 is everything, 1-4 are the kinds in the order of
`geo.incidents.model.KINDS`, and 8 + category id * 4 + kind is a pair of category and kind
(`density_series` lists the pairs that exist).

Time: a local day of the city. In a cell it is the month (1 = January 1900) and `sums` are running totals,
so a window of whole months is one subtraction; the days that stick out at either end are read from
`density_day` and added or subtracted.

`density_cell`, `keys` and `sums`: key = series * 4096 + month, ascending; `sums[i]` is the running total
over the row up to `keys[i]`. Hence the count of a series s before month m, within the row, is total(s *
4096 + m) - total(s * 4096) where total(k) = `coalesce(sums[width_bucket(k - 1, keys)], 0)`: a binary
search in C. Up to zoom `APART_TO` each series has a row of its own (`part` = series), because a sub-cell
there holds thousands of incidents; above it one row (`part` = 0) holds all series of the sub-cell, because
it holds few and a row for each would make the table five times as long.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Identity, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.incidents.model import KINDS
from geo.incidents.squares import HALF_WORLD_M

MIN_ZOOM, MAX_ZOOM = 6, 15
"""Zooms that `density_cell` holds; z16 is read from `density_day`, whose grid it has."""
APART_TO = 11
EVERYTHING = 0
MONTHS = 4096
"""Keys of one series lie in [series * MONTHS, (series + 1) * MONTHS)."""
FIRST_YEAR, LAST_YEAR = 1900, 2240
"""Years whose months stay within `MONTHS`: a month before the first would be a key of the series below."""


CELL_M = 2 * HALF_WORLD_M / 2**22


def cell(x: str, y: str) -> str:
    """SQL of the tile numbers at zoom 22 (y down) of a point given as SQL expressions in EPSG:3857 metres:
    two columns."""
    return (
        f"floor(({x} + {HALF_WORLD_M}) / {CELL_M})::integer, floor(({HALF_WORLD_M} - {y}) / "
        f"{CELL_M})::integer"
    )


def kind_series(kind: str) -> int:
    return KINDS.index(kind) + 1


def month_of(day: date) -> int:
    """Months since December 1899.

    >>> month_of(date(1900, 1, 31)), month_of(date(2026, 11, 22))
    (1, 1523)
    """
    return (day.year - FIRST_YEAR) * 12 + day.month


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


class DensitySeries(Base):
    """The pairs of kind and category that were ever counted."""

    __tablename__ = "density_series"
    region: Mapped[Region]
    series: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str]
    category_id: Mapped[int]


class DensityDay(Base):
    """`series` is always a pair. The second index answers "these days, this rectangle" without touching
    the table."""

    __tablename__ = "density_day"
    __table_args__ = (
        Index("ix_density_day_day", "region", "day", "x22", "y22", postgresql_include=["series", "n"]),
    )
    region: Mapped[Region]
    x15: Mapped[int] = mapped_column(Integer, primary_key=True)
    y15: Mapped[int] = mapped_column(Integer, primary_key=True)
    x22: Mapped[int] = mapped_column(Integer, primary_key=True)
    y22: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    series: Mapped[int] = mapped_column(Integer, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class DensityCell(Base):
    """`n` is the count of everything in the row over all time: of its one series, or of series 0 where the
    row holds them all."""

    __tablename__ = "density_cell"
    region: Mapped[Region]
    z: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    x: Mapped[int] = mapped_column(Integer, primary_key=True)
    y: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    sub: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    keys: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sums: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class TileTouch(Base):
    """A z10 tile whose rows changed, appended by triggers and folded into `tile_version`: writers never
    wait for one another on a counter."""

    __tablename__ = "tile_touch"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    layer: Mapped[str]
    x10: Mapped[int] = mapped_column(Integer)
    y10: Mapped[int] = mapped_column(Integer)


class TileVersion(Base):
    """The data version of a z10 tile, by layer: part of the key of every cached tile that shares ground
    with it. Only ever raised."""

    __tablename__ = "tile_version"
    region: Mapped[Region]
    layer: Mapped[str] = mapped_column(primary_key=True)
    x10: Mapped[int] = mapped_column(Integer, primary_key=True)
    y10: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int]
