"""Single incidents in a tile, for a selection narrow enough to draw one by one. One that would hold too
many is refused: density shows it."""

from __future__ import annotations

from geo.incidents.payload import PRESSES_AT
from layers.tiles.conditions import conditions
from layers.tiles.requests import AROUND, IN_TILE, Statement, TileRequest

MAX_INCIDENTS = 5000


def tile(request: TileRequest) -> Statement:
    """Null when the tile holds more than `MAX_INCIDENTS`."""
    where, values = conditions(request.selection, request.city)
    return Statement(
        f"""
        with shown as (
            select id as feature_id, id, version, kind, category_id as category, priority, status,
                district_id as district, inquiries,
              extract(epoch from opened_at)::float8 as opened, extract(epoch from due_at)::float8 as due,
              extract(epoch from {PRESSES_AT})::float8 as presses,
              extract(epoch from closed_at)::float8 as closed, point_3857
            from incident as i where i.region = :region and point_3857 && {AROUND}
                and {where} limit {MAX_INCIDENTS + 1}
        )
        select case when (select count(*) from shown) <= {MAX_INCIDENTS} then
            (select ST_AsMVT(t, 'incidents', 4096, 'geom', 'feature_id')
             from (select shown.*, {IN_TILE} as geom from shown) as t) end""",
        request.values() | values,
    )
