"""What happened by precinct of the plan in force, and where more than its voters explain. A precinct counts
what lies in it, as the list of the map does that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.plans.model import plan_in_force
from geo.plans.precinct_layer import precinct_layer
from geo.recurrence.hotspots import LEAST, excess_p, named, residuals
from geo.settings import City
from geo.statistics.area_days import ELSEWHERE, NOWHERE
from layers.statistics.areas import count_by_area
from layers.statistics.requests import StatisticsRequest

SIMPLIFIED_M = 20
"""In EPSG:3857, where a metre of the city is 1.6 of them."""
PRECINCTS = """select id, number, voters, st_asbinary(geom_3857) from precinct p
    where region = :region and plan_id = :plan and geom_3857 is not null and {inside} order by number"""
IN_DISTRICTS = """p.district_id in (select d.id from district d where d.region = :region
    and d.key = any(:keys))"""

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class PrecinctCount:
    """`expected`: of all that lies in precincts by its share of their voters; `p`: how likely so many are by
    chance; `excess`: by how many standard errors it has more; `hot`: beyond chance. `rings`: its outer ones,
    `middle`: a point inside, both in EPSG:3857."""

    id: int
    number: int
    voters: int
    n: int
    expected: float
    p: float
    excess: float
    hot: bool
    rings: list[Ring]
    middle: tuple[float, float]


@dataclass(frozen=True)
class PrecinctCounts:
    """`precincts`: those beyond chance first, the least likely ahead, empty = no plan is in force.
    `elsewhere`: what lies in none of them; `nowhere`: what has no coordinates."""

    precincts: list[PrecinctCount]
    elsewhere: int
    nowhere: int

    @property
    def total(self) -> int:
        return sum(one.n for one in self.precincts)


def by_precinct(
    connection: Connection, city: City, request: StatisticsRequest, subject: str
) -> PrecinctCounts:
    """`subject`: a kind of incidents. Those of the districts of the request; the plan is today's."""
    counts = count_by_area(connection, city, request, subject, precinct_layer(connection, city))
    nowhere, elsewhere = counts.pop(NOWHERE, 0), counts.pop(ELSEWHERE, 0)
    ids, numbers, voters, shapes = _precincts(connection, city, request)
    n = np.array([counts.pop(one, 0) for one in ids.tolist()], int)
    expected = n.sum() * voters / max(1, voters.sum())
    p = excess_p(n, expected)
    hot, excess = named(p) & (n >= LEAST), residuals(n, expected)
    rings = [_rings(shape) for shape in shapely.coverage_simplify(shapes, SIMPLIFIED_M)]
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    order = np.lexsort((-excess, p, ~hot))
    precincts = [
        PrecinctCount(
            int(ids[one]),
            int(numbers[one]),
            int(voters[one]),
            int(n[one]),
            float(expected[one]),
            float(p[one]),
            float(excess[one]),
            bool(hot[one]),
            rings[one],
            (float(middles[one, 0]), float(middles[one, 1])),
        )
        for one in order
    ]
    return PrecinctCounts(precincts, elsewhere + counts.total(), nowhere)


def _precincts(
    connection: Connection, city: City, request: StatisticsRequest
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ids, numbers, voters and shapes."""
    keys = request.districts()
    bound = {"region": city.region, "plan": plan_in_force(connection, city)}
    statement = PRECINCTS.format(inside="true" if keys is None else IN_DISTRICTS)
    rows = connection.execute(text(statement), bound | ({} if keys is None else {"keys": keys})).all()
    ids, numbers, voters, shapes = zip(*rows) if rows else [()] * 4
    return (
        np.array(ids, int),
        np.array(numbers, int),
        np.array(voters, float),
        shapely.from_wkb(np.array([bytes(shape) for shape in shapes], object)),
    )


def _rings(shape: shapely.Geometry) -> list[Ring]:
    return [shapely.get_coordinates(part.exterior).round(1).tolist() for part in shapely.get_parts(shape)]
