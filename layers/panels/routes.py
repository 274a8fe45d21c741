"""Floods over HTTP, for a map that has no panels."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from layers.executors import PANELS
from layers.panels.kinds import FLOODS, PanelDesk
from layers.panels.requests import PanelRequest
from layers.scope import Scope

router = APIRouter()
DESK = PanelDesk()


@router.get("/layers/floods.json")
async def floods(request: Request) -> JSONResponse:
    """{"moments": as `layers.panels.floods.Moments` tells them}, of what the caller may see."""
    servers = request.app.state.servers
    city = servers.settings.city
    panel = PanelRequest(city, Scope.of(request.state.principal), city.languages[0])
    answer = await servers.executors.run(PANELS, DESK.ask, servers.engine, {FLOODS: (FLOODS, panel)})
    return JSONResponse(answer[FLOODS]["figures"], headers={"Cache-Control": "private, no-store"})
