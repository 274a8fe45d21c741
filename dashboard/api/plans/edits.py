"""`POST /api/v1/plans/<plan>/edits` and `/redraw`: change the borders of a draft; `/nearest` {"change":
one of `changes`}: what could be saved of one that was refused.

The body of the first is {"changes": [{"node": 7, "version": 3, "point": [lon, lat]}, {"edge": 5,
"version": 1, "corners": [[lon, lat], ...]}]}, of the second {"precincts": [a, b], "line": [[lon, lat],
...], "seen": {precinct: version}}, all EPSG:4326. 200 with what changed (`geo.plans.editing.save.Edited`)
and the touched part of the plan; 400 what cannot be saved (a gap, an overlap), 404, 409 somebody was
faster or the plan is frozen.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from dashboard.api.plans.requests import (
    Body,
    Lat,
    Line,
    Lon,
    PlanId,
    Whole,
    change,
    read_body,
    tell,
)
from geo.plans import nearest as plan_nearest
from geo.plans.editing import borders
from geo.plans.editing.draft import Author

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)


class NodeMove(Body):
    node: Whole
    version: Whole
    point: tuple[Lon, Lat]

    def command(self) -> borders.NodeMove:
        return borders.NodeMove(self.node, self.version, self.point)


class EdgeLine(Body):
    edge: Whole
    version: Whole
    corners: tuple[tuple[Lon, Lat], ...] = Field(max_length=10_000)

    def command(self) -> borders.EdgeLine:
        return borders.EdgeLine(self.edge, self.version, self.corners)


class Edits(Body):
    changes: list[NodeMove | EdgeLine]
    snap: bool = False


class Refused(Body):
    change: NodeMove | EdgeLine


class Redraw(Body):
    precincts: tuple[Whole, Whole]
    line: Line
    seen: dict[Whole, Whole] = {}
    snap: bool = True


@router.post("/{plan}/edits")
async def edit(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Edits)
    commands = [one.command() for one in asked.changes]
    return await change(request, plan, lambda author: borders.edit(author, commands, asked.snap))


@router.post("/{plan}/nearest")
async def nearest(request: Request, plan: PlanId) -> JSONResponse:
    asked = (await read_body(request, Refused)).change.command()
    return await tell(
        request,
        lambda connection, city, who: plan_nearest.nearest(Author(connection, city, plan, who), asked),
        plan,
    )


@router.post("/{plan}/redraw")
async def redraw(request: Request, plan: PlanId) -> JSONResponse:
    asked = await read_body(request, Redraw)
    return await change(
        request,
        plan,
        lambda author: borders.redraw(author, asked.precincts, asked.line, asked.snap),
        asked.seen,
    )
