"""How well our own buildings and streets place addresses whose point is known: `./ikomek etl geocode`
prints precision and recall, and writes nothing.

Asked are our buildings as they are written, as people write them, and as if they were not there (a tenth
at a time); then the incidents whose source gave both an address and a point. Precision = right of what was
found, recall = right of what was asked; right = within `RIGHT_M` of the known point.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, text

from geo.addresses.address_lines import read_line
from geo.addresses.geocoding import QUALITIES, Gazetteer, GeocodedPoint
from geo.addresses.street_directory import StreetDirectory
from geo.crs import to_metric
from geo.settings import City

RIGHT_M = 100
NEAR_STREET_M = 50
MOST = 5_000
FOLDS = 10
COLUMNS = ("asked", "by", "rows", "found", "right", "precision", "recall", "median_m", "p90_m")
LOOK_ALIKES = str.maketrans("авсенкмортух", "abcehkmoptyx")

BUILDINGS = """select id, coalesce(street_ru, street_kk), house, st_x(point_4326), st_y(point_4326)
    from building
    where region = :region and coalesce(street_ru, street_kk) is not null and house is not null
        and point_4326 is not null
    order by hashint8(id) limit :most"""
INCIDENTS = """select address, st_x(point_4326), st_y(point_4326) from incident where region = :region
    and address is not null and point_4326 is not null
    and placed_by is null order by hashint8(id) limit :most"""
NEAR_STREET = """select n from jsonb_to_recordset(:asked) as asked (n int, lon float8, lat float8,
    ids bigint[]) where exists (
    select from basemap_feature f where f.region = :region and f.id = any(asked.ids)
      and st_dwithin(st_transform(f.geom_4326, :srid), st_transform(st_setsrid(st_makepoint(lon, lat),
          4326), :srid), :near))"""


@dataclass
class DistanceCounts:
    """Distances (metres) of what was found, by quality, among `rows` asked."""

    rows: int = 0
    metres: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, found: GeocodedPoint | None, metres: float) -> None:
        self.rows += 1
        if found is not None:
            self.metres[found.quality].append(metres)

    def lines(self, query: str) -> Iterator[tuple]:
        """A line for everything found, and one for each quality."""
        whole = [metres for quality in QUALITIES for metres in self.metres[quality]]
        for by, metres in (("all", whole), *((quality, self.metres[quality]) for quality in QUALITIES)):
            if by == "all" or metres:
                yield query, by, self.rows, len(metres), *summary_of(metres, self.rows)


def summary_of(metres: list[float], rows: int) -> tuple:
    right = sum(m <= RIGHT_M for m in metres)
    if not metres:
        return right, None, share(right, rows), None, None
    return (
        right,
        share(right, len(metres)),
        share(right, rows),
        round(float(np.median(metres)), 1),
        round(float(np.percentile(metres, 90)), 1),
    )


def share(part: int, of: int) -> str | None:
    return f"{100 * part / of:.1f} %" if of else None


def check(connection: Connection, city: City) -> list[tuple]:
    """Lines of `COLUMNS`; fewer where there are no buildings or no incidents with both."""

    def execute(statement: str, bound: dict) -> list[tuple]:
        return [tuple(row) for row in connection.execute(text(statement), bound)]

    gazetteer = Gazetteer(StreetDirectory.read(city, execute), execute)
    bound = {"region": city.region, "srid": city.metric_srid, "most": MOST}
    return [
        *check_buildings(gazetteer, execute(BUILDINGS, bound)),
        *check_incidents(gazetteer, execute(INCIDENTS, bound)),
    ]


def check_buildings(gazetteer: Gazetteer, buildings: list[tuple]) -> Iterator[tuple]:
    if not buildings:
        return
    plain = [f"{street}, {house}" for _, street, house, *_ in buildings]
    points = [row[3:] for row in buildings]
    yield from compare(gazetteer, plain, points).lines("buildings")
    yield from compare(
        gazetteer, [as_people_write(gazetteer.city, row[1], row[2]) for row in buildings], points
    ).lines("buildings, as people write")
    left = DistanceCounts()
    for fold in range(FOLDS):
        away = frozenset(row[0] for row in buildings[fold::FOLDS])
        compare(gazetteer, plain[fold::FOLDS], points[fold::FOLDS], away, left)
    yield from left.lines("buildings, not there")


def as_people_write(city: City, street: str, house: str) -> str:
    """With the city before and a flat behind, in capitals, with Latin letters among the Cyrillic ones.

    >>> from geo.settings import DEFAULT_CITY
    >>> as_people_write(City.load(DEFAULT_CITY), "ул. Абая", "4А")
    'г. Астана, УЛ. AБAЯ, Д. 4 А, кв. 7'
    """
    mixed = "".join(
        letter.casefold().translate(LOOK_ALIKES).upper() if index % 2 else letter
        for index, letter in enumerate(street.upper())
    )
    spaced = "".join(
        f" {letter}" if letter.isalpha() and before.isdigit() else letter
        for before, letter in zip(" " + house, house)
    )
    return f"г. {city.names['ru']}, {mixed}, Д. {spaced}, кв. 7"


def compare(
    gazetteer: Gazetteer,
    addresses: list[str],
    points: Iterable[tuple],
    without: frozenset[int] = frozenset(),
    counts: DistanceCounts | None = None,
) -> DistanceCounts:
    counts = counts or DistanceCounts()
    found_at = gazetteer.locate(addresses, without)
    for address, (lon, lat) in zip(addresses, points):
        found = found_at.get(address)
        counts.add(
            found,
            0.0 if found is None else metres_between(gazetteer.city, (lon, lat), (found.lon, found.lat)),
        )
    return counts


def metres_between(city: City, one: tuple[float, float], other: tuple[float, float]) -> float:
    a, b = to_metric(city.metric_srid, np.array([one, other]))
    return float(np.hypot(*(a - b)))


def check_incidents(gazetteer: Gazetteer, incidents: list[tuple]) -> Iterator[tuple]:
    """Addresses with a house or a crossing by their point; those of a street alone by whether the point
    lies at the street that was found."""
    if not incidents:
        return
    exact: list[tuple] = []
    streets: list[tuple] = []
    for row in incidents:
        lines = read_line(row[0], gazetteer.streets.city_names)
        (exact if lines and (lines[0].house or lines[0].crossing) else streets).append(row)
    if exact:
        yield from compare(gazetteer, [row[0] for row in exact], [row[1:] for row in exact]).lines(
            "incidents"
        )
    if streets:
        yield check_streets(gazetteer, streets)


def check_streets(gazetteer: Gazetteer, rows: list[tuple]) -> tuple:
    """How many of the streets named are known, and how many of those points lie within `NEAR_STREET_M` of
    the street."""
    known = [
        {"n": n, "lon": lon, "lat": lat, "ids": roads}
        for n, (street, lon, lat) in enumerate(rows)
        if (roads := gazetteer.streets.roads_of(street))
    ]
    near = len(gazetteer.execute(NEAR_STREET, gazetteer.bound(asked=json.dumps(known), near=NEAR_STREET_M)))
    return (
        "incidents of a street",
        "street",
        len(rows),
        len(known),
        near,
        share(near, len(known)),
        share(near, len(rows)),
        None,
        None,
    )
