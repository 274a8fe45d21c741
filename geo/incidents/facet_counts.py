"""How many incidents there are of each kind, status, priority, district, category, performer and channel,
of all time, so that no page counts millions of rows.

Triggers on `incident` append what each statement changed, in its own transaction: the sum over the rows is
always exactly what the same snapshot of `incident` would count. Rows are only ever appended, so writers
never wait for one another; the roll-up sums them up when they have become many.
"""

from __future__ import annotations

from psycopg2.extensions import connection as Connection
from sqlalchemy import Identity, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.database import for_driver, only_row

SLACK = 20_000
"""Rows that may gather beyond twice what is left after summing up: reading that many takes some 30 ms."""

SUM_UP = """
    with taken as (delete from incident_tally where region = :region returning *)
    insert into incident_tally (region, kind, status, priority, district_id, category_id, performer_id,
        channel, placed, n)
    select region, kind, status, priority, district_id, category_id, performer_id, channel, placed, sum(n)
    from taken group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(n) <> 0"""


class IncidentFacetCount(Base):
    """`n` incidents more (or fewer, below 0) that have these values; those that a source no longer lists
    are not counted. `placed`: with a point."""

    __tablename__ = "incident_tally"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    district_id: Mapped[int | None]
    category_id: Mapped[int | None]
    performer_id: Mapped[int | None]
    channel: Mapped[str | None]
    placed: Mapped[bool]
    n: Mapped[int]


def sum_up(connection: Connection, region: str, limit: int) -> int:
    """Sum the rows up if there are more than `limit`, and commit. Returns the limit for the next time."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            for_driver(
                "select count(*) from (select from incident_tally where region = :region limit :most) as w"
            ),
            {"region": region, "most": limit + 1},
        )
        if only_row(cursor)[0] <= limit:
            return limit
        cursor.execute(for_driver(SUM_UP), {"region": region})
        return 2 * cursor.rowcount + SLACK
