"""Closed incidents of a day by area, counted ahead: by cell of the city's grid, by precinct of a plan.

It follows `geo.statistics.closed_days`: a day that is counted there, and of which nothing was changed since,
is counted here once more by area. When it is counted anew there, it is forgotten here. A day that is not
here is counted from its rows, by the same `AreaLayer`, so both are always the same.

What a day holds are pairs of a area and how many lie in it, as bytes: as rows, cells of five years would be
millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np
from sqlalchemy import Connection, Date, Engine, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.crs import to_metric
from geo.settings import City
from geo.statistics.closed_days import DAY, MOST_DAYS, OPENED, runs_of
from geo.statistics.counting import midnight

CELL_M = 500
ELSEWHERE, NOWHERE = -(2**62), -(2**62) - 1
"""In no area of the layer; without coordinates."""
COLUMN_BITS = 32
"""A cell is column << 32 | row, counted in cells from the zero of the city's metric CRS."""
ROW = 2**COLUMN_BITS - 1
POINT = np.dtype([("x", ">f8"), ("y", ">f8"), ("n", ">i8")])
COUNT = np.dtype([("area", ">i8"), ("n", ">i4")])
POINTS = """string_agg(float8send(st_x(p.point)) || float8send(st_y(p.point)) || int8send(p.n),
        ''::bytea) as points, coalesce(sum(p.n) filter (where p.point is null), 0)::bigint as nowhere"""
"""Rows (`point`, `n`) as one value: rows of Python would cost as much as all that is made of them."""
WAIT = """select d.day from statistic_closed_day d where d.region = :region
    except select p.day from statistic_area p where p.region = :region and p.layer = :layer
    except select (c.at at time zone :time_zone)::date from statistic_closed_change c where c.region = :region
    order by 1 desc limit :most"""
OF_DAYS = f"""select p.day, p.kind, {POINTS} from (
        select {DAY} as day, i.kind, i.{{column}} as point, count(*) as n from incident i where {OPENED}
        group by 1, 2, 3) p
    group by 1, 2"""
ADD = text("""insert into statistic_area (region, layer, kind, day, counts)
    values (:region, :layer, :kind, :day, :counts)""")
READ = text("""select day, counts from statistic_area where region = :region and layer = :layer
    and kind = :kind and day = any(:days)""")
FORGET_OTHERS = text("""delete from statistic_area where region = :region
    and split_part(layer, ' ', 1) = :name and layer <> :layer""")


class AreaDay(Base):
    """`counts`: of `COUNT`. Each kind has a row of a day that is counted, empty where nothing was closed."""

    __tablename__ = "statistic_area"
    region: Mapped[Region]
    layer: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    counts: Mapped[bytes]


class AreaLayer(Protocol):
    """What points are counted by. `key`: its name, then after a space what makes these areas others than
    before; `column`: the column of incidents that has the points."""

    @property
    def key(self) -> str: ...

    @property
    def column(self) -> str: ...

    def locate(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(number of the point, area) of each point that lies in one; twice where two meet."""
        ...


@dataclass(frozen=True)
class CellLayer:
    """The grid of the city."""

    city: City
    key: str = f"cell {CELL_M}"
    column: str = "point_4326"

    def locate(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        corners = np.floor(to_metric(self.city.metric_srid, xy) / CELL_M).astype(np.int64)
        return np.arange(len(xy)), cells_at(corners)


def cells_at(corners: np.ndarray) -> np.ndarray:
    """The cells of those columns and rows."""
    return (corners[:, 0].astype(np.int64) << COLUMN_BITS) | (corners[:, 1].astype(np.int64) & ROW)


def corners_of(cells: np.ndarray) -> np.ndarray:
    """Column and row of each."""
    return np.column_stack((cells >> COLUMN_BITS, (cells & ROW).astype(np.uint32).astype(np.int32))).astype(
        int
    )


def count_points(layer: AreaLayer, points: bytes | None, nowhere: int) -> Counter[int]:
    """Area -> how many, of what `POINTS` says."""
    rows = np.frombuffer(points or b"", POINT)
    xy, n = np.column_stack((rows["x"], rows["y"])).astype(float), rows["n"].astype(np.int64)
    at, areas = layer.locate(xy) if len(xy) else (np.zeros(0, int), np.zeros(0, np.int64))
    found, number = np.unique(areas, return_inverse=True)
    counts = np.bincount(number, weights=n[at], minlength=len(found)).astype(int)
    lost = np.ones(len(xy), bool)
    lost[at] = False
    found_elsewhere = {ELSEWHERE: int(n[lost].sum()), NOWHERE: int(nowhere)}
    return Counter({area: some for area, some in found_elsewhere.items() if some}) + Counter(
        dict(zip(found.tolist(), counts.tolist()))
    )


def read_areas(
    connection: Connection, city: City, layer: AreaLayer, kind: str, days: Collection[date]
) -> tuple[Counter[int], set[date]]:
    """Area -> how many of a kind were closed, together; of which of `days` that is counted."""
    bound = {"region": city.region, "layer": layer.key, "kind": kind, "days": sorted(days)}
    rows = connection.execute(READ, bound).all()
    counts = np.frombuffer(b"".join(bytes(row.counts) for row in rows), COUNT)
    areas, number = np.unique(counts["area"].astype(np.int64), return_inverse=True)
    sums = np.bincount(number, weights=counts["n"], minlength=len(areas)).astype(int)
    return Counter(dict(zip(areas.tolist(), sums.tolist()))), {row.day for row in rows}


def count_area_days(
    engine: Engine, city: City, layer: AreaLayer, kinds: Sequence[str], most: int = MOST_DAYS
) -> int:
    """Count the newest days in a row that wait for it, at most `most`; returns how many these were. What was
    counted by areas that the layer no longer has is forgotten."""
    values = {"region": city.region, "layer": layer.key, "time_zone": city.time_zone.key}
    isolated = engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with isolated as connection, connection.begin():
        connection.execute(FORGET_OTHERS, {**values, "name": layer.key.split(" ")[0]})
        runs = runs_of(connection.scalars(text(WAIT), {**values, "most": most}))
        if not runs:
            return 0
        run = runs[-1]
        since, until = midnight(city, run.first), midnight(city, run.last + timedelta(1))
        bound = {**values, "since": since, "until": until}
        rows = connection.execute(text(OF_DAYS.format(column=layer.column)), bound).all()
        found = {(row.day, row.kind): count_points(layer, row.points, row.nowhere) for row in rows}
        written = [
            {**values, "kind": kind, "day": day, "counts": _written(found.get((day, kind), Counter()))}
            for day in run.days
            for kind in kinds
        ]
        connection.execute(ADD, written)
    return len(run.days)


def _written(counts: Counter[int]) -> bytes:
    return np.array(sorted(counts.items()), COUNT).tobytes()
