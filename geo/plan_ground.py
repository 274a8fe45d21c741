"""What lies under a border: streets it may run along, main roads and rivers that a precinct should not straddle, footprints it must not cut. Metric
CRS, metres."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.ops import substring

from geo import topology
from geo.errors import InvalidInput
from geo.metric import shapes_to_metric
from geo.plan_draft import Draft
from geo.plan_mesh import Corner

STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")
CLEARANCE_M = 0.5
"""How far from a wall a border is led around a house."""
TOUCH_M = 0.1
"""A border along a wall may run this far inside the drawn outline."""

FEATURES = """select st_asbinary(geom_4326) as wkb, class from basemap_feature where region = :region and theme = :theme and class = any(:classes)
    and geom_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid), 3857) order by id"""
FOOTPRINTS = """select st_asbinary(footprint_4326) as wkb, id from building where region = :region
    and footprint_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid), 3857) order by id"""


def read(draft: Draft, statement: str, area: shapely.Geometry, **values: object) -> tuple[np.ndarray, list]:
    """Shapes in the metric CRS near an area, and the second column of each."""
    rows = draft.all(statement, box=shapely.box(*area.bounds).wkb, **values) if not area.is_empty else []
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return shapes_to_metric(draft.city.metric_srid, np.array(shapes, dtype=object)), [row[1] for row in rows]


def streets(draft: Draft, area: shapely.Geometry, classes: Sequence[str] = STREETS) -> np.ndarray:
    """Centre lines near an area, one LineString each."""
    return shapely.get_parts(read(draft, FEATURES, area, theme="road", classes=list(classes))[0])


def barriers(draft: Draft, area: shapely.Geometry) -> np.ndarray:
    """Main roads (the city's setting) and rivers, lines or polygons."""
    roads = streets(draft, area, draft.rules().barriers)
    return np.concatenate([roads, read(draft, FEATURES, area, theme="water", classes=["river"])[0]])


def footprints(draft: Draft, area: shapely.Geometry) -> dict[int, shapely.Geometry]:
    """Outlines near an area by building."""
    shapes, ids = read(draft, FOOTPRINTS, area)
    return dict(zip(ids, shapes))


def snapped(points: Sequence[Corner], lines: np.ndarray, reach_m: float) -> list[Corner]:
    """Each point on the street within reach; between two on one street, the street's own bends."""
    if not len(lines) or not points:
        return list(points)
    out: list[Corner] = []
    before: tuple[int, float] | None = None
    for point in points:
        at = shapely.Point(point)
        distances = shapely.distance(lines, at)
        street = int(distances.argmin())
        if distances[street] > reach_m:
            out.append(point)
            before = None
            continue
        place = lines[street].project(at)
        if before and before[0] == street:
            out += [(x, y) for x, y in substring(lines[street], before[1], place).coords[1:-1]]
        out.append(lines[street].interpolate(place).coords[0])
        before = street, place
    return [(round(x, topology.GRID_MM), round(y, topology.GRID_MM)) for x, y in out]


def cut_by(line: shapely.LineString, houses: dict[int, shapely.Geometry]) -> list[int]:
    """Buildings whose outline the line runs through."""
    ids = list(houses)
    lengths = shapely.length(shapely.intersection(np.array([houses[id_] for id_ in ids], dtype=object), line)) if ids else []
    return [id_ for id_, length in zip(ids, lengths) if length > TOUCH_M]


def led_around(line: shapely.LineString, houses: dict[int, shapely.Geometry], but: Sequence[int] = ()) -> shapely.LineString:
    """The line around the houses it cuts, the shorter way, but for those in `but`. Raises `InvalidInput` ("plan.cuts_footprint") where it ends inside one."""
    in_the_way = {id_: shape for id_, shape in houses.items() if id_ not in but}
    if not cut_by(line, in_the_way):
        return line
    walls = shapely.get_parts(shapely.union_all(shapely.buffer(list(in_the_way.values()), CLEARANCE_M, join_style="mitre")))
    for wall in walls[shapely.intersects(walls, line)]:
        line = around(line, shapely.Polygon(wall.exterior))
    line = shapely.LineString([(round(x, topology.GRID_MM), round(y, topology.GRID_MM)) for x, y in line.coords])
    still = cut_by(line, in_the_way)
    if still or not line.is_simple:
        raise InvalidInput("plan.cuts_footprint", houses=", ".join(map(str, still[:10])))
    return line


def around(line: shapely.LineString, wall: shapely.Polygon) -> shapely.LineString:
    """The line with what runs through a wall replaced by the shorter way along it; unchanged where it only touches, or ends inside."""
    inside = shapely.get_coordinates(line.intersection(wall))
    places = [line.project(shapely.Point(point)) for point in inside]
    if not places or min(places) <= 0 or max(places) >= line.length:
        return line
    ring, enter, leave = wall.exterior, *(wall.exterior.project(line.interpolate(place)) for place in (min(places), max(places)))
    straight = substring(ring, enter, leave)
    ends = (ring.length, 0) if enter > leave else (0, ring.length)
    other = [*substring(ring, enter, ends[0]).coords, *substring(ring, ends[1], leave).coords]
    over = shapely.LineString(other)
    way = straight if straight.length <= over.length else over
    corners = [*substring(line, 0, min(places)).coords, *way.coords, *substring(line, max(places), line.length).coords]
    return shapely.LineString([corner for corner, before in zip(corners, [None, *corners]) if corner != before])
