"""The days of closed incidents with what is open and what was changed since are what the rows themselves say,
at every moment: over random histories of closing, reopening, corrections, checks and events."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.database import connect_engine, role_dsn
from geo.incidents.model import KINDS
from geo.settings import Settings
from geo.statistics import closed_days, open_days
from geo.statistics.area_days import CellLayer, count_area_days
from geo.statistics.closed_days import REST, count_closed_days, counted_days_of, runs_of
from geo.statistics.definitions import ON_TIME
from geo.statistics.open_days import COUNTED_OPEN, count_open_days
from geo.statistics.waits import stepped
from layers.scope import Scope
from layers.statistics.cells import by_cell
from layers.statistics.levels import read_level
from layers.statistics.requests import StatisticsRequest
from layers.statistics.waiting import waiting_times

REFERENCE = """
    insert into performer (id, key, type, name_kk, name_ru, name_en) overriding system value
        values (1, 'heat', 'utility', 'h', 'h', 'h'), (2, 'lift', 'utility', 'l', 'l', 'l');
    insert into category (id, key, kind, name_kk, name_ru, name_en, performer_id) overriding system value
        values (1, 'a', 'service', 'a', 'a', 'a', 1), (2, 'b', 'service', 'b', 'b', 'b', null);
    insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326, geom_3857)
        overriding system value
        select r, 1, 'esil', 'd', 'd', 'd', '2020-01-01', st_multi(b), st_multi(st_transform(b, 3857))
        from st_makeenvelope(71, 51, 72, 52, 4326) b, unnest(array['71', '79']) r;
    insert into statistic_closed_day (region, day, has_teams)
        select '71', g::date, true
        from generate_series(timestamp '2025-03-05', now() + interval '1 day', '1 day') g;
    insert into statistic_open_day (region, day, counted_at, until)
        select '71', g::date, now(), 'infinity'
        from generate_series(timestamp '2025-03-05', now() + interval '1 day', '1 day') g"""
"""Another region has the same number of a district. Nothing is opened after the days that are asked for: they
are counted first."""
AT_NIGHT = datetime(2025, 3, 1, 18, 30, tzinfo=UTC)
"""Half an hour before midnight of the city."""
MOMENTS = st.integers(-40, 40).map(lambda hours: AT_NIGHT + timedelta(hours=hours))
TO_COME = datetime.now(UTC) + timedelta(days=1)
"""A deadline that the clock has not reached."""
IDS = st.integers(1, 5)
CHOICES = {
    "kind": st.sampled_from(["service", "police"]),
    "status": st.sampled_from(["open", "closed"]),
    "opened_at": MOMENTS,
    "closed_at": st.none() | st.integers(1, 5000).map(lambda n: AT_NIGHT + timedelta(minutes=2400 + n)),
    "due_at": st.none() | st.sampled_from([AT_NIGHT + timedelta(days=3), TO_COME]),
    "presses_at": st.none() | st.sampled_from([AT_NIGHT + timedelta(days=2), TO_COME]),
    "district_id": st.none() | st.just(1),
    "category_id": st.none() | st.integers(1, 2),
    "performer_id": st.none() | st.integers(1, 2),
    "vanished_at": st.none() | st.just(AT_NIGHT + timedelta(days=9)),
    "point_4326": st.none() | st.sampled_from([f"SRID=4326;POINT({x} 51.1)" for x in (71.4, 71.41, 71.42)]),
}
INCIDENT = st.tuples(st.just("incident"), IDS, st.fixed_dictionaries(CHOICES))
CHANGE = st.tuples(
    st.just("change"), IDS, st.sampled_from(list(CHOICES)).flatmap(
        lambda name: CHOICES[name].map(lambda value: {name: value})
    )
)  # fmt: skip
EVENT = st.tuples(
    st.just("event"),
    IDS,
    st.sampled_from(
        [("status", "closed", "open"), ("category", "1", "2"), ("status", "open", "in_progress")]
    ),
)
CHECK = st.tuples(st.just("check"), IDS, st.just("category"))
ANOTHER = st.tuples(st.just("performer"), st.integers(1, 2), st.none() | st.integers(1, 2))
REMOVAL = st.tuples(st.just("removal"), IDS, st.none())
COUNT = st.tuples(st.just("count"), st.none() | st.integers(1, 4), st.none())
"""All days that wait, or only some: the rest is still to be filled."""
HISTORIES = st.lists(INCIDENT | CHANGE | EVENT | CHECK | ANOTHER | REMOVAL | COUNT, max_size=20)
REQUEST = StatisticsRequest(date(2025, 2, 27), date(2025, 3, 4), "before", subject="service")
UNCOUNTED = replace(REQUEST, scope=Scope(kinds=frozenset({"service", "police", "emergency", "offence"})))
"""The same rows for somebody of whom no day is counted ahead."""


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_the_days_and_the_rest_equal_the_rows(
    connection: Connection, settings: Settings, history: list
) -> None:
    connection.execute(text("truncate incident, case_check; delete from category; delete from performer"))
    connection.execute(text("delete from incident_event; delete from district"))
    connection.execute(text(REFERENCE))
    connection.commit()
    for what, number, values in [*history, ("count", None, None)]:
        if what == "count":
            count(settings, number)
        else:
            write(connection, what, number, values)
        check(connection, settings)
    if connection.scalar(text("select count(*) from incident")):
        assert len(counted_days_of(connection, settings.city, REQUEST.first, REQUEST.last)) > 0
        days = REQUEST.first, REQUEST.last
        assert len(counted_days_of(connection, settings.city, *days, COUNTED_OPEN)) > 0
    for changes in ("statistic_closed_change", "statistic_open_change"):
        assert connection.scalar(text(f"select count(*) from {changes}")) == 0
    connection.rollback()


def check(connection: Connection, settings: Settings) -> None:
    city = settings.city
    for level in ("inspectors", "performers"):
        found, wanted = (read_level(connection, city, one, level, "ru") for one in (REQUEST, UNCOUNTED))
        assert found == wanted, level
    for wait in ("assigned", "closed"):
        found, wanted = (
            waiting_times(connection, city, replace(one, wait=wait)) for one in (REQUEST, UNCOUNTED)
        )
        assert found.durations == wanted.durations, wait
        assert (found.total, found.unknown) == (wanted.total, wanted.unknown), wait
        assert sorted(found.open_ages) == sorted(wanted.open_ages), wait
    found, wanted = (by_cell(connection, city, one, "service", "ru") for one in (REQUEST, UNCOUNTED))
    assert (found.cells, found.nowhere) == (wanted.cells, wanted.nowhere)
    connection.rollback()


def write(connection: Connection, what: str, id: int, values: object) -> None:
    """An event is written as the product does, with a new version of its incident."""
    bound = {"id": id, "now": AT_NIGHT + timedelta(days=2)}
    if what == "incident":
        row = {**values, "id": id, "region": "71", "source": "t", "source_id": str(id), "source_status": "s"}
        connection.execute(
            text(f"""insert into incident ({", ".join(row)}) values ({", ".join(f":{name}" for name in row)})
            on conflict (region, id) do update set
                {", ".join(f"{name} = excluded.{name}" for name in values)}"""),
            row,
        )
    elif what == "change":
        (name,) = values
        connection.execute(text(f"update incident set {name} = :{name} where id = :id"), bound | values)
    elif what == "removal":
        connection.execute(text("delete from incident where id = :id"), bound)
    elif what == "performer":
        connection.execute(
            text("update category set performer_id = :performer where id = :id"),
            bound | {"performer": values},
        )
    elif what == "check":
        connection.execute(
            text("""insert into case_check (region, incident_id, queue, field, action_id, who, recorded_at)
            select region, id, 'time', :field, 1, 't', :now from incident where id = :id"""),
            bound | {"field": values},
        )
    else:
        kind, before, after = values
        bound |= {"what": kind, "before": before, "after": after}
        connection.execute(text("update incident set version = version + 1 where id = :id"), bound)
        connection.execute(
            text("""insert into incident_event (region, incident_id, happened_at, recorded_at, who, what,
                from_value, to_value)
            select '71', id, :now, :now, 't', :what, :before, :after from incident where id = :id"""),
            bound,
        )
    connection.commit()


def count(settings: Settings, most: int | None = None) -> None:
    """All that wait, or `most` days at once."""
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    try:
        if most:
            count_closed_days(relay, settings.city, timedelta(0), most)
        while not most and count_closed_days(relay, settings.city, timedelta(0)):
            pass
        if most:
            count_open_days(relay, settings.city, timedelta(0), most)
        while not most and count_open_days(relay, settings.city, timedelta(0)):
            pass
    finally:
        relay.close()
    jobs = connect_engine(settings, "jobs")
    count_area_days(jobs, settings.city, CellLayer(settings.city), KINDS, most or 31)
    jobs.dispose()


def test_a_day_rests_before_it_is_counted_anew(connection: Connection, settings: Settings) -> None:
    write(connection, "incident", 1, {"kind": "service", "status": "closed", "opened_at": AT_NIGHT,
          "closed_at": AT_NIGHT + timedelta(hours=1)})  # fmt: skip
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    try:
        days: set[date] = set()
        while count_closed_days(relay, settings.city, REST):
            days = counted_days_of(connection, settings.city, REQUEST.first, REQUEST.last)
            connection.rollback()
        assert days == {date(2025, 3, 2), date(2025, 3, 3), date(2025, 3, 4)}, "the days after it alone"
        connection.execute(text("update statistic_closed_change set made_at = made_at - interval '11 min'"))
        connection.commit()
        assert count_closed_days(relay, settings.city, REST) == 1
        assert date(2025, 3, 1) in counted_days_of(connection, settings.city, REQUEST.first, REQUEST.last)
    finally:
        relay.close()


def test_days_that_are_no_neighbours_are_counted_apart(connection: Connection, settings: Settings) -> None:
    """So that a correction of long ago never makes the events of all the time since be read."""
    connection.execute(text("truncate incident"))
    connection.commit()
    for id, opened_at in enumerate((AT_NIGHT - timedelta(days=40), AT_NIGHT, AT_NIGHT + timedelta(1)), 1):
        closed = {"kind": "service", "status": "closed", "opened_at": opened_at, "closed_at": opened_at}
        write(connection, "incident", id, closed)
    count(settings)
    connection.execute(text("update incident set version = version + 1"))
    connection.commit()
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    try:
        assert [count_closed_days(relay, settings.city, timedelta(0)) for _ in range(3)] == [2, 1, 0]
    finally:
        relay.close()


def test_events_are_read_of_the_days_own_incidents_by_index(connection: Connection) -> None:
    for module in (closed_days, open_days):
        for statement in module._counts():
            assert statement.startswith(module.EVENTS_OF_DAYS)
    connection.execute(text("set local enable_seqscan = off"))
    explained = f"explain {closed_days.EVENTS_OF_DAYS} select * from incident_event, case_check"
    days = {"region": "71", "since": AT_NIGHT, "until": AT_NIGHT + timedelta(1), "events_since": AT_NIGHT}
    plan = "\n".join(connection.scalars(text(explained), days))
    reads = [line for line in plan.splitlines() if "incident_event_2025" in line or " on case_check" in line]
    assert reads and not any("Seq Scan" in line for line in reads), plan
    assert plan.count("incident_id = i.id") >= len(reads), plan
    connection.rollback()


def test_a_change_in_the_first_half_hour_is_of_its_own_day(connection: Connection) -> None:
    """Also where midnight is no full hour of UTC: 0:15 in Kolkata, at +5:30."""
    at = datetime(2025, 3, 1, 18, 45, tzinfo=UTC)
    write(
        connection, "incident", 1, {"kind": "service", "status": "closed", "opened_at": at, "closed_at": at}
    )
    days = "select distinct (at at time zone 'Asia/Kolkata')::date from statistic_closed_change"
    assert connection.scalars(text(days)).all() == [date(2025, 3, 2)]
    connection.rollback()


def test_an_open_day_holds_until_the_clock_passes_a_deadline(
    connection: Connection, settings: Settings
) -> None:
    connection.execute(text("truncate incident, case_check"))
    connection.execute(text(REFERENCE))
    due_at = datetime.now(UTC) + timedelta(hours=5)
    row = {"kind": "service", "status": "open", "opened_at": AT_NIGHT, "due_at": due_at, "presses_at": due_at}
    write(connection, "incident", 1, row | {"category_id": 1})
    count(settings)
    of_day = "select until from statistic_open_day where day = '2025-03-01'"
    assert connection.scalar(text(of_day)) == due_at
    check(connection, settings)
    days = REQUEST.first, REQUEST.last
    assert AT_NIGHT.date() in counted_days_of(connection, settings.city, *days, COUNTED_OPEN)
    connection.execute(text("update statistic_open_day set until = now() where day = '2025-03-01'"))
    connection.commit()
    assert AT_NIGHT.date() not in counted_days_of(connection, settings.city, *days, COUNTED_OPEN)
    connection.rollback()
    count(settings)
    assert connection.scalar(text(of_day)) == due_at, "counted anew, though nothing was changed"
    connection.rollback()


def test_a_deadline_that_passes_counts_at_once(connection: Connection, settings: Settings) -> None:
    """Also before the roll-up has looked."""
    connection.execute(text("truncate incident, case_check"))
    connection.execute(text(REFERENCE))
    due_at = datetime.now(UTC) + timedelta(seconds=3)
    row = {"kind": "service", "status": "open", "opened_at": AT_NIGHT, "due_at": due_at}
    write(connection, "incident", 1, row | {"performer_id": 1, "presses_at": due_at})
    count(settings)
    on_time = performers_on_time(connection, settings)
    while datetime.now(UTC) <= due_at:
        assert on_time == performers_on_time(connection, settings) == (0, 0)
        time.sleep(0.1)
    assert performers_on_time(connection, settings) == (0, 1)


def performers_on_time(connection: Connection, settings: Settings) -> tuple[int, int]:
    found = read_level(connection, settings.city, REQUEST, "performers", "ru")
    (one,) = (each.now for each in found if each.figure is ON_TIME)
    connection.rollback()
    return one.part, one.whole


def test_days_in_a_row_are_one_run() -> None:
    days = [date(2025, 3, n) for n in (5, 1, 2)]
    assert [(run.first.day, run.last.day) for run in runs_of(days)] == [(1, 2), (5, 5)]


@pytest.mark.parametrize(
    ("minutes", "step"), [(0, 0), (63, 63), (64, 64), (65, 64), (120, 120), (1440, 1440), (1441, 1440)]
)
def test_a_time_counts_as_the_beginning_of_its_step(connection: Connection, minutes: int, step: int) -> None:
    assert connection.scalar(text(f"select {stepped('cast(:n as bigint)')}"), {"n": minutes}) == step
    connection.rollback()


@pytest.mark.parametrize("role", ["web", "editor", "etl", "accounts"])
def test_nobody_else_counts_them(settings: Settings, role: str) -> None:
    engine = connect_engine(settings, role)
    closed = ("statistic_closed", "statistic_closed_team", "statistic_closed_day", "statistic_closed_change")
    for table in (*closed, "statistic_open_team", "statistic_open_day", "statistic_open_change"):
        with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(f"delete from {table}"))
    engine.dispose()
