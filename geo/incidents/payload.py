"""What the change feed says of an incident, and the statement that says it: the one place that decides which
of its columns reach a screen."""

from __future__ import annotations

from geo.deadlines.clock import WARNINGS

PRESSES_AT = f"coalesce(i.presses_at, i.opened_at + {WARNINGS[-1]} * (i.due_at - i.opened_at))"
"""SQL over a row `i` of `incident`: when its deadline begins to press, the last of the warnings; null without
a deadline. The one place: screens are told it, panels count by it."""

INCIDENT_PAYLOAD = f"""jsonb_build_object(
    'id', i.id, 'version', i.version, 'kind', i.kind, 'category', i.category_id, 'priority', i.priority,
        'status', i.status,
    'district', i.district_id, 'channel', i.channel,
    'performer', coalesce(i.performer_id, (select c.performer_id from category c where c.id = i.category_id)),
    'opened', extract(epoch from i.opened_at)::float8, 'due', extract(epoch from i.due_at)::float8,
    'presses', extract(epoch from {PRESSES_AT})::float8,
    'closed', extract(epoch from i.closed_at)::float8, 'inquiries', i.inquiries, 'title', i.title, 'address',
        i.address,
    'vanished', i.vanished_at is not null, 'feed', i.source, 'group', i.group_id,
    'case', (select jsonb_build_object('acknowledged', c.acknowledged_by is not null, 'escalation',
    c.escalation,
            'shelved', extract(epoch from c.shelved_until)::float8,
            'paused', extract(epoch from c.paused_at)::float8)
        from incident_case c where c.region = i.region and c.incident_id = i.id),
    'point', case when i.point_4326 is not null then jsonb_build_array(
        round(st_x(i.point_4326)::numeric, 6)::float8, round(st_y(i.point_4326)::numeric, 6)::float8) end)"""
"""SQL over a row `i` of `incident`, as it is after the write. Times are seconds since 1970 (UTC), `point`
is [lon, lat] in EPSG:4326 or null,
`feed` the key of the feed it came by: its age is the age of what is shown. `case` is what duty officers did
with it, null where nobody has: until when it is shelved, since when its regulatory clock is paused.
Never personal data: it reaches every screen whose scope holds the incident."""

RECORD_INCIDENTS = f"""insert into change (region, noun, noun_id, version, payload)
    select i.region, 'incident', i.id, i.version, {INCIDENT_PAYLOAD} from incident i"""
"""Append a `where` (or a join) that names the incidents written in this transaction. Run it after the rows
are locked by their write: the order of
`change.id` is then the order of an incident's versions."""
