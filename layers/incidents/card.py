"""One incident with all that is known of it: what the source says, what people decided, what happened
since, and what else happened at its building.

At a past moment it is restated (`layers.incidents.restated`), its course of events ends there, and what an
officer has taken back since stays unsaid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.deadlines.clock import RegulatoryClock
from geo.errors import NotFound
from geo.incidents.cases.fields import NEW_CASE, OF_CASE
from geo.incidents.pressing import read_clocks
from geo.settings import City
from layers.incidents.attributes import FEED
from layers.incidents.columns import JOINS, columns, warnings
from layers.incidents.moment import Moment, need_past
from layers.incidents.proof import list_proofs
from layers.incidents.restated import ONE, Rows, event_bounds, restated
from layers.reading import snapshot
from layers.scope import Scope

NEIGHBOURS = 8
"""How many of the building's other incidents the card names; it counts them all."""
RECORDED = ("police", "offence")
"""Kinds whose cards and pictures are the police's: each look at one is in the audit, before it is shown."""
SPOKEN = ("reason", "handed_to", "text", "answer")
"""Parameters of an action that are the officer's own words."""
NAMED = {"category": "true", "performer": "true", "district": "region = :region"}
"""Tables of names, by the field that holds their ids, and which of their rows are the city's."""


@dataclass(frozen=True)
class Card:
    """`events` oldest first, `decisions` by field, `case` what officers did with it; `channels`: (channel,
    how many inquiries);
    `kept`: column and value of what its feed keeps and declares public; `others` newest first,
    `others_count` all of them."""

    incident: dict[str, Any]
    building: dict[str, Any] | None
    events: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    channels: list[tuple[str, int]]
    kept: list[tuple[str, str]]
    others: list[dict[str, Any]]
    others_count: int
    read_at: datetime
    case: dict[str, Any] = field(default_factory=lambda: dict(NEW_CASE))
    """The fields of `geo.incidents.cases.model.IncidentCase`."""
    proofs: list[dict[str, Any]] = field(default_factory=list)
    """The rows of `layers.incidents.proof.list_proofs`."""
    clock: RegulatoryClock | None = None
    """None where nothing is due, or the clock stands."""
    moment: Moment | None = None
    """The past one at which it was so: nothing can be done with it."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """The names of the categories, performers and districts to which events and decisions refer by id:
    (field, id as text) -> name."""


@dataclass(frozen=True)
class NamedCategory:
    id: int
    kind: str
    name: str


def read_card(engine: Engine, city: City, scope: Scope, incident_id: int, lang: str) -> Card:
    """Raises `NotFound` ("incident.unknown") also for one outside the caller's scope."""
    with snapshot(engine) as connection:
        values = {"region": city.region, "id": incident_id, "at": None}
        allowed, scoped = scope.where()
        incident = _one(
            connection,
            f"""
            select {columns(city, lang)}, i.building_id, i.placed_by, i.fine_tenge, i.source_status,
                i.source_priority, i.vanished_at is not null as vanished, c.key as category_key
            from incident as i {JOINS} where i.region = :region and i.id = :id and {allowed}""",
            {**values, **scoped},
        )
        if incident is None:
            raise NotFound("incident.unknown", incident=incident_id)
        clock = read_clocks(connection, city, [incident_id]).get(incident_id)
        incident["warnings"] = warnings(clock)
        others, others_count = _others(connection, city, scope, incident, lang)
        events, decisions = _events(connection, values), _decisions(connection, values)
        return Card(
            incident,
            _building(connection, city, incident["building_id"]),
            events,
            decisions,
            _channels(connection, values),
            _kept(connection, values),
            others,
            others_count,
            datetime.now(UTC),
            _case(connection, values),
            list_proofs(connection, city, incident_id),
            clock,
            names=_names(connection, city, lang, events, decisions),
        )


def read_past_card(
    engine: Engine, city: City, scope: Scope, incident_id: int, lang: str, moment: Moment
) -> Card:
    """The same at a past moment: without decisions and neighbours, which have no past of their own. Raises
    `NotFound` ("incident.unknown") also where it was not there, `InvalidInput` ("moment.future",
    "moment.forgotten")."""
    with snapshot(engine) as connection:
        need_past(connection, city, moment, connection.execute(text("select now()")).scalar_one())
        at = moment.instant(city)
        values = {"region": city.region, "id": incident_id, **event_bounds(at)}
        past, scoped = restated(ONE, moment.then, scope)
        rows = Rows(past)
        found = _one(
            connection,
            rows.statement(f"""
            select {columns(city, lang)}, i.building_id, i.placed_by, i.fine_tenge, i.source_status,
                i.source_priority, i.vanished_at is not null as vanished,
                {", ".join(f"k.{what}" for what in OF_CASE)}
            from {rows.table} as i {rows.joined(JOINS)}"""),
            {**values, **scoped},
        )
        if found is None:
            raise NotFound("incident.unknown", incident=incident_id)
        incident = found | {"warnings": []}
        events = _past_events(connection, values, moment.then)
        return Card(
            incident,
            _building(connection, city, incident["building_id"]),
            events,
            [],
            _channels(connection, values),
            _kept(connection, values),
            [],
            0,
            at,
            {what: incident[what] if incident[what] is not None else NEW_CASE[what] for what in OF_CASE},
            [proof for proof in list_proofs(connection, city, incident_id) if proof["at"] <= at],
            moment=moment,
            names=_names(connection, city, lang, events, []),
        )


def _past_events(connection: Connection, values: dict, then: bool) -> list[dict]:
    """The events until the moment; the words of what was undone at any time are left out."""
    until = "recorded_at" if then else "happened_at"
    events = [event for event in _events(connection, values) if event[until] <= values["at"]]
    return [event | {"parameters": _without_words(event)} if event["undone"] else event for event in events]


def _without_words(event: dict) -> dict[str, Any]:
    return {name: value for name, value in (event["parameters"] or {}).items() if name not in SPOKEN}


def read_performers(engine: Engine, lang: str) -> dict[int, str]:
    """Whom an incident can be assigned to: id -> name."""
    with snapshot(engine) as connection:
        rows = _all(connection, f"select id, name_{lang} as name from performer", {})
    return {row["id"]: row["name"] for row in rows}


def read_categories(engine: Engine, lang: str) -> list[NamedCategory]:
    """Those that stand at the end of a branch: what an incident can be."""
    with snapshot(engine) as connection:
        rows = _all(
            connection,
            f"""select c.id, c.kind, c.name_{lang} as name from category c
            where not exists (select from category below where below.parent_id = c.id)""",
            {},
        )
    return [NamedCategory(**row) for row in rows]


def _case(connection: Connection, values: dict) -> dict[str, Any]:
    found = _one(
        connection,
        f"""
        select {", ".join(OF_CASE)} from incident_case where region = :region and incident_id = :id""",
        values,
    )
    return found or dict(NEW_CASE)


def _events(connection: Connection, values: dict) -> list[dict]:
    return _all(
        connection,
        """
        select e.happened_at, e.recorded_at, e.who, e.what, e.from_value, e.to_value, e.action_id as action,
            a.verb, a.parameters, exists (select from incident_action u where u.region = a.region
                and u.undoes = a.id) as undone
        from incident_event e
        left join incident_action a on a.region = e.region and a.id = e.action_id
        where e.region = :region and e.incident_id = :id order by e.happened_at, e.id""",
        values,
    )


def _decisions(connection: Connection, values: dict) -> list[dict]:
    return _all(
        connection,
        """
        select field, value, source_value, conflict_value, who, decided_at from decision
        where region = :region and incident_id = :id order by field""",
        values,
    )


def _names(
    connection: Connection, city: City, lang: str, events: list[dict], decisions: list[dict]
) -> dict[tuple[str, str], str]:
    shown = [(event["what"], event[end]) for event in events for end in ("from_value", "to_value")]
    shown += [
        (decision["field"], decision[end])
        for decision in decisions
        for end in ("value", "source_value", "conflict_value")
    ]
    named: dict[tuple[str, str], str] = {}
    for table in NAMED:
        ids = {
            int(value)
            for what, value in shown
            if what.removesuffix("_id") == table and value and value.isdigit()
        }
        if ids:
            rows = connection.execute(
                text(f"select id::text, name_{lang} from {table} where {NAMED[table]} and id = any(:ids)"),
                {"region": city.region, "ids": list(ids)},
            )
            named |= {(table, id_): name for id_, name in rows if name}
    return named


def _channels(connection: Connection, values: dict) -> list[tuple[str, int]]:
    found = connection.execute(
        text("""
        select channel, count(*) from inquiry where region = :region and incident_id = :id
            and received_at <= coalesce(cast(:at as timestamptz), 'infinity')
            group by channel order by 2 desc, 1"""),
        values,
    )
    return [tuple(row) for row in found]


def _kept(connection: Connection, values: dict) -> list[tuple[str, str]]:
    found = connection.execute(
        text(f"""
        select kept.key, kept.value from incident as i {FEED}
            cross join lateral jsonb_each_text(i.attributes) as kept
            where i.region = :region and i.id = :id and kept.key = any(f.public) and kept.value <> ''
            order by array_position(f.public, kept.key)"""),
        values,
    )
    return [tuple(row) for row in found]


def _building(connection: Connection, city: City, building_id: int | None) -> dict | None:
    return _one(
        connection,
        """
        select id, street_kk, street_ru, house, voters from building where region = :region
            and id = :id""",
        {"region": city.region, "id": building_id},
    )


def _others(
    connection: Connection, city: City, scope: Scope, incident: dict, lang: str
) -> tuple[list[dict], int]:
    if incident["building_id"] is None:
        return [], 0
    allowed, scoped = scope.where()
    values = {
        "region": city.region,
        "building": incident["building_id"],
        "id": incident["id"],
        "limit": NEIGHBOURS,
        **scoped,
    }
    there = (
        f"i.region = :region and i.building_id = :building and i.id <> :id and i.vanished_at "
        f"is null and {allowed}"
    )
    rows = _all(
        connection,
        f"""
        select {columns(city, lang)} from incident as i {JOINS} where {there} order by i.opened_at desc,
            i.id desc limit :limit""",
        values,
    )
    return rows, connection.execute(
        text(f"select count(*) from incident as i where {there}"), values
    ).scalar_one()


def _one(connection: Connection, statement: str, values: dict) -> dict | None:
    row = connection.execute(text(statement), values).mappings().first()
    return None if row is None else dict(row)


def _all(connection: Connection, statement: str, values: dict) -> list[dict]:
    return [dict(row) for row in connection.execute(text(statement), values).mappings()]
