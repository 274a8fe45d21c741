"""`GET /layers/export/incidents.<csv|xlsx|geojson|gpkg>?<filter>`: the rows of the map page's filter as a
file; `.pdf`: as a list to print, with its map. Each export is written to the audit before it is sent.
`&progress=KEY` lets the page ask at `/layers/export/progress.json?key=KEY` how many rows are written."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.background import BackgroundTask

from dashboard.paper.incidents import incidents_pdf
from dashboard.request_context import RequestContext, current
from dashboard.words import catalogue, word
from geo.incidents.model import KINDS, PRIORITIES, STATUSES
from layers.executors import EXPORTS
from layers.incidents.export import Export, discard, export
from layers.incidents.export_progress import followed, rows_written
from layers.incidents.export_rows import SHEET, SheetWords
from layers.incidents.filters import IncidentFilter

router = APIRouter()


@router.get("/layers/export/incidents.pdf")
async def send_paper(request: Request) -> Response:
    """Raises as `send_export`, `TooLarge` ("export.paper")."""
    incident_filter = IncidentFilter.parse(dict(request.query_params))
    body, rows = await current().run(EXPORTS, make_paper, current(), incident_filter)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'inline; filename="ikomek-incidents.pdf"',
        "X-Rows": str(rows),
    }
    return Response(body, media_type="application/pdf", headers=headers)


def make_paper(context: RequestContext, incident_filter: IncidentFilter) -> tuple[bytes, int]:
    body, rows = incidents_pdf(context, incident_filter.within(context.principal))
    context.record("incident.exported", form="pdf", rows=rows, filter=incident_filter.as_query())
    return body, rows


@router.get("/layers/export/incidents.{form}")
async def send_export(request: Request, form: str) -> FileResponse:
    """Raises `InvalidInput` for a filter that is none; the middleware has asked for the permission
    'incident.export'."""
    query = dict(request.query_params)
    key = query.pop("progress", "")
    incident_filter = IncidentFilter.parse(query)
    made = await current().run(EXPORTS, make, current(), incident_filter, form, key)
    return FileResponse(
        made.path,
        media_type=made.media_type,
        filename=made.name,
        headers={"Cache-Control": "no-store", "X-Rows": str(made.rows)},
        background=BackgroundTask(discard, made.path),
    )


@router.get("/layers/export/progress.json")
async def progress(key: str = "") -> JSONResponse:
    """{"rows": of the caller's file that is being written under this key}, null where none is."""
    rows = rows_written(current().principal.name, key)
    return JSONResponse({"rows": rows}, headers={"Cache-Control": "no-store"})


def make(context: RequestContext, incident_filter: IncidentFilter, form: str, key: str) -> Export:
    """The file, and the row of the audit that says who took what."""
    with followed(context.principal.name, key) as report:
        made = export(
            context.servers.engine,
            context.settings.city,
            incident_filter.within(context.principal),
            context.language,
            form,
            words(context.language),
            report,
        )
    context.record("incident.exported", form=form, rows=made.rows, filter=incident_filter.as_query())
    return made


def words(lang: str) -> SheetWords:
    """The headings and values of a CSV or XLSX in the caller's words; a feed of the city's own goes by its
    key."""
    feeds = [key for key in catalogue(lang).entries if key.startswith("feed.")]
    return SheetWords(
        word("duty.sheet"),
        {name: word(f"duty.sheet.{name}") for name, _, _ in SHEET},
        {
            "source": {key.removeprefix("feed."): word(key) for key in feeds},
            "kind": {kind: word(f"duty.sheet.kind.{kind}") for kind in KINDS},
            "status": {status: word(f"duty.status.{status}") for status in STATUSES},
            "priority": {level: word(f"duty.priority.{name}") for level, name in PRIORITIES.items()},
        },
    )
