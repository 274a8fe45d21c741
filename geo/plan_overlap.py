"""Areas given to areas by largest overlap: census blocks or an old plan's precincts to those of a plan, to carry figures from one geography to
another. One metric CRS for both."""
from __future__ import annotations

import numpy as np
import shapely


def largest_overlap(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """For each source polygon the index of the target with which it shares the most area (of equal shares, the first), or -1 where it meets none.

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
