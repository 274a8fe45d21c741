"""Mass events as the duty officer reads them: those that are going on, what is suggested as one, and the card
of one, all within the caller's scope."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine, text

from geo.crs import to_metric
from geo.early_warning.causes import cause_name
from geo.errors import InvalidInput, NotFound
from geo.incidents.mass_events.candidates import Reach, find_groups, find_near
from geo.incidents.mass_events.members import LEAST
from geo.incidents.mass_events.rules import RULE
from geo.settings import City
from layers.executors import LISTS
from layers.incidents.columns import JOINS, columns
from layers.reading import snapshot
from layers.scope import Scope

router = APIRouter()
MOST_SUGGESTED = 20
FRESH_S = 3.0
"""So long an answer serves all who may see the same: a burst of a thousand is compared each with each."""
MOST_LISTED = 500
"""Incidents that the card of an event names; it counts them all."""
OPEN = """
    select i.id, i.version, i.category_id as category, i.kind, i.inquiries, i.building_id as building,
        i.group_id as event, extract(epoch from i.opened_at)::float8 as opened,
        ST_X(i.point_4326) as lon, ST_Y(i.point_4326) as lat, m.incident_id is not null as dismissed
    from incident as i
    left join mass_dismissal m on m.region = i.region and m.incident_id = i.id
    where i.region = :region and i.status <> 'closed' and i.vanished_at is null
        and i.point_4326 is not null and i.category_id is not null and {allowed}
    order by i.opened_at, i.id"""
RULES = f"""select c.id, c.name_{{lang}} as name, {RULE} from category c
    left join mass_rule r on r.category_id = c.id"""
GOING_ON = """
    select e.id, e.number, e.version, e.status, e.answer, e.category_id as category, e.kind,
        e.confirmed_by, extract(epoch from e.confirmed_at)::float8 as confirmed, c.name_{lang} as name,
        count(i.id)::int as n, (count(i.id) filter (where i.status <> 'closed'))::int as still_open,
        coalesce(sum(i.inquiries), 0)::int as inquiries, count(distinct i.building_id)::int as buildings,
        extract(epoch from coalesce(min(i.opened_at), e.confirmed_at))::float8 as began,
        extract(epoch from min(i.due_at) filter (where i.status <> 'closed'))::float8 as due,
        coalesce(max(i.priority), 0)::int as priority,
        avg(ST_X(i.point_4326)) as lon, avg(ST_Y(i.point_4326)) as lat
    from mass_event e
    left join incident i on i.region = e.region and i.group_id = e.id and i.vanished_at is null and {allowed}
    left join category c on c.id = e.category_id
    where e.region = :region and {which} and (i.id is not null
        or exists (select from incident i where {left} and {allowed}))
    group by e.region, e.id, c.id order by n desc, e.id"""
LEFT = """i.region = e.region
    and not exists (select from incident n where n.region = e.region and n.group_id = e.id
        and n.vanished_at is null)
    and i.id in (select g.id from incident g where g.region = e.region and g.group_id = e.id
        union all select named::bigint from mass_event_step s,
            jsonb_array_elements_text(s.parameters -> 'incidents') named
            where s.region = e.region and s.event_id = e.id)"""
"""What was part of an event of which nothing is left: who sees that can go on with the event."""

WARNINGS = """
    select cause, category_id as category, incidents from early_warning
    where region = :region and seen_at > now() - interval '30 minutes' order by surprise desc"""


@dataclass(frozen=True)
class EventCard:
    """`event`: a row as in the list of those that are going on; `incidents` the newest first, at most
    `MOST_LISTED`; `steps` the newest first; `names` of its districts."""

    event: dict[str, Any]
    incidents: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    read_at: datetime


def read_mass_events(engine: Engine, city: City, scope: Scope, lang: str) -> dict[str, list[dict[str, Any]]]:
    """{"events": those going on, "suggestions": what could be one, or part of one}, the largest first."""
    _need_language(city, lang)
    allowed, scoped = scope.where()
    bound = {"region": city.region, **scoped}
    with snapshot(engine) as connection:
        which = "e.status in ('open', 'in_progress')"
        events = _all(connection, _going_on(lang, which, allowed), bound)
        rows = _all(connection, OPEN.format(allowed=allowed), bound)
        rules = {rule["id"]: rule for rule in _all(connection, RULES.format(lang=lang), {})}
        warnings = _all(connection, WARNINGS, {"region": city.region})
    found = suggest(city, rows, rules, events)
    return {"events": events, "suggestions": [*warned(warnings, rows, rules, found, lang), *found]}


def warned(
    warnings: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    rules: dict[int, dict[str, Any]],
    found: list[dict[str, Any]],
    lang: str,
) -> list[dict[str, Any]]:
    """The incidents of early warnings: of one category that are no event yet and that no rule has found,
    with their likely `cause`."""
    known = {incident for one in found for incident in one["incidents"]}
    free = {row["id"]: row for row in rows if row["event"] is None and not row["dismissed"]}
    suggestions = []
    for warning in warnings:
        members = [
            free[id_]
            for id_ in warning["incidents"]
            if id_ in free and id_ not in known and free[id_]["category"] == warning["category"]
        ]
        if len(members) >= LEAST:
            cause = {"cause": cause_name(warning["cause"], lang)}
            suggestions.append(_described(members, rules[warning["category"]], None) | cause)
            known.update(row["id"] for row in members)
    return suggestions


def suggest(
    city: City, rows: list[dict[str, Any]], rules: dict[int, dict[str, Any]], events: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Suggestions from open incidents: groups that are no event yet, and incidents within reach of an
    event."""
    by_category: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_category.setdefault(row["category"], []).append(row)
    known = {event["id"]: event for event in events}
    found = []
    for category, members in by_category.items():
        rule = rules[category]
        reach = Reach(rule["radius_m"], rule["window_h"], int(rule["least"]))
        if len(members) >= 2:
            found += _of_category(city, members, rule, reach, known)
    return sorted(found, key=lambda one: (-one["n"], one["began"]))[:MOST_SUGGESTED]


def _of_category(
    city: City,
    members: list[dict[str, Any]],
    rule: dict[str, Any],
    reach: Reach,
    known: dict[int, dict[str, Any]],
) -> list[dict[str, Any]]:
    xy = to_metric(city.metric_srid, np.array([(row["lon"], row["lat"]) for row in members]))
    hours = np.array([row["opened"] for row in members]) / 3600
    free = np.array([row["event"] is None for row in members])
    found = []
    for event in sorted({row["event"] for row in members if row["event"] in known}):
        of = np.array([row["event"] == event for row in members])
        near = np.flatnonzero(free)[find_near(xy[free], hours[free], xy[of], hours[of], reach)]
        fresh = [row for row in near if not members[row]["dismissed"]]
        if fresh:
            found.append(_described([members[row] for row in fresh], rule, known[event]))
        free[near] = False
    rows = np.flatnonzero(free)
    for group in find_groups(xy[rows], hours[rows], reach, MOST_SUGGESTED):
        suggested = [members[row] for row in rows[group]]
        if sum(not row["dismissed"] for row in suggested) >= reach.least:
            found.append(_described(suggested, rule, None))
    return found


def _described(
    members: list[dict[str, Any]], rule: dict[str, Any], event: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "category": rule["id"],
        "name": rule["name"],
        "kind": members[0]["kind"],
        "n": len(members),
        "inquiries": sum(row["inquiries"] for row in members),
        "buildings": len({row["building"] for row in members} - {None}),
        "began": members[0]["opened"],
        "newest": members[-1]["opened"],
        "lon": float(np.mean([row["lon"] for row in members])),
        "lat": float(np.mean([row["lat"] for row in members])),
        "radius_m": rule["radius_m"],
        "window_h": rule["window_h"],
        "incidents": [row["id"] for row in members],
        "event": event and {name: event[name] for name in ("id", "number", "version")},
    }


def read_event(engine: Engine, city: City, scope: Scope, event: int, lang: str) -> EventCard:
    """Raises `NotFound` ("mass.unknown") also for one of which the caller sees nothing."""
    _need_language(city, lang)
    allowed, scoped = scope.where()
    bound = {"region": city.region, "event": event, "most": MOST_LISTED, **scoped}
    with snapshot(engine) as connection:
        found = _all(connection, _going_on(lang, "e.id = :event", allowed), bound)
        if not found:
            raise NotFound("mass.unknown", event=event)
        incidents = _all(
            connection,
            f"""select {columns(city, lang)} from incident as i {JOINS}
                where i.region = :region and i.group_id = :event and i.vanished_at is null and {allowed}
                order by (i.status = 'closed'), i.opened_at desc, i.id desc limit :most""",
            bound,
        )
        steps = _all(
            connection,
            """select s.at, s.who, s.verb, s.parameters,
                exists (select from mass_event_step u where u.region = s.region and u.undoes = s.id) as undone
            from mass_event_step s where s.region = :region and s.event_id = :event order by s.id desc""",
            bound,
        )
    return EventCard(found[0], incidents, steps, datetime.now(UTC))


def _going_on(lang: str, which: str, allowed: str) -> str:
    return GOING_ON.format(lang=lang, which=which, allowed=allowed, left=LEFT)


def _need_language(city: City, lang: str) -> None:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])


def _all(connection: Connection, statement: str, bound: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), bound).mappings()]


_recent: dict[tuple[Scope, str], tuple[float, dict[str, list[dict[str, Any]]]]] = {}
MOST_KEPT = 100


@router.get("/layers/mass-events.json")
async def mass_events(request: Request) -> JSONResponse:
    """Answers what `read_mass_events` gives for what the caller may see; names in the language `lang`."""
    servers, scope = request.app.state.servers, Scope.of(request.state.principal)
    city = servers.settings.city
    lang = request.query_params.get("lang") or city.languages[0]
    at, found = _recent.get((scope, lang), (0.0, None))
    if found is None or time.monotonic() - at > FRESH_S:
        found = await servers.executors.run(LISTS, read_mass_events, servers.engine, city, scope, lang)
        if len(_recent) >= MOST_KEPT:
            _recent.clear()
        _recent[scope, lang] = (time.monotonic(), found)
    return JSONResponse(found, headers={"Cache-Control": "private, no-store"})
