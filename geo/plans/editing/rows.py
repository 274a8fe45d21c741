"""The rows of a plan's parts as an edit writes them: nodes, edges, and precincts with their polygons and
counts, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from geo.database import AnyRow
from geo.plans import voters
from geo.plans.editing.draft import Draft, PrecinctRow

WRITE_PRECINCTS = f"""
    insert into precinct as p (region, plan_id, id, version, number, kind, district_id, station_id,
        voters_given, voters, buildings, geom, geom_4326, geom_3857)
    select :region, :plan, r.id, :event, r.number, r.kind, r.district, r.station, case when n.voters > 0
        then null else r.given end,
        {voters.voters("n.voters", "r.given")}, n.buildings,
        g.geom, st_transform(st_setsrid(g.geom, :srid), 4326), st_transform(st_setsrid(g.geom, :srid), 3857)
    from unnest(cast(:ids as bigint[]), cast(:numbers as bigint[]), cast(:kinds as text[]),
        cast(:districts as bigint[]), cast(:stations as bigint[]),
        cast(:givens as bigint[]), cast(:wkbs as bytea[])) r (id, number, kind, district, station, given,
            wkb),
        lateral (select st_multi(st_geomfromwkb(r.wkb, 0)) as geom) g,
        lateral ({voters.of_one("r.id")}) n
    on conflict (region, plan_id, id) do update set version = excluded.version, number = excluded.number,
        kind = excluded.kind,
        district_id = excluded.district_id, station_id = excluded.station_id,
            voters_given = excluded.voters_given, voters = excluded.voters,
        buildings = excluded.buildings, geom = coalesce(excluded.geom, p.geom),
            geom_4326 = coalesce(excluded.geom_4326, p.geom_4326),
        geom_3857 = coalesce(excluded.geom_3857, p.geom_3857)
    returning id, version, number, kind, voters, buildings, district_id as district, plan_id as plan,
        voters_given"""


def write_parts(
    draft: Draft, event: int, nodes: Mapping[int, tuple[Any, ...]], edges: Mapping[int, tuple[Any, ...]]
) -> None:
    for table, pairs in (("node", nodes), ("edge", edges)):
        draft.run(
            f"delete from {table} where region = :region and plan_id = :plan and id = :id",
            [{"id": id_} for id_, (_, after) in pairs.items() if after is None],
        )
    draft.run(
        """insert into node (region, plan_id, id, version, point) values (:region, :plan, :id, :event,
            st_makepoint(:x, :y))
        on conflict (region, plan_id, id) do update set point = excluded.point, version = excluded.version""",
        [
            {"id": id_, "event": event, "x": after[0], "y": after[1]}
            for id_, (_, after) in nodes.items()
            if after is not None
        ],
    )
    draft.run(
        """insert into edge (region, plan_id, id, from_node, to_node, left_precinct, right_precinct, version,
            geom)
        values (:region, :plan, :id, :from, :to, :left, :right, :event, st_geomfromwkb(:wkb, 0))
        on conflict (region, plan_id, id) do update set from_node = excluded.from_node,
            to_node = excluded.to_node, left_precinct = excluded.left_precinct,
            right_precinct = excluded.right_precinct, version = excluded.version, geom = excluded.geom""",
        [
            {
                "id": id_,
                "event": event,
                "from": after[0],
                "to": after[1],
                "left": after[2],
                "right": after[3],
                "wkb": shapely.LineString(after[4]).wkb,
            }
            for id_, (_, after) in edges.items()
            if after is not None
        ],
    )


def write_precincts(
    draft: Draft,
    event: int,
    after: Mapping[int, PrecinctRow],
    gone: set[int],
    polygons: Mapping[int, shapely.Geometry],
) -> list[AnyRow]:
    """Rows, polygons and counts of the precincts an edit touched; returns them as they now are, by id.
    Voters that a file named stand until a house has some."""
    draft.run(
        "delete from precinct where region = :region and plan_id = :plan and id = :id",
        [{"id": id_} for id_ in sorted(gone)],
    )
    rows = sorted(after.items())
    written = draft.all(
        WRITE_PRECINCTS,
        event=event,
        ids=[id_ for id_, _ in rows],
        numbers=[row.number for _, row in rows],
        kinds=[row.kind for _, row in rows],
        districts=[row.district for _, row in rows],
        stations=[row.station for _, row in rows],
        givens=[row.given for _, row in rows],
        wkbs=[polygons[id_].wkb if id_ in polygons else None for id_, _ in rows],
    )
    return sorted(written, key=lambda row: row.id)


def row_of(precinct: PrecinctRow | None) -> tuple[Any, ...] | None:
    """The precinct in the form of `geo.plans.events.Changes`."""
    return (
        None
        if precinct is None
        else (precinct.number, precinct.kind, precinct.district, precinct.station, precinct.given)
    )
