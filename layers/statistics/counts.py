"""What is counted by year, day, hour, category, channel and district. Each answer adds up to its total."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Engine, text

from geo.database import AnyRow
from geo.settings import City
from geo.statistics.day_counts import SUBJECTS, counted_days
from layers.reading import snapshot
from layers.statistics.requests import StatisticsRequest

EVER, EPOCH = date(1900, 1, 1), date(1970, 1, 1)
RECENT = timedelta(days=30)
"""Looked through first for the newest day: all days would be read each time the page is opened."""
WEEKDAY = "extract(isodow from day)::int"
TOP_CATEGORIES = """
    with recursive above as (
        select id, id as top, parent_id from category
        union all
        select a.id, c.id, c.parent_id from above a join category c on c.id = a.parent_id)
    select a.id, a.top, c.name_{lang} as name from above a join category c on c.id = a.top
    where a.parent_id is null"""
DISTRICTS = """
    select id, key, name_{lang} as name, valid_from, valid_from <= :last
        and coalesce(valid_to, 'infinity') > :last as in_force,
        st_asgeojson(st_simplifypreservetopology(geom_3857, :tolerance_m), 0)::json as shape
    from district where region = :region order by key, valid_from desc"""
PUBLISHED_TO = "select cast(value ->> 'published_to' as date) from setting where key = 'demo'"
FULL_FROM = "select cast(value ->> 'full_from' as date) from setting where key = 'demo'"
SIMPLIFIED_M = 60


@dataclass(frozen=True)
class Direction:
    """A topic at the top of the tree; `id` 0 = none is given."""

    id: int
    name: str | None
    n: int
    before: int

    @property
    def growth(self) -> float:
        """The change as a part of what was before; of what was not there yet, as a part of one."""
        return (self.n - self.before) / max(self.before, 1)


@dataclass(frozen=True)
class CourseStep:
    """A week or a month from `first` to `last`, both included; `before`: in the same days of the year before
    (of a week: 52 weeks ago), `is_comparable` as of a request."""

    first: date
    last: date
    n: int
    before: int
    is_comparable: bool = True


@dataclass(frozen=True)
class DistrictCount:
    """`shape`: GeoJSON in EPSG:3857, none of what has no district (`key` none)."""

    key: str | None
    name: str | None
    n: int
    shape: dict | None = None


def by_year(
    connection: Connection, city: City, request: StatisticsRequest, subjects: Sequence[str] = SUBJECTS
) -> dict[str, dict[int, tuple[int, int, float]]]:
    """Subject -> year -> (how many in the year up to the period's end, how many on the dates of the period
    that end in it as the period ends in its last (`StatisticsRequest.years_before`), tenge of fines up to the
    period's end). A year that has none is absent: nothing recorded is not zero."""
    spans = _spans_of_years(request)
    edges = _edges(spans)
    rows = connection.execute(
        text(f"""select subject, width_bucket(day, cast(:edges as date[])) - 1 as part, sum(n)::bigint as n,
            sum(tenge) as tenge
        from {counted_days(_facet(request))} d where {_in_districts(request)} group by 1, 2"""),
        _values(connection, city, request.of(EVER, request.last), subjects) | {"edges": edges},
    )
    in_year, same_days = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    tenge: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for row in rows:
        day = edges[row.part]
        in_year[row.subject, day.year] += row.n
        tenge[row.subject, day.year] += row.tenge
        for year in _years_with(spans, day):
            same_days[row.subject, year] += row.n
    return {
        subject: {
            year: (in_year[subject, year], same_days[subject, year], float(tenge[subject, year]))
            for year in spans
            if in_year[subject, year] > 0 or same_days[subject, year] > 0
        }
        for subject in subjects
    }


def published_to(connection: Connection) -> date | None:
    """The last day of the demo city's history of which figures are published: what comes later carries them
    on. None: this is no demo city."""
    return connection.scalar(text(PUBLISHED_TO))


def scaled(connection: Connection, request: StatisticsRequest) -> StatisticsRequest:
    """With the day from which a demo city has its counts in full, where the years before are a part."""
    return replace(request, full_from=connection.scalar(text(FULL_FROM)))


def _spans_of_years(request: StatisticsRequest) -> dict[int, tuple[date, date]]:
    """Year -> the first and the last of the period's dates that end in it."""
    last = request.last.year
    spans = ((year, request.years_before(last - year)) for year in range(EVER.year, last + 1))
    return {year: (span.first, span.last) for year, span in spans}


def _years_with(spans: Mapping[int, tuple[date, date]], day: date) -> list[int]:
    """The years of whose dates a day is: of several where these are of more than a year."""
    return [year for year, (first, last) in spans.items() if first <= day <= last]


def _edges(spans: Mapping[int, tuple[date, date]]) -> list[date]:
    """The days on which a year, or the dates of one, begin or have ended. Found by them, a day's part costs a
    fifth of taking the day to pieces."""
    edges = {date(year, 1, 1) for year in spans}
    edges |= {day for first, last in spans.values() for day in (first, last + timedelta(1))}
    return sorted(day for day in edges if day >= EVER)


def total(connection: Connection, city: City, request: StatisticsRequest, subject: str) -> int:
    """How many in the period."""
    rows = _grouped(connection, city, request, _facet(request), subject, "1")
    return sum(row.n for row in rows)


def newest_day(connection: Connection, city: City, request: StatisticsRequest) -> date | None:
    """The last day up to the period's end of which anything is recorded that the caller may see."""
    recent = request.of(request.last - RECENT, request.last)
    return _edge_of(connection, city, recent, SUBJECTS, "max") or _edge_of(
        connection, city, request.of(EVER, request.last), SUBJECTS, "max"
    )


def nearest_period(
    connection: Connection, city: City, request: StatisticsRequest, subject: str
) -> StatisticsRequest | None:
    """For a period without records: as many days that end with the last record before it, or begin with the
    first one after it; none = there is no record at all."""
    length = timedelta(request.days - 1)
    earlier = request.of(EVER, request.first - timedelta(1))
    if day := _edge_of(connection, city, earlier, [subject], "max"):
        return request.of(day - length, day)
    later = request.of(request.last + timedelta(1), city.today())
    day = _edge_of(connection, city, later, [subject], "min")
    return None if day is None else request.of(day, day + length)


def _edge_of(
    connection: Connection, city: City, request: StatisticsRequest, subjects: Sequence[str], edge: str
) -> date | None:
    statement = f"""select {edge}(day) from (select day from {counted_days(_facet(request))} d
        where {_in_districts(request)} group by day having sum(n) > 0) days"""
    return connection.scalar(text(statement), _values(connection, city, request, subjects))


def by_day(connection: Connection, city: City, request: StatisticsRequest) -> dict[date, int]:
    """Days without any are absent."""
    rows = _grouped(connection, city, request, _facet(request), request.counted(), "day")
    return {row.key: row.n for row in rows if row.n}


def by_step(connection: Connection, city: City, request: StatisticsRequest, many: int) -> list[CourseStep]:
    """The last `many` weeks or months, of which the last ends with the period."""
    firsts = _firsts(request, many)
    ends = [*(first - timedelta(1) for first in firsts[1:]), request.last]
    compare = "weekdays" if request.step == "week" else "year"
    steps = [replace(request, first=first, last=last, compare=compare) for first, last in zip(firsts, ends)]
    found = by_day(connection, city, request.of(steps[0].before().first, request.last))
    return [
        CourseStep(
            step.first, step.last, _within(found, step), _within(found, step.before()), step.is_comparable
        )
        for step in steps
    ]


def _firsts(request: StatisticsRequest, many: int) -> list[date]:
    """The first days of the steps."""
    if request.step == "week":
        monday = request.last - timedelta(request.last.weekday())
        return [monday - timedelta(weeks=back) for back in range(many - 1, -1, -1)]
    months = request.last.year * 12 + request.last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(months - many + 1, months + 1)]


def _within(found: Mapping[date, int], request: StatisticsRequest) -> int:
    return sum(found.get(day, 0) for day in request.each_day())


def by_hour(connection: Connection, city: City, request: StatisticsRequest) -> dict[tuple[int, int], int]:
    """(weekday 1 = Monday, hour of the city's clock) -> how many in the whole period."""
    rows = _grouped(connection, city, request, "hour", request.counted(), f"{WEEKDAY} * 100 + value::int")
    return {divmod(row.key, 100): row.n for row in rows if row.n}


def by_clock(connection: Connection, city: City, request: StatisticsRequest) -> dict[tuple[date, int], int]:
    """(day, hour of the city's clock) -> how many; hours without any are absent."""
    key = "(extract(epoch from day)::bigint / 86400) * 100 + value::int"
    rows = _grouped(connection, city, request, "hour", request.counted(), key)
    return {(EPOCH + timedelta(days=row.key // 100), int(row.key % 100)): row.n for row in rows if row.n}


def by_channel(connection: Connection, city: City, request: StatisticsRequest) -> dict[str, int]:
    """Most first; "" where none is given."""
    rows = _grouped(connection, city, request, "channel", request.counted(), "value")
    return dict(Counter({row.key: row.n for row in rows if row.n}).most_common())


def by_direction(
    connection: Connection, city: City, request: StatisticsRequest, lang: str
) -> list[Direction]:
    """Every topic at the top of the tree, in the order of the request, with the same of the period before."""
    tops = {row.id: (row.top, row.name) for row in connection.execute(text(TOP_CATEGORIES.format(lang=lang)))}
    now, then, names = Counter[int](), Counter[int](), dict[int, str | None]()
    for counter, period in ((now, request), (then, request.before())):
        for row in _grouped(connection, city, period, "category", request.counted(), "value::bigint"):
            top, name = tops.get(row.key, (0, None))
            counter[top] += row.n
            names[top] = name
    found = [Direction(top, name, now[top], then[top]) for top, name in names.items()]
    by_growth = request.topics == "grown"
    return sorted(
        (one for one in found if one.n or one.before),
        key=lambda one: (-one.growth if by_growth else 0, -one.n, one.id),
    )


def by_district(
    connection: Connection, city: City, request: StatisticsRequest, subject: str, lang: str
) -> list[DistrictCount]:
    """The districts in force on the period's last day, each with what was counted under its key by any of its
    outlines; one without a key for what has no district, or one that no longer exists."""
    rows = _grouped(connection, city, request, "all", subject, "district_id")
    counted = {row.key: row.n for row in rows}
    values = {"region": city.region, "last": request.last, "tolerance_m": SIMPLIFIED_M}
    by_key: dict[str, DistrictCount] = {}
    allowed = request.districts()
    for row in connection.execute(text(DISTRICTS.format(lang=lang)), values):
        if allowed is not None and row.key not in allowed:
            continue
        known = by_key.get(row.key)
        if known is None and not row.in_force:
            continue
        n = counted.pop(row.id, 0) + (known.n if known else 0)
        by_key[row.key] = (
            DistrictCount(row.key, row.name, n, row.shape)
            if known is None
            else DistrictCount(known.key, known.name, n, known.shape)
        )
    elsewhere = sum(counted.values())
    nowhere = [DistrictCount(None, None, elsewhere)] if elsewhere else []
    return [*sorted(by_key.values(), key=lambda one: -one.n), *nowhere]


def district_names(engine: Engine, city: City, request: StatisticsRequest, lang: str) -> dict[str, str]:
    """Key -> name of the districts in force on the period's last day that the caller may see, by name."""
    statement = f"""select key, name_{lang} as name from district where region = :region
        and valid_from <= :last and coalesce(valid_to, 'infinity') > :last order by 2"""
    allowed = request.scope.districts
    with snapshot(engine) as connection:
        rows = connection.execute(text(statement), {"region": city.region, "last": request.last})
        return {row.key: row.name for row in rows if allowed is None or row.key in allowed}


def _grouped(
    connection: Connection, city: City, request: StatisticsRequest, facet: str, subject: str, key: str
) -> Sequence[AnyRow]:
    """Rows (key, n) of the period."""
    statement = f"""select {key} as key, sum(n)::bigint as n from {counted_days(facet)} d
        where {_in_districts(request)} group by 1"""
    return connection.execute(text(statement), _values(connection, city, request, [subject])).all()


def _facet(request: StatisticsRequest) -> str:
    """The facet of the daily counts to read: "city" where no district is chosen, which has a seventh of the
    rows."""
    return "city" if request.districts() is None else "all"


def _in_districts(request: StatisticsRequest) -> str:
    return "true" if request.districts() is None else "(subject = 'inquiry' or district_id = any(:districts))"


def _values(
    connection: Connection, city: City, request: StatisticsRequest, subjects: Sequence[str]
) -> dict[str, object]:
    values: dict[str, object] = {
        "region": city.region,
        "time_zone": city.time_zone.key,
        "first": request.first,
        "last": request.last,
        "subjects": request.visible(tuple(subjects)),
    }
    keys = request.districts()
    if keys is not None:
        values["districts"] = connection.scalars(
            text("select id from district where region = :region and key = any(:keys)"),
            {"region": city.region, "keys": keys},
        ).all()
    return values
