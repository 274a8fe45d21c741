"""What a person decided about an incident holds against what its source says: the decided value is put back
into the difference, what the source says now is kept beside it, and where that is neither the one nor the
other it is a conflict for a person to settle.
"""

from __future__ import annotations

from psycopg2.extensions import cursor as Cursor

from geo.loading.staging import Batch, execute

DECIDED = """select incident_id,
        max(value) filter (where field = 'status') as status,
            max(value) filter (where field = 'priority') as priority,
        max(value) filter (where field = 'category') as category,
            max(value) filter (where field = 'performer') as performer,
        max(value) filter (where field = 'due') as due, max(value) filter (where field = 'point') as point
    from decision where region = :region and incident_id in (select id from incident_diff where known)
        group by incident_id"""
"""What people decided, a row an incident. Values as text, an empty one is none; 'point' is 'lon lat' in
EPSG:4326; 'category' and 'performer' are ids."""
KEEP_SOURCE = """update decision d set source_value_now = c.says, source_closed_at = c.closed_at from (
        select d.id, case d.field when 'status' then s.source_status when 'priority'
            then s.source_priority::text
            when 'category' then s.category_id::text when 'performer' then s.performer_id::text when 'point'
                then s.lon || ' ' || s.lat when 'due' then to_char(s.due_at at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS+00:00') end as says,
            case d.field when 'status' then s.closed_at end as closed_at
        from decision d join incident_diff s on s.id = d.incident_id and s.known
            where d.region = :region) c
    where d.region = :region and d.id = c.id and (c.says, c.closed_at) is distinct
        from (d.source_value_now, d.source_closed_at)"""
"""Keeps what the source says now beside the decided value."""
CONFLICTS = """update decision d set conflict_value = c.says from (
        select d.id, nullif(nullif(d.source_value_now, d.value), d.source_value) as says
        from decision d join incident_diff s on s.id = d.incident_id and s.known
            where d.region = :region) c
    where d.region = :region and d.id = c.id and c.says is distinct
        from d.conflict_value returning d.incident_id"""
"""Records a conflict for a person to settle: what the source says now, where that is neither what was decided
nor what it said when it was decided."""
HOLD = f"""update incident_diff s set held = true, conflict = s.id = any(:conflicts),
        status = coalesce(d.status, s.status), priority = coalesce(d.priority::smallint, s.priority),
        closed_at = case when d.status is null then s.closed_at else (s.old).closed_at end,
        category_id = coalesce(d.category::bigint, s.category_id),
            performer_id = coalesce(d.performer::bigint, s.performer_id),
        due_at = case when d.due is null then s.due_at else nullif(d.due, '')::timestamptz end,
        lon = case when d.point is null then s.lon else st_x((s.old).point_4326) end,
        lat = case when d.point is null then s.lat else st_y((s.old).point_4326) end,
        x = case when d.point is null then s.x else st_x((s.old).point_3857) end,
        y = case when d.point is null then s.y else st_y((s.old).point_3857) end,
        district_id = case when d.point is null then s.district_id else (s.old).district_id end,
        building_id = case when d.point is null then s.building_id else (s.old).building_id end
    from ({DECIDED}) d where d.incident_id = s.id"""


def hold_decisions(cursor: Cursor, batch: Batch) -> bool:
    """Whether any row is held. The rows are locked: nobody decides about them until this transaction ends."""
    execute(cursor, KEEP_SOURCE, batch)
    execute(cursor, CONFLICTS, batch)
    conflicts = [row[0] for row in cursor.fetchall()]
    execute(cursor, HOLD, batch, conflicts=conflicts)
    return cursor.rowcount > 0
