"""The days before the vote that the list is made for, and what is still open before each: for /voters and the
walls. Counts alone; of the electoral list they come from a function of the database (`electoral_counts`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from geo.database import AnyRow
from geo.deadlines.calendar import load_calendar
from geo.deadlines.working_time import WorkingCalendar
from geo.election_law import DateKey, ElectionDate, ElectionLaw, election_dates, law_on
from geo.settings import City
from layers.tiles.precincts import IN_FORCE

SOON_DAYS = 3
"""So long before a day it warns, where something is open: before the last working day until it."""
FURTHEST_DAYS = 30
"""How far back a working day is looked for: no holidays are longer."""
LIST = text("select * from electoral_counts(:region)")
PRECINCTS = text(f"""
    select count(*) as precincts, count(*) filter (where kind = 'open' and station_id is null) as stations,
        count(*) filter (where kind = 'closed' and station_id is null) as closed_stations,
        count(*) filter (where kind = 'open' and voters > :cap) as over_cap,
        (select count(*) from building b where b.region = :region and b.voters > 0 and not exists (
            select from assignment a join precinct p on p.region = a.region and p.plan_id = a.plan_id
                and p.id = a.precinct_id
            where a.region = b.region and a.building_id = b.id
                and a.plan_id = (select plan_id from precinct where {IN_FORCE} limit 1))) as unassigned
    from precinct where {IN_FORCE}""")
Open = list[tuple[str, int]]


def read_dates(connection: Connection, city: City, lang: str) -> dict[str, Any]:
    """{"voting_day", "cap", "source", "since", "voters": of the list in force, none = there is none, "dates":
    [{"key", "day", "days_before", "in_days", "work_by": the last working day until it, "article", "state",
    "open": [{"key", "n"}]}]}; days as YYYY-MM-DD. `state`: "late", "soon" (both: something is open), "past",
    "ahead". Nothing where no list was ever loaded, or the city states no law."""
    counts = connection.execute(LIST, {"region": city.region}).one_or_none()
    if counts is None or city.precincts is None:
        return {}
    law, today = law_on(city.precincts.laws, counts.voting_day), city.today()
    bound = {"region": city.region, "today": today, "cap": law.cap}
    precincts = connection.execute(PRECINCTS, bound).one()
    calendar = load_calendar(connection, city)
    return {
        "voting_day": counts.voting_day.isoformat(),
        "cap": law.cap,
        "source": law.source[lang],
        "since": law.since.isoformat(),
        "voters": counts.voters,
        "dates": [
            _shown(one, law, today, last_working_day(calendar, one.day), _open(one.key, counts, precincts))
            for one in election_dates(law, counts.voting_day)
        ],
    }


def last_working_day(calendar: WorkingCalendar, day: date) -> date:
    """The day itself or the last one before it on which people work: what the law wants by a holiday is done
    before it."""
    for back in range(FURTHEST_DAYS):
        found = day - timedelta(days=back)
        if calendar.hours_of(found):
            return found
    return day


def _shown(one: ElectionDate, law: ElectionLaw, today: date, work_by: date, open_: Open) -> dict[str, Any]:
    left = [{"key": key, "n": n} for key, n in open_ if n]
    if today > one.day:
        state = "late" if left else "past"
    else:
        state = "soon" if left and (work_by - today).days <= SOON_DAYS else "ahead"
    return {
        "key": one.key,
        "day": one.day.isoformat(),
        "days_before": one.days_before,
        "in_days": (one.day - today).days,
        "work_by": work_by.isoformat(),
        "article": law.articles.get(one.key),
        "state": state,
        "open": left,
    }


def _open(key: DateKey, counts: AnyRow, precincts: AnyRow) -> Open:
    """The open work before each day, with how much of it there is."""
    waits = int(counts.waiting is not None)
    # Precincts are counted by their buildings, which a list changes when it comes into force.
    over_cap = "over_cap_now" if waits or counts.voters is None else "over_cap"
    by_key: dict[DateKey, Open] = {
        "register": [("list", int(counts.voters is None))],
        "applications": [("addresses", counts.addresses), ("flags", counts.flags)],
        "commissions": [("waiting", waits), ("package", int(counts.sent != "received"))],
        "inspection": [("stations", precincts.stations)],
        "inspection_closed": [("closed_stations", precincts.closed_stations)],
        "voting": [(over_cap, precincts.over_cap), ("unassigned", precincts.unassigned)],
    }
    return by_key[key]
