"""Blocks: the faces between streets, district borders and the edge of the city, with what lies on either
side of every segment. Metric CRS, 1 mm grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from etl.demo.nature import GRID_M


@dataclass(frozen=True)
class CityBlocks:
    """`district` indexes the districts given."""

    polygons: np.ndarray
    district: np.ndarray

    @cached_property
    def _segments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each segment once: its ends in whole millimetres (n, 4), the block on its left, the block on its
        right (-1 = none)."""
        rings, owner = shapely.get_rings(shapely.orient_polygons(self.polygons), return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        mm = np.rint(xy * 1000).astype(np.int64)
        same = ring[:-1] == ring[1:]
        directed = np.hstack([mm[:-1], mm[1:]])[same]
        face = owner[ring[:-1][same]]
        forward = (directed[:, 0] < directed[:, 2]) | (
            (directed[:, 0] == directed[:, 2]) & (directed[:, 1] < directed[:, 3])
        )
        key = np.where(forward[:, None], directed, directed[:, [2, 3, 0, 1]])
        unique, index = np.unique(key, axis=0, return_inverse=True)
        left, right = np.full(len(unique), -1), np.full(len(unique), -1)
        left[index[forward]], right[index[~forward]] = face[forward], face[~forward]
        return unique, left, right

    def neighbours(self) -> list[list[tuple[int, float]]]:
        """For each block: the blocks beyond its borders, inside one district only, with the length of the
        common border in metres."""
        unique, left, right = self._segments
        length = np.hypot(*(unique[:, 2:] - unique[:, :2]).T) / 1000.0
        inner = (left >= 0) & (right >= 0)
        inner[inner] = self.district[left[inner]] == self.district[right[inner]]
        pairs = np.sort(np.column_stack([left, right])[inner], axis=1)
        pair, index = np.unique(pairs, axis=0, return_inverse=True)
        shared = np.bincount(index, weights=length[inner])
        out: list[list[tuple[int, float]]] = [[] for _ in self.polygons]
        for (a, b), metres in zip(pair.tolist(), shared.tolist()):
            out[a].append((b, metres))
            out[b].append((a, metres))
        return out


def make_blocks(districts: np.ndarray, lines: list[shapely.Geometry]) -> CityBlocks:
    """`districts` is a valid coverage; lines outside it are ignored."""
    city = shapely.coverage_union_all(districts)
    inside = shapely.intersection(shapely.simplify(lines, 1.5), city)
    borders = shapely.get_rings(districts)
    noded = shapely.union_all([*inside[~shapely.is_empty(inside)], *borders], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
    tree = shapely.STRtree(districts)
    where = tree.query(shapely.point_on_surface(faces), "within")
    return CityBlocks(faces[where[0]], where[1])


def locate(blocks: CityBlocks, points: np.ndarray) -> np.ndarray:
    """The block of each point; for one on a border any of its blocks, for one outside the nearest."""
    tree = shapely.STRtree(blocks.polygons)
    out = np.full(len(points), -1)
    point, block = tree.query(points, "intersects")
    out[point] = block
    lost = np.flatnonzero(out < 0)
    if len(lost):
        out[lost] = tree.query_nearest(points[lost], all_matches=False)[1]
    return out


def divide_heavy(
    districts: np.ndarray, lines: list[shapely.Geometry], points: np.ndarray, weight: np.ndarray, limit: float
) -> tuple[CityBlocks, np.ndarray]:
    """Blocks with at most `limit` of weight each where points can be told apart, and the block of each
    point. A heavy block is cut across its longer side."""
    for _ in range(5):
        blocks = make_blocks(districts, lines)
        home = locate(blocks, points)
        load = np.bincount(home, weights=weight, minlength=len(blocks.polygons))
        heavy = np.flatnonzero(load > limit)
        if not len(heavy):
            break
        for i in heavy:
            here = home == i
            lines = [
                *lines,
                *_cuts(
                    blocks.polygons[i],
                    shapely.get_coordinates(points[here]),
                    weight[here],
                    int(np.ceil(load[i] / limit)),
                ),
            ]
    return blocks, home


def _cuts(block: shapely.Geometry, xy: np.ndarray, weight: np.ndarray, pieces: int) -> list[shapely.Geometry]:
    """Straight lines across the longer direction of the points that part them into `pieces` (at most 6 at
    a time) of about equal weight."""
    centre = np.average(xy, axis=0, weights=weight)
    spread = (xy - centre).T @ ((xy - centre) * weight[:, None])
    along = np.linalg.eigh(spread)[1][:, -1]
    across = np.array([-along[1], along[0]]) * np.hypot(*np.ptp(np.array(block.bounds).reshape(2, 2), axis=0))
    order = np.argsort((xy - centre) @ along, kind="stable")
    run = np.cumsum(weight[order]) / weight.sum()
    parts = min(pieces, 6)
    at = np.clip(np.searchsorted(run, np.arange(1, parts) / parts), 1, len(order) - 1)
    middles = (xy[order[at - 1]] + xy[order[at]]) / 2
    cuts = [shapely.linestrings([middle - across, middle + across]) for middle in middles]
    return [part for part in shapely.intersection(cuts, shapely.buffer(block, 0.05)) if not part.is_empty]
