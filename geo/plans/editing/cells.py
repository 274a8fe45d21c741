"""The ground of a precinct in cells: blocks between its streets, and where one block must be shared, a
cell around each house, so that a border between cells runs along streets and between houses. Metric CRS on
the 1 mm grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.crs import GRID_MM, shapes_to_metric, to_metric
from geo.plans.editing import topology
from geo.plans.editing.draft import Draft
from geo.plans.editing.mesh import Corner

GRID_M = 10.0**-GRID_MM
SAMPLE_M = 8.0
"""How densely the wall of a house is sampled for the middle between two houses."""


@dataclass(frozen=True)
class VotingHouse:
    """`point`: the tag; `outline`: the footprint, none where unknown; `precinct`, `source`: its assignment
    in the plan, none without one."""

    id: int
    point: shapely.Point
    voters: int
    outline: shapely.Geometry | None
    precinct: int | None
    source: str | None


@dataclass
class Cells:
    """`polygons` with shared vertices; `group`: cells of one number go together (a block, or the ground of
    one house); `houses`: indices of the houses of each group."""

    polygons: np.ndarray
    group: np.ndarray
    houses: list[list[int]]
    _sides: dict[tuple[Corner, Corner], int] | None = None

    def sides(self) -> dict[tuple[Corner, Corner], int]:
        if self._sides is None:
            self._sides = topology.sides_of_segments(self.polygons)
        return self._sides

    def borders(self) -> Iterable[tuple[int, int, Corner, Corner]]:
        """Segments between two cells: left cell, right cell, from, to; each once."""
        sides = self.sides()
        for (a, b), left in sides.items():
            right = sides.get((b, a))
            if right is not None and a < b:
                yield left, right, a, b


def houses_in(draft: Draft, area: shapely.Geometry) -> list[VotingHouse]:
    """Every building with its tag in an area (the edge included), by id."""
    rows = draft.all(
        """
        select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, b.voters,
            st_asbinary(b.footprint_4326) as outline, a.precinct_id, a.source
        from building b left join assignment a on a.region = :region and a.plan_id = :plan
            and a.building_id = b.id
        where b.region = :region and b.point_4326 is not null and (b.point_3857 is null
            or b.point_3857 && st_transform(st_setsrid(st_expand(st_geomfromwkb(:box, 0), 100), :srid), 3857))
                order by
            b.id""",
        box=shapely.box(*area.bounds).wkb,
    )
    srid = draft.city.metric_srid
    points = shapely.points(
        to_metric(srid, np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2))
    )
    outlines = shapes_to_metric(
        srid, np.array(shapely.from_wkb([row.outline and bytes(row.outline) for row in rows]), dtype=object)
    )
    shapely.prepare(area)
    inside = shapely.covers(area, points)
    return [
        VotingHouse(row.id, point, row.voters, outline, row.precinct_id, row.source)
        for row, point, outline, yes in zip(rows, points, outlines, inside)
        if yes
    ]


def cells_of(
    polygon: shapely.Geometry,
    lines: np.ndarray,
    houses: Sequence[VotingHouse],
    shared: Callable[[list[int]], bool],
) -> Cells:
    """Blocks of a precinct between `lines`; a block for which `shared` (given the indices of its houses)
    is true is divided among its houses."""
    streets = shapely.intersection(lines, polygon) if len(lines) else np.array([], dtype=object)
    blocks = faces_of([polygon.boundary, *streets], polygon)
    block_of = topology.first_holder(np.array([house.point for house in houses], dtype=object), blocks)
    members = [np.flatnonzero(block_of == block).tolist() for block in range(len(blocks))]
    grounds = {
        block: house_grounds(blocks[block], [houses[i] for i in own])
        for block, own in enumerate(members)
        if len(own) > 1 and shared(own)
    }
    inner = [
        line
        for block, regions in grounds.items()
        for line in shapely.intersection(shapely.boundary(regions), blocks[block])
    ]
    # The lines between houses end on the blocks as they were snapped to the grid: half a millimetre beside
    # the streets they came from, they would end in the air.
    polygons = faces_of([*shapely.boundary(blocks), *inner], polygon) if inner else blocks
    return grouped(polygons, blocks, members, grounds)


def grouped(
    polygons: np.ndarray, blocks: np.ndarray, members: list[list[int]], grounds: dict[int, np.ndarray]
) -> Cells:
    middles = shapely.point_on_surface(polygons)
    block_of = topology.first_holder(middles, blocks)
    number: dict[tuple[int, int], int] = {}
    houses: list[list[int]] = []
    group = np.zeros(len(polygons), dtype=int)
    for cell, block in enumerate(block_of):
        first = (
            int(topology.first_holder(middles[cell : cell + 1], grounds[block])[0])
            if block in grounds
            else -1
        )
        key = int(block), first
        if key not in number:
            number[key] = len(houses)
            houses.append(
                [members[block][first]]
                if first >= 0
                else list(members[block])
                if block not in grounds and block >= 0
                else []
            )
        group[cell] = number[key]
    return Cells(polygons, group, houses)


def faces_of(lines: Sequence[shapely.Geometry], inside: shapely.Geometry) -> np.ndarray:
    """The faces of a net of lines that lie inside a polygon."""
    net = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID_M)
    faces = topology.on_grid(shapely.get_parts(shapely.polygonize([net])))
    shapely.prepare(inside)
    return faces[shapely.covers(inside, shapely.point_on_surface(faces))]


def house_grounds(block: shapely.Polygon, houses: Sequence[VotingHouse]) -> np.ndarray:
    """The ground nearer to each house than to any other, in the order of the houses; it covers the block."""
    samples: dict[Corner, int] = {}
    for index, house in enumerate(houses):
        shape = house.point if house.outline is None else shapely.segmentize(house.outline.boundary, SAMPLE_M)
        for x, y in shapely.get_coordinates(shape).round(2):
            samples.setdefault((float(x), float(y)), index)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(list(samples)), extend_to=block, ordered=True)
    )
    owner = np.array(list(samples.values()))
    return np.array([shapely.coverage_union_all(cells[owner == index]) for index in range(len(houses))])


def parts_of(chosen: np.ndarray, cells: Cells) -> list[set[int]]:
    """The connected parts of chosen cells (a mask), joined over shared borders; the one with the most
    cells first."""
    parent = {int(cell): int(cell) for cell in np.flatnonzero(chosen)}

    def root(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = cell = parent[parent[cell]]
        return cell

    for left, right, _, _ in cells.borders():
        if left in parent and right in parent:
            parent[root(left)] = root(right)
    parts: dict[int, set[int]] = {}
    for cell in parent:
        parts.setdefault(root(cell), set()).add(cell)
    return sorted(parts.values(), key=len, reverse=True)


def border_lines(chosen: np.ndarray, cells: Cells) -> list[shapely.LineString]:
    """The lines between chosen cells (a mask) and the others."""
    segments = [
        shapely.LineString([a, b]) for left, right, a, b in cells.borders() if chosen[left] != chosen[right]
    ]
    return list(shapely.get_parts(shapely.line_merge(shapely.MultiLineString(segments)))) if segments else []
