"""By precinct and by cell the days that are counted ahead and the rest are what the rows say: after a case
has moved, and after a precinct has got another border."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, text

from geo.database import connect_engine, role_dsn
from geo.incidents.model import KINDS
from geo.plans.precinct_layer import precinct_layer
from geo.settings import City, Settings
from geo.statistics.area_days import CellLayer, count_area_days
from geo.statistics.closed_days import count_closed_days
from layers.reading import snapshot
from layers.scope import Scope
from layers.statistics.cells import by_cell
from layers.statistics.precincts import PrecinctCounts, by_precinct
from layers.statistics.requests import StatisticsRequest
from tests.support.connected import engine_as

owner = engine_as("owner", of="demo_copy")
jobs = engine_as("jobs", of="demo_copy")
reader = engine_as("reader", of="demo_copy")
REQUEST = StatisticsRequest(date(2024, 9, 1), date(2025, 3, 13), "before")
MOVED = """update incident set point_3857 = st_pointonsurface(o.shape),
        point_4326 = st_transform(st_pointonsurface(o.shape), 4326)
    from (select geom_3857 as shape from precinct where id = :id order by plan_id desc limit 1) o
    where incident.id = (select max(id) from incident where kind = 'service' and status = 'closed'
        and opened_at between '2024-10-01' and '2025-02-01' and point_3857 is null)"""
"""One without coordinates is given some."""
SMALLER = """update precinct set version = version + 1, geom_3857 = st_multi(st_buffer(geom_3857, -40))
    where id = :id and plan_id = (select plan_id from precinct where id = :id limit 1)"""


def count_all(settings: Settings, jobs: Engine, reader: Engine) -> int:
    relay, city = psycopg2.connect(role_dsn(settings, "relay")), settings.city
    while count_closed_days(relay, city, timedelta(0)):
        pass
    relay.close()
    with reader.connect() as connection:
        layers = (CellLayer(city), precinct_layer(connection, city))
    days = 0
    for layer in layers:
        while counted := count_area_days(jobs, city, layer, KINDS):
            days += counted
    return days


def numbers(found: PrecinctCounts) -> tuple[dict[int, int], int, int]:
    return {one.id: one.n for one in found.precincts}, found.elsewhere, found.nowhere


def check(reader: Engine, city: City) -> PrecinctCounts:
    """Somebody of whom no day is counted ahead sees the same rows."""
    of_rows = replace(REQUEST, scope=Scope(kinds=frozenset(KINDS)))
    with snapshot(reader) as connection:
        assert not of_rows.is_of_whole_city
        found, wanted = (by_precinct(connection, city, one, "service") for one in (REQUEST, of_rows))
        assert numbers(found) == numbers(wanted)
        cells, wanted_cells = (by_cell(connection, city, one, "service", "ru") for one in (REQUEST, of_rows))
        assert (cells.cells, cells.nowhere) == (wanted_cells.cells, wanted_cells.nowhere)
    return found


def test_what_is_counted_ahead_is_what_the_rows_say(
    demo_copy: Settings, owner: Engine, jobs: Engine, reader: Engine
) -> None:
    city = demo_copy.city
    assert count_all(demo_copy, jobs, reader) > 300
    before = check(reader, city)
    assert before.total > 20
    with owner.begin() as connection:
        connection.execute(text(MOVED), {"id": before.precincts[0].id})
    moved = check(reader, city)
    assert numbers(moved) != numbers(before), "its day is counted from its rows"
    assert count_all(demo_copy, jobs, reader) == 2, "one day, by both"
    assert numbers(check(reader, city)) == numbers(moved)
    with owner.begin() as connection:
        connection.execute(text(SMALLER), {"id": max(before.precincts, key=lambda one: one.n).id})
    assert numbers(check(reader, city)) != numbers(moved), "another border, other places"
    assert count_all(demo_copy, jobs, reader) > 300
    check(reader, city)
    with owner.connect() as connection:
        assert count(connection, "count(distinct layer)") == 2, "what was counted by the old border is gone"
        assert count(connection, "count(*)") % (2 * len(KINDS)) == 0


def count(connection: Connection, what: str) -> int:
    return connection.execute(text(f"select {what} from statistic_area")).scalar_one()


@pytest.mark.parametrize("role", ["web", "editor", "etl", "accounts"])
def test_nobody_else_counts_them(demo_copy: Settings, role: str) -> None:
    engine = connect_engine(demo_copy, role)
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("delete from statistic_area"))
    engine.dispose()
