"""One search box: coordinates, an incident's number, an address, a category, a polling station's precinct.
What is asked is folded as what is stored.

Each kind of answer is found on its own; a query may have several. Results name a place or a filter;
nothing moves until one is chosen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Connection, Engine, text

from geo.addresses.folding import address_parts, fold, fold_house, fold_street
from geo.errors import InvalidInput
from geo.settings import City
from layers.incidents.listing import JOINS, columns
from layers.reading import snapshot
from layers.scope import Scope
from layers.tiles.precincts import IN_FORCE

SHORTEST, LONGEST = 2, 120
EACH = 8
"""How many results of one kind are shown; `more` says that there are others."""
PAIR = re.compile(r"^\s*(-?\d{1,3}(?:[.,]\d+)?)\s*[°]?\s*(?:[;/\s]|,\s)\s*(-?\d{1,3}(?:[.,]\d+)?)\s*°?\s*$")
PLAIN_PAIR = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$")
NUMBER = re.compile(r"^[#№]?\s*([\w./-]{1,60})$")


@dataclass(frozen=True)
class SearchResult:
    """`type`: coordinates, incident, building, street, category or precinct. `lon`, `lat` in EPSG:4326,
    none where it has no place. `id` as the type's own."""

    type: str
    id: int | None
    title: str
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    parameters: dict = field(default_factory=dict)


def search(engine: Engine, city: City, scope: Scope, lang: str, query: str) -> list[SearchResult]:
    """What the words lead to, the surest first; nothing for fewer than `SHORTEST` letters. Raises
    `InvalidInput` ("search.long")."""
    query = " ".join(query.split())
    if len(query) > LONGEST:
        raise InvalidInput("search.long", longest=LONGEST)
    if len(query) < SHORTEST:
        return []
    if (pair := coordinates(query, city)) is not None:
        return [SearchResult("coordinates", None, f"{pair[1]:.5f}, {pair[0]:.5f}", "", *pair)]
    with snapshot(engine, timeout_s=3) as connection:
        return [
            *_incidents(connection, city, scope, lang, query),
            *_addresses(connection, city, lang, query),
            *_categories(connection, lang, query),
            *_precincts(connection, city, query),
        ]


def coordinates(query: str, city: City) -> tuple[float, float] | None:
    """(lon, lat) of "51.13, 71.43" in either order, with a decimal comma too ("51,13 71,43"): the order
    that lies in the city. None where neither does.

    >>> from geo.settings import DEFAULT_CITY
    >>> coordinates("71.43 51.13", City.load(DEFAULT_CITY))
    (71.43, 51.13)
    """
    found = PLAIN_PAIR.match(query) or PAIR.match(query)
    if not found:
        return None
    first, second = (float(part.replace(",", ".")) for part in found.groups())
    west, south, east, north = city.bbox
    for lon, lat in ((second, first), (first, second)):
        if west <= lon <= east and south <= lat <= north:
            return lon, lat
    return None


def _incidents(connection: Connection, city: City, scope: Scope, lang: str, query: str) -> list[SearchResult]:
    """By our number or the source's. Sources are few, so each is looked up in the index by its name."""
    number = NUMBER.match(query)
    if not number or not any(letter.isdigit() for letter in query):
        return []
    allowed, scoped = scope.where()
    own = int(number[1]) if number[1].isascii() and number[1].isdigit() and len(number[1]) <= 15 else None
    rows = connection.execute(
        text(f"""
        with recursive source(name) as (
            (select source from incident where region = :region order by source limit 1)
            union all
            select (select source from incident where region = :region and source > s.name
                order by source limit 1) from source as s where s.name is not null)
        , hit as (
            select id from incident where region = :region and id = :own
            union select x.id from source as s join incident as x on x.region = :region
                and x.source = s.name and x.source_id = :number)
        select {columns(city, lang)} from hit join incident as i on i.region = :region
            and i.id = hit.id {JOINS}
        where {allowed} order by i.opened_at desc limit {EACH}"""),
        {"region": city.region, "own": own, "number": number[1], **scoped},
    ).mappings()
    return [
        SearchResult(
            "incident",
            row["id"],
            row["title"] or row["category_name"] or f"№ {row['id']}",
            f"№ {row['source_id']} · {row['address'] or ''}".strip(" ·"),
            row["lon"],
            row["lat"],
            {"kind": row["kind"], "priority": row["priority"], "status": row["status"]},
        )
        for row in rows
    ]


@dataclass(frozen=True)
class StreetMatch:
    """`norm` is how its buildings are keyed; `lon`, `lat` the middle of them."""

    norm: str
    kk: str
    ru: str
    buildings: int
    lon: float
    lat: float

    def rank(self, wanted: list[str]) -> int | None:
        """0 = its name in some language is the words, 1 = begins with them, 2 = holds them in their order;
        none = does not."""
        names = {self.norm, _folded_street(self.kk), _folded_street(self.ru)}
        whole = " ".join(wanted)
        if whole in names:
            return 0
        if any(name.startswith(whole) for name in names):
            return 1
        return 2 if any(_holds(name, wanted) for name in names) else None


def _addresses(connection: Connection, city: City, lang: str, query: str) -> list[SearchResult]:
    """Houses of a street where a house is named, else the streets themselves with how many houses each
    has."""
    parts = address_parts(query, city.called)
    wanted = fold_street(parts[0] if parts else query).split()
    if not any(letter.isalpha() for word in wanted for letter in word) or len(" ".join(wanted)) < SHORTEST:
        return []
    ranked = [
        (rank, street) for street in _streets(connection, city) if (rank := street.rank(wanted)) is not None
    ]
    streets = [
        street for _, street in sorted(ranked, key=lambda pair: (pair[0], -pair[1].buildings, pair[1].norm))
    ]
    houses = _houses(connection, city, lang, streets, fold_house(parts[1])) if parts and streets else []
    return houses or [
        SearchResult(
            "street", None, _name(street, lang), "", street.lon, street.lat, {"buildings": street.buildings}
        )
        for street in streets[:EACH]
    ]


def _streets(connection: Connection, city: City) -> list[StreetMatch]:
    """Every street with its names: some thousands, folded here because a Kazakh and a Russian name may
    differ by more than letters."""
    rows = connection.execute(
        text("""
        select street_norm, coalesce(min(street_kk), min(street_ru), ''), coalesce(min(street_ru),
            min(street_kk), ''), count(*),
          avg(ST_X(point_4326)), avg(ST_Y(point_4326))
        from building where region = :region and street_norm is not null group by street_norm"""),
        {"region": city.region},
    )
    return [StreetMatch(*row) for row in rows]


def _houses(
    connection: Connection, city: City, lang: str, streets: list[StreetMatch], house: str
) -> list[SearchResult]:
    """The house asked for first, then those that begin with it ("10", "10/1", "10а")."""
    known = {street.norm: street for street in streets}
    rows = connection.execute(
        text(f"""
        select b.id, b.street_norm, b.house, b.voters, ST_X(b.point_4326) as lon, ST_Y(b.point_4326) as lat
        from building as b where b.region = :region and b.street_norm = any(:streets)
            and starts_with(b.house_norm, :house)
        order by b.house_norm <> :house, array_position(:streets, b.street_norm), length(b.house_norm),
            b.house_norm, b.id limit {EACH}"""),
        {"region": city.region, "streets": list(known), "house": house},
    ).mappings()
    return [
        SearchResult(
            "building",
            row["id"],
            f"{_name(known[row['street_norm']], lang)}, {row['house']}",
            "",
            row["lon"],
            row["lat"],
            {"voters": row["voters"]},
        )
        for row in rows
    ]


def _name(street: StreetMatch, lang: str) -> str:
    return street.kk if lang == "kk" else street.ru


@lru_cache(maxsize=20_000)
def _folded_street(name: str) -> str:
    return fold_street(name)


def _holds(name: str, wanted: list[str]) -> bool:
    """Whether the words stand in a name in their order."""
    at = 0
    for word in wanted:
        at = name.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


def _categories(connection: Connection, lang: str, query: str) -> list[SearchResult]:
    """Categories whose name in any language holds the words. A few hundred rows: folded here, by the same
    rules as addresses."""
    wanted = fold(query)
    rows = connection.execute(
        text(
            f"select id, kind, name_kk, name_ru, name_en, name_{lang} as name from category order by "
            f"name_{lang}, id"
        )
    ).mappings()
    found = [
        row
        for row in rows
        if wanted and any(wanted in fold(row[f"name_{other}"]) for other in ("kk", "ru", "en"))
    ]
    return [
        SearchResult("category", row["id"], row["name"], "", parameters={"kind": row["kind"]})
        for row in found[:EACH]
    ]


def _precincts(connection: Connection, city: City, query: str) -> list[SearchResult]:
    number = NUMBER.match(query)
    if not number or not (number[1].isascii() and number[1].isdigit() and len(number[1]) <= 5):
        return []
    rows = connection.execute(
        text(f"""
        select id, number, voters, ST_X(ST_PointOnSurface(geom_4326)) as lon,
            ST_Y(ST_PointOnSurface(geom_4326)) as lat
        from precinct where {IN_FORCE} and number = :number and geom_4326 is not null"""),
        {"region": city.region, "today": city.today(), "number": int(number[1])},
    ).mappings()
    return [
        SearchResult(
            "precinct", row["id"], str(row["number"]), "", row["lon"], row["lat"], {"voters": row["voters"]}
        )
        for row in rows
    ]
