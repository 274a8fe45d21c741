"""What a difference of incidents does to the density: signed deltas at the finest grid, for
`geo.incidents.density` to fold in."""

from __future__ import annotations

from geo.incidents.density import cell

OLD = f"""select {cell("st_x((s.old).point_3857)", "st_y((s.old).point_3857)")}, (s.old).kind,
    coalesce((s.old).category_id, 0),
    ((s.old).opened_at at time zone :time_zone)::date, -1 from incident_diff s
    where s.known and (s.old).point_3857 is not null and (s.old).vanished_at is null"""
NEW = f"""select {cell("s.x", "s.y")}, s.kind, coalesce(s.category_id, 0),
    (s.opened_at at time zone :time_zone)::date, 1
    from incident_diff s where s.x is not null"""
UNCHANGED = """s.known and (s.kind, s.category_id, s.opened_at, s.x, s.y, true) is not distinct
    from ((s.old).kind, (s.old).category_id, (s.old).opened_at,
    st_x((s.old).point_3857), st_y((s.old).point_3857), (s.old).vanished_at is null)"""

APPEND_DELTAS = f"""insert into density_delta (region, x22, y22, kind, category_id, day, n)
    select :region, c.* from ({OLD} and not ({UNCHANGED}) union all {NEW} and not ({UNCHANGED})) c"""
