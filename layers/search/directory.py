"""The names of the city: streets, districts, performers, categories, polling stations, landmarks; read once a
process and again when their tables have changed.

A change is noticed by the database's own counts of written rows, which may come some seconds after the
commit. Houses and incidents are never kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from geo.addresses.name_index import NameIndex
from geo.addresses.street_directory import StreetDirectory
from geo.settings import City
from layers.search.results import SearchResult
from layers.tiles.precincts import IN_FORCE as PRECINCT_IN_FORCE

LANGUAGES = ("kk", "ru", "en")
WRITTEN = text("""select sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid)
        + pg_stat_get_tuples_deleted(oid))::bigint
    from pg_class where oid = any(cast(cast(:tables as text[]) as regclass[]))""")
TABLES = ["building", "basemap_feature", "district", "performer", "category", "station", "precinct"]
STREETS = text("""
    select street_norm as norm, coalesce(min(street_kk), min(street_ru), '') as kk,
        coalesce(min(street_ru), min(street_kk), '') as ru, count(*) as buildings,
        avg(st_x(point_4326)) as lon, avg(st_y(point_4326)) as lat,
        array_agg(distinct street_kk) filter (where street_kk is not null)
            || array_agg(distinct street_ru) filter (where street_ru is not null) as names
    from building where region = :region and street_norm is not null group by street_norm""")
ROADS = text("""
    select name_kk, name_ru, name_en, st_x(p) as lon, st_y(p) as lat from (
        select name_kk, name_ru, name_en, st_centroid(st_extent(geom_4326)) as p from basemap_feature
        where region = :region and theme = 'road' and coalesce(name_kk, name_ru, name_en) is not null
        group by 1, 2, 3) named""")
THINGS = text(f"""
    select 'district' as type, id, name_kk as kk, name_ru as ru, name_en as en, cast(null as text) as kind,
        st_x(p) as lon, st_y(p) as lat
    from district, lateral (select st_pointonsurface(geom_4326) as p) point
    where region = :region and valid_from <= :today and (valid_to is null or valid_to > :today)
    union all select 'performer', id, name_kk, name_ru, name_en, null, null, null from performer
    union all select 'category', id, name_kk, name_ru, name_en, kind, null, null from category
    union all select 'landmark', min(id), name_kk, name_ru, name_en, null, st_x(st_centroid(st_extent(g))),
        st_y(st_centroid(st_extent(g)))
    from (select id, name_kk, name_ru, name_en, geom_4326 as g from basemap_feature where region = :region
        and theme in ('place', 'landmark', 'green', 'water')
        and coalesce(name_kk, name_ru, name_en) is not null) named group by name_kk, name_ru, name_en
    union all select 'landmark', s.id, s.name_kk, s.name_ru, null, null, st_x(s.point_4326),
        st_y(s.point_4326)
    from station s where s.region = :region and s.point_4326 is not null and s.id in (
        select station_id from precinct where {PRECINCT_IN_FORCE})""")

WITHIN = text("""
    with recursive below (top, id) as (select id, id from category
        union select b.top, c.id from below b join category c on c.parent_id = b.id)
    select top, array_agg(id order by id) as ids from below group by top""")
"""A topic holds the categories below it: incidents are of these. `union` ends in a circle too."""


@dataclass(frozen=True)
class StreetSummary:
    """`norm`: the key of its buildings, none for a street known by its lines alone. `written`: a name of it
    as the street directory knows it. `lon`, `lat`: its middle."""

    norm: str | None
    names: dict[str, str]
    written: str
    buildings: int
    lon: float | None
    lat: float | None

    def name(self, lang: str) -> str:
        return self.names.get(lang) or self.names.get("ru") or self.written


@dataclass(frozen=True)
class CityDirectory:
    """Streets by the key that `street_names` finds, other things by the one that `thing_names` finds."""

    roads: StreetDirectory
    streets: dict[str, StreetSummary]
    street_names: NameIndex
    things: dict[str, tuple[SearchResult, dict[str, str]]]
    thing_names: NameIndex


_kept: WeakKeyDictionary[Engine, dict[Any, CityDirectory]] = WeakKeyDictionary()
_reading = Lock()


def read_directory(connection: Connection, city: City) -> CityDirectory:
    """The directory as the tables stand; while another thread reads them anew, the one before."""
    written = connection.execute(WRITTEN, {"tables": TABLES}).scalar_one()
    wanted = (city.region, city.today(), written)
    kept = _kept.get(connection.engine, {})
    if wanted in kept:
        return kept[wanted]
    before = next((directory for key, directory in kept.items() if key[0] == city.region), None)
    if not _reading.acquire(blocking=before is None):
        return before
    try:
        if wanted not in _kept.get(connection.engine, {}):
            _kept[connection.engine] = {wanted: _read(connection, city)}
        return _kept[connection.engine][wanted]
    finally:
        _reading.release()


def _read(connection: Connection, city: City) -> CityDirectory:
    def execute(statement: str, bound: dict[str, Any]) -> list[Any]:
        return list(connection.execute(text(statement), bound).all())

    roads = StreetDirectory.read(city, execute)
    streets: dict[str, StreetSummary] = {}
    named = list(_streets(connection, city, roads, streets))
    things: dict[str, tuple[SearchResult, dict[str, str]]] = {}
    within = {row.top: row.ids for row in connection.execute(WITHIN)}
    for row in connection.execute(THINGS, {"region": city.region, "today": city.today()}):
        names = {lang: name for lang in LANGUAGES if (name := getattr(row, lang))}
        parameters = {"kind": row.kind, "within": within[row.id]} if row.type == "category" else {}
        result = SearchResult(row.type, row.id, "", "", row.lon, row.lat, parameters)
        things[f"{row.type} {row.id} {names}"] = result, names
    spoken = [(key, name) for key, (_, names) in things.items() for name in names.values()]
    return CityDirectory(roads, streets, NameIndex(named), things, NameIndex(spoken))


def _streets(
    connection: Connection, city: City, roads: StreetDirectory, streets: dict[str, StreetSummary]
) -> Iterator[tuple[str, str]]:
    """Fills `streets`; yields (key, name) of every name, the former ones too."""
    for row in connection.execute(STREETS, {"region": city.region}):
        streets[row.norm] = StreetSummary(
            row.norm, {"kk": row.kk, "ru": row.ru}, row.norm, row.buildings, row.lon, row.lat
        )
        yield from ((row.norm, name) for name in {row.norm, *(row.names or ())})
    for row in connection.execute(ROADS, {"region": city.region}):
        names = {lang: name for lang in LANGUAGES if (name := getattr(row, f"name_{lang}"))}
        written = next(iter(names.values()))
        norms = {norm for name in names.values() for norm in roads.norms_of(name)}
        if not norms:
            norms = {f"road {written}"}
            streets[f"road {written}"] = StreetSummary(None, names, written, 0, row.lon, row.lat)
        yield from ((norm, name) for norm in norms for name in names.values())
    for former, now in city.former_streets.items():
        yield from ((norm, former) for norm in roads.norms_of(now))
