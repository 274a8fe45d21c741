"""`GET /api/v1/audit.csv?<filter>`: the rows of the page /audit as a file (`layers.audit.write_csv`). Each
export is in the audit before it is sent."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from dashboard.request_context import RequestContext, current
from layers.audit import AuditFilter, write_csv
from layers.executors import EXPORTS
from layers.incidents.export import discard, whole_file

router = APIRouter(prefix="/api/v1", include_in_schema=False)


@router.get("/audit.csv")
async def send_audit(request: Request) -> FileResponse:
    """Raises `InvalidInput` for a filter that is none."""
    context = current()
    wanted = AuditFilter.parse(dict(request.query_params), context.settings.city.time_zone)
    path = await context.run(EXPORTS, make, context, wanted)
    return FileResponse(
        path,
        media_type="text/csv",
        filename="ikomek-audit.csv",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(discard, path),
    )


def make(context: RequestContext, wanted: AuditFilter) -> Path:
    zone = context.settings.city.time_zone
    with whole_file("audit.csv") as path:
        rows = write_csv(context.web, wanted, path, zone)
        context.record("audit.exported", form="csv", rows=rows, filter=wanted.as_query(zone))
    return path
