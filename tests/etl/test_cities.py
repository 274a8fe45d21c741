"""Other cities by their files alone: Vologda from shapes without addresses, Helsinki from OpenStreetMap,
San Francisco from a table of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest
import shapely

from etl.declarations.files import load_feeds
from etl.readers import Source
from etl.registry import find
from etl.runs import engine
from geo.database import connect_engine
from geo.errors import NotFound
from geo.settings import DEFAULT_CITY, City, Settings
from layers.scope import Scope
from layers.search.search import search

CITIES = DEFAULT_CITY.parent
EXAMPLES = Path(__file__).parents[2] / "etl/examples"
Load = Callable[[str, str, str, bytes], engine.RunResult]

SF = """Incident Number,Call Type,Received DtTm,Available DtTm,Address,Call Type Group,Final Priority,Zipcode of Incident,Battalion,Station Area,Unit Type,Call Final Disposition,lat,lon
20041901,Medical Incident,04/07/2020 11:53:08 PM,04/08/2020 12:15:40 AM,4000 Block of MISSION ST,Non Life-threatening,3,94112.0,B06,32.0,ENGINE,Code 2,37.73217,-122.42779
20041901,Medical Incident,04/07/2020 11:53:08 PM,04/08/2020 12:25:40 AM,4000 Block of MISSION ST,Non Life-threatening,3,94112.0,B06,32.0,MEDIC,Code 2,37.73217,-122.42779
20043000,Alarms,04/13/2020 01:02:03 PM,,16TH ST/MISSION ST,Alarm,E,94103.0,B02,7.0,ENGINE,Fire,37.76497,-122.41958
"""  # noqa: E501
HELSINKI = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
 <node id="1" lat="60.1700" lon="24.9400" version="1"/><node id="2" lat="60.1700" lon="24.9405" version="1"/>
 <node id="3" lat="60.1703" lon="24.9405" version="1"/><node id="4" lat="60.1698" lon="24.9380" version="1"/><node id="5" lat="60.1698" lon="24.9450" version="1"/>
 <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/><tag k="addr:street" v="Kaivokatu"/><tag k="addr:housenumber" v="10"/></way>
 <way id="11" version="1"><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="name" v="Kaivokatu"/></way>
</osm>"""  # noqa: E501


@pytest.fixture
def city(settings: Settings) -> Callable[[str], tuple[Settings, Load]]:
    """Settings of a city, and a run of one of its shipped declarations."""

    def choose(key: str, declared: str) -> tuple[Settings, Load]:
        ours = replace(settings, city=City.load(CITIES / f"{key}.toml"))

        def load(feed: str, name: str, form: str, body: bytes) -> engine.RunResult:
            return engine.run(
                ours, find(load_feeds(EXAMPLES / declared), feed), [Source(name, body=body, format=form)]
            )

        return ours, load

    return choose


def found(settings: Settings, query: str) -> list[tuple[str, str]]:
    reader = connect_engine(settings, "reader", pool_size=1)
    try:
        return [(answer.type, answer.title) for answer in search(reader, settings.city, Scope(), "en", query)]
    finally:
        reader.dispose()


@pytest.mark.parametrize("file", sorted(CITIES.glob("*.toml")), ids=lambda file: file.stem)
def test_a_city_file_is_whole(file: Path) -> None:
    city = City.load(file)
    assert city.key == file.stem and city.holds(*city.centre) and set(city.names) == {"kk", "ru", "en"}


def test_vologda_is_loaded_from_shapefiles(city, rows, tmp_path: Path) -> None:
    settings, load = city("vologda", "vologda.toml")
    frame = geopandas.GeoDataFrame(
        {"is_living": [True, False, True], "number_of_floors": [5.0, None, 2.0]},
        crs="EPSG:32637",
        geometry=[shapely.box(x, 6_565_000, x + 20, 6_565_030) for x in (551_000, 551_100, 900_000)],
    )
    frame.to_parquet(tmp_path / "b.parquet")
    body = (tmp_path / "b.parquet").read_bytes()
    first, second = (load("vologda_buildings", "b.parquet", "parquet", body) for _ in range(2))
    assert (first.read, first.written, first.no_coordinates, second.written) == (3, 3, 1, 0)
    assert rows("""select use, floors, st_x(point_4326) between 39.89 and 39.90,
        round(st_area(st_transform(footprint_4326, 32637)))::int from building
        where region = 'ru-vlg' order by st_x(point_4326)""") == [
        ("residential", 5, True, 600),
        ("other", None, True, 600),
        ("residential", 2, None, 600),
    ]


def test_helsinki_is_loaded_from_openstreetmap(city, rows) -> None:
    settings, load = city("helsinki", "helsinki.toml")
    assert load("helsinki_buildings", "h.osm", "osm", HELSINKI.encode()).written == 1
    basemap = load("helsinki_basemap", "h.osm", "osm", HELSINKI.encode())
    assert basemap.written == 1 and load("helsinki_basemap", "h.osm", "osm", HELSINKI.encode()).written == 0
    assert rows(
        "select theme, name_en is not null or name_ru is not null or name_kk is not null from basemap_feature"
    ) == [("road", True)]
    assert found(settings, "Kaivokatu 10") == [("building", "Kaivokatu, 10")]
    assert found(settings, "60.17, 24.94")[0][0] == "coordinates"


def test_san_francisco_is_loaded_from_a_table_of_calls(city, rows) -> None:
    """One row a unit; the 13th of April tells that the month comes first; half past midnight is the next
    day in UTC."""
    settings, load = city("sanfrancisco", "sf_fire_calls.toml")
    first, second = (load("sf_fire_calls", "sf.csv", "csv", SF.encode()) for _ in range(2))
    assert (first.read, first.written, first.rejected, second.written, second.unchanged) == (3, 2, 1, 0, 2)
    assert rows(
        "select source_id, (opened_at at time zone 'UTC')::text, priority, status from incident order by 1"
    ) == [("20041901", "2020-04-08 06:53:08", 1, "closed"), ("20043000", "2020-04-13 20:02:03", 2, "open")]
    assert rows("select code from reject where run_id = :run", run=first.run_id) == [("row.doubled",)]
    assert found(settings, "20043000")[0][0] == "incident"


def test_rows_of_one_city_are_not_seen_from_another(city, rows) -> None:
    _, load = city("sanfrancisco", "sf_fire_calls.toml")
    load("sf_fire_calls", "sf.csv", "csv", SF.encode())
    helsinki, _ = city("helsinki", "helsinki.toml")
    assert found(helsinki, "20043000") == []
    with pytest.raises(NotFound):
        find(load_feeds(EXAMPLES / "helsinki.toml"), "sf_fire_calls")
