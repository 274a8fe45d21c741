"""Finds incidents that look like one mass event: those of a category within its radius and window of one of
them.

Metres are those of the city's metric CRS, x = easting, y = northing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.incidents.mass_events.confirm import MOST


@dataclass(frozen=True)
class Reach:
    """How far apart incidents of one event may be, and how many are the least."""

    radius_m: float
    window_h: float
    least: int


def find_groups(
    xy: np.ndarray, opened_h: np.ndarray, reach: Reach, most: int | None = None
) -> list[np.ndarray]:
    """Rows (x, y) and hours of one category -> the rows of each group, the largest first and at most `most`,
    in none twice.

    A group is what lies within the radius and the window of the incident that has most around it. Four
    incidents in one house within an hour, `Reach(100, 24, 3)`: one group of four. Fewer than `least`: none.
    """
    if len(xy) < reach.least:
        return []
    near = _near(xy, opened_h, reach)
    left = np.ones(len(xy), bool)
    # How many of those around a row are in no group yet; of one in a group, below 0.
    counts = np.array([len(rows) for rows in near])
    groups: list[np.ndarray] = []
    while counts.max() >= reach.least and len(groups) != most:
        middle = int(counts.argmax())
        group = near[middle][left[near[middle]]][:MOST]
        groups.append(group)
        left[group] = False
        counts -= np.bincount(np.concatenate([near[row] for row in group]), minlength=len(xy))
        counts[group] = -1
    return groups


def find_near(
    xy: np.ndarray, opened_h: np.ndarray, of: np.ndarray, of_opened_h: np.ndarray, reach: Reach
) -> np.ndarray:
    """The rows that lie within the radius and the window of any of the incidents `of`."""
    if not len(xy) or not len(of):
        return np.array([], int)
    found, known = shapely.STRtree(shapely.points(of)).query(
        shapely.points(xy), predicate="dwithin", distance=reach.radius_m
    )
    close = np.abs(opened_h[found] - of_opened_h[known]) <= reach.window_h
    return np.unique(found[close])


def _near(xy: np.ndarray, opened_h: np.ndarray, reach: Reach) -> list[np.ndarray]:
    """The rows within reach of each row, itself among them, in order."""
    points = shapely.points(xy)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach.radius_m)
    close = np.abs(opened_h[one] - opened_h[other]) <= reach.window_h
    one, other = one[close], other[close]
    order = np.lexsort((other, one))
    return np.split(other[order], np.searchsorted(one[order], np.arange(1, len(xy))))
