"""Plans of precincts: nodes and shared edges stored once, polygons derived, the assignment building ->
precinct as the truth.

Nodes and edges are in the city's metric CRS on a 1 mm grid (SRID 0 in the column type: the CRS is the
city's setting); polygons are kept in it and copied to EPSG:4326 and EPSG:3857. The topology itself is
computed in `geo.plans.editing.topology`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Connection, Date, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.settings import City


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
    """The precinct in which a building votes, and whether geometry, a person or a decision's text assigned
    it."""

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


def plan_in_force(connection: Connection, city: City, day: date | None = None) -> int | None:
    """The id of the plan in force on a day (none = the city's today), or none."""
    return connection.execute(
        text("""select id from plan where region = :region and state in ('approved', 'published')
            and in_force_from <= :day
            order by in_force_from desc, id desc limit 1"""),
        {"region": city.region, "day": day or city.today()},
    ).scalar()
