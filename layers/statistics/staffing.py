"""Operators by hour: needed for the calls that are expected, with and without people who give up, and on the
roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, text

from geo.settings import City
from geo.staffing.adopt import RosterInForce, roster_in_force
from geo.staffing.erlang import Answered, Traffic, answered
from geo.staffing.need import GOALS, HOUR_S, on_the_roster, operators_needed, patience_of, taking_calls
from geo.statistics.day_kinds import hour_kinds
from geo.statistics.forecast import Expected, forecast, needed

WEEK_H = 168
SHOWN_H = 24
PATIENCE_H = 4 * WEEK_H
"""The past that tells how patient callers are."""
HOURS = text("""select hour, sum(offered)::bigint as offered, sum(lost)::bigint as lost,
        sum(answer_s * answered) / nullif(sum(answered) filter (where answer_s is not null), 0) as answer_s
    from calls where region = :region and hour >= :since and hour < :until group by 1""")
NEWEST = text("select max(hour) from calls where region = :region and hour < :until")


@dataclass(frozen=True)
class StaffedHour:
    """`begins`: by the city's clock. `calls`: expected, with the interval that holds nine hours of ten.

    `needed`: operators on duty for that mean, where callers give up as they do (Erlang A); `patient`: where
    none did (Erlang C); `busy`: for the interval's upper end. `rostered` none = there is no roster;
    `with_them`: how those on the roster would answer within the shortest goal."""

    begins: datetime
    calls: Expected
    needed: int
    patient: int
    busy: int
    rostered: int | None
    with_them: Answered | None

    @property
    def short(self) -> int:
        """How many are lacking."""
        return 0 if self.rostered is None else max(0, self.needed - self.rostered)


@dataclass(frozen=True)
class Staffing:
    """`hours` empty: there is no roster to take the handling time from, too short a past, or none of late
    (`until`: when the telephony's last hour ended, none = it told of none). `patience_s` none = too few calls
    were lost to tell: nobody gives up then."""

    hours: list[StaffedHour]
    roster: RosterInForce | None
    patience_s: float | None
    until: datetime | None


def read_staffing(connection: Connection, city: City, now: datetime, hours: int = SHOWN_H) -> Staffing:
    """The `hours` (at most a week) from the one of `now` on; fewer where the telephony has been silent so
    long that they lie more than a week ahead of what it told."""
    begins = now.replace(minute=0, second=0, microsecond=0)
    roster = roster_in_force(connection, city)
    newest = connection.execute(NEWEST, {"region": city.region, "until": begins}).scalar()
    if newest is None or roster is None:
        return Staffing([], roster, None, newest and newest + timedelta(hours=1))
    until = newest + timedelta(hours=1)
    length = needed(WEEK_H)
    rows = connection.execute(
        HOURS, {"region": city.region, "since": until - timedelta(hours=length), "until": until}
    ).all()
    counts = np.zeros(length)
    for row in rows:
        counts[length - (until - row.hour) // timedelta(hours=1)] = row.offered
    late_from = until - timedelta(hours=PATIENCE_H)
    patience_s = patience_of(
        [(int(row.offered), int(row.lost), row.answer_s) for row in rows if row.hour >= late_from]
    )
    behind = max(0, (begins - until) // timedelta(hours=1))
    if not counts[:WEEK_H].any() or behind >= WEEK_H:
        return Staffing([], roster, patience_s, until)
    steps = min(WEEK_H, behind + hours)
    kinds = hour_kinds(connection, city, until - timedelta(hours=length), length + steps)
    ahead = forecast(counts, WEEK_H, steps, kinds)[behind:]
    local = begins.astimezone(city.time_zone).replace(tzinfo=None)
    return Staffing(
        [_hour(local + timedelta(hours=n), calls, roster, patience_s) for n, calls in enumerate(ahead)],
        roster,
        patience_s,
        until,
    )


def _hour(begins: datetime, calls: Expected, roster: RosterInForce, patience_s: float | None) -> StaffedHour:
    handling_s, away = roster.roster.handling_s, roster.roster.away

    def on_duty(n: float, patience: float | None) -> int:
        traffic = Traffic(round(n, 1) / HOUR_S, handling_s, patience)
        return on_the_roster(operators_needed(traffic), away)

    rostered = roster.roster.on_duty(begins)
    traffic = Traffic(calls.mean / HOUR_S, handling_s, patience_s)
    return StaffedHour(
        begins,
        calls,
        on_duty(calls.mean, patience_s),
        on_duty(calls.mean, None),
        on_duty(calls.high, patience_s),
        rostered,
        answered(taking_calls(rostered, away), traffic, GOALS.within[0][0]),
    )
