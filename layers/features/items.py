"""One page of a collection as features of GeoJSON, by id: the next page begins after the last one's id, so
that nothing comes twice or is passed over while rows come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from geo.contacts import without_contacts
from geo.errors import InvalidInput, NotFound
from geo.ranges import YEARS, decimal, moment_in, whole
from geo.settings import City
from geo.storable import UNSTORABLE
from layers.features.collections import FeatureCollection
from layers.reading import snapshot
from layers.scope import Scope

DEFAULT_PAGE, MOST_A_PAGE = 100, 5000
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PLAIN = ("bbox", "bbox-crs", "crs", "datetime", "limit", "after", "f")


@dataclass(frozen=True)
class PageQuery:
    """`where` over a row i with its values; the page begins after the id `after`."""

    where: str
    bound: Mapping[str, Any]
    limit: int
    after: int


def read_page(collection: FeatureCollection, query: Mapping[str, str]) -> PageQuery:
    """Raises `InvalidInput` ("features.parameter", "features.unknown"): the standard has a parameter that
    nobody knows refused."""
    if unknown := set(query) - {*PLAIN, *collection.filters}:
        known = ", ".join((*PLAIN, *collection.filters))
        raise InvalidInput("features.unknown", name=sorted(unknown)[0][:60], known=known)
    conditions, bound = [collection.condition], dict[str, Any]()
    for name in ("bbox-crs", "crs"):
        if query.get(name, CRS84) != CRS84:
            raise refused(name, query[name], CRS84)
    if given := query.get("bbox"):
        conditions.append(f"{collection.geometry} && st_makeenvelope(:west, :south, :east, :north, 4326)")
        bound |= zip(("west", "south", "east", "north"), _box(given))
    if collection.moment and (given := query.get("datetime")):
        begins, ends = _span(given)
        conditions.append(f"{collection.moment} >= :begins and {collection.moment} <= :ends")
        bound |= {"begins": begins, "ends": ends}
    for name in collection.filters:
        if name in query:
            conditions.append(f"({collection.columns[name][0]})::text = :value_{name}")
            bound[f"value_{name}"] = UNSTORABLE.sub("", query[name])
    limit = min(_whole(query, "limit", DEFAULT_PAGE, least=1), MOST_A_PAGE)
    return PageQuery(" and ".join(conditions), bound, limit, _whole(query, "after", 0))


def read_items(
    engine: Engine, city: City, scope: Scope, collection: FeatureCollection, page: PageQuery, lang: str
) -> list[dict[str, Any]]:
    """At most one more than a page: then there is a next."""
    where = f"{page.where} and i.id > :after order by i.id limit :most"
    bound = {**page.bound, "after": page.after, "most": page.limit + 1}
    return _read(engine, city, scope, collection, where, bound, lang)


def read_item(
    engine: Engine, city: City, scope: Scope, collection: FeatureCollection, id_: int, lang: str
) -> dict[str, Any]:
    """Raises `NotFound` ("features.item"), also for one outside the scope."""
    where = f"{collection.condition} and i.id = :id"
    found = _read(engine, city, scope, collection, where, {"id": id_}, lang)
    if not found:
        raise NotFound("features.item", item=id_, collection=collection.key)
    return found[0]


def refused(name: str, given: str, example: str) -> InvalidInput:
    return InvalidInput("features.parameter", name=name, given=given[:80], example=example)


def _read(
    engine: Engine,
    city: City,
    scope: Scope,
    collection: FeatureCollection,
    where: str,
    bound: Mapping[str, Any],
    lang: str,
) -> list[dict[str, Any]]:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    allowed, scoped = collection.allowed(scope)
    columns = ", ".join(
        f'{sql.format(lang=lang)} as "{name}"' for name, (sql, _) in collection.columns.items()
    )
    statement = f"""select i.id as feature_id, st_asgeojson({collection.geometry}, 7) as feature_geometry,
        {columns} from {collection.table} where i.region = :region and {allowed} and {where}"""
    values = {**bound, **scoped, "region": city.region, "time_zone": city.time_zone.key}
    with snapshot(engine) as connection:
        rows = connection.execute(text(statement), values).mappings()
        return [_feature(_shown(collection, row)) for row in rows]


def _shown(collection: FeatureCollection, row: RowMapping) -> dict[str, Any]:
    cut = {name: without_contacts(row[name]) for name in collection.worded if row[name]}
    return {**row, **cut}


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    id_, geometry = row.pop("feature_id"), row.pop("feature_geometry")
    return {
        "type": "Feature",
        "id": id_,
        "geometry": json.loads(geometry) if geometry else None,
        "properties": {name: _plain(value) for name, value in row.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value


def _box(given: str) -> list[float]:
    """West, south, east, north. The heights among six numbers are left out: nothing here has one."""
    parts = [decimal(part) for part in given.split(",")]
    numbers = [number for number in parts if number is not None]
    if len(numbers) < len(parts):
        raise refused("bbox", given, "24.90,60.10,25.10,60.20")
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise refused("bbox", given, "24.90,60.10,25.10,60.20")
    west, south, east, north = numbers
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise refused("bbox", given, "24.90,60.10,25.10,60.20")
    return numbers


def _span(given: str) -> tuple[datetime, datetime]:
    first, slash, last = given.partition("/")
    earliest, latest = (datetime(year, 1, 1, tzinfo=UTC) for year in YEARS)
    begins = _moment(given, first) if first not in ("", "..") else earliest
    if not slash:
        return begins, begins
    ends = _moment(given, last) if last not in ("", "..") else latest
    if begins > ends:
        raise refused("datetime", given, "2026-11-01T00:00:00Z/..")
    return begins, ends


def _moment(given: str, part: str) -> datetime:
    moment = moment_in(part.replace(" ", "+"))
    if moment is None:
        raise refused("datetime", given, "2026-11-01T00:00:00Z/..")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _whole(query: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    given = query.get(name, str(default))
    if (number := whole(given, least)) is None:
        raise refused(name, given, str(default))
    return number
