"""By precinct: each counts what the map lists in it, and what is counted adds up to the figure; one with far
more than its voters explain is named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from dashboard.pages.statistics.map_address import map_address
from dashboard.pages.statistics.precincts import _chart
from geo.database import connect_engine
from geo.settings import Settings
from layers.reading import snapshot
from layers.statistics import counts
from layers.statistics.precincts import PrecinctCounts, by_precinct
from layers.statistics.requests import StatisticsRequest
from tests.support.connected import engine_as

engine = engine_as("reader", "engine", of="demo_settings", scope="module")
REQUEST = StatisticsRequest(date(2024, 9, 1), date(2025, 3, 13))
WITHIN = """select count(*) from incident i, precinct p where p.region = '71' and p.id = :id and p.plan_id =
    (select max(id) from plan where state = 'published') and i.region = '71' and i.kind = 'service'
    and i.vanished_at is null and i.opened_at >= timestamptz '2024-09-01 00:00+05'
    and i.opened_at < timestamptz '2025-03-14 00:00+05' and st_intersects(i.point_3857, p.geom_3857)"""
CROWDED = """update incident set point_3857 = (select st_pointonsurface(geom_3857) from precinct
        where id = :id and plan_id = (select max(id) from plan where state = 'published'))
    where id in (select id from incident where kind = 'service' and point_3857 is not null
        and opened_at > timestamptz '2025-02-15' and opened_at < timestamptz '2025-03-10'
        order by id limit 40)"""


@pytest.fixture(scope="module")
def found(engine: Engine, demo_settings: Settings) -> PrecinctCounts:
    with snapshot(engine) as connection:
        return by_precinct(connection, demo_settings.city, REQUEST, "service")


def test_each_precinct_counts_what_lies_in_it(
    engine: Engine, demo_settings: Settings, found: PrecinctCounts
) -> None:
    with engine.connect() as connection:
        for one in found.precincts[:12]:
            assert one.n == connection.scalar(text(WITHIN), {"id": one.id}), one.number
        total = counts.total(connection, demo_settings.city, REQUEST, "service")
    assert found.total + found.elsewhere + found.nowhere == total > 200
    assert sum(one.expected for one in found.precincts) == pytest.approx(found.total)
    assert all(one.rings and one.middle for one in found.precincts)
    first = found.precincts[0]
    address = map_address(REQUEST, "service", {"area": f"precinct,{first.id}"})
    assert address.endswith(f"&kind=service&area=precinct,{first.id}")
    assert len(_chart(found.precincts)["data"][-1]["x"]) == len(found.precincts)


def test_a_district_has_its_own_alone(engine: Engine, demo_settings: Settings, found: PrecinctCounts) -> None:
    esil = StatisticsRequest(REQUEST.first, REQUEST.last, district="esil")
    with snapshot(engine) as connection:
        inside = by_precinct(connection, demo_settings.city, esil, "service")
        total = counts.total(connection, demo_settings.city, esil, "service")
    assert 0 < len(inside.precincts) < len(found.precincts)
    assert inside.total + inside.elsewhere + inside.nowhere == total > 0


def test_a_crowded_precinct_comes_first(demo_copy: Settings, found: PrecinctCounts) -> None:
    calm = found.precincts[-1]
    owner, reader = connect_engine(demo_copy, "owner"), connect_engine(demo_copy, "reader")
    with owner.begin() as connection:
        connection.execute(text(CROWDED), {"id": calm.id})
    with snapshot(reader) as connection:
        first = by_precinct(connection, demo_copy.city, REQUEST, "service").precincts[0]
    owner.dispose()
    reader.dispose()
    assert (first.id, first.hot) == (calm.id, True) and first.n >= 40


def test_without_a_plan_all_lies_elsewhere(settings: Settings) -> None:
    reader = connect_engine(settings, "reader")
    with snapshot(reader) as connection:
        nothing = by_precinct(connection, settings.city, REQUEST, "service")
    reader.dispose()
    assert (nothing.precincts, nothing.total, nothing.elsewhere, nothing.nowhere) == ([], 0, 0, 0)
