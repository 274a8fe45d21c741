"""The events of a plan: what each edit changed, as it was and as it became, so that it can be taken back,
done again, and replayed from the first.

An event's payload holds `changes`: for nodes, edges, precincts and assignments {id: [before, after]} (null
where there was or is none), and the command that was given. The first event of a plan holds the whole plan
under `whole`. Coordinates are metric, in millimetres of a metre, written as decimals: they read back bit
for bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import NotFound
from geo.settings import City

PARTS = ("nodes", "edges", "precincts", "assignments")
Pairs = dict[int, tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]

WHOLE = """jsonb_build_object(
    'nodes', (select coalesce(jsonb_agg(jsonb_build_array(id, st_asgeojson(point,
        3)::jsonb -> 'coordinates')), '[]') from node
        where region = :region and plan_id = :plan),
    'edges', (select coalesce(jsonb_agg(jsonb_build_array(id, from_node, to_node, left_precinct,
        right_precinct, st_asgeojson(geom, 3)::jsonb ->
    'coordinates')), '[]')
        from edge where region = :region and plan_id = :plan),
    'precincts', (select coalesce(jsonb_agg(jsonb_build_array(id, number, kind, district_id, station_id,
        voters_given)), '[]') from precinct
        where region = :region and plan_id = :plan),
    'assignments', (select coalesce(jsonb_agg(g.one), '[]') from (select jsonb_build_array(precinct_id,
        source, jsonb_agg(building_id)) as one from assignment
        where region = :region and plan_id = :plan group by precinct_id, source) g))"""
"""SQL of a whole plan. Assignments as [precinct, source, [buildings]]."""


@dataclass
class Changes:
    """{id: (before, after)} of each part. Rows: node (x, y); edge (from, to, left, right, corners);
    precinct (number, kind, district, station, voters given); assignment of a building (precinct, source)."""

    nodes: Pairs = field(default_factory=dict)
    edges: Pairs = field(default_factory=dict)
    precincts: Pairs = field(default_factory=dict)
    assignments: Pairs = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        return {part: {str(id_): pair for id_, pair in getattr(self, part).items()} for part in PARTS}

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Changes:
        return cls(
            *(
                {int(id_): (frozen(before), frozen(after)) for id_, (before, after) in payload[part].items()}
                for part in PARTS
            )
        )

    def reversed(self) -> Changes:
        return Changes(
            *(
                {id_: (after, before) for id_, (before, after) in getattr(self, part).items()}
                for part in PARTS
            )
        )


@dataclass
class Image:
    """A whole plan as rows by id, in the form of `Changes`."""

    nodes: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    edges: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    precincts: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    assignments: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, whole: Mapping[str, Any]) -> Image:
        return cls(
            {row[0]: frozen(row[1]) for row in whole["nodes"]},
            {row[0]: frozen(row[1:]) for row in whole["edges"]},
            {row[0]: frozen(row[1:]) for row in whole["precincts"]},
            {
                building: (precinct, source)
                for precinct, source, buildings in whole["assignments"]
                for building in buildings
            },
        )

    def apply(self, changes: Changes) -> None:
        for part in PARTS:
            rows = getattr(self, part)
            for id_, (_, after) in getattr(changes, part).items():
                rows.pop(id_, None)
                if after is not None:
                    rows[id_] = after


def frozen(value: Any) -> Any:
    """Lists of JSON as tuples, all the way down."""
    return tuple(map(frozen, value)) if isinstance(value, (list, tuple)) else value


def next_event(connection: Connection) -> int:
    return connection.scalar(text("select nextval('plan_event_id_seq')"))


def write_event(
    connection: Connection,
    city: City,
    plan_id: int,
    event: int,
    who: str,
    what: str,
    payload: dict[str, Any],
    of_event: int | None = None,
) -> None:
    connection.execute(
        text("""insert into plan_event (id, region, plan_id, who, what, payload, of_event)
            values (:id, :region, :plan, :who, :what, cast(:payload as jsonb), :of_event)"""),
        {
            "id": event,
            "region": city.region,
            "plan": plan_id,
            "who": who,
            "what": what,
            "payload": json.dumps(payload, ensure_ascii=False),
            "of_event": of_event,
        },
    )
    record_audit(connection, who, "plan.changed", plan=plan_id, event=event, step=what)


def write_first_event(
    connection: Connection, city: City, plan_id: int, who: str, what: str, command: dict[str, Any]
) -> None:
    """The plan as it now is, whole: where its replay begins."""
    connection.execute(
        text(f"""insert into plan_event (region, plan_id, who, what, payload)
            values (:region, :plan, :who, :what, jsonb_build_object('command', cast(:command as jsonb),
                'whole', {WHOLE}))"""),
        {
            "region": city.region,
            "plan": plan_id,
            "who": who,
            "what": what,
            "command": json.dumps(command, ensure_ascii=False),
        },
    )
    record_audit(connection, who, "plan.changed", plan=plan_id, step=what)


def history(
    connection: Connection, city: City, plan_id: int, after: int = 0, most: int = 200
) -> list[dict[str, Any]]:
    """Events after one, newest first: event, at, who, what, command, `of` (what an undo or a redo refers
    to), `undone`."""
    rows = connection.execute(
        text("""
        select e.id as event, e.recorded_at as at, e.who, e.what, e.payload -> 'command' as command,
            e.of_event as of,
            coalesce((select u.what = 'undone' from plan_event u where u.region = e.region
                and u.plan_id = e.plan_id and u.of_event = e.id
                order by u.id desc limit 1), false) as undone
        from plan_event e where e.region = :region and e.plan_id = :plan and e.id > :after
            order by e.id desc limit :most"""),
        {"region": city.region, "plan": plan_id, "after": after, "most": most},
    )
    return [dict(row._mapping) for row in rows]


def replay(connection: Connection, city: City, plan_id: int, until: int | None = None) -> Image:
    """The plan as its events make it, up to one of them (none = all). Raises `NotFound` for a plan that
    has no first event."""
    rows = connection.execute(
        text("""select payload -> 'whole' as whole, payload -> 'changes' as changes from plan_event
            where region = :region and plan_id = :plan and id <= coalesce(:until, id) order by id"""),
        {"region": city.region, "plan": plan_id, "until": until},
    ).all()
    if not rows or rows[0].whole is None:
        raise NotFound("plan.no_events", plan=plan_id)
    image = Image.read(rows[0].whole)
    for row in rows[1:]:
        if row.changes is not None:
            image.apply(Changes.read(row.changes))
    return image


def stored(connection: Connection, city: City, plan_id: int) -> Image:
    """The plan as it stands in the tables."""
    return Image.read(connection.scalar(text(f"select {WHOLE}"), {"region": city.region, "plan": plan_id}))


def difference(connection: Connection, city: City, plan_id: int) -> list[str]:
    """Rows in which the replay of the events and the tables differ, such as "edges 7"; none when they are
    equal."""
    replayed, now = replay(connection, city, plan_id), stored(connection, city, plan_id)
    return [
        f"{part} {id_}"
        for part in PARTS
        for id_ in sorted(getattr(replayed, part).keys() | getattr(now, part).keys())
        if getattr(replayed, part).get(id_) != getattr(now, part).get(id_)
    ]
