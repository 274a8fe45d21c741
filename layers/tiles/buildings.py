"""Buildings: the outline where it is known and large enough to see (from z15), else the point of the
geo-tag."""

from __future__ import annotations

from layers.tiles.requests import (
    AROUND,
    BOX,
    COUNTED,
    IN_TILE,
    SQUARE,
    BoxRequest,
    Statement,
    TileRequest,
    feature_collection,
)

MIN_ZOOM = 13
FOOTPRINTS_FROM = 15
PROPERTIES = f"""house, coalesce(street_ru, street_kk) as street_ru,
    coalesce(street_kk, street_ru) as street_kk, {COUNTED}, tag_quality as quality, use, floors"""
POINTS = f"{COUNTED}, tag_quality as quality"
"""The columns of a tile too coarse for labels."""

FOOTPRINT_TILE = f"""
    select ST_AsMVT(t, 'buildings', 4096, 'geom', 'feature_id') from (
        select id as feature_id, id, {PROPERTIES}, ST_AsMVTGeom(coalesce(footprint_3857, point_3857),
            {SQUARE}, 4096, 64) as geom
        from building
        where region = :region and (footprint_3857 && {AROUND} or (footprint_3857 is null
            and point_3857 && {AROUND}))
    ) as t"""

POINT_TILE = f"""
    select ST_AsMVT(t, 'buildings', 4096, 'geom', 'feature_id') from (
        select id as feature_id, id, {POINTS}, {IN_TILE} as geom
        from building where region = :region and point_3857 && {AROUND}
    ) as t"""

GEOJSON = feature_collection(f"""
    select id, {PROPERTIES}, district_id as district, version, coalesce(footprint_4326, point_4326) as geom
    from building
    where region = :region
      and (footprint_3857 && ST_Transform({BOX}, 3857) or (footprint_3857 is null
          and point_3857 && ST_Transform({BOX}, 3857)))
    order by id""")
"""The box is transformed, not the column, so that the index serves."""


def tile(request: TileRequest) -> Statement:
    """Empty below `MIN_ZOOM`, where a house is smaller than a pixel."""
    if request.tile.z < MIN_ZOOM:
        return Statement("select ''::bytea", {})
    return Statement(FOOTPRINT_TILE if request.tile.z >= FOOTPRINTS_FROM else POINT_TILE, request.values())


def geojson(request: BoxRequest) -> Statement:
    return Statement(GEOJSON, request.values())
