"""What lies under a border: streets it may run along, main roads and rivers that a precinct should not
straddle, footprints it must not cut (`geo.plans.editing.detours` leads it around them). Metric CRS,
metres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring

from geo.addresses.buildings import addresses
from geo.crs import shapes_to_metric
from geo.errors import InvalidInput
from geo.plans.editing import detours
from geo.plans.editing.draft import Draft
from geo.plans.editing.mesh import Corner, on_grid

STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")

FEATURES = """select st_asbinary(geom_4326) as wkb, class from basemap_feature where region = :region
    and theme = :theme and class = any(:classes)
    and geom_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid), 3857) order by id"""
FOOTPRINTS = """select st_asbinary(footprint_4326) as wkb, id from building where region = :region
    and footprint_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid), 3857) order by id"""


def read(
    draft: Draft, statement: str, area: shapely.Geometry, **values: object
) -> tuple[np.ndarray, list[Any]]:
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
        along = lines[street].project(at)
        if before and before[0] == street:
            out += [(x, y) for x, y in substring(lines[street], before[1], along).coords[1:-1]]
        out.append(lines[street].interpolate(along).coords[0])
        before = street, along
    return on_grid(out)


def led_around(
    draft: Draft,
    line: shapely.LineString,
    before: shapely.LineString | None = None,
    others: shapely.Geometry = detours.NOTHING,
) -> shapely.LineString:
    """The line around the houses in its way, but for those that it cut `before`, meeting `others` nowhere
    else than it did.

    Raises `InvalidInput` ("plan.cuts_footprint", the houses by their addresses, its "place" as lon, lat).
    """
    houses = footprints(draft, line)
    try:
        return detours.led_around(
            line, houses, detours.cut_by(before, houses) if before is not None else (), others
        )
    except InvalidInput as error:
        named = addresses(draft.connection, draft.city.region, error.parameters["houses"])
        raise InvalidInput(
            error.code, houses=named, place=draft.lon_lat(error.parameters["place"])
        ) from error
