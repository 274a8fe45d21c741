"""What other programs ask: is it alive, is it ready, how is it doing."""
from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process answers. Open to all, says nothing else."""
    return PlainTextResponse("ok")
