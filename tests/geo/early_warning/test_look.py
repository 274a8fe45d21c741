"""Warnings from the tables: a planted failure is one warning however often it is looked at, an alarm of its
place, and gone when it is part of a mass event; the file of causes is checked by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from geo.alarms.rules import read_rules
from geo.alarms.watch import watch
from geo.early_warning.causes import FILE, read_causes
from geo.early_warning.look import EVERY, EarlyLook
from geo.errors import InvalidInput
from geo.settings import Settings
from tests.support.connected import engine_as

owner, jobs = engine_as("owner"), engine_as("jobs")
NOW = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)
CITY = """
insert into category (id, key, parent_id, kind, name_kk, name_ru, name_en) overriding system value values
    (1, 'heating', null, 'service', 'k', 'r', 'Heating'),
    (2, 'heating.none', 1, 'service', 'k', 'r', 'No heating'),
    (3, 'heating.weak', 1, 'service', 'k', 'r', 'Cold'), (4, 'lifts', null, 'service', 'k', 'r', 'Lifts'),
    (5, 'lifts.broken', 4, 'service', 'k', 'r', 'Lift out of order');
insert into performer (id, key, type, name_kk, name_ru, name_en) overriding system value
    select n, 'firm' || n, 'utility', 'f', 'f', 'f' from generate_series(1, 8) n;
insert into building (region, id, source, source_id, point_4326, point_3857) overriding system value
    select '71', n, 'b', n::text, p, st_transform(p, 3857) from generate_series(1, 900) n,
        lateral (select st_point(71.35 + (n % 30) * 0.005, 51.08 + (n / 30) * 0.003, 4326) as p) x"""
REPORT = """with made as (
    insert into incident (region, source, source_id, kind, category_id, performer_id, source_status, status,
        opened_at, point_4326, point_3857)
    select '71', 'x', gen_random_uuid()::text, 'service', r.category, r.firm, 'open', 'open', r.at, p,
        st_transform(p, 3857)
    from unnest(cast(:at as timestamptz[]), cast(:categories as bigint[]), cast(:firms as bigint[]),
        cast(:lon as float8[]), cast(:lat as float8[])) r (at, category, firm, lon, lat),
        lateral (select st_point(r.lon, r.lat, 4326) as p) g
    returning id, opened_at)
    insert into inquiry (region, source, source_id, channel, received_at, one_take, incident_id)
    select '71', 'x', id::text, 'call', opened_at, false, id from made"""


def report(
    owner: Engine, at: list[datetime], lonlat: np.ndarray, categories: list[int], firms: list[int]
) -> None:
    with owner.begin() as connection:
        bound = {"at": at, "categories": categories, "firms": firms}
        connection.execute(
            text(REPORT), {**bound, "lon": lonlat[:, 0].tolist(), "lat": lonlat[:, 1].tolist()}
        )


@pytest.fixture
def city(owner: Engine) -> Iterator[Engine]:
    """Eight weeks in which six houses a day are cold and eight lifts stand, anywhere and at any hour."""
    chance = np.random.default_rng(5)
    with owner.begin() as connection:
        connection.execute(text(CITY))
    for category, a_day in ((2, 6), (5, 8)):
        n = a_day * 56
        at = [NOW - timedelta(days=float(days)) for days in chance.uniform(0.2, 56, n)]
        lonlat = np.column_stack([chance.uniform(71.35, 71.5, n), chance.uniform(51.08, 51.17, n)])
        report(owner, at, lonlat, [category] * n, chance.integers(1, 9, n).tolist())
    yield owner


def look(jobs: Engine, early: EarlyLook, now: datetime) -> int:
    with jobs.begin() as connection:
        return early.look(connection, now)


def rows(owner: Engine, statement: str) -> list[tuple]:
    with owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


WARNINGS = "select cause, category_id, n, radius_m, performer_id from early_warning order by id"


def cold(owner: Engine, minutes: list[float]) -> None:
    """Houses along 900 m, of two topics."""
    at = [NOW + timedelta(minutes=minute) for minute in minutes]
    lonlat = np.array([(71.42 + 0.004 * (n % 4), 51.12) for n in range(len(at))])
    report(owner, at, lonlat, [2 if n else 3 for n in range(len(at))], [1] * len(at))


def test_a_failure_is_one_warning_and_an_alarm_of_its_place(
    city: Engine, jobs: Engine, settings: Settings
) -> None:
    early = EarlyLook(settings.city)
    assert look(jobs, early, NOW) == 0 and rows(city, WARNINGS) == []
    cold(city, [1, 6, 9, 14])
    at = NOW + timedelta(minutes=15)
    assert look(jobs, early, at) == 1
    [(cause, category, n, radius_m, performer)] = rows(city, WARNINGS)
    assert (cause, category, n, performer) == ("heating_line", 2, 4, None) and 500 <= radius_m <= 2000
    cold(city, [16, 17])
    assert look(jobs, early, at + EVERY / 2) == 0, "too soon to look again"
    assert look(jobs, early, at + timedelta(minutes=3)) == 0, "the same one"
    assert rows(city, "select n from early_warning") == [(6,)]
    with jobs.begin() as connection:
        watch(connection, settings.city, read_rules(), at + timedelta(minutes=4))
    [(parameters,)] = rows(city, "select parameters from alarm where rule = 'early_warning'")
    assert parameters["cause"] == "heating_line" and parameters["n"] == 6 and parameters["radius"] >= 500
    with jobs.begin() as connection:
        watch(connection, settings.city, read_rules(), at + timedelta(minutes=40))
    assert rows(city, "select normal_at is not null from alarm where rule = 'early_warning'") == [(True,)]


def test_what_is_an_event_already_is_no_warning(city: Engine, jobs: Engine, settings: Settings) -> None:
    cold(city, [1, 6, 9, 14])
    with city.begin() as connection:
        connection.execute(text("update incident set group_id = 7 where opened_at > :now"), {"now": NOW})
    assert look(jobs, EarlyLook(settings.city), NOW + timedelta(minutes=15)) == 0


def test_one_lift_firm_is_named_wherever_its_lifts_are(
    city: Engine, jobs: Engine, settings: Settings
) -> None:
    chance = np.random.default_rng(6)
    at = [NOW + timedelta(minutes=float(minute)) for minute in range(0, 48, 8)]
    lonlat = np.column_stack([chance.uniform(71.35, 71.5, 6), chance.uniform(51.08, 51.17, 6)])
    report(city, at, lonlat, [5] * 6, [3] * 6)
    assert look(jobs, EarlyLook(settings.city), NOW + timedelta(minutes=45)) == 1
    [(cause, _, n, radius_m, performer)] = rows(city, WARNINGS)
    assert (cause, n, radius_m, performer) == ("lift_firm", 6, None, 3)


def test_the_causes_of_the_software_are_whole_and_a_mistake_is_told_by_its_line(tmp_path: Path) -> None:
    causes = read_causes(FILE)
    assert {cause.key for cause in causes} >= {"heating_line", "substation", "lift_firm"}
    body = FILE.read_text(encoding="utf-8")
    for before, after, key in (
        ('by = "line"', 'by = "street"', "by"),
        ("least = 3", "least = 1", "least"),
        ("reach_m = 2000", "reach_m = true", "reach_m"),
        ("surprise", "suprise", "suprise"),
        ('ru = "теплотрасса"', 'ru = ""', "name"),
    ):
        file = tmp_path / f"{key}.toml"
        beginning, _, rest = body.partition("[[cause]]")
        assert before in rest
        file.write_text(beginning + "[[cause]]" + rest.replace(before, after, 1), encoding="utf-8")
        with pytest.raises(InvalidInput, match=r"warning\.causes") as refused:
            read_causes(file)
        line = refused.value.parameters["line"]
        assert after in file.read_text(encoding="utf-8").splitlines()[line - 1], key
        assert refused.value.parameters["key"] == key
