"""The roster of the demo city: for the hours of a shift what the calls of its last week, which come as fast
as the live ones, need in the mean, so that some hours of each lack a few."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from geo.database import connected
from geo.settings import City, Settings
from geo.staffing.adopt import adopt_roster
from geo.staffing.erlang import Traffic
from geo.staffing.need import HOUR_S, on_the_roster, operators_needed
from geo.staffing.roster import DAYS, roster_of
from geo.toml import TomlFile

WHO = "demo"
HANDLING_S, AWAY = 190, 0.15
WEEKS = 1
SHIFTS = ((0, 7), (7, 10), (10, 14), (14, 18), (18, 21), (21, 24))
"""By the city's clock."""
CALLS = text("""select extract(isodow from hour at time zone :zone)::int - 1 as weekday,
        extract(hour from hour at time zone :zone)::int as hour, sum(offered) / :weeks as calls
    from calls where region = :region and hour >= :since and hour < :until group by 1, 2""")


def adopt_roster_file(settings: Settings, until: datetime) -> None:
    """Adopts the roster of the weeks before `until`."""
    city = settings.city
    with connected(settings, "owner") as connection:
        written = _text(_calls(connection, city, until))
        read = roster_of(TomlFile(Path("roster.toml"), written, tomllib.loads(written)))
        assert read.roster is not None, read.mistakes[:3]
        adopt_roster(connection, city, read.roster, WHO)


def _calls(connection: Connection, city: City, until: datetime) -> dict[tuple[int, int], float]:
    """(weekday, hour) -> calls in the mean."""
    span = {"since": until - timedelta(weeks=WEEKS), "until": until, "weeks": float(WEEKS)}
    rows = connection.execute(CALLS, {"region": city.region, "zone": city.time_zone.key, **span})
    return {(row.weekday, row.hour): float(row.calls) for row in rows}


def _text(calls: dict[tuple[int, int], float]) -> str:
    lines = [f"handling_s = {HANDLING_S}", f"away = {AWAY}"]
    for weekday, day in enumerate(DAYS):
        for begins, ends in SHIFTS:
            mean = sum(calls.get((weekday, hour), 0.0) for hour in range(begins, ends)) / (ends - begins)
            operators = max(1, operators_needed(Traffic(round(mean, 1) / HOUR_S, HANDLING_S)))
            lines += [
                "\n[[shift]]",
                f'days = ["{day}"]',
                f'from = "{begins:02}:00"',
                f'to = "{ends:02}:00"',
                f"operators = {on_the_roster(operators, AWAY)}",
            ]
    return "\n".join(lines) + "\n"
