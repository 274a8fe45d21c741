"""What other programs ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from layers import readiness
from layers.executors import HEALTH

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process answers. Open to all, says nothing else."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 if the database answers and changes get their positions, else 503: {"ready", "database",
    "redis", "relay_lag_s"}."""
    servers = request.app.state.servers
    found = await servers.executors.run(HEALTH, readiness.look, servers.engine, servers.redis_sync)
    return JSONResponse({"ready": found.ready, **asdict(found)}, 200 if found.ready else 503)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    state = request.app.state
    text = await state.servers.executors.run(HEALTH, state.metrics.scrape, state.servers, state.hub)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
