"""The street network: main roads along their real run, and between them a grid of lesser streets, each
block in its own direction. Metric CRS.

A block between main roads gets lines along its longer side and, between each two of them, cross streets at
their own places, so that most junctions are T's; the lines are bent a little, cut at water, parks and
railways, and some are left out, as in a city that grew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.ops import substring

from etl.demo.facts.avenues import AVENUES
from etl.demo.facts.frame import AREAS
from etl.demo.lines import parse_points, project, smooth, warp

TYPES = {
    "a": ("{} даңғылы", "проспект {}"),
    "s": ("{} көшесі", "улица {}"),
    "h": ("{} тас жолы", "{} шоссе"),
    "r": ("{} жолы", "{}"),
}
HALF_WIDTH_M = {
    "motorway": 16.0,
    "trunk": 15.0,
    "primary": 14.0,
    "secondary": 11.0,
    "tertiary": 8.0,
    "residential": 5.0,
    "service": 5.0,
}
MIN_ZOOM = {
    "motorway": 6,
    "trunk": 8,
    "primary": 9,
    "secondary": 10,
    "tertiary": 12,
    "residential": 13,
    "service": 13,
}
SNAP_M = 170.0


@dataclass(frozen=True)
class Pattern:
    """How a built-up area is laid out; lengths in metres."""

    along: float
    across: float
    left_out: float
    bend_m: float


PATTERNS = {
    "old": Pattern(165, 210, 0.10, 9.0),
    "new": Pattern(230, 270, 0.12, 7.0),
    "private": Pattern(72, 230, 0.04, 16.0),
    "industry": Pattern(330, 420, 0.30, 14.0),
}


@dataclass(frozen=True)
class DemoStreet:
    """One street; `geom` is a line, or a multi-line where water or a park cuts it. `pattern` none = a main
    road."""

    class_: str
    geom: shapely.Geometry
    name_kk: str | None = None
    name_ru: str | None = None
    pattern: str | None = None


def main_roads(srid: int) -> list[DemoStreet]:
    """The roads of `facts.avenues`, smoothed, their ends joined to the road they nearly meet."""
    rows = [row.split("|") for row in AVENUES.strip().splitlines()]
    lines = _join_ends([smooth(project(parse_points(row[4]), srid)) for row in rows])
    out = []
    for (class_, type_, kk, ru, _), line in zip(rows, lines):
        form_kk, form_ru = TYPES[type_]
        ru_name = ru if ru.startswith(("бульвар", "кольцевая")) else form_ru.format(ru)
        out.append(DemoStreet(class_, line, kk if kk.endswith("желекжолы") else form_kk.format(kk), ru_name))
    return out


def _join_ends(curves: list[np.ndarray]) -> list[shapely.Geometry]:
    """Cut an overshoot, and lead an end that stops short to the nearest other line, both within SNAP_M."""
    lines = [shapely.linestrings(curve) for curve in curves]
    tree = shapely.STRtree(lines)
    out = []
    for i, line in enumerate(lines):
        for _ in (0, 1):
            line = shapely.reverse(
                _join_start(
                    line,
                    [lines[j] for j in tree.query(shapely.get_point(line, 0), "dwithin", SNAP_M) if j != i],
                )
            )
        out.append(line)
    return out


def _join_start(line: shapely.Geometry, others: list[shapely.Geometry]) -> shapely.Geometry:
    if not others:
        return line
    around = shapely.union_all(others)
    crossings = [
        c
        for c in shapely.line_locate_point(line, shapely.get_parts(shapely.intersection(line, around)))
        if c < SNAP_M
    ]
    if crossings:
        return substring(line, min(crossings), line.length)
    start = shapely.get_point(line, 0)
    target = shapely.get_coordinates(shapely.shortest_line(around, start))[0]
    return shapely.linestrings(np.vstack([target, shapely.get_coordinates(line)]))


def built_up_areas(srid: int) -> tuple[list[str], np.ndarray]:
    """Patterns and polygons, in the order of the table; where two overlap the later one wins."""
    rows = [row.split("|") for row in AREAS.strip().splitlines()]
    polygons = [shapely.make_valid(shapely.polygons(project(parse_points(row[1]), srid))) for row in rows]
    taken, out = shapely.Point(), []
    for polygon in reversed(polygons):
        out.append(shapely.difference(polygon, taken))
        taken = shapely.union(taken, polygon)
    return [row[0] for row in rows], np.array(out[::-1])


def lesser_streets(
    srid: int, mains: list[DemoStreet], obstacles: shapely.Geometry, seed: int
) -> list[DemoStreet]:
    """The grids inside the built-up areas, still without names."""
    rng = np.random.default_rng(seed)
    patterns, areas = built_up_areas(srid)
    skeleton = [street.geom for street in mains]
    out: list[DemoStreet] = []
    for pattern, area in zip(patterns, areas):
        noded = shapely.union_all([*skeleton, area.boundary])
        blocks = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
        blocks = blocks[shapely.contains_properly(shapely.buffer(area, 1.0), blocks)]
        for block in shapely.get_parts(shapely.difference(blocks, obstacles)):
            if block.area > 15_000:
                lines = block_streets(block, PATTERNS[pattern], rng, seed)
                out += [
                    DemoStreet("service" if pattern == "industry" else "residential", line, pattern=pattern)
                    for line in lines
                ]
    return out


def block_streets(
    block: shapely.Geometry, pattern: Pattern, rng: np.random.Generator, seed: int
) -> list[shapely.Geometry]:
    """Lines inside one block. Empty for a block too small to hold a street."""
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block))
    sides = np.diff(frame, axis=0)[:2]
    long = sides[int(np.argmax(np.linalg.norm(sides, axis=1)))]
    length, width = sorted(np.linalg.norm(sides, axis=1), reverse=True)
    axes = np.array([long / length, [-long[1] / length, long[0] / length]])
    local = _grid(length, width, pattern, rng)
    if not local:
        return []
    centre = frame[:4].mean(axis=0)
    lines = warp(
        np.array([shapely.linestrings(centre + line @ axes) for line in local]), seed, pattern.bend_m, 900.0
    )
    inner = shapely.buffer(block, -0.30 * pattern.along)
    cut = shapely.intersection(lines, block)
    worth = shapely.length(shapely.intersection(cut, inner)) > np.maximum(0.35 * shapely.length(cut), 30.0)
    return list(cut[worth & (shapely.length(cut) > 70)])


def _grid(length: float, width: float, pattern: Pattern, rng: np.random.Generator) -> list[np.ndarray]:
    """Lines in the block's own frame: x along, y across, origin at the centre."""
    n = max(0, round(width / pattern.along) - 1)
    rows = -width / 2 + width * (np.arange(1, n + 1) + rng.uniform(-0.13, 0.13, n)) / (n + 1)
    lines = [
        np.array([[-length / 2 - 60, y], [length / 2 + 60, y]])
        for y in rows
        if rng.random() > pattern.left_out
    ]
    bounds = [-width / 2 - 60, *rows, width / 2 + 60]
    group = 3 if pattern.across > 2.5 * pattern.along else 1
    for low, high in zip(bounds[:-1:group], [*bounds[group:-1:group], bounds[-1]]):
        m = max(0, round(length / pattern.across) - 1)
        at = -length / 2 + length * (np.arange(1, m + 1) + rng.uniform(-0.3, 0.3, m)) / (m + 1)
        lines += [np.array([[x, low], [x, high]]) for x in at if rng.random() > pattern.left_out]
    return lines


def simplified(street: DemoStreet) -> DemoStreet:
    """The street without the vertices that carry no bend (0.4 m)."""
    return replace(
        street,
        geom=shapely.simplify(
            shapely.line_merge(street.geom) if street.geom.geom_type == "MultiLineString" else street.geom,
            0.4,
        ),
    )
