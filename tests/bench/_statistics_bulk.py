"""Millions of rows for the bench of statistics in minutes: without triggers, which write one delta a row, and
without the indexes that are quicker made at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from geo.settings import City
from geo.statistics.day_counts import (
    ADDED,
    DAY,
    DISTRICTS,
    FACETS,
    MEASURES,
    NAMES,
    OF_INQUIRIES,
    SUMS,
    VALUES,
)

TABLES = ("inquiry", "incident", "incident_event")
INDEXES = """select indexname, indexdef from pg_indexes i where schemaname = 'public'
    and tablename in ('inquiry', 'incident') and indexdef not like 'CREATE UNIQUE%' order by 1"""
ROWS = {
    "inquiry": """select region, 'inquiry' as subject, received_at as at, null::bigint as district_id,
        topic_id as category_id, channel, 1 as n, one_take::int as one_take, 0::numeric as tenge, operator,
        answer_s from inquiry""",
    "incident": """select region, kind as subject, opened_at as at, district_id, category_id, channel, 1 as n,
        0 as one_take, coalesce(fine_tenge, 0) as tenge, null::text as operator, null::bigint as answer_s
        from incident where vanished_at is null""",
}
"""The rows as the triggers of `statistic_delta` write them down."""


@contextmanager
def bare_tables(owner: Engine) -> Iterator[None]:
    """Tables without triggers and without indexes that are not unique."""
    with owner.begin() as connection:
        indexes = connection.execute(text(INDEXES)).all()
        for table in TABLES:
            connection.execute(text(f"alter table {table} disable trigger user"))
        for name, _ in indexes:
            connection.execute(text(f"drop index {name}"))
    yield
    begun = time.monotonic()
    with owner.begin() as connection:
        connection.execute(text("set local maintenance_work_mem = '1GB'"))
        for _, definition in indexes:
            connection.execute(text(definition.replace(":", "\\:")))
        for table in TABLES:
            connection.execute(text(f"alter table {table} enable trigger user"))
    print(f"{len(indexes)} indexes in {time.monotonic() - begun:.0f} s", flush=True)


def count_from_rows(owner: Engine, city: City) -> None:
    """What the roll-up would have made of them."""
    begun, rows = time.monotonic(), 0
    for facet in FACETS:
        for table in ("inquiry",) if facet in OF_INQUIRIES else ROWS:
            statement = f"""insert into statistic_day
                    (region, facet, subject, day, district_id, value, {NAMES})
                select region, '{facet}', subject, day, district_id, value, {SUMS} from (
                    select d.region, d.subject, {DAY} as day, {DISTRICTS[facet]} as district_id,
                        {VALUES[facet]} as value, {ADDED} from ({ROWS[table]}) d) apart
                group by 1, 3, 4, 5, 6"""
            with owner.begin() as connection:
                connection.execute(text("set local work_mem = '512MB'"))
                rows += connection.execute(text(statement), {"time_zone": city.time_zone.key}).rowcount
    print(
        f"{len(MEASURES)} measures in {rows:,} rows of days in {time.monotonic() - begun:.0f} s", flush=True
    )
