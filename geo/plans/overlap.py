"""Areas given to areas by largest overlap: census blocks or an old plan's precincts to those of a plan, to
carry figures from one geography to another. One metric CRS for both."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.plans.compare import pair
from geo.settings import City

POLYGONS = """select number, st_asbinary(geom) as wkb from precinct
    where region = :region and plan_id = :plan and geom is not null order by number"""


def largest_overlap(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """For each source polygon the index of the target with which it shares the most area (of equal shares,
    the first), or -1 where it meets none.

    A block that one target covers is not measured: most of a city's blocks lie within one precinct.
    """
    shapely.prepare(targets)
    target, source = shapely.STRtree(sources).query(targets, predicate="intersects")
    covered = shapely.covers(targets[target], sources[source])
    held = np.full(len(sources), -1)
    held[source[covered][::-1]] = target[covered][::-1]
    open_ = held[source] < 0
    target, source = target[open_], source[open_]
    shared = shapely.area(shapely.intersection(sources[source], targets[target]))
    order = np.lexsort((target, -shared, source))
    first = order[np.unique(source[order], return_index=True)[1]]
    first = first[shared[first] > 0]
    held[source[first]] = target[first]
    return held


def succession(
    connection: Connection, city: City, plan_id: int, other: int | None = None
) -> list[dict[str, Any]]:
    """What became of the ground of each precinct of `other` (none = the plan in force) that is not whole
    in one of the same number: {"from", "to" (the number that holds most of it, none where it lies outside
    the plan), "share" (percent of its area, in the metric CRS)}, by number. Raises `NotFound` as
    `geo.plans.compare.compare`."""
    bound = pair(connection, city, plan_id, other)
    (before, sources), (after, targets) = (
        _polygons(connection, city, plan) for plan in (bound["other"], plan_id)
    )
    held = largest_overlap(sources, targets)
    return [
        row
        for number, source, at in zip(before, sources, held)
        if (row := _successor(number, source, at, after, targets))["share"] != 100.0 or row["to"] != number
    ]


def _successor(
    number: int, source: shapely.Geometry, at: int, numbers: list[int], targets: np.ndarray
) -> dict[str, Any]:
    if at < 0:
        return {"from": number, "to": None, "share": 0.0}
    return {
        "from": number,
        "to": numbers[at],
        "share": round(100 * source.intersection(targets[at]).area / source.area, 1),
    }


def _polygons(connection: Connection, city: City, plan_id: int) -> tuple[list[int], np.ndarray]:
    rows = connection.execute(text(POLYGONS), {"region": city.region, "plan": plan_id}).all()
    return [row.number for row in rows], np.array(
        shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object
    )
