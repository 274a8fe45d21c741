"""A whole plan written at once: its nodes and shared edges, polygons and stations, and the precinct of each
building.

Polygons come in the city's metric CRS and are put on a 1 mm grid (`geo.plans.editing.topology`); points of
stations are EPSG:4326.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.changes.outbox import announce_reset
from geo.errors import InvalidInput
from geo.plans import voters
from geo.plans.editing import topology
from geo.plans.events import write_first_event
from geo.plans.register_lock import hold_register
from geo.settings import City

AT_BUILDING_M = 1.0
"""A station whose point lies this near a building's tag is in that building."""


@dataclass(frozen=True)
class StationInput:
    """`lon`, `lat` (EPSG:4326) none where only the address is known; `building` none: that on whose tag
    the point lies. `entrance_*`: which door, where several precincts share the building."""

    name_kk: str
    name_ru: str
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    address_kk: str | None = None
    entrance_kk: str | None = None
    entrance_ru: str | None = None
    building: int | None = None


@dataclass(frozen=True)
class PrecinctInput:
    """`geometry`: a shapely polygon in the city's metric CRS, none for a closed precinct and one abroad.
    `voters` stands where no building says otherwise."""

    number: int
    kind: str
    voters: int
    geometry: shapely.Polygon | shapely.MultiPolygon | None
    station: StationInput | None = None
    code: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanInput:
    """`state`: 'draft' or 'published'; `in_force_from` none = the city's today, of one that is published.
    `assignments`: building -> (number of its precinct, 'hand' or 'text'); all others go by their tag.
    `origin`: what its first event keeps of where it came from."""

    name: str
    precincts: Sequence[PrecinctInput]
    state: str = "published"
    in_force_from: date | None = None
    assignments: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    origin: Mapping[str, object] = field(default_factory=dict)


def import_plan(connection: Connection, city: City, plan: PlanInput, who: str) -> int:
    """Write a whole plan, in the caller's transaction: nodes, shared edges, polygons, stations, and the
    precinct of each building. Returns its id.

    The polygons must be a coverage: no gap between neighbours, no overlap, each shared vertex in both.
    Raises `InvalidInput` ("plan.number_twice", "plan.polygon", "plan.coverage"; the numbers are in its
    parameters).
    """
    precincts = plan.precincts
    refuse_equal_numbers(precincts)
    shaped = [p for p in precincts if p.geometry is not None]
    polygons = topology.on_grid(np.array([p.geometry for p in shaped], dtype=object))
    if shaped:
        topology.check_coverage(polygons, [p.number for p in shaped])
    hold_register(connection, city)
    plan_id = write_plan(connection, city, plan, who)
    write_precincts(
        connection, city, plan_id, precincts, {p.number: polygon for p, polygon in zip(shaped, polygons)}
    )
    if shaped:
        write_topology(connection, city.region, plan_id, topology.build(polygons), [p.number for p in shaped])
    assign_as_given(connection, city, plan_id, plan.assignments)
    assign_buildings(connection, city, plan_id)
    write_first_event(
        connection,
        city,
        plan_id,
        who,
        "imported",
        {"name": plan.name, "precincts": len(precincts), **plan.origin},
    )
    announce_reset(connection, city.region, "precincts")
    return plan_id


def refuse_equal_numbers(precincts: Sequence[PrecinctInput]) -> None:
    """Raises `InvalidInput` ("plan.number_twice")."""
    numbers = [p.number for p in precincts]
    if len(set(numbers)) < len(numbers):
        raise InvalidInput(
            "plan.number_twice",
            precincts=", ".join(str(n) for n in sorted({n for n in numbers if numbers.count(n) > 1})),
        )


def write_plan(connection: Connection, city: City, plan: PlanInput, who: str) -> int:
    """Its id."""
    in_force_from = plan.in_force_from
    if plan.state != "draft":
        in_force_from = in_force_from or city.today()
    return connection.execute(
        text("""insert into plan (region, name, state, in_force_from, created_by)
            values (:region, :name, :state, :day, :who) returning id"""),
        {
            "region": city.region,
            "name": plan.name,
            "day": in_force_from,
            "state": plan.state,
            "who": who,
        },
    ).scalar_one()


def write_precincts(
    connection: Connection,
    city: City,
    plan_id: int,
    precincts: Sequence[PrecinctInput],
    shapes: dict[int, object],
) -> None:
    """A precinct's id in its plan is its number."""
    rows = [
        {
            "region": city.region,
            "plan": plan_id,
            "number": p.number,
            "kind": p.kind,
            "voters": p.voters,
            "srid": city.metric_srid,
            "station": write_station(connection, city.region, p.station),
            "wkb": shapely.to_wkb(shapes[p.number]) if p.number in shapes else None,
        }
        for p in precincts
    ]
    if not rows:
        return
    connection.execute(
        text("""
        insert into precinct (region, plan_id, id, number, kind, voters, voters_given, station_id, geom,
            geom_4326, geom_3857)
        select :region, :plan, :number, :number, :kind, :voters, :voters, cast(:station as bigint), g.geom,
            st_transform(st_setsrid(g.geom, :srid), 4326),
            st_transform(st_setsrid(g.geom, :srid), 3857)
        from (select st_multi(st_geomfromwkb(cast(:wkb as bytea), 0)) as geom) g"""),
        rows,
    )
    _write_labels(connection, city, plan_id, precincts)
    connection.execute(
        text("""
        update precinct p set district_id = (select d.id from district d where d.region = p.region
            and d.valid_to is null
            and st_intersects(d.geom_3857, st_pointonsurface(p.geom_3857)) order by d.id limit 1)
        where p.region = :region and p.plan_id = :plan and p.geom is not null"""),
        {"region": city.region, "plan": plan_id},
    )


def _write_labels(
    connection: Connection, city: City, plan_id: int, precincts: Sequence[PrecinctInput]
) -> None:
    labels = [
        {
            "region": city.region,
            "plan": plan_id,
            "number": p.number,
            "code": p.code,
            "attributes": json.dumps(dict(p.attributes), ensure_ascii=False),
        }
        for p in precincts
        if p.code or p.attributes
    ]
    if labels:
        connection.execute(
            text("""insert into precinct_label (region, plan_id, precinct_id, code, attributes)
            values (:region, :plan, :number, :code, cast(:attributes as jsonb))"""),
            labels,
        )


def write_station(connection: Connection, region: str, station: StationInput | None) -> int | None:
    if station is None:
        return None
    return connection.execute(
        text("""
        insert into station (region, name_kk, name_ru, address, address_kk, entrance_kk, entrance_ru,
            point_4326, building_id)
        select :region, :name_kk, :name_ru, :address, coalesce(:address_kk, b.address_kk), :entrance_kk,
            :entrance_ru, p.point,
            coalesce(:building, b.id)
        from (select st_setsrid(st_makepoint(:lon, :lat), 4326) as point) p
        left join lateral (
            select o.id, o.street_kk || ' ' || o.house as address_kk from building o where o.region = :region
                and cast(:building as bigint) is null
                and o.point_3857 && st_expand(st_transform(p.point, 3857), 3)
                    and st_dwithin(o.point_4326::geography, p.point::geography, :near_m)
            order by o.point_4326 <-> p.point, o.id limit 1) b on true
        returning id"""),
        {"region": region, "near_m": AT_BUILDING_M, **vars(station)},
    ).scalar_one()


def write_topology(
    connection: Connection, region: str, plan_id: int, built: topology.Topology, numbers: list[int]
) -> None:
    connection.execute(
        text(
            "insert into node (region, plan_id, id, point) values (:region, :plan, :id, "
            "st_geomfromwkb(:wkb, 0))"
        ),
        [
            {"region": region, "plan": plan_id, "id": i + 1, "wkb": point.wkb}
            for i, point in enumerate(built.nodes)
        ],
    )
    number: dict[int | None, int | None] = {None: None, **dict(enumerate(numbers))}
    connection.execute(
        text("""insert into edge (region, plan_id, id, from_node, to_node, left_precinct, right_precinct,
            geom)
            values (:region, :plan, :id, :from_node, :to_node, :left, :right, st_geomfromwkb(:wkb, 0))"""),
        [
            {
                "region": region,
                "plan": plan_id,
                "id": i + 1,
                "from_node": edge.from_node + 1,
                "to_node": edge.to_node + 1,
                "left": number[edge.left],
                "right": number[edge.right],
                "wkb": edge.line.wkb,
            }
            for i, edge in enumerate(built.edges)
        ],
    )


def assign_as_given(
    connection: Connection, city: City, plan_id: int, assignments: Mapping[int, tuple[int, str]]
) -> None:
    connection.execute(
        text("""
        insert into assignment (region, plan_id, building_id, precinct_id, source)
        select :region, :plan, t.building, p.id, t.source
        from unnest(cast(:buildings as bigint[]), cast(:numbers as bigint[]),
            cast(:sources as text[])) t (building, number, source)
        join precinct p on p.region = :region and p.plan_id = :plan and p.number = t.number"""),
        {
            "region": city.region,
            "plan": plan_id,
            "buildings": list(assignments),
            "numbers": [number for number, _ in assignments.values()],
            "sources": [source for _, source in assignments.values()],
        },
    )


def assign_buildings(connection: Connection, city: City, plan_id: int) -> int:
    """Assign each tagged building to the precinct that holds its tag, in the metric CRS (on a border: the
    lower number), and count voters again.

    Returns how many were assigned. A precinct keeps the voters it was given while no building of it has
    any.
    """
    # A plan just written has no statistics: from the precinct to its buildings by their index (100 m for the
    # bend of a straight edge between the two CRS), and counted once before the update, not once a precinct: 1
    # s against 18 s for 500 precincts and 20,000 buildings.
    bound = {"region": city.region, "plan": plan_id, "srid": city.metric_srid}
    assigned = connection.execute(
        text("""
        insert into assignment (region, plan_id, building_id, precinct_id, source)
        select distinct on (b.id) :region, :plan, b.id, p.id, 'geometry'
        from precinct p join building b on b.region = :region and (b.point_3857 && st_expand(p.geom_3857, 100)
            or b.point_3857 is null)
            and st_covers(p.geom, st_setsrid(st_transform(b.point_4326, :srid), 0))
        where p.region = :region and p.plan_id = :plan
        order by b.id, p.number
        on conflict (region, plan_id, building_id) do nothing"""),
        bound,
    ).rowcount
    connection.execute(
        text(f"""
        with n as materialized (
            {voters.OF_EACH})
        update precinct p set buildings = n.buildings, voters = {voters.voters("n.voters", "p.voters")},
            voters_given = case when n.voters > 0 then null else p.voters_given end
        from n where p.region = :region and p.plan_id = :plan and p.id = n.precinct_id"""),
        bound,
    )
    return assigned
