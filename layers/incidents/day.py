"""A day of the time machine: how many incidents were opened in each ten minutes, on that day and on the same
weekday before, how many were there at the moment, when a feed brought nothing, and when mass events began."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Engine, text

from geo.errors import InvalidInput
from geo.ranges import day_in
from geo.settings import City
from layers.executors import LISTS
from layers.incidents.facet_counts import count
from layers.incidents.filters import IncidentFilter
from layers.incidents.moment import need_past
from layers.reading import snapshot

router = APIRouter()
BUCKET_MIN = 10
BUCKETS = 24 * 60 // BUCKET_MIN
WEEK = timedelta(days=7)
OPENED = """select floor(extract(epoch from (i.opened_at at time zone :zone) - cast(:day as timestamp)) / 60
        / {minutes})::int as bucket, count(*) as n
    from incident as i where {where} group by 1"""
SILENT = text("""
    select distinct a.subject as feed, to_timestamp((a.parameters ->> 'since')::float8) as since,
        coalesce(a.normal_at, a.cleared_at, now()) as until
    from alarm a join feed f on f.region = a.region and f.key = a.subject
    where a.region = :region and a.rule = 'feed_lost' and a.raised_at < :end + interval '1 day'
        and a.raised_at >= :begin - interval '31 days'
        and to_timestamp((a.parameters ->> 'since')::float8) < :end
        and coalesce(a.normal_at, a.cleared_at, now()) > :begin order by 1, 2""")

AROUND = timedelta(days=2)
"""An event is confirmed at most so long after it began."""
BEGAN = """
    select e.number, c.name_{lang} as name, min(i.opened_at) as began, count(*)::int as n
    from mass_event e
    join incident i on i.region = e.region and i.group_id = e.id and i.vanished_at is null
    left join category c on c.id = e.category_id
    where e.region = :region and e.status <> 'dissolved' and e.confirmed_at >= :begin
        and e.confirmed_at < cast(:end as timestamptz) + :around and {allowed}
    group by e.region, e.id, c.id
    having min(i.opened_at) >= :begin and min(i.opened_at) < :end order by n desc, e.id"""


@dataclass(frozen=True)
class MassFlag:
    """`minute` of the day in which the first of its incidents was opened."""

    minute: int
    number: str
    name: str
    n: int


@dataclass(frozen=True)
class Day:
    """`opened` and `usual`: by ten minutes of the city's clock, on `day` and a week before; `until`: how many
    of them there are yet. `silent`: feed and the minutes of the day from when until when it brought nothing.
    `mass`: the events that began on it, the largest first.
    `total`: incidents at the moment, `week_before`: at the same time a week before; none where no moment is
    asked for, or nothing is kept of that week."""

    day: date
    opened: list[int]
    usual: list[int]
    until: int
    silent: list[tuple[str, int, int]]
    mass: list[MassFlag]
    total: int | None = None
    week_before: int | None = None


def read_day(engine: Engine, city: City, incident_filter: IncidentFilter, day: date | None, lang: str) -> Day:
    """`day` none: that of the filter's moment, else today. Raises `InvalidInput`, `Unavailable`."""
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    with snapshot(engine) as connection:
        now = connection.execute(text("select now()")).scalar_one()
        moment = incident_filter.moment
        if moment is not None:
            need_past(connection, city, moment, now)
        shown = day or (moment.clock.date() if moment else now.astimezone(city.time_zone).date())
        begin = datetime.combine(shown, time.min, tzinfo=city.time_zone)
        passed = (now - begin) / timedelta(minutes=BUCKET_MIN)
        total, before = _compared(connection, city, incident_filter, now)
        return Day(
            shown,
            _opened(connection, city, incident_filter, shown, now),
            _opened(connection, city, incident_filter, shown - WEEK, now),
            max(0, min(BUCKETS, int(passed) + 1)),
            _silent(connection, city, begin),
            _mass(connection, city, incident_filter, begin, lang),
            total,
            before,
        )


def _opened(
    connection: Connection, city: City, incident_filter: IncidentFilter, day: date, now: datetime
) -> list[int]:
    """By what is known now; of every status."""
    selection = replace(incident_filter.selection, since=day, until=day, statuses=None)
    wanted = replace(incident_filter, window="dates", overdue=False, moment=None, selection=selection)
    where, values = wanted.where(city, now)
    statement = text(OPENED.format(minutes=BUCKET_MIN, where=where))
    counts = [0] * BUCKETS
    for row in connection.execute(statement, values | {"zone": city.time_zone.key, "day": day}):
        if 0 <= row.bucket < BUCKETS:
            counts[row.bucket] = row.n
    return counts


def _compared(
    connection: Connection, city: City, incident_filter: IncidentFilter, now: datetime
) -> tuple[int | None, int | None]:
    moment = incident_filter.moment
    if moment is None:
        return None, None
    total, _ = count(connection, city, incident_filter, incident_filter.at(city, now))
    earlier = replace(incident_filter, moment=replace(moment, clock=moment.clock - WEEK))
    assert earlier.moment is not None
    try:
        need_past(connection, city, earlier.moment, now)
    except InvalidInput:  # of that week the events are no longer kept
        return total, None
    return total, count(connection, city, earlier, earlier.at(city, now))[0]


def _silent(connection: Connection, city: City, begin: datetime) -> list[tuple[str, int, int]]:
    end = begin + timedelta(days=1)
    rows = connection.execute(SILENT, {"region": city.region, "begin": begin, "end": end})

    def minute(at: datetime) -> int:
        return max(0, min(1440, int((at - begin).total_seconds() // 60)))

    return [(row.feed, minute(row.since), minute(row.until)) for row in rows]


def _mass(
    connection: Connection, city: City, incident_filter: IncidentFilter, begin: datetime, lang: str
) -> list[MassFlag]:
    allowed, scoped = incident_filter.scope.where()
    bound = {"region": city.region, "begin": begin, "end": begin + timedelta(days=1), "around": AROUND}
    rows = connection.execute(text(BEGAN.format(lang=lang, allowed=allowed)), bound | scoped)
    return [
        MassFlag(int((row.began - begin).total_seconds() // 60), row.number, row.name or "", row.n)
        for row in rows
    ]


@router.get("/layers/incidents/day.json")
async def day(request: Request) -> JSONResponse:
    """The members of `Day`. The filter is the page's own, beside it `day` (YYYY-MM-DD) and `lang`."""
    query = dict(request.query_params)
    wanted = _day(query.pop("day", ""))
    servers = request.app.state.servers
    city = servers.settings.city
    lang = query.pop("lang", city.languages[0])
    incident_filter = IncidentFilter.parse(query).within(request.state.principal)
    found = await servers.executors.run(LISTS, read_day, servers.engine, city, incident_filter, wanted, lang)
    body: dict[str, Any] = asdict(found) | {"day": found.day.isoformat()}
    return JSONResponse(body, headers={"Cache-Control": "private, no-store"})


def _day(written: str) -> date | None:
    if not written:
        return None
    if (day := day_in(written)) is None:
        raise InvalidInput("filter.value", filter="day", value=written[:40])
    return day
