"""Figures of open incidents, and what they wait for, by the city's day on which they were opened, counted
ahead.

Two things change what a figure of the levels says of an open one: somebody changes the incident, or the clock
passes its deadline, or the moment from which that presses. Of the first a trigger writes down the quarters of
an hour in which the open incidents that a statement changed were opened (`statistic_open_change`), in its own
transaction. Of the second each day says until when it holds: until the next such moment of its incidents.

A page counts from their rows the open incidents of days that do not hold, or were changed since, so it is
always exactly what the same snapshot of the rows would count. Few of a day are still open, so the roll-up
counts it anew within seconds; what keeps changing, as today does, every `REST`. What is closed without a
moment counts as open here (`geo.statistics.closed_days.IS_OPEN`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from psycopg2.extensions import connection as DriverConnection
from sqlalchemy import Connection, Date, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.incidents.payload import PRESSES_AT
from geo.settings import City
from geo.statistics.closed_days import (
    DAY,
    IS_OPEN,
    MOST_DAYS,
    count_waiting_days,
    days_opened,
    own_events,
)
from geo.statistics.team_days import COUNTED_OF, counting_statement
from geo.statistics.waits import MINUTE_S, UNTIL, stepped_minutes

REST = timedelta(seconds=10)
"""What was changed is counted anew so long after its first change."""


class OpenTeams(Base):
    """`counts`: of `geo.statistics.team_days.COUNT`, of the incidents opened on `day` that are open."""

    __tablename__ = "statistic_open_team"
    region: Mapped[Region]
    facet: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    counts: Mapped[bytes]


class OpenDay(Base):
    """A day whose open incidents are counted as they stood at `counted_at`; the clock changes nothing of it
    before `until`, which may be infinity."""

    __tablename__ = "statistic_open_day"
    region: Mapped[Region]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    counted_at: Mapped[datetime]
    until: Mapped[datetime]


class OpenWaits(Base):
    """What the incidents of a `kind` that are open wait for, as the `facet` says. `ended`: the minutes that
    each waited that waits no longer; `waiting`: when each that still waits was opened, in microseconds since
    1970 (UTC); both of int8, the most significant byte first. `unknown`: nobody recorded until when."""

    __tablename__ = "statistic_open_wait"
    region: Mapped[Region]
    facet: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    ended: Mapped[bytes]
    waiting: Mapped[bytes]
    unknown: Mapped[int]


class OpenChange(Base):
    """Something open that was opened in the quarter of an hour from `at` on was changed."""

    __tablename__ = "statistic_open_change"
    __table_args__ = (Index("ix_statistic_open_change_at", "region", "at"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    made_at: Mapped[Now]


COUNTED_OPEN = """
    select d.day from statistic_open_day d where d.region = :region and d.day between :first and :last
        and d.counted_at <= now() and now() < d.until
    except
    select (c.at at time zone :time_zone)::date from statistic_open_change c
    where c.region = :region and c.at >= :since and c.at < :until"""
"""Days that hold, as `geo.statistics.closed_days.COUNTED`."""
WAITS_FOR_COUNT = """
    with changed as (
        select (at at time zone :time_zone)::date as day, min(made_at) as first_at
        from statistic_open_change where region = :region group by 1
    ), opened as (
        select (min(i.opened_at) at time zone :time_zone)::date as first from incident i
        where i.region = :region
    ), uncounted as (
        select g::date as day
        from opened, generate_series(opened.first, cast(:today as date), interval '1 day') g
        except select day from statistic_open_day where region = :region and now() < until
    )
    select coalesce(u.day, c.day) as day from uncounted u full join changed c on c.day = u.day
    where coalesce(c.first_at <= now() - :rest, true)
    order by 1 desc limit :most"""
FORGET = (
    "delete from statistic_open_team where region = :region and day = any(:days)",
    "delete from statistic_open_wait where region = :region and day = any(:days)",
    "delete from statistic_open_day where region = :region and day = any(:days)",
    "delete from statistic_open_change where region = :region and at >= :since and at < :until",
)
READ_WAITS = text("""select coalesce(string_agg(ended, ''::bytea), ''::bytea) as ended,
        coalesce(string_agg(waiting, ''::bytea), ''::bytea) as waiting,
        coalesce(sum(unknown), 0)::bigint as unknown, (extract(epoch from now()) * 1000000)::bigint as now
    from statistic_open_wait where region = :region and facet = :wait and kind = :kind
        and day = any(cast(:days as date[]))""")
OPENED = days_opened(IS_OPEN)
OF_DAYS = f"from incident i {{joined}} where {OPENED}"
EVENTS_OF_DAYS = own_events("", OPENED)
REMEMBER = f"""insert into statistic_open_day (region, day, counted_at, until)
    select :region, d.day, now(), coalesce(least(c.due_at, c.presses_at), 'infinity')
    from unnest(cast(:days as date[])) d (day) left join (
        select {DAY} as day, min(i.due_at) filter (where i.due_at >= now()) as due_at,
            min({PRESSES_AT}) filter (where {PRESSES_AT} > now()) as presses_at
        from incident i where {OPENED} group by 1) c on c.day = d.day"""


@dataclass(frozen=True)
class OpenTimes:
    """Whole minutes, in steps: how long each waited that waits no longer, and the ages of those that wait."""

    ended: np.ndarray
    ages: np.ndarray
    unknown: int


def read_open_waits(
    connection: Connection, city: City, wait: str, kind: str, days: Sequence[date]
) -> OpenTimes:
    """Reads `days` that hold, as of the moment of reading."""
    values = {"region": city.region, "wait": wait, "kind": kind, "days": days}
    row = connection.execute(READ_WAITS, values).one()
    opened = np.frombuffer(row.waiting, ">i8").astype(np.int64)
    ages = np.maximum((row.now - opened) // (MINUTE_S * 1_000_000), 0)
    return OpenTimes(np.frombuffer(row.ended, ">i8").astype(np.int64), stepped_minutes(ages), row.unknown)


def count_open_days(
    connection: DriverConnection, city: City, rest: timedelta = REST, most: int = MOST_DAYS
) -> int:
    """Count by `count_waiting_days` what is not counted as it is now. Returns how many days that was."""
    bound = {"rest": rest, "most": most}
    return count_waiting_days(connection, city, WAITS_FOR_COUNT, bound, (*FORGET, *_counts(), REMEMBER))


def _counts() -> list[str]:
    levels = [
        counting_statement("statistic_open_team", level, EVENTS_OF_DAYS, OF_DAYS, DAY) for level in COUNTED_OF
    ]
    return [*levels, *map(_of_wait, UNTIL)]


def _of_wait(wait: str) -> str:
    until = UNTIL[wait]
    opened = "(extract(epoch from i.opened_at) * 1000000)::bigint"
    return f"""{EVENTS_OF_DAYS} insert into statistic_open_wait
            (region, facet, kind, day, ended, waiting, unknown)
        select :region, '{wait}', i.kind, {DAY}, {_each(until.minutes, until.state, "ended")},
            {_each(opened, until.state, "waits")}, count(*) filter (where ({until.state}) = 'unknown')
        {OF_DAYS.format(joined=until.joined)} group by 3, 4"""


def _each(value: str, state: str, wanted: str) -> str:
    each = f"string_agg(int8send({value}), ''::bytea) filter (where ({state}) = '{wanted}')"
    return f"coalesce({each}, ''::bytea)"
