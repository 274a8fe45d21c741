"""Indicators of the three levels, by formulas that cannot be gamed: what is open and overdue counts
against, and every share says of how many.

Operators: of 24 hours. Inspectors and performers: of the incidents opened in 30 days. What the figures of
a scene show too is read by the statement that they are read by (`panel_inquiries.answering`,
`panel_incidents.closing`). A share is none where nothing was counted, and where the source of what it
counts records nothing at all: no record is not a good record.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

from geo.incidents.payload import PRESSES_AT
from layers.panels.incidents import COUNTED, ON_TIME, PERIOD, closing
from layers.panels.inquiries import answering, share
from layers.panels.requests import PanelRequest, read_rows

INSPECTED = f"""
    with opened as materialized (
        select i.id, i.opened_at, i.due_at, i.closed_at, i.source_priority,
            {PRESSES_AT} as presses_at
        from incident i where {{incidents}} and i.kind = 'service' and {PERIOD}
    ), event as materialized (
        select incident_id, what, to_value, happened_at from incident_event
        where region = :region and recorded_at >= now() - interval '30 days' and what in ('category',
            'priority')
    ), pressed as (
        select o.id, exists (
            select from event e where e.incident_id = o.id and e.what = 'priority' and e.to_value > '0'
                and e.happened_at <= o.due_at) as raised
        from opened o where o.presses_at <= least(now(), coalesce(o.closed_at, now()))
            and o.source_priority = 0
    )
    select (select count(*) from opened) as opened,
           (select count(distinct o.id) from opened o join event e on e.incident_id = o.id
               and e.what = 'category') as reclassified,
           (select count(*) from pressed) as pressed, (select count(*) from pressed where raised) as raised,
           exists (select from event where what = 'priority') as escalates"""

RETURNED = f"""
    with opened as materialized (select i.id, i.status = 'closed' as closed from incident i
        where {{incidents}} and {PERIOD})
    select (select count(distinct o.id) from opened o join incident_event e on e.region = :region
        and e.incident_id = o.id
              and e.recorded_at >= now() - interval '30 days' and e.what = 'status'
                  and e.from_value = 'closed') as returned,
           count(*) filter (where closed) as closed
    from opened"""

PERFORMERS = f"""
    select p.id, p.name_{{lang}} as name, t.overdue, t.on_time, t.counted from (
        select coalesce(i.performer_id, c.performer_id) as id, count(*) filter (where i.status <> 'closed'
            and i.due_at < now())::int as overdue,
               count(*) filter (where {ON_TIME})::int as on_time,
                   count(*) filter (where {COUNTED})::int as counted
        from incident i left join category c on c.id = i.category_id where {{incidents}} and {PERIOD}
            group by 1
    ) t join performer p on p.id = t.id where t.counted > 0 order by t.overdue desc,
        t.on_time::float8 / t.counted, p.id limit :rows"""


def indicators(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"key", "value", "of"}]} of the level asked for: `value` is a share 0..1 (`answer`:
    seconds), `of` how many it is counted from."""
    return {"rows": LEVELS[request.level](connection, request)}


def performers(connection: Connection, request: PanelRequest) -> dict:
    """{"rows": [{"id", "name", "overdue", "on_time", "counted"}]}: those with most open and overdue first;
    the share on time is on_time / counted."""
    condition, scoped = request.incidents()
    return read_rows(connection, PERFORMERS.format(lang=request.lang, incidents=condition), scoped)


def _operators(connection: Connection, request: PanelRequest) -> list[dict]:
    day = answering(connection, request)
    return [
        _row("one_take", day["one_take"], day["inquiries"]),
        _row("lost_calls", day["lost_calls"], day["offered"]),
        _row("answer", day["answer_s"], day["inquiries"]),
    ]


def _inspectors(connection: Connection, request: PanelRequest) -> list[dict]:
    condition, scoped = request.incidents()
    row = connection.execute(text(INSPECTED.format(incidents=condition)), scoped).one()
    return [
        _row("classified", share(row.opened - row.reclassified, row.opened), row.opened),
        _row("escalated", share(row.raised, row.pressed) if row.escalates else None, row.pressed),
    ]


def _performers(connection: Connection, request: PanelRequest) -> list[dict]:
    condition, scoped = request.incidents()
    row = connection.execute(text(RETURNED.format(incidents=condition)), scoped).one()
    ended = closing(connection, request)
    return [
        _row("on_time", ended["on_time"], ended["counted"]),
        _row("returned", share(row.returned, row.closed), row.closed),
    ]


def _row(key: str, value: float | None, of: int) -> dict:
    return {"key": key, "value": value, "of": of}


LEVELS: dict[str, Callable[[Connection, PanelRequest], list[dict]]] = {
    "operators": _operators,
    "inspectors": _inspectors,
    "performers": _performers,
}
