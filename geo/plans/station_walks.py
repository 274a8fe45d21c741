"""Buildings that can hold a precinct's station, and how far its voters walk to them.

Candidates are buildings of a fitting use (the city's setting `station_uses`) and those that hold a station
already, nearest first. Distances are on foot along streets (`geo.plans.walking`), weighted by voters;
"farthest" is the house with voters that is farthest away. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from geo.crs import shapes_to_lon_lat, to_metric
from geo.database import AnyRow
from geo.errors import InvalidInput, NotFound
from geo.plans.editing.draft import Draft
from geo.plans.editing.obstacles import barriers
from geo.plans.walking import Network, NetworkPoint
from geo.settings import City

REACH_M = 2000.0
"""No candidate is farther than so from the middle of the voters, straight."""
MOST = 24
RINGS_M = (250, 500)
YARD_M, YARD_DETOUR = 400.0, 1.3
"""So near, and with no main road or river between, people also walk through the yards: the straight way and
the detour that is usual on foot."""
STREETS_M = 350.0
"""How far beyond the voters and the candidate streets are read: a way round is found, the city is not
read."""

HOUSES = """select b.id, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, b.voters from assignment a
    join building b on b.region = a.region and b.id = a.building_id
    where a.region = :region and a.plan_id = :plan and a.precinct_id = :precinct and b.voters > 0 and
    b.point_4326 is not null order by b.id"""
HELD = """select p.id as precinct, p.number, p.voters, s.building_id as building, s.name_kk, s.name_ru,
s.entrance_kk, s.entrance_ru from precinct p
    join station s on s.region = p.region and s.id = p.station_id where p.region = :region and p.plan_id =
    :plan and s.building_id = any(:buildings)
    order by p.number"""
FITTING = """
    select b.id as building, b.use, st_x(b.point_4326) as lon, st_y(b.point_4326) as lat, b.street_kk,
    b.street_ru, b.house, n.name_kk, n.name_ru
    from building b
    left join lateral (select s.name_kk, s.name_ru from station s where s.region = b.region and s.building_id
    = b.id order by s.id desc limit 1) n on true
    where b.region = :region and b.point_3857 && st_transform(st_setsrid(st_geomfromwkb(:box, 0), :srid),
    3857)
        and ({which})
    order by b.point_3857 <-> st_transform(st_setsrid(st_geomfromwkb(:middle, 0), :srid), 3857), b.id limit
    :most"""
ORIGIN = """
    with made as (select payload -> 'changes' -> 'assignments' as houses from plan_event
        where region = :region and plan_id = :plan
            and id > (select min(id) from plan_event where region = :region and plan_id = :plan)
            and payload -> 'changes' -> 'precincts' -> cast(:key as text) -> 0 = 'null'
                order by id desc limit 1)
    select p.number, p.voters from made, jsonb_each(made.houses) house
    join precinct p on p.region = :region and p.plan_id = :plan
        and p.id = cast(house.value -> 0 ->> 0 as bigint)
    where cast(house.value -> 1 ->> 0 as bigint) = :precinct and p.id <> :precinct
    group by p.id, p.number, p.voters order by count(*) desc, p.number limit 1"""
BY_USE = """b.use = any(:uses) or exists (select from station s join precinct p on p.region = s.region and
p.station_id = s.id
    where s.region = b.region and s.building_id = b.id and p.plan_id = :plan)"""


@dataclass(frozen=True)
class Voters:
    """The houses of a precinct that have voters: points in the metric CRS, voters of each, and the middle of
    the voters."""

    points: np.ndarray
    voters: np.ndarray
    lon_lat: np.ndarray
    middle: shapely.Point

    @classmethod
    def read(cls, draft: Draft, precinct: int) -> Voters | None:
        """None where nobody votes in it yet."""
        rows = draft.all(HOUSES, precinct=precinct)
        if not rows:
            return None
        lon_lat, voters = (
            np.array([(row.lon, row.lat) for row in rows]),
            np.array([row.voters for row in rows]),
        )
        metric = to_metric(draft.city.metric_srid, lon_lat)
        return cls(
            shapely.points(metric), voters, lon_lat, shapely.Point(np.average(metric, axis=0, weights=voters))
        )


def candidates(connection: Connection, city: City, plan_id: int, precinct: int) -> dict[str, Any]:
    """{"candidates": [{"building", "use", "lon", "lat", "street_kk", "street_ru", "house", "name_kk",
    "name_ru", "farthest_m", "median_m", "across", "shared"}], "origin"}, the
    nearest on foot first; at most `MOST`, none where nobody votes in the precinct yet.

    `across`: the straight way from the middle of the voters crosses a main road or a river; `shared`: the
    other precincts that have their station in the
    building. Raises `NotFound` ("plan.precinct_gone").
    """
    draft = Draft(connection, city, plan_id)
    voters, came_from = voters_of(draft, precinct), origin(draft, precinct)
    if voters is None:
        return {"candidates": [], "origin": came_from}
    found = draft.all(
        FITTING.format(which=BY_USE),
        uses=list(draft.rules().station_uses),
        most=MOST,
        middle=voters.middle.wkb,
        box=voters.middle.buffer(REACH_M).envelope.wkb,
    )
    if not found:
        return {"candidates": [], "origin": came_from}
    walks_m = measured(draft, voters, found)
    return {
        "candidates": sorted(
            with_neighbours(draft, precinct, walks_m),
            key=lambda one: (one["farthest_m"] is None, one["farthest_m"], one["building"]),
        ),
        "origin": came_from,
    }


def origin(draft: Draft, precinct: int) -> dict[str, Any] | None:
    """{"number", "voters"}, as they now are, of the precinct that most of its houses came from when this
    draft made it; none for one that is older."""
    rows = draft.all(ORIGIN, precinct=precinct, key=str(precinct))
    return dict(rows[0]._mapping) if rows else None


def walk(connection: Connection, city: City, plan_id: int, precinct: int, building: int) -> dict[str, Any]:
    """One building as of `candidates`, whatever its use, with "farthest": [lon, lat] of the farthest house
    (none without voters), and "rings":
    {metres: GeoJSON in EPSG:4326} of the ground within so many metres on foot. Raises `NotFound`,
    `InvalidInput` ("station.untagged")."""
    draft = Draft(connection, city, plan_id)
    voters = voters_of(draft, precinct)
    station_at = draft.all(
        "select st_x(point_4326) as lon, st_y(point_4326) as lat from building where region = "
        ":region and id = :id",
        id=building,
    )
    if not station_at:
        raise NotFound("building.unknown", building=building)
    if station_at[0].lon is None:
        raise InvalidInput("station.untagged", building=building)
    point = shapely.points(to_metric(city.metric_srid, np.array([tuple(station_at[0])])))[0]
    [row] = draft.all(
        FITTING.format(which="b.id = :id"), id=building, most=1, middle=point.wkb, box=point.buffer(1).wkb
    )
    [walks_m] = with_neighbours(draft, precinct, measured(draft, voters, [row], rings=True))
    return walks_m


def voters_of(draft: Draft, precinct: int) -> Voters | None:
    if precinct not in draft.precincts([precinct]):
        raise NotFound("plan.precinct_gone")
    return Voters.read(draft, precinct)


def measured(
    draft: Draft, voters: Voters | None, rows: list[AnyRow], rings: bool = False
) -> list[dict[str, Any]]:
    """The buildings with their walks; distances are none where no street leads, or nobody votes."""
    points = shapely.points(to_metric(draft.city.metric_srid, np.array([(row.lon, row.lat) for row in rows])))
    around = shapely.multipoints([*points, *(voters.points if voters else ())]).buffer(STREETS_M)
    network = Network.around(draft, around)
    houses = network.points_on(list(voters.points)) if voters else []
    main = barriers(draft, around) if voters else np.array([])
    walks_m = []
    starts: Sequence[NetworkPoint | None] = network.points_on(list(points)) or [None] * len(rows)
    for row, point, start in zip(rows, points, starts):
        across = (
            voters is not None
            and bool(len(main))
            and bool(shapely.intersects(main, shapely.LineString([voters.middle, point])).any())
        )
        walks = walks_to(network, start, houses)
        if walks is not None and voters is not None:
            walks = through_yards(walks, point, voters.points, main)
        walks_m.append(
            {**row._mapping, "across": across, **distances(draft, network, start, walks, voters, rings)}
        )
    return walks_m


def walks_to(network: Network, start: NetworkPoint | None, houses: list[NetworkPoint]) -> np.ndarray | None:
    """Metres along streets to each house; none where no street leads, or there are none."""
    return None if start is None or not houses else network.walks(start, network.reached(start), houses)


def distances(
    draft: Draft,
    network: Network,
    start: NetworkPoint | None,
    walks: np.ndarray | None,
    voters: Voters | None,
    rings: bool,
) -> dict[str, Any]:
    walks_m: dict[str, Any] = {"farthest_m": None, "median_m": None}
    if rings:
        walks_m |= {"farthest": None, "rings": {}}
    if start is None:
        return walks_m
    if walks is not None and voters is not None:
        walks_m |= {
            "farthest_m": round(float(walks.max())),
            "median_m": round(weighted_median(walks, voters.voters)),
        }
    if rings:
        reached = network.reached(start)
        shapes = shapes_to_lon_lat(
            draft.city.metric_srid, np.array([network.ring(start, reached, within) for within in RINGS_M])
        )
        walks_m |= {
            "farthest": None
            if walks is None or voters is None
            else voters.lon_lat[int(walks.argmax())].tolist(),
            "rings": {within: shapely.geometry.mapping(shape) for within, shape in zip(RINGS_M, shapes)},
        }
    return walks_m


def through_yards(
    walks: np.ndarray, point: shapely.Point, houses: np.ndarray, main: np.ndarray
) -> np.ndarray:
    """The walks along streets, or through the yards where that is shorter and nothing bars it."""
    straight = shapely.distance(houses, point)
    ways = shapely.linestrings([[*house.coords, *point.coords] for house in houses])
    barred = (
        shapely.intersects(ways, shapely.union_all(main)) if len(main) else np.zeros(len(ways), dtype=bool)
    )
    return np.where((straight <= YARD_M) & ~barred, np.minimum(walks, straight * YARD_DETOUR), walks)


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The value of the voter in the middle."""
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def with_neighbours(draft: Draft, precinct: int, walks_m: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who else votes in these buildings."""
    held = draft.all(HELD, buildings=[one["building"] for one in walks_m])
    return [
        one
        | {
            "shared": [
                dict(row._mapping)
                for row in held
                if row.building == one["building"] and row.precinct != precinct
            ]
        }
        for one in walks_m
    ]
