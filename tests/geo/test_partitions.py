"""Monthly partitions: made ahead, dropped when their time is over, and never in the way of a write."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from geo import partitions

NEXT_DECADE = date(2036, 5, 17)


def count(connection: Connection, table: str) -> int:
    return connection.execute(text(f"select count(*) from {table}")).scalar_one()


def put_change(connection: Connection, day: str) -> None:
    connection.execute(
        text(
            "insert into change (region, recorded_at, noun, version, payload) values ('71', :day, "
            "'mode', 1, '{}')"
        ),
        {"day": day},
    )


def test_a_migrated_database_has_the_history_and_two_years_ahead(connection: Connection) -> None:
    today = connection.execute(text("select (now() at time zone 'utc')::date")).scalar_one()
    last = partitions.add_months(today, 24)
    events = partitions.partitions(connection, "incident_event")
    assert min(events) == "incident_event_2020_01"
    assert max(events) == partitions.partition_name("incident_event", last)
    changes = partitions.partitions(connection, "change")
    assert max(changes) == partitions.partition_name("change", last)
    assert len(changes) == 25 + min(len(changes) - 25, partitions.KEEP_MONTHS["change"])


def test_running_it_again_changes_nothing(connection: Connection) -> None:
    today = connection.execute(text("select (now() at time zone 'utc')::date")).scalar_one()
    before = partitions.partitions(connection, "change")
    partitions.maintain(connection, today)
    assert partitions.partitions(connection, "change") == before


def test_a_row_for_a_month_without_a_partition_waits_in_the_default_one_and_moves(
    connection: Connection,
) -> None:
    put_change(connection, "2036-05-31T23:59:59Z")
    put_change(connection, "2036-06-01T00:00:00Z")
    assert count(connection, "change_default") == 2
    partitions.create_partition(connection, "change", date(2036, 5, 1))
    assert count(connection, "change_2036_05") == 1
    assert count(connection, "change_default") == 1
    assert count(connection, "change") == 2


def test_a_moved_partition_is_indexed_like_the_others(connection: Connection) -> None:
    put_change(connection, "2036-05-31T12:00:00Z")
    partitions.create_partition(connection, "change", date(2036, 5, 1))
    indexes = "select count(*) from pg_index where indrelid = to_regclass(:table)"
    assert (
        len(
            {
                connection.execute(text(indexes), {"table": table}).scalar_one()
                for table in ("change", "change_2036_05")
            }
        )
        == 1
    )


def test_old_changes_are_dropped_after_three_months_and_events_never(connection: Connection) -> None:
    for month in (1, 2):
        partitions.create_partition(connection, "change", date(2036, month, 1))
    partitions.maintain(connection, NEXT_DECADE)
    assert min(partitions.partitions(connection, "change")) == "change_2036_02"
    assert min(partitions.partitions(connection, "incident_event")) == "incident_event_2020_01"


def test_the_setting_says_how_long_they_are_kept(connection: Connection) -> None:
    connection.execute(
        text(
            "insert into setting (key, value) values ('keep_incident_event_months', '12'), "
            "('keep_change_months', '0')"
        )
    )
    for month in (3, 4):
        partitions.create_partition(connection, "change", date(2036, month, 1))
    partitions.maintain(connection, NEXT_DECADE)
    assert min(partitions.partitions(connection, "incident_event")) == "incident_event_2035_05"
    assert min(partitions.partitions(connection, "change")) == "change_2036_04"


def test_months_roll_over_the_year() -> None:
    assert partitions.add_months(date(2026, 11, 30), 3) == date(2027, 2, 1)
    assert partitions.add_months(date(2026, 1, 31), -1) == date(2025, 12, 1)
