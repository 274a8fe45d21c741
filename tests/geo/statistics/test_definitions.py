"""Each figure: an example counted by hand, and, over random rows, its number against the length of its list
and against the same counted in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from geo.errors import NotFound
from geo.settings import Settings
from geo.statistics.counting import Period, Population, count_rows, midnight, rows_condition
from geo.statistics.definitions import BY_KEY, CALLS, DEFINITIONS, Figure, find_figure

INCIDENT = """insert into incident (region, id, source, source_id, kind, category_id, source_status, status,
    opened_at, due_at, closed_at, fine_tenge, vanished_at)
    values ('71', :id, 't', :id, :kind, 1, :status, :status, :opened, :due, :closed, :fine, :gone)"""
INQUIRY = """insert into inquiry (region, id, source, source_id, channel, topic_id, received_at,
    answer_s, one_take)
    values ('71', :id, 't', :id, 'call', 1, :at, :answer, :one_take)"""
CALLS_OF_AN_HOUR = """insert into calls (region, source, hour, offered, answered, lost)
    values ('71', 't', :hour, :offered, :offered - :lost, :lost)"""
EVENT = """insert into incident_event (region, incident_id, recorded_at, happened_at, who, what,
    from_value, to_value)
    values ('71', :id, :at, :at, 't', :what, :before, :after)"""
CHECK = """insert into case_check (region, incident_id, queue, field, action_id, who, recorded_at)
    values ('71', :id, 'new', :field, 1, 't', :at)"""
MILESTONE = """insert into project_milestone (region, project, key, name_kk, name_ru, name_en, planned_on,
    planned_at, due_at, done_on)
    values ('71', 'p', :key, 'm', 'm', 'm', :planned, cast(:planned as timestamp) at time zone :zone,
        (cast(:planned as timestamp) + interval '1 day') at time zone :zone, :done)"""
CATEGORY = """insert into category (id, key, kind, name_kk, name_ru, name_en)
    values (1, 'c', 'service', 'c', 'c', 'c')"""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 2)
AT = datetime(2026, 11, 1, 6, tzinfo=UTC)

BY_HAND: dict[str, tuple[float | None, int, int]] = {
    "inquiries": (4, 4, 4),
    "service": (5, 5, 5),
    "police": (1, 1, 1),
    "emergencies": (1, 1, 1),
    "offences": (2, 2, 2),
    "fines": (12_000, 12_000, 12_000),
    "one_take": (0.75, 3, 4),
    "lost_calls": (0.05, 10, 200),
    "answer": (20.0, 4, 4),  # (10 + 20 + 30) / 3: one has no time
    "answered_15": (1 / 3, 1, 3),
    "answered_20": (2 / 3, 2, 3),
    "classified": (0.6, 3, 5),  # one of another category since, one corrected by an inspector
    "escalated": (0.5, 1, 2),
    "on_time": (0.25, 1, 4),
    "returned": (0.25, 1, 4),
    "repeated": (0.5, 1, 2),
    "waited": (64.2 * 3600, 5, 5),  # (10 + 11 + 3 * 100) / 5: what is open has waited until now
    "milestones": (0.5, 1, 2),  # one in time, one open and overdue; one is planned after the period
}
"""Figure -> its value, its part, its whole, of the rows of `a_day`."""


def add(connection: Connection, statement: str, **values: object) -> None:
    connection.execute(text(statement), values)


def add_incident(connection: Connection, id: int, kind: str = "service", **values: object) -> None:
    row = {"status": "open", "opened": AT, "due": None, "closed": None, "fine": None, "gone": None}
    add(connection, INCIDENT, **{**row, **values, "id": id, "kind": kind})


@pytest.fixture
def a_day(connection: Connection, settings: Settings) -> Connection:
    """Everything is long due. 1: closed on time. 2: closed late. 3: open, overdue, raised before its
    deadline. 4: open, overdue, raised too late, of another category since. 5: no deadline, closed, open again
    since. 6 police, closed, 7 emergency, 8 and 9 offences. 10: no longer listed. 11: the day after the
    period, at the address of 1."""
    city = settings.city
    add(connection, CATEGORY)
    due = AT + 10 * HOUR
    add_incident(connection, 1, status="closed", due=due, closed=due)
    add_incident(connection, 2, status="closed", due=due, closed=due + HOUR)
    add_incident(connection, 3, due=due)
    add_incident(connection, 4, due=due, status="in_progress")
    add_incident(connection, 5)
    add_incident(connection, 6, "police", status="closed", closed=AT + HOUR)
    add_incident(connection, 7, "emergency")
    add_incident(connection, 8, "offence", fine=10_000)
    add_incident(connection, 9, "offence", fine=2_000)
    add_incident(connection, 10, due=due, gone=AT)
    add_incident(connection, 11, opened=AT + 48 * HOUR, due=due)
    add(connection, "update incident set source_priority = 1 where id in (1, 2)")
    add(
        connection,
        "update incident set building_id = case when id = 6 then 2 else 1 end where id in (1, 6, 11)",
    )
    for id, what, before, after, at in (
        (3, "priority", "0", "1", AT + 9 * HOUR),
        (4, "category", "2", "1", AT + HOUR),
        (4, "priority", "0", "1", AT + 11 * HOUR),
        (5, "status", "closed", "open", AT + 5 * HOUR),
        (5, "status", "closed", "open", AT + 6 * HOUR),
    ):
        add(connection, EVENT, id=id, what=what, before=before, after=after, at=at)
    add(connection, CHECK, id=2, field="performer", at=AT + HOUR)
    add(connection, CHECK, id=3, field=None, at=AT + HOUR)
    add(connection, CHECK, id=4, field="category", at=AT + HOUR)
    for id, answer, one_take in ((1, 10, True), (2, 20, True), (3, 30, True), (4, None, False)):
        add(connection, INQUIRY, id=id, at=AT, answer=answer, one_take=one_take)
    add(connection, INQUIRY, id=5, at=AT - 12 * HOUR, answer=500, one_take=False)
    add(connection, CALLS_OF_AN_HOUR, hour=AT, offered=150, lost=6)
    add(connection, CALLS_OF_AN_HOUR, hour=AT + HOUR, offered=50, lost=4)
    add(connection, CALLS_OF_AN_HOUR, hour=AT - 12 * HOUR, offered=50, lost=50)
    for n, (planned, done) in enumerate([(FIRST, FIRST), (LAST, None), (LAST + 8 * DAY, None)]):
        add(connection, MILESTONE, key=str(n), planned=planned, done=done, zone=city.time_zone.key)
    return connection


def test_every_figure_has_an_example_counted_by_hand() -> None:
    assert set(BY_HAND) == set(BY_KEY)
    assert len({figure.key for figure in DEFINITIONS}) == len(DEFINITIONS)


@pytest.mark.parametrize("key", BY_HAND)
def test_the_example(a_day: Connection, settings: Settings, key: str) -> None:
    period = Period.of_days(settings.city, FIRST, LAST, AT + 100 * HOUR)
    counted = count_rows(a_day, [find_figure(key)], Population("71"), period)[key]
    value, part, whole = BY_HAND[key]
    assert (counted.value, counted.part, counted.whole) == (pytest.approx(value), part, whole)


def test_what_is_counted_together_is_counted_as_alone(a_day: Connection, settings: Settings) -> None:
    period = Period.of_days(settings.city, FIRST, LAST)
    together = count_rows(a_day, DEFINITIONS, Population("71"), period)
    assert list(together) == [figure.key for figure in DEFINITIONS]
    for figure in DEFINITIONS:
        assert count_rows(a_day, [figure], Population("71"), period)[figure.key] == together[figure.key]


def test_a_day_of_the_city_begins_at_its_own_midnight(settings: Settings) -> None:
    """Astana was six hours before UTC until 2024-03-01 and is five since."""
    assert midnight(settings.city, date(2024, 2, 29)) == datetime(2024, 2, 28, 18, tzinfo=UTC)
    assert midnight(settings.city, date(2024, 3, 2)) == datetime(2024, 3, 1, 19, tzinfo=UTC)


def test_where_nothing_was_counted_or_recorded_there_is_no_value(
    connection: Connection, settings: Settings
) -> None:
    period = Period.of_days(settings.city, FIRST, LAST)
    for figure in DEFINITIONS:
        counted = count_rows(connection, [figure], Population("71"), period)[figure.key]
        assert counted.value == (0 if figure.unit in ("count", "tenge") else None), figure.key
    add(connection, CATEGORY)
    add_incident(connection, 1, due=AT + HOUR)
    escalated = count_rows(connection, [BY_KEY["escalated"]], Population("71"), period)["escalated"]
    assert (escalated.value, escalated.whole) == (None, 1), (
        "a source without priorities records no escalation"
    )


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(NotFound) as error:
        find_figure("happiness")
    assert error.value.code == "statistics.figure" and "on_time" in error.value.parameters["known"]


MOMENTS = st.integers(-72, 72).map(lambda hours: AT + hours * HOUR)
INCIDENTS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["service", "police", "emergency", "offence"]),
            "status": st.sampled_from(["open", "in_progress", "closed"]),
            "opened": MOMENTS,
            "due": st.none() | MOMENTS,
            "closed": MOMENTS,
            "fine": st.none() | st.integers(0, 10**6),
            "gone": st.sampled_from([None, None, None, AT]),
            "events": st.lists(
                st.tuples(
                    st.sampled_from(["status", "priority", "category"]),
                    st.sampled_from(["closed", "0", "1"]),
                    st.integers(0, 72),
                ),
                max_size=3,
            ),
        }
    ),
    max_size=12,
)
INQUIRIES = st.lists(st.tuples(MOMENTS, st.none() | st.integers(0, 90), st.booleans()), max_size=12)
HOURS = st.dictionaries(MOMENTS, st.integers(0, 100), max_size=6)


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(incidents=INCIDENTS, inquiries=INQUIRIES, hours=HOURS)
def test_a_figure_is_the_length_of_its_list(
    connection: Connection, settings: Settings, incidents: list, inquiries: list, hours: dict
) -> None:
    try:
        write(connection, incidents, inquiries, hours)
        period, population = Period.of_days(settings.city, FIRST, LAST), Population("71")
        counted = count_rows(connection, DEFINITIONS, population, period)
        for figure in DEFINITIONS:
            whole, part = (
                listed(connection, figure, population, period, numerator) for numerator in (False, True)
            )
            assert (counted[figure.key].whole, counted[figure.key].part) == (whole, part), figure.key
            assert part <= whole, f"{figure.key}: a share is never more than all"
            if figure.goal:
                condition, values = rows_condition(figure, population, period, missed=True)
                rows = f"select count(*) from {figure.source.table} {figure.source.alias} where {condition}"
                missed = connection.execute(text(rows), values).scalar_one()
                assert counted[figure.key].missed == missed, f"{figure.key}: the list of what misses the goal"
        assert counted["on_time"].whole == sum(has_to_count(row) for row in incidents)
        assert counted["one_take"].part == sum(in_period(at) and one for at, _, one in inquiries)
    finally:
        connection.rollback()


def listed(
    connection: Connection, figure: Figure, population: Population, period: Period, numerator: bool
) -> int:
    """What the rows of the list weigh, added up in Python."""
    condition, values = rows_condition(figure, population, period, numerator)
    source = figure.source
    rows = connection.execute(text(f"select * from {source.table} {source.alias} where {condition}"), values)
    if source is CALLS:
        return sum(row.lost if numerator else row.offered for row in rows)
    return sum(int(row.fine_tenge or 0) if figure.unit == "tenge" else 1 for row in rows)


def has_to_count(row: dict) -> bool:
    return (
        in_period(row["opened"])
        and row["gone"] is None
        and row["due"] is not None
        and (row["status"] == "closed" or row["due"] < datetime.now(UTC))
    )


def in_period(at: datetime) -> bool:
    return datetime(2026, 10, 31, 19, tzinfo=UTC) <= at < datetime(2026, 11, 2, 19, tzinfo=UTC)


def write(connection: Connection, incidents: list, inquiries: list, hours: dict) -> None:
    add(connection, CATEGORY)
    for id, row in enumerate(incidents):
        closed = row["closed"] if row["status"] == "closed" else None
        values = {key: value for key, value in row.items() if key not in ("events", "kind")}
        add_incident(connection, id, row["kind"], **{**values, "closed": closed})
        for what, before, later in row["events"]:
            at = row["opened"] + later * HOUR
            add(connection, EVENT, id=id, what=what, before=before, after="1", at=at)
    for id, (at, answer, one_take) in enumerate(inquiries):
        add(connection, INQUIRY, id=id, at=at, answer=answer, one_take=one_take)
    for hour, offered in hours.items():
        add(connection, CALLS_OF_AN_HOUR, hour=hour, offered=offered, lost=offered // 3)
