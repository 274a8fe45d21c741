"""Rough points into lines: parsing, projection, smooth curves. Everything here is in the city's metric
CRS, metres, x east and y north."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer


def parse_points(text: str) -> np.ndarray:
    """`"71.1,51.2 71.3,51.4"` as an array (n, 2) of lon, lat."""
    return np.array([[float(v) for v in pair.split(",")] for pair in text.split()])


@lru_cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def project(lonlat: np.ndarray, metric_srid: int) -> np.ndarray:
    """EPSG:4326 (lon, lat) to metres, as an array (n, 2)."""
    return np.column_stack(_transformer(4326, metric_srid).transform(lonlat[:, 0], lonlat[:, 1]))


def reproject(geometries: np.ndarray, source: int, target: int) -> np.ndarray:
    """Shapely geometries from one CRS to another, vertex by vertex: shared vertices stay shared."""

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(_transformer(source, target).transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometries, move)


def smooth(points: np.ndarray, step_m: float = 60.0) -> np.ndarray:
    """A centripetal Catmull-Rom curve through every point, sampled about each `step_m`. Two points stay a
    straight line."""
    if len(points) < 3:
        return points
    closed = np.allclose(points[0], points[-1])
    first, last = (
        (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    )
    p = np.vstack([first, points, last])
    t = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    pieces = []
    for i in range(1, len(p) - 2):
        n = max(2, int(np.linalg.norm(p[i + 1] - p[i]) / step_m))
        pieces.append(_segment(p[i - 1 : i + 3], t[i - 1 : i + 3], n))
    return np.vstack([*pieces, p[-2]])


def _segment(p: np.ndarray, t: np.ndarray, n: int) -> np.ndarray:
    """`n` points from p[1] up to, not with, p[2] (Barry and Goldman's pyramid)."""
    u = np.linspace(t[1], t[2], n, endpoint=False)[:, None]
    a = [
        (t[k + 1] - u) / (t[k + 1] - t[k]) * p[k] + (u - t[k]) / (t[k + 1] - t[k]) * p[k + 1]
        for k in range(3)
    ]
    b = [
        (t[k + 2] - u) / (t[k + 2] - t[k]) * a[k] + (u - t[k]) / (t[k + 2] - t[k]) * a[k + 1]
        for k in range(2)
    ]
    return (t[2] - u) / (t[2] - t[1]) * b[0] + (u - t[1]) / (t[2] - t[1]) * b[1]


def waves(xy: np.ndarray, seed: int, amplitude_m: float, length_m: float) -> np.ndarray:
    """A smooth displacement (n, 2): a sum of five plane waves, the same everywhere in the city for one
    seed."""
    rng = np.random.default_rng(seed)
    out = np.zeros_like(xy)
    for _ in range(5):
        turn, phase = rng.uniform(0, 2 * np.pi, 2)
        k = 2 * np.pi / (length_m * rng.uniform(0.6, 1.6))
        towards = rng.uniform(0, 2 * np.pi)
        wave = np.sin(k * (xy[:, 0] * np.cos(turn) + xy[:, 1] * np.sin(turn)) + phase)
        out += wave[:, None] * np.array([np.cos(towards), np.sin(towards)])
    return out * amplitude_m / 2.2


def warp(geometries: np.ndarray, seed: int, amplitude_m: float, length_m: float) -> np.ndarray:
    """Bend geometries by `waves`, after giving them a vertex at least each 40 m."""
    dense = shapely.segmentize(geometries, 40.0)
    return shapely.transform(dense, lambda xy: xy + waves(xy, seed, amplitude_m, length_m))
