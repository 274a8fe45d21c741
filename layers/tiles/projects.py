"""Projects of the city: their points, with how many days the latest open milestone is late."""

from __future__ import annotations

from layers.tiles.requests import (
    AROUND,
    BOX,
    IN_TILE,
    NAMES,
    BoxRequest,
    Statement,
    TileRequest,
    feature_collection,
)

LATE = """coalesce((select max(:today - m.planned_on) from project_milestone m where m.region = p.region
    and m.project = p.key and m.done_on is null and m.planned_on < :today), 0) as late_days"""
DONE = """(select count(*) filter (where m.done_on is not null) || ' / ' || count(*) from project_milestone m
    where m.region = p.region and m.project = p.key) as milestones"""
PROPERTIES = f"{NAMES}, {LATE}, {DONE}"

TILE = f"""
    select ST_AsMVT(t, 'projects', 4096, 'geom') from (
        select key, {PROPERTIES}, {IN_TILE} as geom
        from project p where region = :region and point_3857 && {AROUND}
    ) as t"""

GEOJSON = feature_collection(f"""
    select key as id, {PROPERTIES}, point_4326 as geom
    from project p where region = :region and point_4326 && {BOX} order by key""")


def tile(request: TileRequest) -> Statement:
    return Statement(TILE, request.values())


def geojson(request: BoxRequest) -> Statement:
    return Statement(GEOJSON, request.values())
