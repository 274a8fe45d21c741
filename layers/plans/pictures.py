"""A plan at a glance: its precincts as an SVG of a few kilobytes, by how full they are, with the borders
of districts and the water between them.

The picture carries classes and no colours (`assets/studio/plans.css` has them), so that it follows the
theme. A border that two precincts share is simplified once, so that no gap opens between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, Engine, text

from geo.errors import NotFound
from geo.settings import City
from layers.executors import PAGES
from layers.reading import snapshot

router = APIRouter(prefix="/layers/plans")

WIDTH, HEIGHT = 1500.0, 1000.0
RARE = 0.03
"""The share of precincts on either side whose middle may lie outside the frame."""
PADDED = 1.12
DETAIL = 1.2
"""Units: what is smaller is left out of a line."""
WATER_LEAST = 60.0
"""Square units of a lake worth showing."""
STEPS = (0.5, 0.75)
"""Shares of the cap at which the shade of a precinct under the warning changes."""
KEPT = "private, max-age=86400, immutable"

PRECINCTS = """select voters, district_id, ST_AsBinary(geom) as geom from precinct where region = :region
    and plan_id = :plan and geom is not null order by number"""
WATER = """
    select ST_AsBinary(ST_Transform(geom_4326, :srid)) as geom from basemap_feature
    where region = :region and theme = 'water' and ST_Dimension(geom_4326) = 2 order by id"""


@router.get("/{plan}/picture.svg")
async def picture(request: Request, plan: int) -> Response:
    """An address names one state of the plan (`?of=`), so that a browser asks once."""
    servers = request.app.state.servers
    drawn = await servers.executors.run(PAGES, draw, servers.engine, servers.settings.city, plan)
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": KEPT})


def draw(engine: Engine, city: City, plan: int) -> str:
    """Raises `NotFound` ("plan.unknown") for a plan that is none, or has no ground."""
    with snapshot(engine) as connection:
        values = {"region": city.region, "plan": plan, "srid": city.metric_srid}
        rows = read(connection, PRECINCTS, values)
        if not rows:
            raise NotFound("plan.unknown", plan=plan)
        water = shapes_of(read(connection, WATER, values))
    return svg(city, rows, water)


def read(connection: Connection, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), values).mappings()]


def shapes_of(rows: Iterable[dict[str, Any]]) -> np.ndarray:
    return np.array([shapely.from_wkb(bytes(row["geom"])) for row in rows], dtype=object)


def svg(city: City, rows: list[dict[str, Any]], water: np.ndarray) -> str:
    shapes, to_picture = placed(shapes_of(rows))
    shapes = shapely.coverage_simplify(shapes, DETAIL)
    land = shapely.coverage_union_all(shapes)
    lakes = [
        shape
        for shape in shapely.intersection(shapely.make_valid(to_picture(water)), land)
        if shape.area > WATER_LEAST
    ]
    districts = [
        shapely.coverage_union_all(shapes[[row["district_id"] == one for row in rows]])
        for one in {row["district_id"] for row in rows}
    ]
    filled = sorted(zip((row["voters"] for row in rows), map(path, shapes)))
    parts = [
        *(f'<path class="load-{step_of(city, voters)}" d="{drawn}"/>' for voters, drawn in filled),
        *(f'<path class="water" d="{path(shapely.simplify(lake, DETAIL))}"/>' for lake in lakes),
        *(f'<path class="district" d="{path(shape)}"/>' for shape in districts),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'preserveAspectRatio="xMidYMid slice" fill-rule="evenodd">{"".join(parts)}</svg>'
    )


def placed(shapes: np.ndarray) -> tuple[np.ndarray, Any]:
    """The shapes on the picture, y running down, and what puts others there. The frame holds where
    precincts are dense: the wide ones at the city's edge run out of it."""
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    half = np.sqrt(np.median(shapely.area(shapes)))
    (west, south), (east, north) = np.quantile(middles, (RARE, 1 - RARE), axis=0) + np.array(
        [[-half, -half], [half, half]]
    )
    x, y, width = (
        (west + east) / 2,
        (south + north) / 2,
        PADDED * max(east - west, (north - south) * WIDTH / HEIGHT),
    )

    def to_picture(some: np.ndarray) -> np.ndarray:
        return shapely.transform(
            some, lambda at: (at - (x, y)) * (WIDTH / width, -WIDTH / width) + (WIDTH / 2, HEIGHT / 2)
        )

    return to_picture(shapes), to_picture


def step_of(city: City, voters: int) -> str:
    """0 to 2 under the warning, `warning`, `over`; 1 where the city names no cap."""
    rules = city.precincts
    if rules is None:
        return "1"
    share = voters / rules.cap
    if share > 1:
        return "over"
    return "warning" if share >= rules.warning_share else str(sum(share >= step for step in STEPS))


def path(shape: shapely.Geometry) -> str:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(f"M{' '.join(f'{x:.0f} {y:.0f}' for x, y in ring.coords[:-1])}Z" for ring in rings)
