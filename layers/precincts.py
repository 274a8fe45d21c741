"""Precincts of the plan in force: the newest approved or published one whose day has come. Those closed or abroad have no polygon."""
from __future__ import annotations

from layers.asked import AROUND, BOX, SQUARE, BoxAsked, Statement, TileAsked, feature_collection

IN_FORCE = """region = %(region)s and plan_id = (
    select id from plan where region = %(region)s and state in ('approved', 'published') and in_force_from <= now()::date
    order by in_force_from desc, id desc limit 1)"""

TILE = f"""
    select ST_AsMVT(t, 'precincts', 4096, 'geom', 'feature_id') from (
        select id as feature_id, id, number, voters, district_id as district,
          ST_AsMVTGeom(ST_Simplify(geom_3857, %(pixel)s / 2, true), {SQUARE}, 4096, 64) as geom
        from precinct where {IN_FORCE} and geom_3857 && {AROUND}
    ) as t"""

GEOJSON = feature_collection(f"""
    select id, number, kind, voters, buildings, district_id as district, version, geom_4326 as geom
    from precinct where {IN_FORCE} and geom_4326 && {BOX} order by number""")


def tile(asked: TileAsked) -> Statement:
    return Statement(TILE, asked.values())


def geojson(asked: BoxAsked) -> Statement:
    return Statement(GEOJSON, asked.values())
