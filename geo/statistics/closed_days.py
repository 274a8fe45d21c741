"""Figures of closed incidents by the city's day on which they were opened, counted ahead.

What a figure of the levels says of a closed incident changes only when somebody changes the incident; of an
open one it changes with the clock. So closed ones are counted by day once, and a page adds to these days what
is open, and from their rows the days on which something closed was changed since: it is always exactly what
the same snapshot of the rows would count.

A trigger writes down for each statement the quarters of an hour in which the closed incidents that it changed
were opened (`statistic_closed_change`), in its own transaction. The roll-up counts a day anew once nothing
was changed in it for `REST`; from one snapshot, so a change that it did not see stays written down. It counts
days in a row in one transaction, a few at a time, and reads the events of their incidents alone.

Counted are each figure of inspectors and performers by team (`geo.statistics.team_days`) and each wait
(`geo.statistics.waits`) by minutes and kind. What is open is counted ahead too (`geo.statistics.open_days`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg2.extensions import connection as DriverConnection
from sqlalchemy import Connection, Date, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.database import for_driver
from geo.incidents.model import RARE_EVENTS
from geo.settings import City
from geo.statistics.counting import midnight
from geo.statistics.team_days import COUNTED_OF, counting_statement
from geo.statistics.waits import UNTIL

REST = timedelta(minutes=10)
"""A day is counted anew once nothing closed of it was changed for so long: until then it is counted from its
rows, which costs less than to count it after each change."""
LONGEST = timedelta(hours=6)
"""A day that never rests is counted anew so long after the first change."""
MOST_DAYS = 31
"""Days counted in one transaction."""
STATEMENT_TIMEOUT_S = 30
"""A statement that takes longer is broken off; what it was to count is counted from its rows meanwhile."""
IS_CLOSED = "i.status = 'closed' and i.closed_at is not null"
IS_OPEN = "(i.status <> 'closed' or i.closed_at is null)"
"""Also what is closed, nobody knows since when: how long it waited goes on growing (`ix_incident_unsettled`).
"""


class ClosedCount(Base):
    """How many closed incidents of a `kind`, opened on `day`, waited as the `facet` says for `value` minutes
    ("" = nobody recorded until when): `whole`."""

    __tablename__ = "statistic_closed"
    region: Mapped[Region]
    facet: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int]
    whole: Mapped[int]
    missed: Mapped[int]


class ClosedTeams(Base):
    """`counts`: of `geo.statistics.team_days.COUNT`, of the closed incidents opened on `day`."""

    __tablename__ = "statistic_closed_team"
    region: Mapped[Region]
    facet: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    counts: Mapped[bytes]


class CountedDay(Base):
    """A day whose closed incidents are counted; one without any is counted too. `has_teams`: in
    `statistic_closed_team` too; a roll-up of before there was that table says nothing of it."""

    __tablename__ = "statistic_closed_day"
    region: Mapped[Region]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    has_teams: Mapped[bool] = mapped_column(server_default=text("false"))


class ClosedChange(Base):
    """Something closed that was opened in the quarter of an hour from `at` on was changed."""

    __tablename__ = "statistic_closed_change"
    __table_args__ = (Index("ix_statistic_closed_change_at", "region", "at"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    made_at: Mapped[Now]


@dataclass(frozen=True)
class DayRun:
    """Days in a row, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


COUNTED = """
    select d.day from statistic_closed_day d where d.region = :region and d.day between :first and :last
        and d.has_teams
    except
    select (c.at at time zone :time_zone)::date from statistic_closed_change c
    where c.region = :region and c.at >= :since and c.at < :until"""
WAITS_FOR_COUNT = """
    with changed as (
        select (at at time zone :time_zone)::date as day, max(made_at) as last_at,
            min(made_at) as first_at
        from statistic_closed_change where region = :region group by 1
    ), opened as (
        select (min(i.opened_at) at time zone :time_zone)::date as first from incident i
        where i.region = :region
    ), uncounted as (
        select g::date as day
        from opened, generate_series(opened.first, cast(:today as date), interval '1 day') g
        except select day from statistic_closed_day where region = :region and has_teams
    )
    select coalesce(u.day, c.day) as day from uncounted u full join changed c on c.day = u.day
    where coalesce(c.last_at <= now() - :rest or c.first_at <= now() - :longest, true)
    order by 1 desc limit :most"""
FORGET = (
    "delete from statistic_closed where region = :region and day = any(:days)",
    "delete from statistic_closed_team where region = :region and day = any(:days)",
    "delete from statistic_closed_day where region = :region and day = any(:days)",
    "delete from statistic_area where region = :region and day = any(:days)",
    "delete from statistic_closed_change where region = :region and at >= :since and at < :until",
)
REMEMBER = """insert into statistic_closed_day (region, day, has_teams)
    select :region, unnest(cast(:days as date[])), true"""
IN_RUNS = """join unnest(cast(:starts as timestamptz[]), cast(:ends as timestamptz[])) run (starts, ends)
    on i.opened_at >= run.starts and i.opened_at < run.ends"""
"""Incidents `i` that were opened on the days of `bounds_of`, and no others."""


def days_opened(condition: str) -> str:
    """SQL: an incident `i` was opened from `:since` to `:until`, and the condition holds."""
    return f"""i.region = :region and i.opened_at >= :since and i.opened_at < :until
        and i.vanished_at is null and {condition}"""


OPENED = days_opened(IS_CLOSED)
OF_DAYS = f"from incident i {{joined}} where {OPENED}"


def own_events(joined: str, condition: str) -> str:
    """What stands before a statement over the incidents `i` of a condition, and what they are joined to: its
    definitions then read these incidents' own events under the name of the table.

    By time they would read all that was recorded since, of whichever incident: `offset 0` keeps the search to
    the index of the incident. Nothing is recorded tomorrow, so months to come are not looked into.
    """
    return "with " + ", ".join(
        f"""{table} as materialized (select e.* from incident i {joined} cross join lateral (
            select o.region, o.incident_id, o.recorded_at, {columns} from {table} o
            where o.region = :region and o.incident_id = i.id and o.recorded_at >= :events_since
                and o.recorded_at < now() + interval '1 day' offset 0) e
            where {condition})"""
        for table, columns in (
            ("incident_event", "o.happened_at, o.what, o.from_value, o.to_value"),
            ("case_check", "o.field"),
        )
    )


def rare_events(joined: str, condition: str) -> str:
    """The same where only `RARE_EVENTS` are asked for: those of all incidents are few and have an index by
    time, and a statement that asks for them many times reads the fewer of its own."""
    return f"""with rare as materialized (
            select o.region, o.incident_id, o.recorded_at, o.happened_at, o.what, o.from_value, o.to_value
            from incident_event o where o.region = :region and o.recorded_at >= :events_since
                and ({RARE_EVENTS})),
        incident_event as materialized (
            select r.* from rare r join incident i on i.region = r.region and i.id = r.incident_id {joined}
            where {condition})"""


EVENTS_OF_DAYS = own_events("", OPENED)
DAY = "(i.opened_at at time zone :time_zone)::date"
NAMES = "region, facet, kind, day, value, part, whole, missed"


def count_closed_days(
    connection: DriverConnection, city: City, rest: timedelta = REST, most: int = MOST_DAYS
) -> int:
    """Count by `count_waiting_days` what is not counted as it is now. Returns how many days that was."""
    bound = {"rest": rest, "longest": LONGEST, "most": most}
    return count_waiting_days(connection, city, WAITS_FOR_COUNT, bound, (*FORGET, *_counts(), REMEMBER))


def count_waiting_days(
    connection: DriverConnection, city: City, waits: str, bound: Mapping[str, Any], statements: Sequence[str]
) -> int:
    """Count the newest days in a row of those that `waits` reads with `bound`, by `statements`, and commit.
    Returns how many these were. Raises `psycopg2.errors.QueryCanceled`, nothing being counted, after
    `STATEMENT_TIMEOUT_S`."""
    values: dict[str, Any] = {"region": city.region, "time_zone": city.time_zone.key}
    with connection, connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        cursor.execute(f"set local statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
        cursor.execute(for_driver(waits), {**values, "today": city.today(), **bound})
        runs = runs_of(row[0] for row in cursor.fetchall())
        if not runs:
            return 0
        run = runs[-1]
        since, until = midnight(city, run.first), midnight(city, run.last + timedelta(1))
        values |= {"days": run.days, "since": since, "until": until, "events_since": since}
        for statement in statements:
            cursor.execute(for_driver(statement), values)
    return len(run.days)


def counted_days_of(
    connection: Connection, city: City, first: date, last: date, counted: str = COUNTED
) -> set[date]:
    """The days from `first` to `last` whose closed incidents, or those of another statement `counted`, are
    counted as they are in this snapshot."""
    values = {
        "region": city.region,
        "time_zone": city.time_zone.key,
        "first": first,
        "last": last,
        "since": midnight(city, first),
        "until": midnight(city, last + timedelta(1)),
    }
    return set(connection.scalars(text(counted), values))


def runs_of(days: Iterable[date]) -> list[DayRun]:
    """runs_of([1st, 2nd, 5th]) = [1st to 2nd, 5th to 5th]."""
    runs: list[DayRun] = []
    for day in sorted(days):
        if runs and runs[-1].last == day - timedelta(1):
            runs[-1] = DayRun(runs[-1].first, day)
        else:
            runs.append(DayRun(day, day))
    return runs


def bounds_of(city: City, runs: Sequence[DayRun]) -> dict[str, list[datetime]]:
    """When each begins, and when the day after it does."""
    return {
        "starts": [midnight(city, run.first) for run in runs],
        "ends": [midnight(city, run.last + timedelta(1)) for run in runs],
    }


def _counts() -> list[str]:
    levels = [
        counting_statement("statistic_closed_team", level, EVENTS_OF_DAYS, OF_DAYS, DAY)
        for level in COUNTED_OF
    ]
    return [*levels, *map(_of_wait, UNTIL)]


def _of_wait(wait: str) -> str:
    until = UNTIL[wait]
    minutes = f"case when {until.at} is null then '' else {until.minutes}::text end"
    return f"""{EVENTS_OF_DAYS} insert into statistic_closed ({NAMES})
        select :region, '{wait}', i.kind, {DAY}, {minutes}, count(*), count(*), 0
        {OF_DAYS.format(joined=until.joined)} group by 3, 4, 5"""
