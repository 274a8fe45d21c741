"""The city's reference rows through the feeds that any city uses: managers, performers, categories,
districts, basemap, buildings, and the plan in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import shapely
from sqlalchemy import text

from etl.demo.city import DemoCity
from etl.demo.facts.frame import DISTRICTS
from etl.demo.facts.topics import NEARNESS
from etl.demo.houses import USES, Buildings
from etl.demo.lines import reproject
from etl.demo.operators import operators
from etl.demo.topics import categories, managers, performers
from etl.readers import Chunk, Source
from etl.registry import FEEDS, find
from etl.runs.engine import run_chunks
from geo.database import connected
from geo.plans.plan_import import PlanInput, PrecinctInput, StationInput, import_plan
from geo.settings import Settings

Progress = Callable[[str, int, int], None]
SOURCE = "demo"
BATCH_ROWS = 25_000


@dataclass(frozen=True)
class Ids:
    """Ids in the database: of categories, performers and districts by key, of buildings in the order of
    the city's list."""

    categories: Mapping[str, int]
    performers: Mapping[str, int]
    districts: Mapping[str, int]
    buildings: np.ndarray


def load_basemap(settings: Settings, city: DemoCity, progress: Progress) -> Ids:
    """Write everything but the plan and the history; returns the ids that the history points at."""
    tables = (
        ("managers", _managers),
        ("performers", _performers),
        ("operators", _operators),
        ("categories", _categories),
        ("districts", _districts),
        ("basemap", _basemap),
        ("buildings", _buildings),
    )
    for done, (feed, make) in enumerate(tables):
        progress(feed, done, len(tables))
        table, geometry = make(city)
        _run(settings, feed, table, geometry)
    return _read_ids(settings, len(city.buildings))


def _run(
    settings: Settings, feed: str, table: dict[str, list | np.ndarray], geometry: np.ndarray | None
) -> None:
    columns = {name: pa.array(values, from_pandas=True) for name, values in table.items()}
    if geometry is not None:
        columns["geometry"] = pa.array(shapely.to_wkb(geometry).tolist(), pa.binary())
    frame = pa.table(columns)
    chunks = (
        Chunk(
            frame.slice(at, BATCH_ROWS),
            np.arange(at + 1, min(at + BATCH_ROWS, frame.num_rows) + 1),
            None if geometry is None else "geometry",
            "EPSG:4326",
        )
        for at in range(0, frame.num_rows, BATCH_ROWS)
    )
    run_chunks(settings, find(FEEDS, feed), chunks, [Source(SOURCE)], None, None, None)


def _managers(city: DemoCity) -> tuple[dict, None]:
    return dict(zip(("key", "name", "post_kk", "post_ru", "post_en"), map(list, zip(*managers())))), None


def _performers(city: DemoCity) -> tuple[dict, None]:
    return dict(
        zip(("key", "type", "manager", "name_kk", "name_ru", "name_en"), map(list, zip(*performers())))
    ), None


def _operators(city: DemoCity) -> tuple[dict, None]:
    return dict(zip(("key", "name", "team", "account", "is_head"), map(list, zip(*operators())))), None


def _categories(city: DemoCity) -> tuple[dict, None]:
    known = {row[0] for row in performers()}
    columns = ("key", "parent", "kind", "due_hours", "name_kk", "name_ru", "name_en")
    table = {name: [getattr(topic, name) for topic in categories()] for name in columns}
    near = [NEARNESS.get(topic.key.split(".")[0], (100.0, 24.0)) for topic in categories()]
    return {
        **table,
        "duplicate_radius_m": [metres for metres, _ in near],
        "duplicate_window_h": [hours for _, hours in near],
        "performer": [topic.performer if topic.performer in known else None for topic in categories()],
    }, None


def _districts(city: DemoCity) -> tuple[dict, np.ndarray]:
    table = {
        name: [row[i] for row in DISTRICTS]
        for name, i in (
            ("key", 0),
            ("kato", 1),
            ("name_kk", 2),
            ("name_ru", 3),
            ("name_en", 4),
            ("parent_key", 5),
        )
    }
    return {**table, "valid_from": ["2020-01-01"] * len(DISTRICTS)}, reproject(
        city.districts, city.srid, 4326
    )


def _basemap(city: DemoCity) -> tuple[dict, np.ndarray]:
    features = city.features
    table = {
        "source_id": [f"{feature.theme}-{i}" for i, feature in enumerate(features, 1)],
        "theme": [f.theme for f in features],
        "class": [f.class_ for f in features],
        "min_zoom": [f.min_zoom for f in features],
        **{
            f"name_{language}": [getattr(f, f"name_{language}") for f in features]
            for language in ("kk", "ru", "en")
        },
    }
    return table, reproject(np.array([f.geom for f in features]), city.srid, 4326)


def _buildings(city: DemoCity) -> tuple[dict, np.ndarray]:
    built = city.buildings
    quality, points = _tags(built, city.srid)
    table = {
        "source_id": source_ids(len(built)),
        "street_kk": [city.streets[i].name_kk for i in built.street.tolist()],
        "street_ru": [city.streets[i].name_ru for i in built.street.tolist()],
        "house": built.house.tolist(),
        "use": [USES[use] for use in built.use.tolist()],
        "floors": built.floors,
        "voters": built.voters,
        "lon": points[:, 0],
        "lat": points[:, 1],
        "tag_quality": quality.tolist(),
    }
    return table, reproject(built.footprint, city.srid, 4326)


def _tags(built: Buildings, srid: int) -> tuple[np.ndarray, np.ndarray]:
    """Qualities and points (lon, lat): most from the register, some from outlines, some only geocoded; of
    those where nobody votes, some stand beside their outline and some have no point, so that work is left
    on geo-tags and no precinct's electorate hangs on it."""
    order, empty = np.arange(len(built)), built.voters == 0
    beside = shapely.transform(built.point, lambda c: c + (55.0, 20.0))
    points = shapely.get_coordinates(
        reproject(np.where(empty & (order % 97 == 41), beside, built.point), srid, 4326)
    )
    points[empty & (order % 29 == 3)] = np.nan
    quality = np.select(
        [np.isnan(points[:, 0]), ~empty & (order % 67 == 11), order % 5 == 0],
        ["untagged", "geocoded", "footprint"],
        "register",
    )
    return quality, points


def source_ids(count: int) -> list[str]:
    return [f"b{i:06}" for i in range(1, count + 1)]


def publish_plan(settings: Settings, city: DemoCity) -> None:
    """The precincts as the plan in force since the demo's first day. The buildings are in the database."""
    precincts = [
        PrecinctInput(number, "open", 0, polygon, _station(city, int(building), number))
        for number, (polygon, building) in enumerate(zip(city.precincts, city.station_of), 1)
    ]
    plan = PlanInput("demo", precincts, in_force_from=date(2020, 1, 1))
    with connected(settings, "etl") as connection:
        import_plan(connection, settings.city, plan, "demo")


STATIONS = {
    "school": ("№ {} мектеп-гимназия", "Школа-гимназия № {}"),
    "kindergarten": ("№ {} балабақша", "Детский сад № {}"),
    "clinic": ("№ {} емхана", "Поликлиника № {}"),
}
ANY_STATION = ("№ {} сайлау учаскесі", "Участок для голосования № {}")


def _station(city: DemoCity, building: int, number: int) -> StationInput:
    kk, ru = STATIONS.get(USES[city.buildings.use[building]], ANY_STATION)
    lon, lat = shapely.get_coordinates(
        reproject(city.buildings.point[building : building + 1], city.srid, 4326)
    )[0]
    return StationInput(kk.format(number), ru.format(number), address(city, building), float(lon), float(lat))


def address(city: DemoCity, building: int) -> str:
    """'пр. Мәңгілік Ел 35': the short form, in Russian."""
    street = city.streets[city.buildings.street[building]].name_ru
    return f"{street.replace('проспект ', 'пр. ').replace('улица ', 'ул. ')} {city.buildings.house[building]}"


def _read_ids(settings: Settings, buildings: int) -> Ids:
    with connected(settings, "etl") as connection:
        keyed = {
            table: {row.key: row.id for row in connection.execute(text(f"select key, id from {table}"))}
            for table in ("category", "performer", "district")
        }
        found = connection.execute(
            text("select source_id, id from building where region = :r and source = 'buildings'"),
            {"r": settings.city.region},
        )
        rows = {row.source_id: row.id for row in found}
    return Ids(
        keyed["category"],
        keyed["performer"],
        keyed["district"],
        np.array([rows[key] for key in source_ids(buildings)], dtype=np.int64),
    )
