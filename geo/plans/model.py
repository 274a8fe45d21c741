"""Plans of precincts: nodes and shared edges stored once, polygons derived, the assignment building ->
precinct as the truth.

Nodes and edges are in the city's metric CRS on a 1 mm grid (SRID 0 in the column type: the CRS is the
city's setting); polygons are kept in it and copied to EPSG:4326 and EPSG:3857. The topology itself is
computed in `geo.plans.editing.topology`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Connection, Date, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.changes.outbox import announce_reset
from geo.errors import InvalidInput
from geo.plans import voters
from geo.plans.editing import topology
from geo.plans.events import write_first_event
from geo.settings import City

AT_BUILDING_M = 1.0
"""A station whose point lies this near a building's tag is in that building."""


class Plan(Base):
    """One plan of the whole city. In force: published, with `in_force_from` not after the day asked for."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'checked', 'agreed', 'approved', 'published')", name="state"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    version: Mapped[int] = mapped_column(server_default="1")
    in_force_from: Mapped[date | None] = mapped_column(Date)
    source_plan_id: Mapped[int | None]
    """The plan it was drafted from."""
    created_by: Mapped[str]
    created_at: Mapped[Now]


class Node(Base):
    __tablename__ = "node"
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")
    point = mapped_column(Geometry("POINT", srid=0, spatial_index=True), nullable=False)


class Edge(Base):
    """`left_precinct` / `right_precinct` none = outside the plan. Direction: from node -> to node."""

    __tablename__ = "edge"
    __table_args__ = (
        Index("ix_edge_left", "region", "plan_id", "left_precinct"),
        Index("ix_edge_right", "region", "plan_id", "right_precinct"),
    )
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    from_node: Mapped[int]
    to_node: Mapped[int]
    left_precinct: Mapped[int | None]
    right_precinct: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    geom = mapped_column(Geometry("LINESTRING", srid=0, spatial_index=True), nullable=False)


class Precinct(Base):
    """`number` is what people know it by. Closed precincts and those abroad have no polygon."""

    __tablename__ = "precinct"
    __table_args__ = (
        UniqueConstraint("region", "plan_id", "number"),
        CheckConstraint("kind in ('open', 'closed', 'abroad')", name="kind"),
    )
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default="open")
    district_id: Mapped[int | None]
    voters: Mapped[int] = mapped_column(server_default="0")
    buildings: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")
    station_id: Mapped[int | None]
    voters_given: Mapped[int | None]
    """Voters that a file named, while no house of the precinct has any."""
    geom = mapped_column(Geometry("MULTIPOLYGON", srid=0, spatial_index=True))
    geom_4326 = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    geom_3857 = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=True))


class PrecinctLabel(Base):
    """What a file calls a precinct besides its number: its code ("07-03"), and whatever other columns it
    has; they go out again as they came."""

    __tablename__ = "precinct_label"
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    precinct_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class Station(Base):
    """Where people vote. It may lawfully stand outside its precinct, and several precincts may share one
    building."""

    __tablename__ = "station"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    address: Mapped[str | None]
    address_kk: Mapped[str | None]
    entrance_kk: Mapped[str | None]
    entrance_ru: Mapped[str | None]
    building_id: Mapped[int | None]
    point_4326 = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))


class Assignment(Base):
    """Which precinct a building votes in, and whether geometry or a person said so."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_precinct", "region", "plan_id", "precinct_id"),
        CheckConstraint("source in ('geometry', 'hand', 'text')", name="source"),
    )
    region: Mapped[Region]
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(primary_key=True)
    precinct_id: Mapped[int]
    source: Mapped[str] = mapped_column(server_default="geometry")


class PlanEvent(Base):
    """One edit of a plan, append-only: replaying them from the start gives the same plan
    (`geo.plans.events`). `of_event`: what it undid or did again."""

    __tablename__ = "plan_event"
    __table_args__ = (Index("ix_plan_event_plan", "region", "plan_id", "id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_id: Mapped[int] = mapped_column(index=True)
    recorded_at: Mapped[Now]
    who: Mapped[str]
    what: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    of_event: Mapped[int | None]


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


def plan_in_force(connection: Connection, city: City, day: date | None = None) -> int | None:
    """The id of the plan in force on a day (none = the city's today), or none."""
    return connection.execute(
        text("""select id from plan where region = :region and state in ('approved', 'published')
            and in_force_from <= :day
            order by in_force_from desc, id desc limit 1"""),
        {"region": city.region, "day": day or city.today()},
    ).scalar()


def import_plan(
    connection: Connection,
    city: City,
    name: str,
    precincts: Sequence[PrecinctInput],
    who: str,
    in_force_from: date | None = None,
    state: str = "published",
    assignments: Mapping[int, tuple[int, str]] | None = None,
    origin: Mapping[str, object] | None = None,
) -> int:
    """Write a whole plan, in the caller's transaction: nodes, shared edges, polygons, stations, and each
    building assigned by its tag, unless `assignments` says (building -> number of a precinct, 'hand' or
    'text'). Returns its id.

    The polygons must be a coverage: no gap between neighbours, no overlap, each shared vertex in both.
    Raises `InvalidInput` ("plan.number_twice", "plan.polygon", "plan.coverage"; the numbers are in its
    parameters). `in_force_from` none = the city's today, of a plan that is published; `state` else:
    'draft'. `origin`: what its first event keeps of where it came from.
    """
    numbers = [p.number for p in precincts]
    if len(set(numbers)) < len(numbers):
        raise InvalidInput(
            "plan.number_twice",
            precincts=", ".join(str(n) for n in sorted({n for n in numbers if numbers.count(n) > 1})),
        )
    shaped = [p for p in precincts if p.geometry is not None]
    polygons = topology.on_grid(np.array([p.geometry for p in shaped], dtype=object))
    if shaped:
        topology.check_coverage(polygons, [p.number for p in shaped])
    plan_id = connection.execute(
        text("""insert into plan (region, name, state, in_force_from, created_by)
            values (:region, :name, :state, :day, :who) returning id"""),
        {
            "region": city.region,
            "name": name,
            "day": in_force_from if state == "draft" else in_force_from or city.today(),
            "state": state,
            "who": who,
        },
    ).scalar_one()
    write_precincts(
        connection, city, plan_id, precincts, {p.number: polygon for p, polygon in zip(shaped, polygons)}
    )
    if shaped:
        write_topology(connection, city.region, plan_id, topology.build(polygons), [p.number for p in shaped])
    assign_as_given(connection, city, plan_id, assignments or {})
    assign_buildings(connection, city, plan_id)
    write_first_event(
        connection,
        city,
        plan_id,
        who,
        "imported",
        {"name": name, "precincts": len(precincts), **(origin or {})},
    )
    announce_reset(connection, city.region, "precincts")
    return plan_id


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
    connection.execute(
        text("""
        update precinct p set district_id = (select d.id from district d where d.region = p.region
            and d.valid_to is null
            and st_intersects(d.geom_3857, st_pointonsurface(p.geom_3857)) order by d.id limit 1)
        where p.region = :region and p.plan_id = :plan and p.geom is not null"""),
        {"region": city.region, "plan": plan_id},
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
