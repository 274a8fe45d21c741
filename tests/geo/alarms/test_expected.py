"""The alarm by forecast: silent within the interval, raised beyond it, in the city or in the one district
that is beyond; what has no forecast goes by what was usual."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, text

from geo.alarms.expected import AHEAD_H, LEAST, write_expectations
from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.settings import Settings
from geo.statistics.forecast import needed
from tests.support.connected import engine_as

owner, jobs = engine_as("owner"), engine_as("jobs")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CITY = """
insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
    overriding system value
    select '71', n, 'd' || n, 'd', 'd', 'd', date '2000-01-01', geom, st_transform(geom, 3857)
    from (select n, st_multi(st_makeenvelope(71.3 + n * 0.1, 51.0, 71.4 + n * 0.1, 51.3, 4326)) as geom
        from generate_series(1, 2) n) s;
insert into category (id, key, kind, name_kk, name_ru, name_en) overriding system value
    select n, 'c' || n, 'service', 'k', 'r', 'e' from generate_series(1, 2) n"""
ADD = """insert into incident (region, source, source_id, kind, category_id, district_id, source_status,
        status, opened_at)
    select '71', 'x', gen_random_uuid()::text, 'service', :category, o.district, 'open', 'open', o.at
    from unnest(cast(:at as timestamptz[]), cast(:districts as bigint[])) o (at, district)"""


def add(owner: Engine, at: list[datetime], districts: list[int], category: int = 1) -> None:
    with owner.begin() as connection:
        connection.execute(text(ADD), {"at": at, "districts": districts, "category": category})


@pytest.fixture
def city(owner: Engine) -> Iterator[Engine]:
    """A category with six an hour in the mean, a third of them in the second district, by chance."""
    chance = np.random.default_rng(3)
    with owner.begin() as connection:
        connection.execute(text(CITY))
    hours = [NOW - timedelta(hours=n) for n in range(1, needed(168) + 1)]
    at = [hour + timedelta(minutes=3) for hour in hours for _ in range(chance.poisson(6))]
    add(owner, at, [1 + int(chance.random() < 1 / 3) for _ in at])
    yield owner


def expected(owner: Engine) -> dict[tuple[int, int], tuple]:
    with owner.connect() as connection:
        rows = connection.execute(text("select * from expected_hour where hour = :now"), {"now": NOW})
        return {(row.category_id, row.district_id): row for row in rows}


def raised(jobs: Engine, settings: Settings, now: datetime) -> list[tuple[str, str]]:
    """What stands at `now`."""
    with jobs.begin() as connection:
        watch(connection, settings.city, read_rules(), now)
        rows = connection.execute(
            text("""select rule, subject from alarm where rule in ('surge', 'beyond_forecast')
                and normal_at is null order by 1, 2""")
        )
        return [tuple(row) for row in rows]


def write(jobs: Engine, settings: Settings) -> int:
    with jobs.begin() as connection:
        return write_expectations(connection, settings.city, NOW)


def test_the_interval_is_that_of_so_many_an_hour(city: Engine, jobs: Engine, settings: Settings) -> None:
    assert write(jobs, settings) == 3, "the city and two districts"
    found = expected(city)
    assert set(found) == {(1, 0), (1, 1), (1, 2)}
    assert found[1, 0].mean == pytest.approx(6, rel=0.15) and found[1, 2].mean == pytest.approx(2, rel=0.25)
    for row in found.values():
        assert row.mean < row.most_90 < row.most_99 < 4 * row.mean + 6
    with city.connect() as connection:
        assert connection.scalar(text("select count(*) from expected_hour")) == 3 * AHEAD_H
    assert write(jobs, settings) == 3, "again: the same hours anew"


def test_no_alarm_within_the_interval_and_one_beyond(city: Engine, jobs: Engine, settings: Settings) -> None:
    write(jobs, settings)
    most = expected(city)[1, 0].most_99
    at = NOW + timedelta(minutes=30)
    add(city, [at - timedelta(minutes=1)] * most, [1 + n % 3 // 2 for n in range(most)])
    came_before = 0
    with city.connect() as connection:
        statement = "select count(*) from incident where opened_at > :since and opened_at < :now"
        came_before = connection.scalar(
            text(statement), {"since": at - timedelta(hours=1), "now": at - timedelta(minutes=1)}
        )
    late = at + timedelta(minutes=58 - 30)
    assert came_before == 0, "what came before lies in the hour before"
    assert raised(jobs, settings, late) == []
    add(city, [late - timedelta(minutes=1)], [1])
    assert raised(jobs, settings, late) == [("beyond_forecast", "1")]
    with city.connect() as connection:
        parameters = connection.scalar(text("select parameters from alarm"))
    assert (parameters["n"], parameters["most"], parameters["interval"]) == (most + 1, most, 99)


def test_one_district_alone(city: Engine, jobs: Engine, settings: Settings) -> None:
    write(jobs, settings)
    of_city, of_district = (expected(city)[1, district].most_99 for district in (0, 2))
    n = max(of_district + 1, 8)
    assert n <= of_city
    at = NOW + timedelta(minutes=58)
    add(city, [at - timedelta(minutes=1)] * n, [2] * n)
    assert raised(jobs, settings, at) == [("beyond_forecast", "1/d2")]


def test_what_has_no_forecast_goes_by_what_was_usual(city: Engine, jobs: Engine, settings: Settings) -> None:
    at = NOW + timedelta(minutes=30)
    add(city, [at - timedelta(minutes=5)] * 20, [1] * 20, category=2)
    add(city, [at - timedelta(minutes=5)] * 60, [1] * 60, category=1)
    assert raised(jobs, settings, at) == [("surge", "1"), ("surge", "2")]
    write(jobs, settings)
    assert raised(jobs, settings, at) == [("beyond_forecast", "1"), ("surge", "2")]
    assert LEAST > 20
