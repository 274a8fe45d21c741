"""Houses, crossings and streets, by the reader of addresses that loading uses too
(`geo.addresses.address_lines`); unlike loading it guesses at names, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from geo.addresses.address_lines import AddressLine, read_line
from geo.addresses.geocoding import Gazetteer
from geo.addresses.house_numbers import corpus_key, house_key, natural
from geo.addresses.name_index import NameMatch
from layers.search.directory import CityDirectory, StreetSummary
from layers.search.results import EACH, Found, SearchResult, surety

STREETS_TRIED = 6
SIDES_TRIED = 3
"""Streets that a name of a crossing may mean."""
WITHOUT_ITS_HOUSE = 0.9
RANKS = (0.0, 0.005, 0.03, 0.06)
"""What is taken off for a house that is the one asked for by its number as written, by its parts written in
another way, by its number without parts, or that begins with it."""
HOUSES = text("""
    select id, street_norm as norm, coalesce(house, house_norm) as house, voters, st_x(point_4326) as lon,
        st_y(point_4326) as lat
    from building where region = :region and street_norm = any(:norms) and house_norm is not null""")


def find_addresses(connection: Connection, directory: CityDirectory, lang: str, query: str) -> list[Found]:
    """The surest first. Houses of a street where a house is named, else the streets themselves with how many
    houses each has."""
    found: list[Found] = []
    others: list[Found] = []
    for line in read_line(query, directory.roads.city_names):
        if line.crossing:
            found += _crossings(connection, directory, lang, line)
        else:
            matches = directory.street_names.find(line.streets[0], STREETS_TRIED)
            houses = _houses(connection, directory, lang, matches, line.house) if line.house else []
            weight = WITHOUT_ITS_HOUSE if line.house else 1.0
            streets = [_street(directory, lang, match, weight) for match in matches]
            found += houses or streets
            others += streets
    best = best_of(found)
    alone = len(best) == 1 and best[0].result.near
    return best + best_of(others)[: EACH - 1] if alone else best


def never_alone(found: list[Found], directory: CityDirectory, lang: str, query: str) -> list[Found]:
    """A guess that is the only one has the nearest other street beside it."""
    if len(found) != 1 or not found[0].result.near:
        return found
    match = directory.street_names.nearest(query, found[0].result.title.partition(",")[0])
    return found if match is None else [*found, _street(directory, lang, match, 1.0)]


def best_of(found: Iterable[Found]) -> list[Found]:
    """Each thing once, the surest first, at most `EACH`."""
    best: dict[tuple[str, int | None, str], Found] = {}
    for one in sorted(found, key=lambda one: -one.score):
        best.setdefault((one.result.type, one.result.id, one.result.title), one)
    return list(best.values())[:EACH]


def _street(directory: CityDirectory, lang: str, match: NameMatch, weight: float) -> Found:
    street = directory.streets[match.key]
    score = surety(match) * weight + min(street.buildings, 1000) * 1e-6  # of two as near, the longer street
    shown = SearchResult(
        "street",
        None,
        street.name(lang),
        "",
        street.lon,
        street.lat,
        {"buildings": street.buildings},
        match.near,
    )
    return Found(score, shown)


def _houses(
    connection: Connection, directory: CityDirectory, lang: str, matches: list[NameMatch], house: str
) -> list[Found]:
    of_street = {street.norm: match for match in matches if (street := directory.streets[match.key]).norm}
    if not of_street:
        return []
    bound = {"region": directory.roads.city.region, "norms": list(of_street)}
    found = []
    for row in sorted(
        connection.execute(HOUSES, bound), key=lambda row: (natural(house_key(row.house)), row.id)
    ):
        match, rank = of_street[row.norm], _rank(house, row.house)
        if rank is not None:
            title = f"{directory.streets[match.key].name(lang)}, {row.house}"
            at = SearchResult(
                "building", row.id, title, "", row.lon, row.lat, {"voters": row.voters}, match.near
            )
            found.append(Found(surety(match) - RANKS[rank], at))
    return found


def _rank(wanted: str, house: str) -> int | None:
    """How well a house answers a key, as `RANKS` says; none = not at all."""
    key, parts = house_key(house), corpus_key(wanted)
    if key == wanted:
        return 0
    if corpus_key(house) == parts:
        return 1
    whole = parts.partition("/")[0]
    if key in (whole, whole.rstrip("абвгдежзийклмнопрстуфхцчшщэюя")):
        return 2
    return 3 if key.startswith(wanted) and not key[len(wanted)].isdigit() else None


def _crossings(connection: Connection, directory: CityDirectory, lang: str, line: AddressLine) -> list[Found]:
    def execute(statement: str, bound: dict[str, Any]) -> list[Any]:
        return list(connection.execute(text(statement), bound).all())

    one, other = (
        [(match, directory.streets[match.key]) for match in directory.street_names.find(side, SIDES_TRIED)]
        for side in line.streets
    )
    gazetteer = Gazetteer(directory.roads, execute)
    pairs = [(a, b) for a in one for b in other if a[1] != b[1]]
    lines = [AddressLine((a[1].written, b[1].written)) for a, b in pairs]
    points = gazetteer.crossings_of(lines)
    found = []
    for (a, b), line_of_pair in zip(pairs, lines):
        if (point := points.get(line_of_pair)) is not None:
            title = f"{a[1].name(lang)} / {b[1].name(lang)}"
            near = a[0].near or b[0].near
            at = SearchResult("crossing", None, title, "", point.lon, point.lat, near=near)
            found.append(Found((surety(a[0]) + surety(b[0])) / 2, at))
    sides: list[tuple[NameMatch, StreetSummary]] = [*one[:1], *other[:1]] if one and other else []
    return found or [_apart(_street(directory, lang, match, 0.8)) for match, _ in sides]


def _apart(street: Found) -> Found:
    parameters = street.result.parameters | {"apart": True}
    return replace(street, result=replace(street.result, parameters=parameters))
