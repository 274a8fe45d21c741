"""Where houses vote once borders have moved: those assigned by geometry follow their tag, those set by a
person or by the text of a decision stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.crs import to_metric
from geo.errors import InvalidInput
from geo.plans.editing import topology
from geo.plans.editing.draft import Area, Draft, PrecinctRow

Vote = tuple[int, str]
"""Precinct and source of an assignment."""


@dataclass(frozen=True)
class Decisions:
    """The decisions of one command, as in `geo.plans.editing.save.Step`."""

    decided: Mapping[int, Vote | None]
    otherwise: Mapping[int, Vote | None]
    successors: Mapping[int, int]


def assign_again(
    draft: Draft,
    area: Area,
    polygons: dict[int, shapely.Geometry],
    rows: Mapping[int, PrecinctRow],
    gone: set[int],
    edges: Mapping[int, tuple[Any, ...]],
    decisions: Decisions,
) -> dict[int, tuple[Any, ...]]:
    """Assignments that change: building -> (before, after), each (precinct, source). On a border the lower
    number has the house. Raises `InvalidInput` ("plan.buildings_outside")."""
    decided, otherwise = decisions.decided, decisions.otherwise
    faces = sorted(polygons.keys() | gone)
    lines = [shapely.LineString(row[4]) for pair in edges.values() for row in pair if row is not None]
    houses = houses_near(draft, faces, lines, [*decided, *otherwise])
    order = sorted(polygons, key=lambda id_: rows[id_].number)
    held = topology.first_holder(
        np.array([house[1] for house in houses], dtype=object),
        np.array([polygons[id_] for id_ in order], dtype=object),
    )
    changes, outside = {}, []
    for (building, point, precinct, source), at in zip(houses, held):
        now = (precinct, source) if precinct is not None else None
        then = (
            decided[building]
            if building in decided
            else following(now, order[at] if at >= 0 else None, faces, decisions.successors)
        )
        if then is None and now is not None and building not in decided:
            then = otherwise.get(building, staying(area, now, point, gone, decisions.successors))
            if then is None and building not in otherwise:
                outside.append(point)
        if then != now:
            changes[building] = (now, then)
    if outside:
        at_metric = [draft.lon_lat(point.coords[0]) for point in outside if point is not None]
        raise InvalidInput(
            "plan.buildings_outside", buildings=len(outside), **({"place": at_metric[0]} if at_metric else {})
        )
    return changes


def following(
    now: Vote | None, holder: int | None, faces: list[int], successors: Mapping[int, int]
) -> Vote | None:
    """Where a house votes when borders move: by its tag, unless a person or the text set its precinct. Where
    that precinct no longer exists, its successor takes the house."""
    if now is not None and now[1] != "geometry":
        return successors.get(now[0], now[0]), now[1]
    if now is not None and now[0] not in faces:
        return now
    return None if holder is None else (holder, "geometry")


def staying(
    area: Area, now: Vote, point: shapely.Point | None, gone: set[int], successors: Mapping[int, int]
) -> Vote | None:
    """Where a house stays whose tag lay outside its precinct before the edit: that is no fault of the edit.
    None for one that the edit has put outside."""
    was = area.polygons.get(now[0])
    if was is None or point is not None and was.covers(point):
        return None
    successor = successors.get(now[0], now[0])
    return None if successor in gone else (successor, now[1])


def houses_near(
    draft: Draft, faces: list[int], lines: list[shapely.LineString], named: Sequence[int]
) -> list[tuple[Any, ...]]:
    """(building, tag as a point or none, precinct, source) of those that changed borders may concern: near
    them, or `named` by the command, or of a precinct that changed."""
    rows = draft.all(
        """
        with box as (select st_transform(st_setsrid(st_expand(st_geomfromwkb(:box, 0), 100), :srid),
            3857) as g),
        near as (
            select b.id from building b, box where b.region = :region and (b.point_3857 && box.g
                or b.point_3857 is null and b.point_4326 is not
            null) and :reshaped
            union select building_id from assignment where region = :region and plan_id = :plan
                and precinct_id = any(:faces)
            union select unnest(cast(:decided as bigint[])))
        select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, a.precinct_id, a.source
        from near join building b on b.region = :region and b.id = near.id
        left join assignment a on a.region = :region and a.plan_id = :plan and a.building_id = b.id
            order by b.id""",
        box=shapely.union_all(lines).envelope.wkb,
        faces=faces,
        reshaped=bool(lines),
        decided=list(named),
    )
    at_metric = to_metric(
        draft.city.metric_srid, np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
    )
    tags = np.where(np.isnan(at_metric[:, 0]), None, shapely.points(at_metric))
    return [(row.id, tag, row.precinct_id, row.source) for row, tag in zip(rows, tags)]


def write_assignments(draft: Draft, changes: Mapping[int, tuple[Any, ...]]) -> None:
    draft.run(
        "delete from assignment where region = :region and plan_id = :plan and building_id = :id",
        [{"id": id_} for id_, (_, after) in changes.items() if after is None],
    )
    written = [(id_, *after) for id_, (_, after) in changes.items() if after is not None]
    if not written:
        return
    draft.run(
        """insert into assignment (region, plan_id, building_id, precinct_id, source)
        select :region, :plan, * from unnest(cast(:buildings as bigint[]), cast(:precincts as bigint[]),
            cast(:sources as text[]))
        on conflict (region, plan_id, building_id) do update set precinct_id = excluded.precinct_id,
            source = excluded.source""",
        buildings=[row[0] for row in written],
        precincts=[row[1] for row in written],
        sources=[row[2] for row in written],
    )
