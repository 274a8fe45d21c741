"""One search box: coordinates, an incident's number, an address, a category, a polling station's precinct. What is asked is folded as what is stored.

Each kind of answer is found on its own; a query may have several. Results name a place or a filter; nothing moves until one is chosen.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from geo.addresses import address_parts, fold, fold_house, fold_street
from geo.errors import InvalidInput
from geo.settings import City
from layers.incidents import JOINS, columns
from layers.precincts import IN_FORCE
from layers.reading import snapshot
from layers.scope import Scope

SHORTEST, LONGEST = 2, 120
EACH = 8
"""How many results of one kind are shown; `more` says that there are others."""
PAIR = re.compile(r"^\s*(-?\d{1,3}(?:[.,]\d+)?)\s*[°]?\s*(?:[;/\s]|,\s)\s*(-?\d{1,3}(?:[.,]\d+)?)\s*°?\s*$")
PLAIN_PAIR = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$")
NUMBER = re.compile(r"^[#№]?\s*([\w./-]{1,60})$")


@dataclass(frozen=True)
class Found:
    """`type`: coordinates, incident, building, street, category or precinct. `lon`, `lat` in EPSG:4326, none where it has no place. `id` as the type's own."""

    type: str
    id: int | None
    title: str
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    parameters: dict = field(default_factory=dict)


def search(engine: Engine, city: City, scope: Scope, lang: str, asked: str) -> list[Found]:
    """What the words lead to, the surest first; nothing for fewer than `SHORTEST` letters. Raises `InvalidInput` ("search.long")."""
    asked = " ".join(asked.split())
    if len(asked) > LONGEST:
        raise InvalidInput("search.long", longest=LONGEST)
    if len(asked) < SHORTEST:
        return []
    if (pair := coordinates(asked, city)) is not None:
        return [Found("coordinates", None, f"{pair[1]:.5f}, {pair[0]:.5f}", "", *pair)]
    with snapshot(engine, timeout_s=3) as connection:
        return [
            *_incidents(connection, city, scope, lang, asked), *_addresses(connection, city, lang, asked),
            *_categories(connection, lang, asked), *_precincts(connection, city, asked),
        ]


def coordinates(asked: str, city: City) -> tuple[float, float] | None:
    """(lon, lat) of "51.13, 71.43" in either order, with a decimal comma too ("51,13 71,43"): the order that lies in the city. None where neither does.

    >>> from geo.settings import DEFAULT_CITY
    >>> coordinates("71.43 51.13", City.load(DEFAULT_CITY))
    (71.43, 51.13)
    """
    found = PLAIN_PAIR.match(asked) or PAIR.match(asked)
    if not found:
        return None
    first, second = (float(part.replace(",", ".")) for part in found.groups())
    west, south, east, north = city.bbox
    for lon, lat in ((second, first), (first, second)):
        if west <= lon <= east and south <= lat <= north:
            return lon, lat
    return None


def _incidents(connection: Connection, city: City, scope: Scope, lang: str, asked: str) -> list[Found]:
    """By our number or the source's. Sources are few, so each is looked up in the index by its name."""
    number = NUMBER.match(asked)
    if not number or not any(letter.isdigit() for letter in asked):
        return []
    allowed, scoped = scope.where()
    own = int(number[1]) if number[1].isascii() and number[1].isdigit() and len(number[1]) <= 15 else None
    rows = connection.exec_driver_sql(f"""
        with recursive source(name) as (
            (select source from incident where region = %(region)s order by source limit 1)
            union all
            select (select source from incident where region = %(region)s and source > s.name order by source limit 1) from source as s where s.name is not null)
        , hit as (
            select id from incident where region = %(region)s and id = %(own)s
            union select x.id from source as s join incident as x on x.region = %(region)s and x.source = s.name and x.source_id = %(number)s)
        select {columns(city, lang)} from hit join incident as i on i.region = %(region)s and i.id = hit.id {JOINS}
        where {allowed} order by i.opened_at desc limit {EACH}""",
        {"region": city.region, "own": own, "number": number[1], **scoped}).mappings()
    return [Found("incident", row["id"], row["title"] or row["category_name"] or f"№ {row['id']}", f"№ {row['source_id']} · {row['address'] or ''}".strip(" ·"),
                  row["lon"], row["lat"], {"kind": row["kind"], "priority": row["priority"], "status": row["status"]}) for row in rows]


def _addresses(connection: Connection, city: City, lang: str, asked: str) -> list[Found]:
    """Houses of a street where a house is named, else the streets themselves with how many houses each has."""
    parts = address_parts(asked)
    street = fold_street(parts[0] if parts else asked)
    if len(street) < SHORTEST or not any(letter.isalpha() for letter in street):
        return []
    values = {"region": city.region, "street": _pattern(street), "begins": street, "house": parts and fold_house(parts[1])}
    name = "coalesce(b.street_kk, b.street_ru)" if lang == "kk" else "coalesce(b.street_ru, b.street_kk)"
    if parts:
        houses = _houses(connection, name, values)
        if houses:
            return houses
    rows = connection.exec_driver_sql(f"""
        select min({name}) as name, count(*) as n, ST_X(ST_Centroid(ST_Collect(b.point_4326))) as lon, ST_Y(ST_Centroid(ST_Collect(b.point_4326))) as lat
        from building as b where b.region = %(region)s and b.street_norm like %(street)s
        group by b.street_norm order by b.street_norm <> %(begins)s, not starts_with(b.street_norm, %(begins)s), count(*) desc, 1 limit {EACH}""", values).mappings()
    return [Found("street", None, row["name"], "", row["lon"], row["lat"], {"buildings": row["n"]}) for row in rows]


def _houses(connection: Connection, name: str, values: dict) -> list[Found]:
    """The house asked for first, then those that begin with it ("10", "10/1", "10а")."""
    rows = connection.exec_driver_sql(f"""
        select b.id, {name} as street, b.house, b.voters, ST_X(b.point_4326) as lon, ST_Y(b.point_4326) as lat
        from building as b where b.region = %(region)s and b.street_norm like %(street)s and starts_with(b.house_norm, %(house)s)
        order by b.house_norm <> %(house)s, b.street_norm <> %(begins)s, length(b.house_norm), b.house_norm, b.street_norm limit {EACH}""", values).mappings()
    return [Found("building", row["id"], f"{row['street']}, {row['house']}", "", row["lon"], row["lat"], {"voters": row["voters"]}) for row in rows]


def _categories(connection: Connection, lang: str, asked: str) -> list[Found]:
    """Categories whose name in any language holds the words. A few hundred rows: folded here, by the same rules as addresses."""
    wanted = fold(asked)
    rows = connection.exec_driver_sql(f"select id, kind, name_kk, name_ru, name_en, name_{lang} as name from category order by name_{lang}, id").mappings()
    found = [row for row in rows if wanted and any(wanted in fold(row[f"name_{other}"]) for other in ("kk", "ru", "en"))]
    return [Found("category", row["id"], row["name"], "", parameters={"kind": row["kind"]}) for row in found[:EACH]]


def _precincts(connection: Connection, city: City, asked: str) -> list[Found]:
    number = NUMBER.match(asked)
    if not number or not (number[1].isascii() and number[1].isdigit() and len(number[1]) <= 5):
        return []
    rows = connection.exec_driver_sql(f"""
        select id, number, voters, ST_X(ST_PointOnSurface(geom_4326)) as lon, ST_Y(ST_PointOnSurface(geom_4326)) as lat
        from precinct where {IN_FORCE} and number = %(number)s and geom_4326 is not null""", {"region": city.region, "number": int(number[1])}).mappings()
    return [Found("precinct", row["id"], str(row["number"]), "", row["lon"], row["lat"], {"voters": row["voters"]}) for row in rows]


def _pattern(text: str) -> str:
    """The words anywhere in a name, in their order; the wildcards of LIKE themselves stand for letters."""
    return "%" + "%".join(re.sub(r"([\\%_])", r"\\\1", word) for word in text.split()) + "%"
