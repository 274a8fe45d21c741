"""Inquiries and incidents by the city's day, counted as they are written, so that no page counts millions of
rows.

Triggers on `incident` and `inquiry` append what each statement changed (`statistic_delta`), in its own
transaction; writers never wait for one another. The roll-up (`geo.changes.rollup`) folds the deltas at most
2 s later into `statistic_day`. Who reads adds the deltas that still wait (`counted_days`), so a figure is
always exactly what the same snapshot of the rows would count, whatever was reassigned or corrected since.

Facets: every day stands once for each of `FACETS`, so that a card reads few rows: "city" (the whole city, one
value, "", its district 0), and by district "all" (one value, ""), "hour" (0..23, by the city's clock),
"category" (id, 0 = none), "channel" (key, "" = none); of inquiries alone "operator" (key, "" = none) and
"answer" (whole seconds until one answered, "" = none given). A district is an id, 0 = none; inquiries have
none.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from psycopg2.extensions import connection as Connection
from sqlalchemy import Date, Identity, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Region
from geo.database import for_driver, only_row
from geo.settings import City

SUBJECTS = ("inquiry", "service", "police", "emergency", "offence")
"""The subjects of counts: inquiries, and incidents by kind."""
FACETS = ("city", "all", "hour", "category", "channel", "operator", "answer")
OF_INQUIRIES = FACETS[-2:]
"""The facets that incidents do not have."""
BATCH = 3_000_000
"""Deltas folded in one transaction: what a first load brings is built in a few goes."""
ANALYZE_FROM = 20_000
"""Rows from which the planner is told the size of the working table."""


class StatisticDelta(Base):
    """`n` rows more (or fewer, below 0) with these values; `one_take` of them resolved in one take, with
    `tenge` of fines. `at` is when they were received or opened; `operator` and `answer_s` as of an
    inquiry."""

    __tablename__ = "statistic_delta"
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject: Mapped[str]
    at: Mapped[datetime]
    district_id: Mapped[int | None]
    category_id: Mapped[int | None]
    channel: Mapped[str | None]
    n: Mapped[int] = mapped_column(Integer)
    one_take: Mapped[int] = mapped_column(Integer)
    tenge: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    operator: Mapped[str | None]
    answer_s: Mapped[int | None]


class StatisticDay(Base):
    """`value` is of the `facet`. `answered`: of `n`, those whose time until an operator answered is given;
    `answer_s`: these times together; `within_15`, `within_20`: those of at most so many seconds."""

    __tablename__ = "statistic_day"
    region: Mapped[Region]
    facet: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    one_take: Mapped[int]
    tenge: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    answered: Mapped[int]
    answer_s: Mapped[int]
    within_15: Mapped[int]
    within_20: Mapped[int]


VALUES = {
    "city": "''",
    "all": "''",
    "hour": "extract(hour from d.at at time zone :time_zone)::int::text",
    "category": "coalesce(d.category_id, 0)::text",
    "channel": "coalesce(d.channel, '')",
    "operator": "coalesce(d.operator, '')",
    "answer": "coalesce(d.answer_s::text, '')",
}
"""Facet -> its value of a delta `d`."""
DISTRICTS = {facet: "0" if facet == "city" else "coalesce(d.district_id, 0)" for facet in FACETS}
"""Facet -> the district of a delta `d`."""
DAY = "(d.at at time zone :time_zone)::date"
MEASURES = {
    "n": "d.n",
    "one_take": "d.one_take",
    "tenge": "d.tenge",
    "answered": "case when d.answer_s is null then 0 else d.n end",
    "answer_s": "coalesce(d.answer_s, 0) * d.n",
    "within_15": "case when d.answer_s <= 15 then d.n else 0 end",
    "within_20": "case when d.answer_s <= 20 then d.n else 0 end",
}
"""What is added up of each day -> what a delta `d` adds to it."""
NAMES = ", ".join(MEASURES)
ADDED = ", ".join(f"{sql} as {name}" for name, sql in MEASURES.items())
SUMS = ", ".join(f"sum({name}) as {name}" for name in MEASURES)
NOTHING = f"({', '.join('0' for _ in MEASURES)})"

WORKING_TABLE = """create temp table if not exists statistic_fold (like statistic_day including defaults)
    on commit delete rows"""
TAKE = f"""
    with taken as (
        delete from statistic_delta d using (select id from statistic_delta where region = :region
            order by id limit :batch) first_ones
        where d.region = :region and d.id = first_ones.id returning d.*
    )
    insert into statistic_fold (region, facet, subject, day, district_id, value, {NAMES})
    select region, facet, subject, day, district_id, value, {SUMS} from (
        select d.region, f.facet, d.subject, {DAY} as day, f.district_id, f.value, {ADDED}
        from taken d cross join lateral (values
            {", ".join(f"('{facet}', {DISTRICTS[facet]}, {VALUES[facet]})" for facet in FACETS)})
            f (facet, district_id, value)
        where d.subject = 'inquiry' or f.facet not in ({", ".join(f"'{one}'" for one in OF_INQUIRIES)})
    ) apart group by 1, 2, 3, 4, 5, 6
    having ({", ".join(f"sum({name})" for name in MEASURES)}) is distinct from {NOTHING}"""
ADD = f"""
    insert into statistic_day as t (region, facet, subject, day, district_id, value, {NAMES})
    select region, facet, subject, day, district_id, value, {NAMES} from statistic_fold
    order by 1, 2, 3, 4, 5, 6
    on conflict (region, facet, subject, day, district_id, value) do update set
        {", ".join(f"{name} = t.{name} + excluded.{name}" for name in MEASURES)}"""
FORGET_NOTHING = f"""
    delete from statistic_day t using statistic_fold f
    where (t.region, t.facet, t.subject, t.day, t.district_id, t.value)
        = (f.region, f.facet, f.subject, f.day, f.district_id, f.value)
        and ({", ".join(f"t.{name}" for name in MEASURES)}) is not distinct from {NOTHING}"""
WAITS = "select exists (select from statistic_delta where region = :region)"


def counted_days(facet: str) -> str:
    """SQL of the rows (subject, day, district_id, value, and `MEASURES`) of a facet, folded or not, one day
    more than once. It takes `:region`, `:time_zone`, `:first` and `:last`, the city's days, both
    included."""
    return f"""(
        select subject, day, district_id, value, {NAMES} from statistic_day
        where region = :region and facet = '{facet}' and subject = any(:subjects)
            and day between :first and :last
        union all
        select d.subject, {DAY}, {DISTRICTS[facet]}, {VALUES[facet]}, {", ".join(MEASURES.values())}
        from statistic_delta d
        where d.region = :region and d.subject = any(:subjects) and {DAY} between :first and :last)"""


def fold_days(connection: Connection, city: City) -> int:
    """Fold what waits, at most `BATCH` deltas, and commit. Returns how many rows of a day changed."""
    values = {"region": city.region, "time_zone": city.time_zone.key, "batch": BATCH}
    with connection, connection.cursor() as cursor:
        cursor.execute(for_driver(WAITS), values)
        if not only_row(cursor)[0]:
            return 0
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(WORKING_TABLE)
        cursor.execute(for_driver(TAKE), values)
        changed = cursor.rowcount
        if changed >= ANALYZE_FROM:
            cursor.execute("analyze statistic_fold")
        if changed:
            cursor.execute(ADD)
            cursor.execute(FORGET_NOTHING)
    return changed
