"""Districts in force: polygons with their names."""

from __future__ import annotations

from layers.tiles.requests import (
    AROUND,
    BOX,
    NAMES,
    SQUARE,
    BoxRequest,
    Statement,
    TileRequest,
    feature_collection,
)

IN_FORCE = "region = :region and valid_from <= :today and (valid_to is null or valid_to > :today)"

TILE = f"""
    select ST_AsMVT(t, 'districts', 4096, 'geom', 'id') from (
        select id, id as district, key, {NAMES}, ST_AsMVTGeom(ST_Simplify(geom_3857, :pixel / 2, true),
            {SQUARE}, 4096, 64) as geom
        from district where {IN_FORCE} and geom_3857 && {AROUND}
    ) as t"""

GEOJSON = feature_collection(f"""
    select id, key, kato, parent_key, {NAMES}, valid_from, geom_4326 as geom
    from district where {IN_FORCE} and geom_4326 && {BOX} order by id""")


def tile(request: TileRequest) -> Statement:
    return Statement(TILE, request.values())


def geojson(request: BoxRequest) -> Statement:
    return Statement(GEOJSON, request.values())
