"""Precincts of the plan in force: the newest approved or published one whose day has come in the city.
Those closed or abroad have no polygon."""

from __future__ import annotations

from layers.tiles.requests import (
    AROUND,
    BOX,
    COUNTED,
    SQUARE,
    BoxRequest,
    Statement,
    TileRequest,
    feature_collection,
)

PLAN = """select id from plan where region = :region and state in ('approved', 'published')
    and in_force_from <= :today
    order by in_force_from desc, id desc limit 1"""
"""The plan in force on the city's day; binds `region` and `today`."""
IN_FORCE = f"region = :region and plan_id = ({PLAN})"

TILE = f"""
    with shown as materialized (select id, number, {COUNTED}, district_id as district, geom_3857 from precinct
        where {IN_FORCE} and geom_3857 && {AROUND}),
    named as (select id, number, ST_PointOnSurface(geom_3857) as at from shown)
    select (select ST_AsMVT(t, 'precincts', 4096, 'geom', 'feature_id') from (
        select id as feature_id, id, number, voters, district, ST_AsMVTGeom(ST_Simplify(geom_3857,
            :pixel / 2, true), {SQUARE}, 4096, 64) as geom
        from shown) as t)
      || (select ST_AsMVT(t, 'precinct_labels', 4096, 'geom', 'feature_id') from (
        select id as feature_id, id, number, ST_AsMVTGeom(at, {SQUARE}, 4096, 0, false) as geom from named
        where ST_X(at) >= :west and ST_X(at) < :east and ST_Y(at) >= :south
            and ST_Y(at) < :north) as t)"""
"""A number stands at one point inside its precinct, in the one tile that holds the point: it is written
once, however many tiles the polygon lies in."""

GEOJSON = feature_collection(f"""
    select id, number, kind, {COUNTED}, buildings, district_id as district, version, geom_4326 as geom
    from precinct where {IN_FORCE} and geom_4326 && {BOX} order by number""")


def tile(request: TileRequest) -> Statement:
    return Statement(TILE, request.values())


def geojson(request: BoxRequest) -> Statement:
    return Statement(GEOJSON, request.values())
