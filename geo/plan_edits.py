"""Editing the borders of a draft: a list of moved nodes and redrawn edges, each with the version it was read at, in one transaction.

The touched precincts and those around them are locked in the order of their ids, so two editors wait for each other instead of meeting half-way; versions are
checked after that; only the touched polygons are built again, from their edges; and the result must be a coverage with all around it,
since two edits may each be current and yet cross. Coordinates of a caller are EPSG:4326 (lon, lat); everything is decided in the city's metric CRS on its
1 mm grid.
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo import topology
from geo.changes import record_many
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import City

EDITABLE = ("draft", "checked")
"""An approved plan waits for its day and a published one never changes."""
MOST_CHANGES = 500
LOCK_OUTER_BORDER = 8109_10
"""Two edits of the outer border may grow into the same ground without sharing a precinct: they take turns."""

NEAR = """select id from precinct where region = :region and plan_id = :plan and geom is not null
    and (id = any(:faces) or geom && st_expand(st_geomfromwkb(:box, 0), 1)
         or geom && (select st_extent(geom) from precinct where region = :region and plan_id = :plan and id = any(:faces)))"""


@dataclass(frozen=True)
class NodeMove:
    """`point`: lon, lat in EPSG:4326."""

    node: int
    version: int
    point: tuple[float, float]


@dataclass(frozen=True)
class EdgeLine:
    """The corners of an edge between its two nodes, which stay where they are: lon, lat in EPSG:4326, in the edge's direction; none = a straight line."""

    edge: int
    version: int
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Edited:
    """What changed, with the new versions: nodes and edges as {id: version}, precincts as the payloads that every screen gets."""

    nodes: dict[int, int]
    edges: dict[int, int]
    precincts: list[dict]


@dataclass
class Edge:
    id: int
    from_node: int
    to_node: int
    left: int | None
    right: int | None
    version: int
    line: shapely.LineString


class Draft:
    """One plan in one transaction: its rows, read and written."""

    def __init__(self, connection: Connection, city: City, plan_id: int) -> None:
        self.connection = connection
        self.city = city
        self.bound = {"region": city.region, "plan": plan_id, "srid": city.metric_srid}

    def all(self, statement: str, **values: object) -> list:
        return self.connection.execute(text(statement), self.bound | values).all()

    def edges(self, condition: str, lock: str = "", **values: object) -> list[Edge]:
        rows = self.all(f"""select id, from_node, to_node, left_precinct, right_precinct, version, st_asbinary(geom) from edge
            where region = :region and plan_id = :plan and ({condition}) order by id {lock}""", **values)
        return [Edge(*row[:6], shapely.from_wkb(bytes(row[6]))) for row in rows]

    def metric(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """From EPSG:4326 to the metric CRS, on the grid."""
        rows = self.all("""select st_x(p), st_y(p) from unnest(cast(:lons as float8[]), cast(:lats as float8[])) with ordinality as c (lon, lat, place),
            st_snaptogrid(st_transform(st_setsrid(st_makepoint(lon, lat), 4326), :srid), 0.001) p order by place""",
            lons=[lon for lon, _ in points], lats=[lat for _, lat in points])
        return [(round(x, topology.GRID_MM), round(y, topology.GRID_MM)) for x, y in rows]


def edit(connection: Connection, city: City, plan_id: int, changes: Sequence[NodeMove | EdgeLine], who: str) -> Edited:
    """Apply `changes`, all or none, in the caller's transaction.

    Raises `NotFound` (plan, node or edge), `Conflict` ("plan.frozen"; "plan.stale" for a version that is not the newest), `InvalidInput` ("plan.coverage",
    "plan.polygon" with the precincts' numbers; "plan.buildings_outside"; "plan.changes" for none, too many, or one thing twice).
    """
    draft = Draft(connection, city, plan_id)
    check_plan(draft)
    moves, lines = sorted_changes(changes)
    faces, around = lock_faces(draft, moves, lines)
    edges = draft.edges("left_precinct = any(:faces) or right_precinct = any(:faces)", "for update", faces=faces)
    check_versions(draft, edges, moves, lines)
    touched_edges = [edge for edge in edges if edge.id in lines or edge.from_node in moves or edge.to_node in moves]
    redraw(draft, touched_edges, moves, lines)
    polygons = {face: polygon_of(face, edges) for face in faces}
    check_with_neighbours(draft, polygons, around)
    write_borders(draft, moves, touched_edges, polygons)
    reassign(draft, faces)
    return announce(draft, faces, moves, touched_edges, changes, who)


def check_plan(draft: Draft) -> None:
    states = draft.all("select state from plan where region = :region and id = :plan for share")
    if not states:
        raise NotFound("plan.unknown", plan=draft.bound["plan"])
    if states[0].state not in EDITABLE:
        raise Conflict("plan.frozen", plan=draft.bound["plan"], state=states[0].state)


def sorted_changes(changes: Sequence[NodeMove | EdgeLine]) -> tuple[dict[int, NodeMove], dict[int, EdgeLine]]:
    moves = {change.node: change for change in changes if isinstance(change, NodeMove)}
    lines = {change.edge: change for change in changes if isinstance(change, EdgeLine)}
    if not 1 <= len(changes) <= MOST_CHANGES or len(moves) + len(lines) < len(changes):
        raise InvalidInput("plan.changes", changes=len(changes), most=MOST_CHANGES)
    return moves, lines


def lock_faces(draft: Draft, moves: dict[int, NodeMove], lines: dict[int, EdgeLine]) -> tuple[list[int], list[int]]:
    """Lock the precincts of the edges that change, and all that the new lines come near, in the order of their ids. Returns both lists.

    Which precincts an edge parts never changes by an edit, so that may be read before; how it runs may, and is read again under the lock.
    """
    edges = draft.edges("from_node = any(:nodes) or to_node = any(:nodes) or id = any(:lines)", nodes=list(moves), lines=list(lines))
    known = {node for edge in edges for node in (edge.from_node, edge.to_node)}
    missing_nodes, missing_edges = set(moves) - known, set(lines) - {edge.id for edge in edges}
    if missing_nodes or missing_edges:
        raise NotFound("plan.unknown_part", nodes=sorted(missing_nodes), edges=sorted(missing_edges))
    if any(edge.left is None or edge.right is None for edge in edges):
        draft.all("select pg_advisory_xact_lock(:key, cast(:plan as int))", key=LOCK_OUTER_BORDER)
    redraw(draft, edges, moves, lines)
    faces = sorted({face for edge in edges for face in (edge.left, edge.right) if face is not None})
    near = {"faces": faces, "box": shapely.union_all([edge.line for edge in edges]).envelope.wkb}
    locked = {row.id for row in draft.all(f"{NEAR} order by id for update", **near)}
    if not {row.id for row in draft.all(NEAR, **near)} <= locked:
        raise Conflict("plan.busy")
    return faces, sorted(locked - set(faces))


def redraw(draft: Draft, edges: Iterable[Edge], moves: dict[int, NodeMove], lines: dict[int, EdgeLine]) -> None:
    """Give each edge its new line."""
    moved = dict(zip(moves, draft.metric([move.point for move in moves.values()])))
    for edge in edges:
        corners = list(edge.line.coords)
        if edge.id in lines:
            corners[1:-1] = draft.metric(lines[edge.id].corners)
        corners[0] = moved.get(edge.from_node, corners[0])
        corners[-1] = moved.get(edge.to_node, corners[-1])
        edge.line = shapely.LineString(corners)


def check_versions(draft: Draft, edges: Sequence[Edge], moves: dict[int, NodeMove], lines: dict[int, EdgeLine]) -> None:
    rows = draft.all("select id, version from node where region = :region and plan_id = :plan and id = any(:nodes) order by id for update", nodes=list(moves))
    stale = [f"node {row.id}" for row in rows if row.version != moves[row.id].version]
    stale += [f"edge {edge.id}" for edge in edges if edge.id in lines and edge.version != lines[edge.id].version]
    if stale:
        last = draft.all("select who, recorded_at from plan_event where region = :region and plan_id = :plan order by id desc limit 1")
        raise Conflict("plan.stale", parts=", ".join(stale), who=last[0].who if last else "", at=last[0].recorded_at.isoformat() if last else "")


def polygon_of(face: int, edges: Iterable[Edge]) -> shapely.Polygon | shapely.MultiPolygon:
    """A precinct from its edges: of the rings they form, those that have it on their left. Raises `InvalidInput` when they form none."""
    own = [edge for edge in edges if face in (edge.left, edge.right)]
    left_of = set()
    for edge in own:
        corners = list(edge.line.coords)
        corners = corners if edge.left == face else corners[::-1]
        left_of.update(zip(corners, corners[1:]))
    rings, cuts, dangles, invalid = shapely.polygonize_full([edge.line for edge in own])
    parts = [part for part in shapely.get_parts(shapely.orient_polygons(rings)) if tuple(part.exterior.coords[:2]) in left_of]
    if not parts or not all(shapely.is_empty(rest) for rest in (cuts, dangles, invalid)):
        raise InvalidInput("plan.polygon", precincts=str(face))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def check_with_neighbours(draft: Draft, polygons: dict[int, shapely.Geometry], around: list[int]) -> None:
    rows = draft.all("select id, st_asbinary(geom) from precinct where region = :region and plan_id = :plan and id = any(:ids)", ids=around)
    everything = polygons | {row.id: shapely.from_wkb(bytes(row[1])) for row in rows}
    numbers = dict(tuple(row) for row in draft.all(
        "select id, number from precinct where region = :region and plan_id = :plan and id = any(:ids)", ids=list(everything)))
    topology.check_coverage(np.array(list(everything.values()), dtype=object), [numbers[id_] for id_ in everything])


def write_borders(draft: Draft, moves: dict[int, NodeMove], edges: Sequence[Edge], polygons: dict[int, shapely.Geometry]) -> None:
    points = {node: corner for edge in edges for node, corner in ((edge.from_node, edge.line.coords[0]), (edge.to_node, edge.line.coords[-1]))}
    for node in moves:
        draft.connection.execute(
            text("update node set point = st_makepoint(:x, :y), version = version + 1 where region = :region and plan_id = :plan and id = :id"),
            draft.bound | {"id": node, "x": points[node][0], "y": points[node][1]})
    draft.connection.execute(
        text("update edge set geom = st_geomfromwkb(:wkb, 0), version = version + 1 where region = :region and plan_id = :plan and id = :id"),
        [draft.bound | {"id": edge.id, "wkb": edge.line.wkb} for edge in edges])
    draft.connection.execute(
        text("""update precinct p set geom = g.geom, geom_4326 = st_transform(st_setsrid(g.geom, :srid), 4326),
                geom_3857 = st_transform(st_setsrid(g.geom, :srid), 3857), version = p.version + 1
            from (select st_multi(st_geomfromwkb(:wkb, 0)) as geom) g where p.region = :region and p.plan_id = :plan and p.id = :id"""),
        [draft.bound | {"id": face, "wkb": polygon.wkb} for face, polygon in polygons.items()])


def reassign(draft: Draft, faces: Sequence[int]) -> None:
    """Give the buildings of the touched precincts to the polygon that now holds their tag (on a border: the lower number), but for those a person or
    the decision's text assigned; count voters again. Raises `InvalidInput` when a building is left outside every precinct."""
    held = """with tag as (select id, st_setsrid(st_transform(point_4326, :srid), 0) as point from building where region = :region and point_4326 is not null),
        held as (select distinct on (tag.id) tag.id, p.id as precinct from precinct p join tag on st_covers(p.geom, tag.point)
            where p.region = :region and p.plan_id = :plan and p.id = any(:faces) order by tag.id, p.number)"""
    draft.connection.execute(text(f"""{held}
        insert into assignment as a (region, plan_id, building_id, precinct_id, source) select :region, :plan, id, precinct, 'geometry' from held
        on conflict (region, plan_id, building_id) do update set precinct_id = excluded.precinct_id
        where a.source = 'geometry' and a.precinct_id <> excluded.precinct_id"""), draft.bound | {"faces": list(faces)})
    left = draft.all("""select count(*) as n from assignment a join building b on b.region = a.region and b.id = a.building_id
        join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
        where a.region = :region and a.plan_id = :plan and a.precinct_id = any(:faces) and a.source = 'geometry'
          and not st_covers(p.geom, st_setsrid(st_transform(b.point_4326, :srid), 0))""", faces=list(faces))[0].n
    if left:
        raise InvalidInput("plan.buildings_outside", buildings=left)
    draft.connection.execute(text("""
        update precinct p set buildings = n.buildings, voters = case when n.voters > 0 or p.buildings > 0 then n.voters else p.voters end
        from (select f.id, count(b.id) as buildings, coalesce(sum(b.voters), 0) as voters from unnest(cast(:faces as bigint[])) f (id)
              left join assignment a on a.region = :region and a.plan_id = :plan and a.precinct_id = f.id
              left join building b on b.region = a.region and b.id = a.building_id group by 1) n
        where p.region = :region and p.plan_id = :plan and p.id = n.id"""), draft.bound | {"faces": list(faces)})


def announce(
    draft: Draft, faces: Sequence[int], moves: dict[int, NodeMove], edges: Sequence[Edge], changes: Sequence[NodeMove | EdgeLine], who: str,
) -> Edited:
    """The plan's own record, which replays it, and a change row for every screen."""
    event = {"changes": [vars(change) for change in changes], "precincts": list(faces)}
    draft.all("""insert into plan_event (region, plan_id, who, what, payload) values (:region, :plan, :who, 'edited', cast(:payload as jsonb))
        returning id""", who=who, payload=json.dumps(event))
    rows = draft.all("""select id, version, number, voters, buildings, district_id as district, plan_id as plan from precinct
        where region = :region and plan_id = :plan and id = any(:faces) order by id""", faces=list(faces))
    payloads = [dict(row._mapping) for row in rows]
    record_many(draft.connection, draft.city.region, "precinct", [(row.id, row.version, payload) for row, payload in zip(rows, payloads)])
    return Edited({move.node: move.version + 1 for move in moves.values()}, {edge.id: edge.version + 1 for edge in edges}, payloads)
