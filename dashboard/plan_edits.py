"""`POST /api/v1/plans/<plan>/edits`: change the borders of a draft.

The body is {"changes": [{"node": 7, "version": 3, "point": [lon, lat]}, {"edge": 5, "version": 1, "corners": [[lon, lat], ...]}]}, EPSG:4326. 200 {"nodes": {id: version},
"edges": {id: version}, "precincts": [...]}; 400 what cannot be saved (a gap, an overlap), 404, 409 somebody was faster or the plan is frozen.
"""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from dashboard.visit import Visit, current
from geo import plan_edits
from geo.database import connect_engine
from geo.errors import InvalidInput

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]


class NodeMove(BaseModel, extra="forbid"):
    node: int
    version: int
    point: tuple[Lon, Lat]

    def command(self) -> plan_edits.NodeMove:
        return plan_edits.NodeMove(self.node, self.version, self.point)


class EdgeLine(BaseModel, extra="forbid"):
    edge: int
    version: int
    corners: tuple[tuple[Lon, Lat], ...] = Field(max_length=10_000)

    def command(self) -> plan_edits.EdgeLine:
        return plan_edits.EdgeLine(self.edge, self.version, self.corners)


class Asked(BaseModel, extra="forbid"):
    changes: list[NodeMove | EdgeLine]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The editor's connections, for the life of the web process."""
    app.state.editor = connect_engine(app.state.settings, "editor")
    yield
    app.state.editor.dispose()


router = APIRouter(prefix="/api/v1/plans", include_in_schema=False, lifespan=lifespan)


@router.post("/{plan}/edits")
async def edit(request: Request, plan: int) -> JSONResponse:
    try:
        asked = Asked.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput("plan.edit_body", where=".".join(map(str, first["loc"])), reason=first["type"]) from error
    commands = [change.command() for change in asked.changes]
    return JSONResponse(await asyncio.to_thread(_edit, request.app.state.editor, current(), plan, commands))


def _edit(editor, visit: Visit, plan: int, commands: list) -> dict:
    with editor.begin() as connection:
        edited = plan_edits.edit(connection, visit.settings.city, plan, commands, visit.principal.name)
    return vars(edited)
