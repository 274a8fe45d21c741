"""Addresses become points without a network, from our own buildings, streets and crossings; how a point
was found is told with it.

The names of the streets are known (`geo.addresses.street_directory`); houses and crossings are asked of the
database as lines need them, a batch at a time. What several streets of one name would answer differently is
not answered.
Distances are metres in the city's metric CRS, points EPSG:4326 (lon, lat).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.addresses.address_lines import AddressLine, read_line
from geo.addresses.house_numbers import corpus_key, house_key
from geo.addresses.street_directory import Execute, StreetDirectory
from geo.addresses.street_names import street_key
from geo.crs import shapes_to_lon_lat
from geo.settings import City

QUALITIES = ("building", "neighbour", "interpolated", "crossing", "street")
"""`incident.placed_by`: the building itself; another building of the same number (7 for 7А); between its
neighbours; two streets' crossing; a short street."""
SAME_POINT_M = 150
"""Two buildings of one address further apart than this are two addresses: neither is taken."""
NEIGHBOURS_WITHIN_M = 500
NEIGHBOUR_NUMBERS = 20
"""A house is placed between two of its side whose numbers and places differ by no more than these."""
CROSSING_WITHIN_M = 40
CORNER_WITHIN_M = 120
"""Two streets known only by their buildings cross between the nearest two of them, if these are no further
apart."""
SHORT_STREET_M = 300
"""The middle of a street stands for a house of it only where the street is this short."""


@dataclass(frozen=True)
class GeocodedPoint:
    """A point in EPSG:4326 with its quality, one of `QUALITIES`."""

    lon: float
    lat: float
    quality: str


@dataclass(frozen=True)
class GazetteerHouse:
    """`x`, `y` in the metric CRS."""

    id: int
    key: str
    x: float
    y: float
    streets: frozenset[str] = frozenset()
    """Keys of its street's names with their types (`geo.addresses.street_names.street_key`): Абая,
    проспект is another street than Абая, улица."""

    @property
    def number(self) -> int | None:
        digits = re.match("[0-9]+", self.key)
        return int(digits[0]) if digits else None


HOUSES = """select id, street_norm, coalesce(house, house_norm), st_x(p), st_y(p), street_kk, street_ru
    from building, lateral (select st_transform(point_4326, :srid) as p) m
    where region = :region and street_norm = any(:streets) and point_4326 is not null
        and house_norm is not null order by id"""
CROSSINGS = """select n, st_distance(a, b), st_x(p), st_y(p) from unnest(cast(:n as int[])) n,
    lateral (select st_transform(st_collect(f.geom_4326), :srid) as a from basemap_feature f
        where f.region = :region and f.id in (
        select unnest(ids) from jsonb_to_recordset(:pairs) as pair (n int, side int, ids bigint[])
            where pair.n = n.n and side = 0)) one,
    lateral (select st_transform(st_collect(f.geom_4326), :srid) as b from basemap_feature f
        where f.region = :region and f.id in (
        select unnest(ids) from jsonb_to_recordset(:pairs) as pair (n int, side int, ids bigint[])
            where pair.n = n.n and side = 1)) other,
    lateral (select st_closestpoint(a, b) as p) point where a is not null and b is not null"""
MIDDLES = """select n, st_length(st_boundingdiagonal(g)), st_x(p), st_y(p) from unnest(cast(:n as int[])) n,
    lateral (select st_transform(st_collect(f.geom_4326), :srid) as g from basemap_feature f
        where f.region = :region and f.id in (
        select unnest(ids) from jsonb_to_recordset(:pairs) as pair (n int, side int, ids bigint[])
            where pair.n = n.n)) street,
    lateral (select st_closestpoint(g, st_centroid(g)) as p) point where g is not null"""


@dataclass
class Gazetteer:
    """Lines placed by what the directory knows of the streets."""

    streets: StreetDirectory
    execute: Execute

    @property
    def city(self) -> City:
        return self.streets.city

    def bound(self, **more: object) -> dict[str, Any]:
        return self.streets.bound(**more)

    def locate(
        self, addresses: Iterable[str], without: frozenset[int] = frozenset()
    ) -> dict[str, GeocodedPoint]:
        """Address -> where it is; what is not found is left out. `without`: buildings that count as not
        there (to measure the others)."""
        lines = {
            address: [
                line for line in read_line(address, self.streets.city_names) if self.streets.knows(line)
            ]
            for address in addresses
        }
        houses = self.houses(
            {street for found in lines.values() for line in found for street in line.streets}, without
        )
        placed = {
            address: found_at
            for address, found in lines.items()
            if (found_at := self.by_house(found, houses)) is not None
        }
        left = {address: found for address, found in lines.items() if address not in placed and found}
        placed |= self.by_crossing(left, houses)
        return {
            address: self.found(*found_at)
            for address, found_at in (
                placed
                | self.by_street({address: found for address, found in left.items() if address not in placed})
            ).items()
        }

    def crossings_of(self, lines: list[AddressLine]) -> dict[AddressLine, GeocodedPoint]:
        """Where the crossings are that there are; each side is a street that the directory knows."""
        houses = self.houses({street for line in lines for street in line.streets}, frozenset())
        numbered = {str(n): [line] for n, line in enumerate(lines)}
        return {lines[int(n)]: self.found(*at) for n, at in self.by_crossing(numbered, houses).items()}

    def houses(self, streets: set[str], without: frozenset[int]) -> dict[str, list[GazetteerHouse]]:
        """Street as written -> its houses."""
        norms = {street: self.streets.norms_of(street) for street in streets}
        by_norm = self.houses_of_norms(set().union(*norms.values()), without)
        return {
            street: [house for norm in sorted(norms[street]) for house in by_norm[norm]] for street in streets
        }

    def houses_of_norms(
        self, norms: set[str], without: frozenset[int] = frozenset()
    ) -> dict[str, list[GazetteerHouse]]:
        """The key of a street (`StreetDirectory.norms`) -> its houses; none of a key that has none."""
        wanted = sorted(norms)
        by_norm: dict[str, list[GazetteerHouse]] = defaultdict(list)
        for id_, norm, house, x, y, *names in (
            self.execute(HOUSES, self.bound(streets=wanted)) if wanted else ()
        ):
            if id_ not in without:
                by_norm[norm].append(
                    GazetteerHouse(
                        id_, house_key(house), x, y, frozenset(map(street_key, filter(None, names)))
                    )
                )
        return by_norm

    def by_house(
        self, lines: list[AddressLine], houses: dict[str, list[GazetteerHouse]]
    ) -> tuple[float, float, str] | None:
        for line in lines:
            if line.house is None:
                continue
            found = houses[line.streets[0]]
            of_its_type = [house for house in found if street_key(line.streets[0]) in house.streets]
            if (
                found_at := locate_house(line.house, of_its_type) or locate_house(line.house, found)
            ) is not None:
                return found_at
        return None

    def by_crossing(
        self, left: dict[str, list[AddressLine]], houses: dict[str, list[GazetteerHouse]]
    ) -> dict[str, tuple[float, float, str]]:
        crossings = [(address, line) for address, lines in left.items() for line in lines if line.crossing]
        pairs = {
            n: [self.streets.roads_of(street) for street in line.streets]
            for n, (_, line) in enumerate(crossings)
        }
        near = self.ask(CROSSINGS, {n: roads for n, roads in pairs.items() if all(roads)}, CROSSING_WITHIN_M)
        placed = {}
        for n, (address, line) in enumerate(crossings):
            found_at = near.get(n) if all(pairs[n]) else corner(*(houses[street] for street in line.streets))
            if found_at is not None and address not in placed:
                placed[address] = (*found_at, "crossing")
        return placed

    def by_street(self, left: dict[str, list[AddressLine]]) -> dict[str, tuple[float, float, str]]:
        """Streets that are short enough for their middle to say where."""
        wanted = {
            address: next((line for line in lines if not line.crossing), None)
            for address, lines in left.items()
        }
        numbered = {
            n: (address, line) for n, (address, line) in enumerate(wanted.items()) if line is not None
        }
        found = self.ask(
            MIDDLES,
            {
                n: [roads]
                for n, (_, line) in numbered.items()
                if (roads := self.streets.roads_of(line.streets[0]))
            },
            SHORT_STREET_M,
        )
        return {numbered[n][0]: (*found_at, "street") for n, found_at in found.items()}

    def ask(
        self, statement: str, pairs: dict[int, list[list[int]]], most_m: float
    ) -> dict[int, tuple[float, float]]:
        """Points (metric CRS) of what a statement measures at no more than `most_m`, by number."""
        if not pairs:
            return {}
        sides = [
            {"n": n, "side": side, "ids": roads}
            for n, both in pairs.items()
            for side, roads in enumerate(both)
        ]
        rows = self.execute(statement, self.bound(n=list(pairs), pairs=json.dumps(sides)))
        return {n: (x, y) for n, metres, x, y in rows if metres <= most_m}

    def found(self, x: float, y: float, quality: str) -> GeocodedPoint:
        point = shapes_to_lon_lat(self.city.metric_srid, np.array([shapely.Point(x, y)]))[0]
        return GeocodedPoint(point.x, point.y, quality)


def locate_house(key: str, houses: list[GazetteerHouse]) -> tuple[float, float, str] | None:
    """Metric x, y and quality of a house on its street, by itself, by another building of its number, or
    between its neighbours."""
    own = [house for house in houses if house.key == key]
    own = own or [house for house in houses if corpus_key(house.key) == corpus_key(key)]
    if own:
        return middle(own, "building")
    number = GazetteerHouse(0, key, 0, 0).number
    if number is None:
        return None
    return beside(key, [house for house in houses if house.number == number]) or between(number, houses)


def middle(houses: list[GazetteerHouse], quality: str) -> tuple[float, float, str] | None:
    """The first of several buildings with one address; none where they are too far apart to be one
    address."""
    first = houses[0]
    together = all(np.hypot(house.x - first.x, house.y - first.y) <= SAME_POINT_M for house in houses)
    return (first.x, first.y, quality) if together else None


def beside(key: str, same: list[GazetteerHouse]) -> tuple[float, float, str] | None:
    """Amid the buildings of one number whose keys agree longest with what is asked (17а, 17ак1 for 17ак3);
    none where even they are far apart."""
    longest = max((agreement(house.key, key) for house in same), default=0)
    nearest = [house for house in same if agreement(house.key, key) == longest]
    if not nearest or middle(nearest, "neighbour") is None:
        return None
    return (
        float(np.mean([house.x for house in nearest])),
        float(np.mean([house.y for house in nearest])),
        "neighbour",
    )


def agreement(one: str, other: str) -> int:
    return next(
        (found_at for found_at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other))
    )


def between(number: int, houses: list[GazetteerHouse]) -> tuple[float, float, str] | None:
    """The point on the line from the next lower to the next higher number of the same side, in proportion."""
    side = [
        (house.number, house)
        for house in houses
        if house.number is not None and house.number % 2 == number % 2
    ]
    lower, higher = (
        max((n for n, _ in side if n < number), default=None),
        min((n for n, _ in side if n > number), default=None),
    )
    if lower is None or higher is None or higher - lower > NEIGHBOUR_NUMBERS:
        return None
    pairs = [
        (np.hypot(a.x - b.x, a.y - b.y), a, b) for n, a in side if n == lower for m, b in side if m == higher
    ]
    metres, a, b = min(pairs, key=lambda pair: pair[0])
    if metres > NEIGHBOURS_WITHIN_M:
        return None
    share = (number - lower) / (higher - lower)
    return a.x + share * (b.x - a.x), a.y + share * (b.y - a.y), "interpolated"


def corner(one: list[GazetteerHouse], other: list[GazetteerHouse]) -> tuple[float, float] | None:
    """Between the nearest buildings of two streets."""
    if not one or not other:
        return None
    a, b = (np.array([(house.x, house.y) for house in houses]) for houses in (one, other))
    metres = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    i, j = np.unravel_index(np.argmin(metres), metres.shape)
    return tuple((a[i] + b[j]) / 2) if metres[i, j] <= CORNER_WITHIN_M else None
