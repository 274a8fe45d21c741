"""The monthly partitions of `change` and `incident_event`: made ahead, and dropped when their keeping time
is over.

The owner runs `maintain` at every migration. A row for a month without a partition lands in the default
partition and is moved out of it when that month's partition is made, so that a machine left alone for
years still writes. How long rows are kept, in months, is the setting `keep_change_months` and
`keep_incident_event_months`; none = for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, text

MONTHS_AHEAD = 24
HISTORY_FROM = {"change": None, "incident_event": date(2020, 1, 1)}
"""The first month of a table's partitions: none = this month. The incidents of the centre go back to 2020."""
KEEP_MONTHS = {"change": 3, "incident_event": None}
"""The defaults of the setting."""


def maintain(connection: Connection, today: date) -> None:
    """Make the partitions from the start of the history to `MONTHS_AHEAD` after `today` (UTC), and drop
    what is older than is to be kept."""
    for table, history_from in HISTORY_FROM.items():
        existing = partitions(connection, table)
        floor = oldest_kept(connection, table, today)
        first = max(history_from or today.replace(day=1), floor)
        for month in months(first, add_months(today, MONTHS_AHEAD)):
            if partition_name(table, month) not in existing:
                create_partition(connection, table, month)
        drop_before(connection, table, floor, existing)


def create_partition(connection: Connection, table: str, month: date) -> None:
    """Make one month's partition, taking over the rows of that month that waited in the default partition."""
    name, until = partition_name(table, month), add_months(month, 1)
    span = f"recorded_at >= '{month} 00:00+00' and recorded_at < '{until} 00:00+00'"
    # Made beside the table and attached: "create table ... partition of" would lock out everybody who writes
    # or reads it.
    connection.execute(text(f"create table {name} (like {table} including defaults)"))
    connection.execute(
        text(
            f"with moved as (delete from {table}_default where {span} returning *) insert into "
            f"{name} select * from moved"
        )
    )
    connection.execute(
        text(
            f"alter table {table} attach partition {name} for values from ('{month} 00:00+00') to "
            f"('{until} 00:00+00')"
        )
    )


def drop_before(connection: Connection, table: str, floor: date, existing: set[str]) -> None:
    for name in sorted(existing):
        if name < partition_name(table, floor):
            connection.execute(text(f"drop table {name}"))


def oldest_kept(connection: Connection, table: str, today: date) -> date:
    """The first month whose rows are kept. The running month and the one before it always are, whatever
    the setting."""
    value = connection.execute(
        text("select value from setting where key = :key"), {"key": f"keep_{table}_months"}
    ).scalar_one_or_none()
    keep = KEEP_MONTHS[table] if value is None else int(value)
    return date.min if keep is None else add_months(today, -max(keep, 1))


def partitions(connection: Connection, table: str) -> set[str]:
    """The names of the monthly partitions; the default one is not among them."""
    names = connection.execute(
        text("select inhrelid::regclass::text from pg_inherits where inhparent = to_regclass(:table)"),
        {"table": table},
    )
    return {name for name in names.scalars() if name != f"{table}_default"}


def partition_name(table: str, month: date) -> str:
    """`change_2026_03`: names sort as their months do."""
    return f"{table}_{month.year:04}_{month.month:02}"


def months(first: date, last: date) -> Iterator[date]:
    """The first days of the months from `first` to `last`, both included."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = add_months(month, 1)


def add_months(day: date, count: int) -> date:
    """The first day of the month `count` months after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, 1)
