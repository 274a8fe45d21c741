"""How far people walk: distances along streets and paths, in the city's metric CRS, metres.

The network is every road that a pedestrian may use, noded where lines meet or cross. A place reaches it by
the straight way to the streets around it. Only the
largest connected part counts: a path inside a yard that leads nowhere is no way to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import shapely
from shapely.ops import substring

from geo.plans.editing.draft import Draft
from geo.plans.editing.obstacles import read

NOT_ON_FOOT = ("motorway",)
ROADS = """select st_asbinary(geom_4326) as wkb, class from basemap_feature where region = :region and theme =
'road' and not class = any(:but)
    and geom_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid), 3857) order by id"""
MEET_M = 1.0
"""Streets are noded on this grid: one that ends a hand's breadth from another, as maps are drawn, meets
it."""
AROUND_M = 50.0
"""A house reaches the streets that are this much farther than its nearest, too."""
BESIDE_M = 45.0
"""Places this near to a street that is reached in time are reached too: the width of a ring along its
streets."""


@dataclass(frozen=True)
class NetworkPoint:
    """Where a point meets the network: on each street within reach, so far off it, on which edge, at which
    metre from its start."""

    off_m: np.ndarray
    edge: np.ndarray
    along_m: np.ndarray


class Network:
    """Edges between nodes, and who is beside whom."""

    def __init__(self, lines: np.ndarray) -> None:
        parts = (
            shapely.get_parts(shapely.union_all(lines, grid_size=MEET_M))
            if len(lines)
            else np.array([], dtype=object)
        )
        self.edges, self.ends, self.beside = largest_part(parts[shapely.length(parts) > 0])
        self.lengths = shapely.length(self.edges)
        self.tree = shapely.STRtree(self.edges)

    @classmethod
    def around(cls, draft: Draft, area: shapely.Geometry) -> Network:
        """The network of the streets in the bounding box of an area."""
        return cls(shapely.get_parts(read(draft, ROADS, area, but=list(NOT_ON_FOOT))[0]))

    def points_on(self, points: Sequence[shapely.Point]) -> list[NetworkPoint]:
        """Where each point meets the network: on its nearest street and on those `AROUND_M` farther, for a
        house has a front and a back. None where there
        are no streets."""
        if not len(self.edges) or not len(points):
            return []
        nearest, distance = self.tree.query_nearest(points, return_distance=True, all_matches=False)
        point_on, edge = self.tree.query(
            points, predicate="dwithin", distance=distance[np.argsort(nearest[0])] + AROUND_M
        )
        return [self.point_on(point, edge[point_on == n]) for n, point in enumerate(points)]

    def point_on(self, point: shapely.Point, edge: np.ndarray) -> NetworkPoint:
        return NetworkPoint(
            shapely.distance(self.edges[edge], point),
            edge,
            shapely.line_locate_point(self.edges[edge], point),
        )

    def reached(self, start: NetworkPoint) -> np.ndarray:
        """Metres from a place to every node."""
        distance = np.full(len(self.beside), np.inf)
        ends = self.ends[start.edge]
        waiting = sorted(
            [
                *zip(start.off_m + start.along_m, ends[:, 0]),
                *zip(start.off_m + self.lengths[start.edge] - start.along_m, ends[:, 1]),
            ]
        )
        while waiting:
            d, node = heappop(waiting)
            if d >= distance[node]:
                continue
            distance[node] = d
            for other, length in self.beside[node]:
                if d + length < distance[other]:
                    heappush(waiting, (d + length, other))
        return distance

    def walks(
        self, start: NetworkPoint, distance: np.ndarray, points_on: Sequence[NetworkPoint]
    ) -> np.ndarray:
        """Metres to each place, from what `reached` found."""
        return np.array([self.walk(start, distance, point_on) for point_on in points_on])

    def walk(self, start: NetworkPoint, distance: np.ndarray, point_on: NetworkPoint) -> float:
        first, last = self.ends[point_on.edge].T
        round_ = (
            np.minimum(
                distance[first] + point_on.along_m,
                distance[last] + self.lengths[point_on.edge] - point_on.along_m,
            )
            + point_on.off_m
        )
        same = [
            float(start.off_m[i] + abs(start.along_m[i] - point_on.along_m[j]) + point_on.off_m[j])
            for i, j in zip(*np.nonzero(start.edge[:, None] == point_on.edge[None, :]))
        ]
        return min([float(round_.min()), *same])

    def ring(self, start: NetworkPoint, distance: np.ndarray, within_m: float) -> shapely.Geometry:
        """The ground that is reached within so many metres: the streets walked so far, with what stands
        beside them."""
        walked = []
        for edge in np.flatnonzero((distance[self.ends] < within_m).any(axis=1)):
            line, length = self.edges[edge], self.lengths[edge]
            from_first, from_last = (max(0.0, within_m - distance[node]) for node in self.ends[edge])
            walked += (
                [line]
                if from_first + from_last >= length
                else [
                    part
                    for part in (substring(line, 0, from_first), substring(line, length - from_last, length))
                    if part.length > 0
                ]
            )
        for off, edge, along in zip(start.off_m, start.edge, start.along_m):
            left = max(0.0, within_m - off)
            walked.append(
                substring(self.edges[edge], max(0.0, along - left), min(self.lengths[edge], along + left))
            )
        return shapely.simplify(shapely.union_all(shapely.buffer(walked, BESIDE_M, quad_segs=4)), 3.0)


def largest_part(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[list[tuple[int, float]]]]:
    """The largest connected part of noded lines: its edges, the two nodes of each, and for each node its
    neighbours with the metres to them."""
    if not len(lines):
        return lines, np.zeros((0, 2), dtype=int), []
    ends = np.stack(
        [shapely.get_coordinates(shapely.get_point(lines, point_on)) for point_on in (0, -1)], axis=1
    )
    _, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    node = node.reshape(-1, 2)
    part = connected(node)
    kept = part[node[:, 0]] == np.bincount(part).argmax()
    _, node = np.unique(node[kept], return_inverse=True)
    node = node.reshape(-1, 2)
    beside: list[list[tuple[int, float]]] = [[] for _ in range(node.max() + 1)]
    for (first, last), length in zip(node.tolist(), shapely.length(lines[kept]).tolist()):
        beside[first].append((last, length))
        beside[last].append((first, length))
    return lines[kept], node, beside


def connected(pairs: np.ndarray) -> np.ndarray:
    """For each node the least node of its part, by passing the least one on along every pair until nothing
    changes."""
    part = np.arange(pairs.max() + 1)
    while True:
        least = np.minimum(part[pairs[:, 0]], part[pairs[:, 1]])
        before = part.copy()
        np.minimum.at(part, pairs[:, 0], least)
        np.minimum.at(part, pairs[:, 1], least)
        part = part[part]
        if (part == before).all():
            return part
