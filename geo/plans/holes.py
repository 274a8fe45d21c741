"""Holes of a plan that are lawful: a lake, a foreign territory. Somebody accepted each with a reason; one
that grows is a gap again. Metric CRS, metres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import Connection, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.errors import InvalidInput
from geo.plans.coverages import gaps
from geo.plans.editing.draft import Author, Draft
from geo.plans.events import next_event, write_event
from geo.settings import City

REACH_M = 25.0
"""A place this near to a gap means it."""


class PlanHole(Base):
    """`geom`: what was open when it was accepted."""

    __tablename__ = "plan_hole"
    __table_args__ = (Index("ix_plan_hole_plan", "region", "plan_id"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_id: Mapped[int]
    reason: Mapped[str]
    who: Mapped[str]
    recorded_at: Mapped[Now]
    geom = mapped_column(Geometry("POLYGON", srid=0, spatial_index=False), nullable=False)


@dataclass(frozen=True)
class Hole:
    shape: shapely.Polygon
    reason: str


def read_holes(draft: Draft) -> list[Hole]:
    """Those accepted in a plan, the oldest first."""
    rows = draft.all(
        "select st_asbinary(geom) as wkb, reason from plan_hole where region = :region and plan_id "
        "= :plan order by id"
    )
    return [Hole(shapely.from_wkb(bytes(row.wkb)), row.reason) for row in rows]


def keep_holes(connection: Connection, city: City, plan_id: int, holes: Iterable[Hole], who: str) -> None:
    rows = [
        {"region": city.region, "plan": plan_id, "reason": hole.reason, "who": who, "wkb": hole.shape.wkb}
        for hole in holes
    ]
    if rows:
        connection.execute(
            text("""insert into plan_hole (region, plan_id, reason, who, geom)
            values (:region, :plan, :reason, :who, st_geomfromwkb(:wkb, 0))"""),
            rows,
        )


def accept_hole(author: Author, point: tuple[float, float], reason: str) -> float:
    """Accept the gap of a draft at a place (lon, lat). Returns its area in m2. Raises `InvalidInput`
    ("plan.reason"; "plan.no_gap" where there is none), and as `geo.plans.editing.draft.Draft.open`."""
    if not reason.strip():
        raise InvalidInput("plan.reason")
    draft = Draft.opened(author)
    area = draft.lock_all()
    polygons = np.array(list(draft.polygons(area.known).values()), dtype=object)
    at = shapely.Point(draft.metric([point])[0])
    near = [
        gap.shape
        for gap in gaps(polygons, [hole.shape for hole in read_holes(draft)])
        if gap.shape.distance(at) <= REACH_M
    ]
    if not near:
        raise InvalidInput("plan.no_gap", lon=point[0], lat=point[1])
    hole = Hole(min(near, key=lambda shape: shape.distance(at)), reason.strip())
    keep_holes(author.connection, author.city, author.plan, [hole], author.who)
    command = {"place": list(point), "reason": hole.reason, "area_m2": round(hole.shape.area, 2)}
    write_event(
        author.connection,
        author.city,
        author.plan,
        next_event(author.connection),
        author.who,
        "hole_accepted",
        {"command": command},
    )
    return hole.shape.area
