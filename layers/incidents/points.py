"""The incidents of a filter as points, for a map that draws them one by one: those of a sliding or past
window, closed ones too, which the live set does not hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine, text

from geo.incidents.payload import PRESSES_AT
from geo.settings import City
from layers.executors import LISTS
from layers.incidents.facet_counts import count
from layers.incidents.filters import NOWHERE, IncidentFilter
from layers.reading import snapshot

router = APIRouter()
MAX_POINTS = 5_000
"""More are not drawn one by one: the page then shows their density, and says so."""


@dataclass(frozen=True)
class Points:
    """`points`: each incident with a point, as the live feed carries it (times in seconds since 1970,
    `point` EPSG:4326 [lon, lat]); None for more than `MAX_POINTS`. `total` and `unplaced` count them all,
    and those without a point; `at`: the moment of them, seconds since 1970."""

    points: list[dict[str, Any]] | None
    total: int
    unplaced: int
    at: float


def read_points(engine: Engine, city: City, incident_filter: IncidentFilter) -> Points:
    with snapshot(engine) as connection:
        read_at = connection.execute(text("select now()")).scalar_one()
        incident_filter.need_shown(connection, city, read_at)
        now = incident_filter.at(city, read_at)
        total, counts = count(connection, city, incident_filter, now)
        unplaced = counts["point"][True]
        few = total - unplaced <= MAX_POINTS
        points = _points(connection, city, incident_filter, now) if few else None
    return Points(points, total, unplaced, now.timestamp())


def _points(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> list[dict[str, Any]]:
    where, values = incident_filter.where(city, now)
    source = incident_filter.rows(city)
    query = source.statement(f"""
        select i.id, i.version, i.kind, i.category_id as category, i.priority, i.status,
            i.district_id as district, i.group_id as "group",
            extract(epoch from i.opened_at)::float8 as opened, extract(epoch from i.due_at)::float8 as due,
            extract(epoch from {PRESSES_AT})::float8 as presses,
            array[round(ST_X(i.point_4326)::numeric, 6)::float8,
                round(ST_Y(i.point_4326)::numeric, 6)::float8] as point
        from {source.table} as i where {where} and not ({NOWHERE})""")
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


@router.get("/layers/points/incidents.json")
async def points(request: Request) -> JSONResponse:
    """{"points": [...], "total", "unplaced", "at", "limit": 5000}; "points" is null where there are more. The
    filter is the page's own."""
    incident_filter = IncidentFilter.parse(dict(request.query_params)).within(request.state.principal)
    servers = request.app.state.servers
    found = await servers.executors.run(
        LISTS, read_points, servers.engine, servers.settings.city, incident_filter
    )
    return JSONResponse(asdict(found) | {"limit": MAX_POINTS}, headers={"Cache-Control": "private, no-store"})
