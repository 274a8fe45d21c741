"""A draft in one transaction: its rows as they are read, the locks that keep two editors apart, and the
versions they are checked against.

The version of a node, an edge or a precinct is the id of the plan's event that touched it last (1: as it
was imported or drafted), so a stale version leads to who changed it, what they did, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.crs import shapes_to_lon_lat, to_metric
from geo.database import BUSY, AnyRow
from geo.errors import Conflict, InvalidInput, NotFound
from geo.plans.editing.mesh import Mesh, MeshEdge
from geo.settings import City, PrecinctRules

EDITABLE = ("draft", "checked")
"""An agreed plan waits for its signature, an approved one for its day, and a published one never changes."""
LOCK_OUTER_BORDER = 8109_10
"""Two edits of the outer border may grow into the same ground without sharing a precinct: they take turns."""
LOCK_NUMBERS = 8109_11
"""Two new precincts may ask for the same number: they take turns."""

OPEN = """with reopened as (update plan set state = 'draft' where region = :region and id = :plan
    and state = 'checked' returning state),
    held as (select state from plan where region = :region and id = :plan for share) select state
        from reopened union all select state from held"""
NEAR = """region = :region and plan_id = :plan
    and (id = any(:faces) or geom && st_expand(st_geomfromwkb(:box, 0), 1)
         or geom && (select st_expand(st_extent(geom)::geometry, 1) from precinct where region = :region
             and plan_id = :plan and id = any(:faces)))"""
TOUCHED = """with changes as (
        select payload -> 'changes' as all_ from plan_event where region = :region and plan_id = :plan
            and id = :event),
    sides as (
        select s from changes, jsonb_each(all_ -> 'edges') e, jsonb_array_elements(e.value) s
        where jsonb_typeof(s) = 'array'),
    touched as (
        select s ->> 2 as id from sides union select s ->> 3 from sides
        union select jsonb_object_keys(all_ -> 'precincts') from changes
        union select s ->> 0 from changes, jsonb_each(all_ -> 'assignments') a,
            jsonb_array_elements(a.value) s
        where jsonb_typeof(s) = 'array')
    select number from precinct where region = :region and plan_id = :plan
        and id = any(select id::bigint from touched) order by number limit 10"""
"""Numbers of the precincts that an event changed: on both sides of its edges, their own rows, and where its
houses were and went."""
ROW = "id, number, kind, district_id, station_id, voters_given"


def check_known(connection: Connection, city: City, plan_id: int) -> None:
    """Raises `NotFound` ("plan.unknown"): what is asked of a plan that is not there has no answer, not an
    empty one."""
    known = connection.scalar(
        text("select true from plan where region = :region and id = :plan"),
        {"region": city.region, "plan": plan_id},
    )
    if not known:
        raise NotFound("plan.unknown", plan=plan_id)


@dataclass(frozen=True)
class Author:
    """Who edits which plan of which city, in whose open transaction. `seen`: {precinct id: version} that
    they looked at; another version now is a
    `Conflict` ("plan.stale") that says who changed what."""

    connection: Connection
    city: City
    plan: int
    who: str
    seen: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PrecinctRow:
    """A precinct's own row. `given`: voters that a file named and no building explains."""

    number: int
    kind: str
    district: int | None
    station: int | None
    given: int | None


@dataclass
class Area:
    """Locked precincts: their rows and polygons (of those that have one), and the edges around them."""

    known: dict[int, PrecinctRow]
    polygons: dict[int, shapely.Geometry]
    mesh: Mesh


class Draft:
    """One plan in one transaction: its rows, read and written."""

    def __init__(self, connection: Connection, city: City, plan_id: int) -> None:
        self.connection = connection
        self.city = city
        self.plan = plan_id
        self.bound = {"region": city.region, "plan": plan_id, "srid": city.metric_srid}

    @classmethod
    def opened(cls, author: Author) -> Draft:
        """The author's plan, held editable (`open`). One person's commands on one plan take turns, in
        whatever tab: the stack of what they can undo is read and grows in one order."""
        draft = cls(author.connection, author.city, author.plan)
        draft.all(
            "select pg_advisory_xact_lock(hashtextextended(:stack, 0))",
            stack=f"plan {author.plan} {author.who}",
        )
        draft.open()
        return draft

    def all(self, statement: str, **values: object) -> list[AnyRow]:
        return list(self.connection.execute(text(statement), self.bound | values))

    def run(self, statement: str, rows: Sequence[Mapping[str, Any]] | None = None, **values: object) -> None:
        """Execute for one row of values, or for many; nothing for none."""
        if rows is None:
            self.connection.execute(text(statement), self.bound | values)
        elif rows:
            self.connection.execute(text(statement), [self.bound | dict(row) for row in rows])

    def edges(self, condition: str, **values: object) -> list[MeshEdge]:
        rows = self.all(
            f"""select id, from_node, to_node, left_precinct, right_precinct, version, st_asbinary(geom)
                from edge
            where region = :region and plan_id = :plan and ({condition}) order by id""",
            **values,
        )
        return [
            MeshEdge(id_, from_node, to_node, left, right, version, shapely.from_wkb(bytes(wkb)))
            for id_, from_node, to_node, left, right, version, wkb in rows
        ]

    def precincts(self, ids: Iterable[int]) -> dict[int, PrecinctRow]:
        rows = self.all(
            f"select {ROW} from precinct where region = :region and plan_id = :plan and id = "
            f"any(:ids) order by id",
            ids=list(ids),
        )
        return {row.id: PrecinctRow(*row[1:]) for row in rows}

    def polygons(self, ids: Iterable[int]) -> dict[int, shapely.Geometry]:
        """Stored polygons of those that have one."""
        rows = self.all(
            """select id, st_asbinary(geom) from precinct where region = :region and plan_id = :plan
                and id = any(:ids)
            and geom is not null order by id""",
            ids=list(ids),
        )
        return {row.id: shapely.from_wkb(bytes(row[1])) for row in rows}

    def metric(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Transforms points from EPSG:4326 to the metric CRS, on the grid."""
        if not points:
            return []
        return [
            (float(x), float(y)) for x, y in to_metric(self.city.metric_srid, np.array(points, dtype=float))
        ]

    def lon_lat(self, corner: tuple[float, float]) -> list[float]:
        """Transforms a corner from the metric CRS to EPSG:4326: [lon, lat], seven decimals."""
        [point] = shapes_to_lon_lat(self.city.metric_srid, np.array([shapely.Point(corner)]))
        return [round(point.x, 7), round(point.y, 7)]

    def rules(self) -> PrecinctRules:
        """Raises `InvalidInput` where the city's file says nothing of precincts."""
        if self.city.precincts is None:
            raise InvalidInput("city.precincts", city=self.city.key)
        return self.city.precincts

    def open(self) -> None:
        """Hold the plan editable until the transaction ends; a checked plan is a draft again. Raises
        `NotFound`, `Conflict` ("plan.frozen")."""
        states = self.all(OPEN)
        if not states:
            raise NotFound("plan.unknown", plan=self.plan)
        if states[0].state not in EDITABLE:
            raise Conflict("plan.frozen", plan=self.plan, state=states[0].state)

    def hold(self) -> None:
        """Keep the plan in its state until the transaction ends. A checked plan is held as one that an
        edit may make a draft again: two who hold it in common could not both."""
        state = self.connection.scalar(
            text("select state from plan where region = :region and id = :plan"), self.bound
        )
        self.all(
            f"select id from plan where region = :region and id = :plan for "
            f"{'no key update' if state == 'checked' else 'share'}"
        )

    def take_turns(self, key: int) -> None:
        self.all("select pg_advisory_xact_lock(:key, cast(:plan as int))", key=key)

    def stale(self, version: int) -> Conflict:
        """Who was faster with a part whose newest version is `version`; "plan.stale_unknown" where the
        history does not say."""
        event = self.all(
            """select id, who, what, recorded_at from plan_event where region = :region and plan_id = :plan
                and id <= greatest(:version,
            (select min(id) from plan_event where region = :region and plan_id = :plan))
                order by id desc limit 1""",
            version=version,
        )
        return (
            Conflict("plan.stale", **self.who_changed(event[0])) if event else Conflict("plan.stale_unknown")
        )

    def who_changed(self, event: AnyRow) -> dict[str, Any]:
        """The author of an event (`id`, `who`, `what`, `recorded_at`) for a refusal: "who", "what", "at" by
        the city's clock, and "precincts", the numbers of those that it touched and that still exist."""
        numbers = self.all(TOUCHED, event=event.id)
        at = event.recorded_at.astimezone(self.city.time_zone).isoformat(timespec="seconds")
        return {"who": event.who, "what": event.what, "at": at, "precincts": [row.number for row in numbers]}

    def removed(self, part: str, ids: Sequence[int]) -> Conflict | NotFound:
        """Why nodes or edges (`part`) are not there: somebody took them out, or they never were."""
        event = self.all(
            f"""select id from plan_event where region = :region and plan_id = :plan
            and payload -> 'changes' -> '{part}' ?| cast(:ids as text[]) order by id desc limit 1""",
            ids=list(map(str, ids)),
        )
        return self.stale(event[0].id) if event else NotFound("plan.unknown_part")

    def lock(
        self,
        faces: Iterable[int],
        lines: Sequence[shapely.Geometry] = (),
        seen: Mapping[int, int] | None = None,
    ) -> Area:
        """Lock precincts and all around them and around `lines`, in the order of their ids. Raises
        `NotFound`, `Conflict` ("plan.busy", "plan.stale")."""
        near = {"faces": sorted(set(faces)), "box": shapely.union_all(list(lines)).envelope.wkb}
        rows = self.all(
            f"select id, number, version from precinct where {NEAR} order by id for update", **near
        )
        locked = {row.id for row in rows}
        missing = set(near["faces"]) - locked
        if missing:
            raise NotFound("plan.precinct_gone")
        stale = [row for row in rows if seen and seen.get(row.id, row.version) != row.version]
        if stale:
            raise self.stale(max(row.version for row in stale))
        rows = self.all(
            f"select {ROW}, st_asbinary(geom) as wkb from precinct where {NEAR} or region = "
            f":region and plan_id = :plan and id = any(:locked) order by id",
            locked=list(locked),
            **near,
        )
        if not {row.id for row in rows} <= locked:
            raise Conflict(BUSY)
        polygons = {row.id: shapely.from_wkb(bytes(row.wkb)) for row in rows if row.wkb is not None}
        return Area({row.id: PrecinctRow(*row[1:-1]) for row in rows}, polygons, self.mesh(locked))

    def lock_all(self) -> Area:
        """Lock every precinct, for what gives houses and moves no border: without polygons and edges.
        Raises `Conflict` ("plan.busy") where one was made while others were waited for."""
        whole = f"select {ROW} from precinct where region = :region and plan_id = :plan order by id"
        locked = {row.id for row in self.all(f"{whole} for update")}
        rows = self.all(whole)
        if {row.id for row in rows} != locked:
            raise Conflict(BUSY)
        return Area({row.id: PrecinctRow(*row[1:]) for row in rows}, {}, Mesh((), ()))

    def mesh(self, faces: Iterable[int]) -> Mesh:
        edges = self.edges("left_precinct = any(:faces) or right_precinct = any(:faces)", faces=list(faces))
        nodes = {node for edge in edges for node in (edge.from_node, edge.to_node)}
        rows = self.all(
            """select from_node, to_node from edge where region = :region and plan_id = :plan
            and (from_node = any(:nodes) or to_node = any(:nodes)) and not id = any(:known)""",
            nodes=list(nodes),
            known=[edge.id for edge in edges],
        )
        return Mesh(edges, {node for row in rows for node in row})
