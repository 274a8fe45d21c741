from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

import etl.demo
from etl.demo import projects
from geo.settings import Settings

UNTIL = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)


def rows(settings: Settings, statement: str, **bound: object) -> list:
    engine = create_engine(settings.database_url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(text(statement), bound).all()


def one(settings: Settings, statement: str) -> object:
    return rows(settings, statement)[0][0]


def test_the_tiny_city_is_quick_and_says_what_it_does(settings: Settings) -> None:
    reported: list[str] = []
    started = time.monotonic()
    etl.demo.load(settings, scale="tiny", until=UNTIL, progress=lambda what, done, of: reported.append(what))
    print(f"tiny demo city: {time.monotonic() - started:.1f} s")
    assert reported[0] == "city" and reported[-1] == "rating" and "history 2024" in reported


def test_the_same_rows_every_time(demo_settings: Settings, settings: Settings) -> None:
    etl.demo.load(settings, scale="tiny", until=UNTIL)
    for statement in (
        "select md5(string_agg(concat_ws('|', id, source, source_id, status, priority, opened_at, "
        "closed_at, address, st_astext(point_4326)), ',' order by id)) from incident",
        "select md5(string_agg(concat_ws('|', source_id, channel, topic_id, received_at, "
        "incident_id), ',' order by id)) from inquiry",
        "select md5(string_agg(concat_ws('|', street_kk, house, voters, st_astext(footprint_4326)),"
        " ',' order by id)) from building",
        "select md5(string_agg(concat_ws('|', number, voters, st_astext(geom)), ',' order by "
        "number)) from precinct",
    ):
        assert one(settings, statement) == one(demo_settings, statement)


def test_the_setting_says_that_it_is_a_demo(demo_settings: Settings) -> None:
    assert one(demo_settings, "select value from setting where key = 'demo'") == {
        "state": "loaded",
        "scale": "tiny",
        "published_to": "2025-02-26",
        "full_from": "2025-03-06",
    }


def test_counts_are_in_full_from_the_day_that_the_setting_names(demo_settings: Settings) -> None:
    """The days before it have far less, those from it on as many as each other."""
    n = dict(
        rows(
            demo_settings,
            "select (received_at at time zone 'Asia/Almaty')::date - date '2025-03-06', count(*) "
            "from inquiry where received_at > '2025-02-15' group by 1",
        )
    )
    before, since = ([n.get(day, 0) for day in days] for days in (range(-14, 0), range(8)))
    assert min(since) > 4 * max(before) > 0


def test_every_run_adds_up_and_rejects_nothing(demo_settings: Settings) -> None:
    for run in rows(demo_settings, "select feed, state, read_rows, written, rejected from run"):
        assert run.state == "done" and run.read_rows == run.written and run.rejected == 0, run.feed
    assert one(demo_settings, "select count(*) from feed where polled_at is null") == 0


def test_counts_agree_with_the_rows(demo_settings: Settings) -> None:
    assert one(demo_settings, "select sum(n) from statistic_delta where subject = 'inquiry'") == one(
        demo_settings, "select count(*) from inquiry"
    )
    assert one(demo_settings, "select sum(one_take) from statistic_delta") == one(
        demo_settings, "select count(*) from inquiry where one_take"
    )
    assert one(demo_settings, "select sum(answered) from calls") == one(
        demo_settings, "select count(*) from inquiry where channel = 'call'"
    )
    lost = float(one(demo_settings, "select sum(lost)::float8 / sum(offered) from calls"))
    assert 0.01 < lost < 0.05
    assert one(demo_settings, "select count(*) from inquiry where one_take <> (incident_id is null)") == 0


def test_the_density_holds_every_incident_with_a_point(demo_settings: Settings) -> None:
    assert one(demo_settings, "select sum(n) from density_day") == one(
        demo_settings, "select count(*) from incident where point_3857 is not null"
    )
    assert one(demo_settings, "select count(*) from density_delta") == 0


def test_the_months_of_the_last_year_are_closed_by_two_people(demo_settings: Settings) -> None:
    closed = "select count(*) from rating_month where closed_by <> proposed_by and closed_at is not null"
    assert one(demo_settings, closed) == 12
    assert one(demo_settings, "select count(*) from rating_case") == one(
        demo_settings, "select sum((body::jsonb ->> 'cases')::int) from rating_month"
    )
    assert one(demo_settings, "select count(*) from rating_case") > 100
    answered = "select count(*) from rating_assignment_answer where decided_by <> proposed_by"
    assert (
        one(demo_settings, "select count(*) from rating_assignment") == 3 == 1 + one(demo_settings, answered)
    )
    adjusted = "select count(*) from rating_month where body like '%\"adjusted\":%'"
    assert one(demo_settings, adjusted) > 0, "months in which nothing came again are not adjusted"


def test_incidents_have_their_events_in_the_past(demo_settings: Settings) -> None:
    assert one(demo_settings, "select count(*) from incident_event where what = 'opened'") == one(
        demo_settings, "select count(*) from incident"
    )
    closed = "select count(*) from incident_event where what = 'status' and to_value = 'closed'"
    assert one(demo_settings, closed) == one(
        demo_settings, "select count(*) from incident where status = 'closed'"
    )
    assert one(demo_settings, "select max(recorded_at) from incident_event") <= UNTIL
    assert one(demo_settings, "select count(*) from incident_event_default") == 0


def test_incidents_stand_in_their_districts(demo_settings: Settings) -> None:
    wrong = """select count(*) from incident i join district d on d.id = i.district_id
        where i.point_3857 is not null and not st_dwithin(d.geom_3857, i.point_3857, 60)"""
    assert one(demo_settings, wrong) == 0
    assert (
        one(
            demo_settings, "select count(*) from incident where (point_3857 is null) <> (building_id is null)"
        )
        == 0
    )


def test_the_city_has_open_incidents_at_its_last_moment(demo_settings: Settings) -> None:
    now = rows(
        demo_settings,
        """select count(*) as open, count(*) filter (where priority = 2) as critical,
            count(*) filter (where point_4326 is null) as lost
        from incident where status <> 'closed'""",
    )[0]
    assert now.open >= 10 and now.critical == 1 and now.lost >= 3


def test_the_plan_in_force_is_a_coverage(demo_settings: Settings) -> None:
    polygons = shapely.from_wkb(
        np.array(
            [
                bytes(row[0])
                for row in rows(demo_settings, "select st_asbinary(geom) from precinct order by number")
            ],
            dtype=object,
        )
    )
    assert len(polygons) == 12 and shapely.coverage_is_valid(polygons)
    assert (
        one(demo_settings, "select sum(voters) from precinct")
        == one(demo_settings, "select sum(voters) from building")
        == 12_060
    )
    assert one(demo_settings, "select count(*) from building") == 300
    assert (
        one(demo_settings, "select count(*) from assignment")
        == one(demo_settings, "select count(point_4326) from building")
        < 300
    )
    assert (
        one(demo_settings, "select count(*) from precinct where station_id is null or district_id is null")
        == 0
    )
    assert one(demo_settings, "select state from plan") == "published"


def test_names_in_three_languages(connection: Connection, demo_settings: Settings) -> None:
    for table in ("category", "performer", "district"):
        assert (
            one(demo_settings, f"select count(*) from {table} where '' in (name_kk, name_ru, name_en)") == 0
        )
    assert (
        one(
            demo_settings,
            "select count(*) from basemap_feature where theme = 'place' and (name_kk is null or "
            "name_ru is null or name_en is null)",
        )
        == 0
    )


@pytest.mark.parametrize("hour", [0, 7, 8, 12])
def test_a_month_counted_at_the_last_moment_knows_the_newest_projects(settings: Settings, hour: int) -> None:
    until = datetime(2026, 12, 1, hour, tzinfo=settings.city.time_zone)
    assert projects.adopted_at(settings.city, until.date(), until) < until
