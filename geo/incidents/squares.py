"""The square of the city's grid in which an incident lies, as one number: by it an index holds next to each
other what lies next to each other (`ix_incident_square`).

A square is a web-mercator tile of zoom 18 (EPSG:3857, y down), some 95 m wide at 51 degrees north. Its number
is row * 2^18 + column; none for an incident without a point.
"""

from __future__ import annotations

ZOOM = 18
PER_ROW = 2**ZOOM
HALF_WORLD_M = 20037508.342789244
"""Half the width of EPSG:3857 in metres."""
SIDE_M = 2 * HALF_WORLD_M / PER_ROW
"""EPSG:3857 metres."""
SQUARE = f"""((floor(({HALF_WORLD_M} - st_y({{row}}point_3857)) / {SIDE_M}) * {PER_ROW}
    + floor((st_x({{row}}point_3857) + {HALF_WORLD_M}) / {SIDE_M}))::bigint)"""
"""The number of an incident's square in SQL; `row` is "" or the row's name with a dot."""
