"""What stands at a place: the building with its tag, the precinct it votes in and its station."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from geo.errors import InvalidInput
from geo.settings import Settings
from layers.buildings.location import read_building, read_location
from layers.scope import Scope
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")


def test_a_building_is_found_by_its_tag_with_the_precinct_it_is_assigned_to(
    engine: Engine, demo_settings: Settings
) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text("""
            select b.id, b.voters, p.number, s.name_ru as station, ST_X(b.point_4326) as lon,
                ST_Y(b.point_4326) as lat
            from assignment a join building b using (region) join precinct p on p.region = a.region
                and p.plan_id = a.plan_id and p.id = a.precinct_id
              left join station s on s.region = p.region and s.id = p.station_id
            where b.id = a.building_id order by b.id limit 1""")
        ).one()
    found = read_location(engine, demo_settings.city, Scope(), "ru", row.lon, row.lat)
    assert (found.building["id"], found.building["voters"]) == (row.id, row.voters)
    assert (found.precinct["number"], found.precinct["station"]) == (row.number, row.station)
    assert read_building(engine, demo_settings.city, Scope(), "ru", row.id) == found


def test_its_incidents_are_those_of_the_caller_s_scope(engine: Engine, demo_settings: Settings) -> None:
    with engine.connect() as connection:
        building, n, service = connection.execute(
            text("""
            select building_id, count(*), count(*) filter (where kind = 'service') from incident
                where building_id is not null and vanished_at is null
            group by 1 order by count(*) filter (where kind <> 'service') desc, 2 desc limit 1""")
        ).one()
    assert read_building(engine, demo_settings.city, Scope(), "kk", building).incidents == n > service
    assert (
        read_building(
            engine, demo_settings.city, Scope(kinds=frozenset({"service"})), "kk", building
        ).incidents
        == service
    )


def test_between_the_houses_there_is_the_precinct_alone_and_far_off_nothing(
    engine: Engine, demo_settings: Settings
) -> None:
    west, south, *_ = demo_settings.city.bbox
    nothing = read_location(engine, demo_settings.city, Scope(), "en", west + 0.001, south + 0.001)
    assert (nothing.building, nothing.precinct, nothing.incidents) == (None, None, 0)
    assert read_building(engine, demo_settings.city, Scope(), "en", 10**12).building is None


@pytest.mark.parametrize(("lon", "lat"), [(10.0, 51.1), (71.4, 80.0), (51.1, 71.4)])
def test_a_place_outside_the_city_is_refused(
    engine: Engine, demo_settings: Settings, lon: float, lat: float
) -> None:
    with pytest.raises(InvalidInput):
        read_location(engine, demo_settings.city, Scope(), "ru", lon, lat)
