"""The search box: what a query leads to, the surest first. Nothing moves until a result is chosen."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import Connection, Engine, text

from geo.addresses.coordinates import lie_elsewhere, read_coordinates
from geo.errors import InvalidInput
from geo.settings import City
from layers.reading import snapshot
from layers.scope import Scope
from layers.search.addresses import best_of, find_addresses, never_alone
from layers.search.directory import CityDirectory, read_directory
from layers.search.incidents import find_noted, find_numbered, find_titled
from layers.search.results import EACH, LONGEST, SHORTEST, Found, SearchResult, surety
from layers.tiles.precincts import IN_FORCE

STATION = re.compile(
    r"^(?P<named>уик|(?:избирательный )?участок|(?:сайлау )?учаске(?:сі)?|(?:polling )?(?:precinct|station))?"
    r"\s*(?:№|#|no\.?)?\s*(?P<number>[0-9]{1,5})\s*(?P<after>-?(?:сайлау )?учаске(?:сі)?)?$",
    re.IGNORECASE,
)
STATION_NAMED, STATION_BARE = 1.3, 1.0


def search(engine: Engine, city: City, scope: Scope, lang: str, query: str) -> list[SearchResult]:
    """The results for the words; none for fewer than `SHORTEST` letters. Raises `InvalidInput`
    ("search.long", "search.elsewhere": coordinates that do not lie in the city)."""
    query = readable(query)
    if len(query) < SHORTEST:
        return []
    if lie_elsewhere(query, city):
        raise InvalidInput("search.elsewhere")
    if (pair := read_coordinates(query, city)) is not None:
        return [SearchResult("coordinates", None, f"{pair[1]:.5f}, {pair[0]:.5f}", "", *pair)]
    with snapshot(engine, timeout_s=3) as connection:
        directory = read_directory(connection, city)
        found = [
            *find_numbered(connection, city, scope, lang, query),
            *_precincts(connection, city, query),
            *find_addresses(connection, directory, lang, query),
            *_things(directory, lang, query),
            *find_titled(connection, city, scope, lang, query),
        ]
        named = {one.result.id for one in found if one.result.type == "incident" and not one.result.near}
        noted = find_noted(connection, city, scope, lang, query)
        found += [one for one in noted if one.result.id not in named]
        found = never_alone(found, directory, lang, query)
    return [one.result for one in sorted(found, key=lambda one: (one.result.near, -one.score))]


def search_addresses(engine: Engine, city: City, lang: str, query: str) -> list[SearchResult]:
    """Houses, and streets while no house is named. Raises `InvalidInput` ("search.long")."""
    query = readable(query)
    if len(query) < SHORTEST:
        return []
    with snapshot(engine, timeout_s=3) as connection:
        directory = read_directory(connection, city)
        found = find_addresses(connection, directory, lang, query)
        found = never_alone(found, directory, lang, query)
    return [one.result for one in found if one.result.type in ("building", "street")]


def readable(query: str) -> str:
    """Raises `InvalidInput` ("search.long")."""
    query = " ".join(query.replace("\0", " ").split())
    if len(query) > LONGEST:
        raise InvalidInput("search.long", longest=LONGEST)
    return query


def _things(directory: CityDirectory, lang: str, query: str) -> list[Found]:
    found = []
    for match in directory.thing_names.find(query, EACH):
        result, names = directory.things[match.key]
        title = names.get(lang) or names.get("ru") or names.get("kk") or names["en"]
        found.append(Found(surety(match), replace(result, title=title, near=match.near)))
    return best_of(found)


def _precincts(connection: Connection, city: City, query: str) -> list[Found]:
    number = STATION.match(query)
    if not number:
        return []
    rows = connection.execute(
        text(f"""
        select id, number, voters, st_x(st_pointonsurface(geom_4326)) as lon,
            st_y(st_pointonsurface(geom_4326)) as lat
        from precinct where {IN_FORCE} and number = :number and geom_4326 is not null"""),
        {"region": city.region, "today": city.today(), "number": int(number["number"])},
    )
    score = STATION_NAMED if number["named"] or number["after"] else STATION_BARE
    return [
        Found(
            score,
            SearchResult("precinct", row.id, str(row.number), "", row.lon, row.lat, {"voters": row.voters}),
        )
        for row in rows
    ]
