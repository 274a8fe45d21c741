"""What may be wrong with a plan, always on screen: each check with how many and the first of them. An
error keeps a plan from being checked; the rest is for people to weigh.

Polygons and tags are compared in the metric CRS, by the same library that draws the borders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.crs import to_metric
from geo.database import AnyRow
from geo.plans import voters
from geo.plans.arrays import columns
from geo.plans.coverages import gaps, repaired
from geo.plans.editing.draft import Draft, check_known
from geo.plans.holes import read_holes
from geo.settings import City

MOST_ITEMS = 200
OUTSIDE_M2 = 100.0
"""A precinct that lies by less than this in another district follows the same border, drawn twice."""

PRECINCTS = f"""select p.id, p.number, p.kind, {voters.voters("n.voters", "p.voters_given")} as voters,
    p.district_id, st_asbinary(p.geom) as wkb, p.station_id,
    s.building_id, st_x(s.point_4326) as lon,
    st_y(s.point_4326) as lat
    from precinct p left join station s on s.region = p.region and s.id = p.station_id
      left join ({voters.OF_EACH}) n on n.precinct_id = p.id
    where p.region = :region and p.plan_id = :plan order by p.number"""
"""Voters are those of the houses as they are now, whatever was counted last."""
BUILDINGS = """select b.id, coalesce(st_x(b.point_4326), 'nan') as lon, coalesce(st_y(b.point_4326),
    'nan') as lat, coalesce(a.precinct_id, -1) as precinct
    from building b left join assignment a on a.region = :region and a.plan_id = :plan
        and a.building_id = b.id where b.region = :region"""
STREETS = """
    with house as (
        select b.street_norm as norm, b.street_kk, b.street_ru, substring(b.house_norm
            from '^[0-9]{1,9}')::bigint as house, b.voters, p.id, p.number
        from assignment a join building b on b.region = a.region and b.id = a.building_id
            join precinct p on p.region = a.region and p.plan_id = a.plan_id and p.id = a.precinct_id
        where a.region = :region and a.plan_id = :plan and b.street_norm is not null
            and b.house_norm ~ '^[0-9]'),
    begun as (select *, house % 2 as parity, case when lag(id) over side is distinct from id then 1
        else 0 end as begins
        from house window side as (partition by norm, house % 2 order by house, id)),
    run as (select *, sum(begins) over (partition by norm, parity order by house, id) as run from begun),
    part as (select norm, parity, id, number, run, count(*) as houses, sum(voters)::bigint as voters,
        min(street_kk) as street_kk, min(street_ru) as street_ru
        from run group by 1, 2, 3, 4, 5)
    select id as precinct, number, coalesce(min(street_ru), min(street_kk)) as street,
        coalesce(min(street_kk), min(street_ru)) as street_kk,
        case parity when 0 then 'even' else 'odd' end as side, count(*) as parts,
            (sum(houses) - max(houses))::bigint as apart,
        (sum(voters) - max(voters))::bigint as voters_apart
    from part group by norm, parity, id, number having count(*) > 1 order by parts desc, apart desc,
        voters_apart desc, number, norm, parity"""
"""`parts`: into how many pieces the others' houses cut those that the precinct has of one side; `apart`:
its houses outside the largest piece."""


@dataclass(frozen=True)
class Check:
    """`level`: 'error' blocks the plan, 'warning' and 'info' do not. `items`: the first of what was found,
    each with what names it (precinct, building, street, ...)."""

    key: str
    level: str
    count: int
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """A plan as the checks read it once: precinct rows, those with a polygon and their polygons, building
    ids, tags (points, none untagged), assigned precincts (-1 none)."""

    draft: Draft
    rows: list[AnyRow]
    shaped: list[Any]
    polygons: np.ndarray
    buildings: np.ndarray
    points: np.ndarray
    assigned: np.ndarray


def check(connection: Connection, city: City, plan_id: int) -> list[Check]:
    """Every check, in a settled order, those that found nothing too. Raises `NotFound` ("plan.unknown"),
    `InvalidInput` where the city has no rules for precincts."""
    check_known(connection, city, plan_id)
    read = read_plan(Draft(connection, city, plan_id))
    return [made for one in CHECKS for made in one(read)]


def read_plan(draft: Draft) -> Read:
    rows = draft.all(PRECINCTS)
    shaped = [row for row in rows if row.wkb is not None]
    polygons = np.array(shapely.from_wkb([bytes(row.wkb) for row in shaped]), dtype=object)
    shapely.prepare(polygons)
    ids, lon, lat, assigned = columns(draft, BUILDINGS, ("id", "lon", "lat", "precinct"))
    return Read(
        draft,
        rows,
        shaped,
        polygons,
        ids.astype(int),
        shapely.points(to_metric(draft.city.metric_srid, np.column_stack([lon, lat]))),
        assigned.astype(int),
    )


def found(key: str, level: str, items: list[dict[str, Any]]) -> Check:
    return Check(key, level, len(items), items[:MOST_ITEMS])


def several(read: Read, of: str, counts: np.ndarray) -> list[dict[str, Any]]:
    """The precincts, in the order of `read.shaped`, that have more than one."""
    return [
        {"precinct": row.id, "number": row.number, of: int(n)} for row, n in zip(read.shaped, counts) if n > 1
    ]


def borders(read: Read) -> list[Check]:
    """Overlaps and gaps: impossible, and checked."""
    wrong = (
        ~shapely.is_empty(shapely.coverage_invalid_edges(read.polygons)) | ~shapely.is_valid(read.polygons)
        if len(read.polygons)
        else np.zeros(0, dtype=bool)
    )
    holes = (
        gaps(repaired(read.polygons), [hole.shape for hole in read_holes(read.draft)])
        if len(read.polygons)
        else []
    )
    return [
        found(
            "gaps",
            "error",
            [
                {
                    "area_m2": round(gap.shape.area, 2),
                    "point": read.draft.lon_lat(gap.shape.representative_point().coords[0]),
                    "precincts": [read.shaped[i].number for i in gap.near],
                }
                for gap in holes
            ],
        ),
        found(
            "overlaps",
            "error",
            [{"precinct": row.id, "number": row.number} for row, yes in zip(read.shaped, wrong) if yes],
        ),
    ]


def houses(read: Read) -> list[Check]:
    """Buildings without a precinct, on a border of two, or on the wrong side of one."""
    holder, covered = shapely.STRtree(read.points).query(read.polygons, predicate="covers")
    ids = np.array([row.id for row in read.shaped], dtype=int)
    own = np.zeros(len(read.points), dtype=bool)
    own[covered[ids[holder] == read.assigned[covered]]] = True
    tagged = ~np.isnan(shapely.get_x(read.points)) if len(read.points) else np.zeros(0, dtype=bool)
    closed = np.isin(read.assigned, [row.id for row in read.rows if row.wkb is None])
    times = np.bincount(covered, minlength=len(read.points))
    number = {row.id: row.number for row in read.rows}

    def named(which: np.ndarray) -> list[dict[str, Any]]:
        return [
            {
                "building": int(read.buildings[i]),
                "precinct": int(read.assigned[i]),
                "number": number.get(int(read.assigned[i])),
            }
            for i in np.flatnonzero(which)
        ]

    return [
        found("no_precinct", "error", named(tagged & (read.assigned < 0))),
        found("untagged", "warning", named(~tagged & (read.assigned < 0))),
        found("two_precincts", "info", named(times > 1)),
        found("wrong_side", "error", named((read.assigned >= 0) & tagged & ~own & ~closed)),
    ]


def sizes(read: Read) -> list[Check]:
    rules = read.draft.rules()
    full = [
        {"precinct": row.id, "number": row.number, "voters": row.voters}
        for row in read.rows
        if row.voters > rules.cap * rules.warning_share
    ]
    return [
        found("over_cap", "error", [one for one in full if one["voters"] > rules.cap]),
        found("over_warning", "warning", [one for one in full if one["voters"] <= rules.cap]),
    ]


def shapes(read: Read) -> list[Check]:
    parts = shapely.get_num_geometries(read.polygons)
    return [
        found(
            "several_parts",
            "warning",
            several(read, "parts", parts),
        )
    ]


def districts(read: Read) -> list[Check]:
    """Precincts that lie in more than one district."""
    rows = read.draft.all(
        """select id, st_asbinary(geom_4326) as wkb from district where region = :region and valid_to is null
            order by id"""
    )
    if not rows or not len(read.polygons):
        return [found("across_districts", "warning", [])]
    srid = read.draft.city.metric_srid
    areas = shapely.transform(
        np.array(shapely.from_wkb([bytes(row.wkb) for row in rows])), lambda c: to_metric(srid, c)
    )
    shapely.prepare(areas)
    precinct, district = shapely.STRtree(areas).query(read.polygons, predicate="intersects")
    shared = np.isin(precinct, np.flatnonzero(np.bincount(precinct, minlength=len(read.polygons)) > 1))
    inside = (
        shapely.area(shapely.intersection(read.polygons[precinct[shared]], areas[district[shared]]))
        > OUTSIDE_M2
    )
    times = np.bincount(precinct[shared][inside], minlength=len(read.polygons))
    return [
        found(
            "across_districts",
            "warning",
            several(read, "districts", times),
        )
    ]


def stations(read: Read) -> list[Check]:
    """Every precinct needs one before a plan is checked. It may lawfully stand outside its precinct, or
    share a building; people should know."""
    placed = [(row, polygon) for row, polygon in zip(read.shaped, read.polygons) if row.lon is not None]
    points = to_metric(
        read.draft.city.metric_srid, np.array([(row.lon, row.lat) for row, _ in placed]).reshape(-1, 2)
    )
    outside = [
        row for (row, polygon), point in zip(placed, points) if not polygon.covers(shapely.Point(point))
    ]
    return [
        found(
            "no_station",
            "error",
            [{"precinct": row.id, "number": row.number} for row in read.rows if row.station_id is None],
        ),
        found("station_outside", "info", [{"precinct": row.id, "number": row.number} for row in outside]),
        found(
            "shared_station",
            "info",
            [
                {"precinct": row.id, "number": row.number, "building": row.building_id}
                for row in sharing(read.rows)
            ],
        ),
    ]


def sharing(rows: list[AnyRow]) -> list[Any]:
    """Precincts whose station is in a building with another's, building by building."""
    held = Counter(row.building_id for row in rows if row.building_id is not None)
    return sorted(
        (row for row in rows if held[row.building_id] > 1), key=lambda row: (row.building_id, row.number)
    )


def streets(read: Read) -> list[Check]:
    """Sides of streets on which a precinct's houses are interrupted by another's, those in most pieces
    first."""
    return [found("street_split", "info", [dict(row._mapping) for row in read.draft.all(STREETS)])]


CHECKS: tuple[Callable[[Read], list[Check]], ...] = (
    borders,
    houses,
    sizes,
    shapes,
    districts,
    stations,
    streets,
)
"""To add one: a function of what was read that returns its checks, put here; a word "plan.check.<key>" in
the catalogues."""
