"""What happened by cell of the city's grid, and where more than its residents explain: the cells of what
returns (`layers.statistics.returns`), for every kind of incidents, and with those that have coordinates and
no house."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from geo.recurrence.hotspots import LEAST, excess_p, named, residuals
from geo.settings import City
from geo.statistics.area_days import CELL_M, NOWHERE, CellLayer, cells_at, corners_of
from layers.statistics.areas import count_by_area
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import GridCell, cell_box, read_houses, read_outlines

Box = tuple[float, float, float, float]


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
    counts = count_by_area(connection, city, request, subject, CellLayer(city))
    nowhere = counts.pop(NOWHERE, 0)
    houses = read_houses(connection, city, request, lang)
    own = np.array(list(counts), np.int64)
    codes, at = np.unique(np.concatenate((cells_at(houses.grid), own)), return_inverse=True)
    of_house, of_count = np.split(at, [len(houses.grid)])
    corners = corners_of(codes)
    n = np.bincount(of_count, np.array(list(counts.values()), float), len(corners)).astype(int)
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
