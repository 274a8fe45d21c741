"""The incidents of a filter as points, for a map that draws them one by one: those of a sliding or past
window, closed ones too, which the live set does not hold."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, text

from geo.incidents.payload import PRESSES_AT
from geo.settings import City
from layers.executors import LISTS
from layers.incidents.filters import IncidentFilter
from layers.reading import snapshot

router = APIRouter()
MAX_POINTS = 5_000
"""More are not drawn one by one: the page then shows their density, and says so."""


def read_points(engine: Engine, city: City, incident_filter: IncidentFilter) -> list[dict[str, Any]] | None:
    """Each incident with a point, as the live feed carries it (times in seconds since 1970, `point`
    EPSG:4326 [lon, lat]); None for more than `MAX_POINTS`."""
    with snapshot(engine) as connection:
        where, values = incident_filter.where(city, connection.execute(text("select now()")).scalar_one())
        rows = (
            connection.execute(
                text(f"""
            select i.id, i.version, i.kind, i.category_id as category, i.priority, i.status,
                i.district_id as district, i.group_id as "group",
              extract(epoch from i.opened_at)::float8 as opened, extract(epoch from i.due_at)::float8 as due,
              extract(epoch from {PRESSES_AT})::float8 as presses,
              array[round(ST_X(i.point_4326)::numeric, 6)::float8, round(ST_Y(i.point_4326)::numeric,
                  6)::float8] as point
            from incident as i where {where} and i.point_4326 is not null limit {MAX_POINTS + 1}"""),
                values,
            )
            .mappings()
            .all()
        )
    return None if len(rows) > MAX_POINTS else [dict(row) for row in rows]


@router.get("/layers/points/incidents.json")
async def points(request: Request) -> JSONResponse:
    """{"points": [...]}, or {"points": null, "limit": 5000} where there are too many. The filter is the
    page's own."""
    incident_filter = IncidentFilter.parse(dict(request.query_params)).within(request.state.principal)
    servers = request.app.state.servers
    found = await servers.executors.run(
        LISTS, read_points, servers.engine, servers.settings.city, incident_filter
    )
    return JSONResponse(
        {"points": found, "limit": MAX_POINTS}, headers={"Cache-Control": "private, no-store"}
    )
