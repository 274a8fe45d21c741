"""Places that return: buildings, streets and cells of the city with more requests of 109 than their residents
explain, whether they grow or fade, and how often a request follows another near by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geo.crs import shapes_to_lon_lat, to_metric
from geo.recurrence.hotspots import (
    LEAST,
    excess_p,
    gi_star,
    named,
    permuted_p,
    residuals,
    trend_p,
)
from geo.recurrence.near_repeat import NearRepeat, near_repeats
from geo.settings import City
from geo.statistics.area_days import CELL_M
from geo.statistics.counting import Period, rows_condition
from geo.statistics.definitions import SERVICE
from layers.statistics.requests import StatisticsRequest

LOCATIONS = ("building", "street", "cell")
UNCOUNTED = 10
"""People of a house beside its voters: children, tenants, who works there."""
MOST_NAMED = 15
"""The places of each kind at most."""
LATE_PART = 3
"""The last third of the period says whether a place emerges or fades."""
TREND_P = 0.05
BUILDINGS = """select
        string_agg(int8send(b.id) || float8send(b.voters) || float8send(st_x(b.point_4326))
            || float8send(st_y(b.point_4326)), ''::bytea order by b.id) as numbers,
        array_agg(coalesce(b.street_ru, '') order by b.id) as streets,
        array_agg(coalesce(b.street_{lang}, b.street_ru, '') order by b.id) as shown,
        array_agg(b.house order by b.id) as houses
    from building b where b.region = :region and b.point_4326 is not null and {inside}"""
HOUSE = np.dtype([("id", ">i8"), ("voters", ">f8"), ("lon", ">f8"), ("lat", ">f8")])
"""Numbers come as the server's own bytes, one value for all rows: twenty thousand houses as rows of Python
would cost as much as all that is made of them."""
IN_DISTRICTS = """b.district_id in (select d.id from district d where d.region = :region
    and d.key = any(:keys))"""
REQUESTS = """select string_agg(int8send(r.building_id) || float8send(date_part('epoch', r.opened_at)),
        ''::bytea)
    from (select i.building_id, i.opened_at from incident i
        where {condition} and i.building_id is not null and {topic} order by i.opened_at, i.id) r"""
"""In the order of `ix_incident_service_house`, which has all that is read."""
REQUEST = np.dtype([("building", ">i8"), ("opened_s", ">f8")])
DAY_S = 86400
OF_TOPIC = """i.category_id in (with recursive below as (select id from category where key = :topic
    union all select c.id from category c join below b on c.parent_id = b.id) select id from below)"""
TOPICS = """select key, name_{lang} as name from category where parent_id is null and kind = 'service'
    order by 2"""
OUTLINES = """select st_asgeojson(st_simplifypreservetopology(st_transform(geom_4326, {srid}), 60), 0)::json
    as shape from district where region = :region and valid_to is null"""


@dataclass(frozen=True)
class CityHouses:
    """Houses of the city in arrays of one order: where, whose names, of which street and cell. `streets`:
    "" = of none; `shown`: the same in the reader's language; `grid`: column and row of the cell."""

    ids: np.ndarray
    xy: np.ndarray
    residents: np.ndarray
    streets: Sequence[str]
    shown: Sequence[str]
    numbers: Sequence[str | None]
    grid: np.ndarray

    def locations(self, kind: str) -> tuple[list[str], np.ndarray]:
        """The keys of the places of a kind, "" = none, and which of them is each house's."""
        if kind == "building":
            return [str(one) for one in self.ids.tolist()], np.arange(len(self.ids))
        if kind == "street":
            return _numbered(self.streets)
        corners, cell = np.unique(self.grid @ (1, 1j), return_inverse=True)
        keys, number = _numbered([f"{one.real:.0f}_{one.imag:.0f}" for one in corners.tolist()])
        return keys, number[cell]

    def numbers_of(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the houses of those `ids` stand that are known, and which of `ids` are."""
        if not len(self.ids):
            return ids[:0], np.zeros(len(ids), bool)
        at = np.searchsorted(self.ids, ids)
        known = (at < len(self.ids)) & (self.ids[np.minimum(at, len(self.ids) - 1)] == ids)
        return at[known], known

    def address(self, at: int) -> str:
        return ", ".join(part for part in (self.shown[at], self.numbers[at]) if part)


@dataclass(frozen=True)
class HotSpot:
    """`p`: how likely so many are by chance. `late`: of `n`, in the last third of the period; `trend`:
    "emerging", "fading" or "steady". `box`: of a cell, west, south, east, north in degrees."""

    kind: str
    key: str
    name: str
    n: int
    expected: float
    p: float
    late: int
    trend: str
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class GridCell:
    """`x`, `y`: its south-western corner in the city's metric CRS; `excess`: its residual."""

    x: float
    y: float
    n: int
    excess: float
    hot: bool


@dataclass(frozen=True)
class Returns:
    """`spots`: by kind of place, the least likely first. `total`: requests with a house; `outlines`: of
    districts, GeoJSON in the metric CRS."""

    total: int
    spots: Mapping[str, list[HotSpot]]
    counted: Mapping[str, int]
    cells: list[GridCell]
    repeats: list[NearRepeat]
    outlines: list[dict[str, Any]]


def read_topics(connection: Connection, lang: str) -> dict[str, str]:
    """Key -> name of the categories at the top of the tree."""
    return {row.key: row.name for row in connection.execute(text(TOPICS.format(lang=lang)))}


def read_returns(
    connection: Connection, city: City, request: StatisticsRequest, topic: str | None, lang: str
) -> Returns:
    houses = read_houses(connection, city, request, lang)
    at, days = read_requests(connection, city, request, topic, houses)
    outlines = read_outlines(connection, city)
    if not len(at):
        return Returns(0, {}, {}, [], [], outlines)
    late = days >= days[0] + (days[-1] - days[0]) * (1 - 1 / LATE_PART)
    spots: dict[str, list[HotSpot]] = {}
    counted: dict[str, int] = {}
    cells: list[GridCell] = []
    for kind in LOCATIONS:
        grouped = _Grouped.of(houses, kind, at, late)
        p, hot = _significance(grouped, kind)
        share = float(late.mean())
        spots[kind] = [_spot(city, houses, grouped, n, p[n], share) for n in _first(grouped, p, hot)]
        counted[kind] = int(hot.sum())
        if kind == "cell":
            cells = _cells(grouped, hot)
    return Returns(len(at), spots, counted, cells, near_repeats(houses.xy[at], days), outlines)


def read_outlines(connection: Connection, city: City) -> list[dict[str, Any]]:
    """The districts in force, GeoJSON in the city's metric CRS."""
    rows = connection.execute(text(OUTLINES.format(srid=city.metric_srid)), {"region": city.region})
    return [row.shape for row in rows]


def read_houses(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> CityHouses:
    keys = request.districts()
    bound = {"region": city.region, **({"keys": keys} if keys is not None else {})}
    inside = IN_DISTRICTS if keys is not None else "true"
    statement = BUILDINGS.format(lang="kk" if lang == "kk" else "ru", inside=inside)
    row = connection.execute(text(statement), bound).one()
    houses = np.frombuffer(row.numbers or b"", HOUSE)
    lon_lat = np.column_stack((houses["lon"], houses["lat"])).astype(float)
    xy = to_metric(city.metric_srid, lon_lat)
    return CityHouses(
        houses["id"].astype(int),
        xy,
        houses["voters"].astype(float) + UNCOUNTED,
        row.streets or [],
        row.shown or [],
        row.houses or [],
        np.floor(xy / CELL_M).astype(int),
    )


def read_requests(
    connection: Connection, city: City, request: StatisticsRequest, topic: str | None, houses: CityHouses
) -> tuple[np.ndarray, np.ndarray]:
    """(number of its house, its day) of each request of the period, the oldest first."""
    period = Period.of_days(city, request.first, request.last)
    condition, values = rows_condition(SERVICE, request.population(city), period)
    statement = REQUESTS.format(condition=condition, topic=OF_TOPIC if topic else "true")
    bound = {**values, **({"topic": topic} if topic else {})}
    requests = np.frombuffer(connection.scalar(text(statement), bound) or b"", REQUEST)
    at, known = houses.numbers_of(requests["building"].astype(int))
    return at, requests["opened_s"].astype(float)[known] / DAY_S


def _numbered(names: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different ones in order, and which of them each is."""
    keys = sorted(set(names))
    numbers = {key: n for n, key in enumerate(keys)}
    return keys, np.fromiter(map(numbers.__getitem__, names), int, len(names))


@dataclass(frozen=True)
class _Grouped:
    """Places of one kind: their key, a house of each, requests, those of late, and how many are expected."""

    keys: list[str]
    house: np.ndarray
    n: np.ndarray
    late: np.ndarray
    expected: np.ndarray
    kind: str

    @classmethod
    def of(cls, houses: CityHouses, kind: str, at: np.ndarray, late: np.ndarray) -> _Grouped:
        keys, location = houses.locations(kind)
        size = len(keys)
        n = np.bincount(location[at], minlength=size)
        living = np.bincount(location, weights=houses.residents, minlength=size)
        busiest = np.empty(size, int)
        own = np.bincount(at, minlength=len(location))
        order = np.argsort(own, kind="stable")
        busiest[location[order]] = order
        return cls(
            keys,
            busiest,
            n,
            np.bincount(location[at[late]], minlength=size),
            len(at) * living / living.sum(),
            kind,
        )

    def corners(self) -> np.ndarray:
        """The numbers of column and row of cells."""
        return np.array([key.split("_") for key in self.keys], int)


def _significance(grouped: _Grouped, kind: str) -> tuple[np.ndarray, np.ndarray]:
    if kind != "cell":
        p = excess_p(grouped.n, grouped.expected)
        return p, named(p) & (grouped.n >= LEAST) & (np.array(grouped.keys) != "")
    values, near = residuals(grouped.n, grouped.expected), _neighbours(grouped.corners())
    p = permuted_p(values, near)
    return p, named(p) & (gi_star(values, near) > 0) & (grouped.n >= LEAST)


def _neighbours(corners: np.ndarray) -> list[np.ndarray]:
    """The cells that share a side or a corner."""
    at = {(x, y): n for n, (x, y) in enumerate(corners.tolist())}
    steps = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]
    return [
        np.array([at[x + dx, y + dy] for dx, dy in steps if (x + dx, y + dy) in at], int)
        for x, y in corners.tolist()
    ]


def _first(grouped: _Grouped, p: np.ndarray, hot: np.ndarray) -> list[int]:
    """The hot places, the least likely first; of equally likely ones those with the most beyond what was
    expected."""
    order = np.lexsort((-(grouped.n - grouped.expected), p))
    return [int(n) for n in order if hot[n]][:MOST_NAMED]


def _spot(city: City, houses: CityHouses, grouped: _Grouped, at: int, p: float, late_share: float) -> HotSpot:
    n, late, house = int(grouped.n[at]), int(grouped.late[at]), int(grouped.house[at])
    more, fewer = trend_p(late, n, late_share)
    trend = "emerging" if more <= TREND_P else "fading" if fewer <= TREND_P else "steady"
    name = houses.address(house) if grouped.kind == "building" else houses.shown[house]
    box = cell_box(city, grouped.corners()[[at]])[0] if grouped.kind == "cell" else None
    return HotSpot(
        grouped.kind, grouped.keys[at], name, n, float(grouped.expected[at]), float(p), late, trend, box
    )


def cell_box(city: City, corners: np.ndarray) -> list[tuple[float, float, float, float]]:
    """West, south, east and north in degrees of the cells of those columns and rows."""
    low = CELL_M * corners.reshape(-1, 2).astype(float)
    squares = shapely.box(low[:, 0], low[:, 1], low[:, 0] + CELL_M, low[:, 1] + CELL_M)
    bounds = shapely.bounds(shapes_to_lon_lat(city.metric_srid, squares)).tolist()
    return [(west, south, east, north) for west, south, east, north in bounds]


def _cells(grouped: _Grouped, hot: np.ndarray) -> list[GridCell]:
    excess = residuals(grouped.n, grouped.expected)
    return [
        GridCell(float(x * CELL_M), float(y * CELL_M), int(n), float(more), bool(is_hot))
        for (x, y), n, more, is_hot in zip(grouped.corners().tolist(), grouped.n, excess, hot)
        if n
    ]
