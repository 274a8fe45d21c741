"""What returns in the demo city: its requests are those of the figure, every named place has as many as its
list, and a planted one is named and measured."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from dashboard.pages.statistics.returns import _map_address, grid_chart
from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics.requests import StatisticsRequest
from layers.statistics.returns import LOCATIONS, MOST_NAMED, Returns, read_returns, read_topics
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
REQUEST = StatisticsRequest(date(2024, 9, 1), date(2025, 3, 13))
COUNTED = """select count(*) from incident i join building b on b.id = i.building_id where i.region = '71'
    and i.kind = 'service' and i.vanished_at is null and b.point_4326 is not null
    and i.opened_at >= :since and i.opened_at < :until and {location}"""
BUSY = """update incident set building_id = (select min(id) from building where point_4326 is not null
        and voters > 0)
    where id in (select id from incident where kind = 'service' and building_id is not null
        and opened_at > timestamptz '2025-02-15' and opened_at < timestamptz '2025-03-10'
        order by id limit 25)"""


@pytest.fixture(scope="module")
def found(engine: Engine, demo_settings: Settings) -> Returns:
    with snapshot(engine) as connection:
        return read_returns(connection, demo_settings.city, REQUEST, None, "ru")


def counted(engine: Engine, settings: Settings, location: str, **values: object) -> int:
    zone = settings.city.time_zone.key
    with engine.connect() as connection:
        since, until = (
            connection.scalar(text(f"select timestamp '{day}' at time zone '{zone}'"))
            for day in (REQUEST.first, "2025-03-14")
        )
        bound = {"since": since, "until": until, **values}
        return connection.scalar(text(COUNTED.format(location=location)), bound)


def test_each_place_has_as_many_as_are_counted(
    engine: Engine, demo_settings: Settings, found: Returns
) -> None:
    assert found.total == counted(engine, demo_settings, "true") > 200
    assert set(found.spots) == set(LOCATIONS)
    for spot in found.spots["building"]:
        assert spot.n == counted(engine, demo_settings, "b.id = :id", id=int(spot.key)), spot
    for spot in found.spots["street"]:
        assert spot.n == counted(engine, demo_settings, "b.street_ru = :name", name=spot.key), spot
    for spots in found.spots.values():
        assert len(spots) <= MOST_NAMED and all(spot.n >= 3 and spot.p <= 0.05 for spot in spots)
        assert [spot.p for spot in spots] == sorted(spot.p for spot in spots)
        assert all(_map_address(spot, REQUEST).startswith("/map?window=dates") for spot in spots)
    assert sum(cell.n for cell in found.cells) == found.total
    assert sum(cell.hot for cell in found.cells) == found.counted["cell"]
    assert (
        len(found.repeats) == 9
        and len(grid_chart(found.cells, found.outlines)["data"]) > len(found.outlines) > 0
    )


def test_a_topic_and_a_district_narrow_it(engine: Engine, demo_settings: Settings, found: Returns) -> None:
    city = demo_settings.city
    with snapshot(engine) as connection:
        topics = read_topics(connection, "en")
        heating = read_returns(connection, city, REQUEST, "heating", "en")
        esil = read_returns(
            connection, city, StatisticsRequest(REQUEST.first, REQUEST.last, district="esil"), None, "en"
        )
        nothing = read_returns(connection, city, REQUEST.of(date(2019, 1, 1), date(2019, 1, 2)), None, "en")
    assert topics["heating"] == "Heating" and 0 < heating.total < found.total
    assert 0 < esil.total < found.total
    assert nothing.total == 0 and nothing.spots == {}


def test_a_planted_house_is_named(demo_copy: Settings) -> None:
    from geo.database import connect_engine

    owner = connect_engine(demo_copy, "owner")
    try:
        with owner.begin() as connection:
            connection.execute(text(BUSY))
            planted = connection.scalar(
                text("select min(id) from building where point_4326 is not null and voters > 0")
            )
            found = read_returns(connection, demo_copy.city, REQUEST, None, "ru")
    finally:
        owner.dispose()
    first = found.spots["building"][0]
    assert first.key == str(planted) and first.n >= 25 and first.late >= 25 and first.p < 1e-6
