"""What happened by cell of the city's grid, and where more than its residents explain: the cells of what
returns (`layers.statistics.returns`), for every kind of incidents, and with those that have coordinates and
no house."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, text

from geo.crs import to_metric
from geo.recurrence.hotspots import LEAST, excess_p, named, residuals
from geo.settings import City
from geo.statistics.counting import Period, rows_condition
from layers.statistics.requests import FIGURE_OF_SUBJECT, StatisticsRequest
from layers.statistics.returns import CELL_M, GridCell, cell_box, read_houses, read_outlines

Box = tuple[float, float, float, float]
POINTS = """select string_agg(
        float8send(st_x(p.point)) || float8send(st_y(p.point)) || int8send(p.n), ''::bytea)
    from (select i.point_4326 as point, count(*) as n from incident i
        where {condition} and i.point_4326 is not null group by 1) p"""
NOWHERE = "select count(*) from incident i where {condition} and i.point_4326 is null"
POINT = np.dtype([("lon", ">f8"), ("lat", ">f8"), ("n", ">i8")])


@dataclass(frozen=True)
class CellCount(GridCell):
    """`name`: a street in it, "" = it has no house. `expected`: of all that lies in cells by its share of
    their residents; `p`: how likely so many are by chance. `box`: west, south, east, north in degrees."""

    name: str
    expected: float
    p: float
    box: Box


@dataclass(frozen=True)
class CellCounts:
    """`cells`: those with any, the ones beyond chance first, the least likely ahead. `nowhere`: what has no
    coordinates. `outlines`: of districts, GeoJSON in the metric CRS."""

    cells: list[CellCount]
    nowhere: int
    outlines: list[dict]

    @property
    def total(self) -> int:
        return sum(one.n for one in self.cells)


def by_cell(
    connection: Connection, city: City, request: StatisticsRequest, subject: str, lang: str
) -> CellCounts:
    """`subject`: a kind of incidents. Those of the districts of the request."""
    condition, values = rows_condition(
        FIGURE_OF_SUBJECT[subject],
        request.population(city),
        Period.of_days(city, request.first, request.last),
    )
    found = connection.scalar(text(POINTS.format(condition=condition)), values)
    nowhere = connection.execute(text(NOWHERE.format(condition=condition)), values).scalar_one()
    points = np.frombuffer(found or b"", POINT)
    houses = read_houses(connection, city, request, lang)
    xy = to_metric(city.metric_srid, np.column_stack((points["lon"], points["lat"])).astype(float))
    corners, at = np.unique(
        np.vstack((houses.grid, np.floor(xy / CELL_M).astype(int))), axis=0, return_inverse=True
    )
    of_house, of_point = np.split(at.ravel(), [len(houses.grid)])
    n = np.bincount(of_point, points["n"].astype(float), len(corners)).astype(int)
    living = np.bincount(of_house, houses.residents, len(corners))
    expected = n.sum() * living / max(1.0, living.sum())
    p, excess = excess_p(n, expected), residuals(n, expected)
    hot = named(p) & (n >= LEAST)
    house = np.full(len(corners), -1)
    house[of_house] = np.arange(len(of_house))
    order = [int(one) for one in np.lexsort((-excess, p, ~hot)) if n[one]]
    boxes = cell_box(city, corners[order])
    cells = [
        CellCount(
            float(corners[one, 0] * CELL_M),
            float(corners[one, 1] * CELL_M),
            int(n[one]),
            float(excess[one]),
            bool(hot[one]),
            houses.shown[house[one]] if house[one] >= 0 else "",
            float(expected[one]),
            float(p[one]),
            box,
        )
        for one, box in zip(order, boxes)
    ]
    return CellCounts(cells, nowhere, read_outlines(connection, city))
