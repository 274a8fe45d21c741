"""`GET /layers/export/incidents.<csv|geojson|gpkg>?<filter>`: the rows of the map page's filter as a file.
Each export is written to the audit before it is sent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from dashboard.request_context import RequestContext, current
from layers.executors import EXPORTS
from layers.incidents.export import Export, discard, export
from layers.incidents.filters import IncidentFilter

router = APIRouter()


@router.get("/layers/export/incidents.{form}")
async def send_export(request: Request, form: str) -> FileResponse:
    """Raises `InvalidInput` for a filter that is none; the middleware has asked for the permission
    'incident.export'."""
    incident_filter = IncidentFilter.parse(dict(request.query_params))
    made = await current().run(EXPORTS, make, current(), incident_filter, form)
    return FileResponse(
        made.path,
        media_type=made.media_type,
        filename=made.name,
        headers={"Cache-Control": "no-store", "X-Rows": str(made.rows)},
        background=BackgroundTask(discard, made.path),
    )


def make(context: RequestContext, incident_filter: IncidentFilter, form: str) -> Export:
    """The file, and the row of the audit that says who took what."""
    made = export(
        context.servers.engine,
        context.settings.city,
        incident_filter.within(context.principal),
        context.language,
        form,
    )
    context.record("incident.exported", form=form, rows=made.rows, filter=incident_filter.as_query())
    return made
