"""The days are what the rows themselves say, at every moment: over random histories of what was written,
reassigned, corrected late, no longer listed and removed, folded or not."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import psycopg2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.changes import rollup
from geo.database import connect_engine, role_dsn
from geo.settings import Settings
from geo.statistics import day_counts
from geo.statistics.counting import Grouping, Period, Population, count_groups_of, quantiles
from geo.statistics.day_counts import FACETS, MEASURES, OF_INQUIRIES, SUBJECTS, counted_days, fold_days
from geo.statistics.definitions import ANSWER
from geo.statistics.inquiry_days import TERMS, DayGrouping, answer_times, count_days, quantiles_of
from tests.support.killable import eventually

ZONE = "Asia/Almaty"
ROWS = f"""
    select kind as subject, (opened_at at time zone '{ZONE}')::date as day, coalesce(district_id, 0) as
        district_id, extract(hour from opened_at at time zone '{ZONE}')::int::text as hour,
        coalesce(category_id, 0)::text as category, coalesce(channel, '') as channel, 0 as one_take,
        coalesce(fine_tenge, 0) as tenge, null as operator, null::bigint as answer_s
        from incident where vanished_at is null
    union all
    select 'inquiry', (received_at at time zone '{ZONE}')::date, 0,
        extract(hour from received_at at time zone '{ZONE}')::int::text, coalesce(topic_id, 0)::text, channel,
        one_take::int, 0, operator, answer_s from inquiry"""
VALUES = {"city": "''", "all": "''", "operator": "coalesce(operator, '')",
    "answer": "coalesce(answer_s::text, '')"}  # fmt: skip
"""Facet -> its value of one of these, where that is no column of its own."""
SUMS = """count(*) as n, sum(one_take) as one_take, sum(tenge) as tenge, count(answer_s) as answered,
    coalesce(sum(answer_s), 0) as answer_s, count(*) filter (where answer_s <= 15) as within_15,
    count(*) filter (where answer_s <= 20) as within_20"""
NEXT_TO_NEW_YEAR = datetime(2023, 12, 31, 17, 30, tzinfo=UTC)
"""Half an hour before 2024 by the city's clock."""
ONE = {"received_at": NEXT_TO_NEW_YEAR, "channel": "call", "topic_id": None, "one_take": True}
FIRST, LAST = "2020-01-01", "2030-01-01"
SUMMED = ", ".join(f"sum({name}) as {name}" for name in MEASURES)
ALL = ", ".join(f"sum({name})" for name in MEASURES)

MOMENTS = st.integers(-90, 90 * 24).map(lambda hours: NEXT_TO_NEW_YEAR + timedelta(hours=hours))
IDS = st.integers(1, 6)
CHOICES = {
    "kind": st.sampled_from(["service", "police", "emergency", "offence"]),
    "opened_at": MOMENTS,
    "district_id": st.none() | st.integers(1, 3),
    "category_id": st.none() | st.integers(1, 3),
    "channel": st.sampled_from([None, "call", "app"]),
    "fine_tenge": st.none() | st.integers(0, 50_000),
    "vanished_at": st.none() | st.just(NEXT_TO_NEW_YEAR),
}
INCIDENT = st.tuples(st.just("incident"), IDS, st.fixed_dictionaries(CHOICES))
CORRECTION = st.tuples(
    st.just("correction"), IDS, st.sampled_from(list(CHOICES)).flatmap(
        lambda name: CHOICES[name].map(lambda value: {name: value})
    )
)  # fmt: skip
INQUIRY = st.tuples(
    st.just("inquiry"),
    IDS,
    st.fixed_dictionaries(
        {
            "received_at": MOMENTS,
            "channel": st.sampled_from(["call", "app", "telegram"]),
            "topic_id": st.none() | st.integers(1, 3),
            "one_take": st.booleans(),
            "operator": st.sampled_from([None, "a", "b"]),
            "answer_s": st.none() | st.integers(12, 22),
        }
    ),
)
REMOVAL = st.tuples(st.sampled_from(["no incident", "no inquiry"]), IDS, st.none())
FOLD = st.tuples(st.just("fold"), st.integers(1, 4), st.none())
HISTORIES = st.lists(INCIDENT | CORRECTION | INQUIRY | REMOVAL | FOLD, max_size=25)


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_the_days_equal_the_rows_after_every_step(
    connection: Connection, settings: Settings, history: list
) -> None:
    connection.execute(text("truncate incident, inquiry"))
    connection.commit()
    assert connection.scalar(text("select count(*) from statistic_day")) == 0
    with pytest.MonkeyPatch.context() as patch:
        for what, number, values in history:
            if what == "fold":
                patch.setattr(day_counts, "BATCH", number)
                fold(settings)
            else:
                write(connection, what, number, values)
            check(connection)
    while fold(settings):
        pass
    check(connection)
    assert connection.scalar(text("select count(*) from statistic_delta")) == 0
    assert (
        connection.scalar(
            text("""select count(*) from statistic_day where (n, one_take, tenge, answered, answer_s,
                within_15, within_20) = (0, 0, 0, 0, 0, 0, 0)""")
        )
        == 0
    )


def write(connection: Connection, what: str, id: int, values: dict | None) -> None:
    if what == "correction":
        (name,) = values
        connection.execute(text(f"update incident set {name} = :{name} where id = :id"), {**values, "id": id})
    elif values is None:
        connection.execute(text(f"delete from {what.removeprefix('no ')} where id = :id"), {"id": id})
    else:
        row = {**values, "id": id, "region": "71", "source": "t", "source_id": str(id)}
        row |= {"source_status": "open", "status": "open"} if what == "incident" else {}
        connection.execute(
            text(f"""insert into {what} ({", ".join(row)}) values ({", ".join(f":{name}" for name in row)})
            on conflict (region, id) do update set
                {", ".join(f"{name} = excluded.{name}" for name in values)}"""),
            row,
        )
    connection.commit()


def fold(settings: Settings) -> int:
    relay = psycopg2.connect(role_dsn(settings, "relay"))
    try:
        return fold_days(relay, settings.city)
    finally:
        relay.close()


def check(connection: Connection) -> None:
    values = {"region": "71", "time_zone": ZONE, "first": FIRST, "last": LAST, "subjects": list(SUBJECTS)}
    for facet in FACETS:
        value = VALUES.get(facet, facet)
        district = "0" if facet == "city" else "district_id"
        subjects = ["inquiry"] if facet in OF_INQUIRIES else list(SUBJECTS)
        of_rows = f"""select subject, day, {district} as district_id, {value} as value, {SUMS}
            from ({ROWS}) r where subject = any(:subjects) group by 1, 2, 3, 4"""
        of_days = f"""select subject, day, district_id, value, {SUMMED} from {counted_days(facet)} d
            group by 1, 2, 3, 4 having ({ALL}) is distinct from (0, 0, 0, 0, 0, 0, 0)"""
        bound = {**values, "subjects": subjects}
        wanted = set(map(tuple, connection.execute(text(of_rows), bound)))
        assert set(map(tuple, connection.execute(text(of_days), bound))) == wanted, facet
    check_operators(connection)
    connection.rollback()


def check_operators(connection: Connection) -> None:
    """The figures of operators, by week and by operator, and the quantiles of their times."""
    city = Settings.load({}).city
    days = (date(2023, 12, 25), date(2024, 2, 1))
    population, period = Population(city.region), Period.of_days(city, *days)
    of_operators = list(TERMS)
    for of_days, of_rows in (
        (DayGrouping("d.value = 'a'", facet="operator"), Grouping("coalesce(q.operator = 'a', false)")),
        (DayGrouping("extract(isodow from d.day)::int"),
         Grouping("extract(isodow from q.received_at at time zone :time_zone)::int",
                  {"time_zone": city.time_zone.key})),
    ):  # fmt: skip
        wanted = count_groups_of(connection, of_operators, population, period, of_rows)
        assert count_days(connection, city, *days, of_days) == wanted
    times = answer_times(connection, city, *days)
    for shares in ((0.5, 0.9), (0.0, 1.0)):
        assert quantiles_of(times, shares) == quantiles(connection, ANSWER, population, period, shares)


def test_the_roll_up_folds_within_two_seconds(connection: Connection, settings: Settings) -> None:
    """By the process that folds, without anybody's help."""
    stop = threading.Event()
    thread = threading.Thread(target=rollup.rollup, args=(settings, stop))
    thread.start()
    try:
        write(
            connection,
            "inquiry",
            1,
            ONE,
        )
        eventually(lambda: connection.scalar(text("select count(*) from statistic_day")) == len(FACETS))
        assert connection.scalar(text("select count(*) from statistic_delta")) == 0
    finally:
        stop.set()
        thread.join()


def test_a_day_is_the_citys(connection: Connection, settings: Settings) -> None:
    """By its own clock: in UTC it is still the year before."""
    write(connection, "inquiry", 1, {**ONE, "received_at": NEXT_TO_NEW_YEAR + timedelta(hours=1)})
    assert fold(settings) == len(FACETS)
    days = connection.scalars(text("select distinct day from statistic_day")).all()
    assert [day.isoformat() for day in days] == ["2024-01-01"]


@pytest.mark.parametrize("role", ["web", "editor", "etl", "accounts"])
def test_nobody_else_writes_them(settings: Settings, role: str) -> None:
    engine = connect_engine(settings, role)
    for table in ("statistic_day", "statistic_delta"):
        with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(f"delete from {table}"))
    engine.dispose()
