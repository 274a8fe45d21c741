"""The calendar of the city as data that its owner edits: days off and days moved by the government, by year,
and the hours of work.

`geo.deadlines.holidays` proposes the days of a year; a person confirms it. What a person set is never
proposed over, and a confirmed year is proposed no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Connection, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Now, Region
from geo.deadlines.working_time import DAY_MINUTES, Hours, WorkingCalendar
from geo.errors import InvalidInput, NotFound
from geo.settings import City

WARN_FROM_MONTH = 10
"""The month from which somebody should have confirmed the next year: the government publishes it in
autumn."""
SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


class CalendarDay(Base):
    """A day that is not what its weekday says: off, or worked. `set_by` none = proposed, not by a person."""

    __tablename__ = "calendar_day"
    region: Mapped[Region]
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name_kk: Mapped[str | None]
    name_ru: Mapped[str | None]
    name_en: Mapped[str | None]
    set_by: Mapped[str | None]
    set_at: Mapped[Now]


class CalendarYear(Base):
    """A year whose days were proposed, by `source`; confirmed once a person compared it with the law."""

    __tablename__ = "calendar_year"
    region: Mapped[Region]
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source: Mapped[str]
    proposed_at: Mapped[Now]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]


class WorkingHours(Base):
    """A span of work on a weekday (1 = Monday), in minutes after midnight."""

    __tablename__ = "working_hours"
    __table_args__ = (
        CheckConstraint("weekday between 1 and 7", name="weekday"),
        CheckConstraint("begins >= 0 and begins < ends and ends <= 1440", name="span"),
    )
    region: Mapped[Region]
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    begins: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ends: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True)
class SpecialDay:
    """A day with its names by language; a name none has is left out."""

    day: date
    working: bool
    names: dict[str, str]
    set_by: str | None = None


@dataclass(frozen=True)
class YearOfDays:
    """`source` none: nobody has proposed it yet."""

    year: int
    source: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    days: tuple[SpecialDay, ...]


SET_DAY = text("""
    insert into calendar_day (region, day, working, name_kk, name_ru, name_en, set_by)
    values (:region, :day, :working, :kk, :ru, :en, :set_by)
    on conflict (region, day) do update set working = excluded.working, name_kk = excluded.name_kk,
        name_ru = excluded.name_ru, name_en = excluded.name_en, set_by = excluded.set_by, set_at = now()
        where excluded.set_by is not null or calendar_day.set_by is null""")
PROPOSED = text("""
    insert into calendar_year (region, year, source) values (:region, :year, :source)
    on conflict (region, year) do update set source = excluded.source, proposed_at = now()
        where calendar_year.confirmed_at is null""")
CONFIRM = text("""
    update calendar_year set confirmed_at = now(), confirmed_by = :who
    where region = :region and year = :year""")


def load_calendar(connection: Connection, city: City) -> WorkingCalendar:
    """The calendar as it stands. Without hours of its own in the tables, those of the city's file."""
    rows = connection.execute(
        text("select day, working from calendar_day where region = :region"), {"region": city.region}
    ).all()
    return WorkingCalendar(
        city.time_zone,
        read_hours(connection, city),
        frozenset(row.day for row in rows if not row.working),
        frozenset(row.day for row in rows if row.working),
    )


def read_hours(connection: Connection, city: City) -> tuple[Hours, ...]:
    """Monday to Sunday."""
    rows = connection.execute(
        text("select weekday, begins, ends from working_hours where region = :region order by 1, 2"),
        {"region": city.region},
    ).all()
    if not rows:
        return week(city.working_hours, city.working_weekdays)
    return tuple(
        tuple((row.begins, row.ends) for row in rows if row.weekday == weekday) for weekday in range(1, 8)
    )


def week(spans: Sequence[str], weekdays: Iterable[int]) -> tuple[Hours, ...]:
    """Spans as people write them ("09:00-13:00"), on these weekdays (1 = Monday). Raises `InvalidInput`
    ("calendar.hours", "calendar.weekday")."""
    hours = sorted(_span(span) for span in spans)
    for (_, end), (begin, _) in zip(hours, hours[1:]):
        if begin < end:
            raise InvalidInput("calendar.hours", hours=" ".join(spans))
    chosen = set(weekdays)
    if not chosen or not hours or chosen - set(range(1, 8)):
        raise InvalidInput("calendar.weekday", weekdays=" ".join(map(str, sorted(chosen))))
    return tuple(tuple(hours) if weekday in chosen else () for weekday in range(1, 8))


def _span(written: str) -> tuple[int, int]:
    found = SPAN.fullmatch(written.strip())
    begin, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (1, 0)
    if begin >= end or end > DAY_MINUTES:
        raise InvalidInput("calendar.hours", hours=written)
    return begin, end


def read_year(connection: Connection, region: str, year: int) -> YearOfDays:
    named = {"region": region, "year": year}
    row = connection.execute(
        text("""select source, confirmed_at, confirmed_by from calendar_year
            where region = :region and year = :year"""),
        named,
    ).one_or_none()
    days = connection.execute(
        text("""select day, working, name_kk, name_ru, name_en, set_by from calendar_day
            where region = :region and extract(year from day) = :year order by day"""),
        named,
    )
    special = tuple(_special(*day) for day in days)
    if row is None:
        return YearOfDays(year, None, None, None, special)
    return YearOfDays(year, row.source, row.confirmed_at, row.confirmed_by, special)


def _special(
    day: date, working: bool, kk: str | None, ru: str | None, en: str | None, set_by: str | None
) -> SpecialDay:
    names = {lang: name for lang, name in (("kk", kk), ("ru", ru), ("en", en)) if name}
    return SpecialDay(day, working, names, set_by)


def unconfirmed_years(connection: Connection, city: City, today: date) -> list[int]:
    """This year, and from October on the next, where nobody has confirmed them."""
    wanted = [today.year, *([today.year + 1] if today.month >= WARN_FROM_MONTH else [])]
    confirmed = connection.scalars(
        text("select year from calendar_year where region = :region and confirmed_at is not null"),
        {"region": city.region},
    ).all()
    return [year for year in wanted if year not in confirmed]


def propose_year(
    connection: Connection, region: str, year: int, days: Iterable[SpecialDay], source: str
) -> bool:
    """Take over proposed days in place of those proposed before; False = the year is confirmed, nothing is
    changed."""
    named = {"region": region, "year": year}
    if not connection.execute(PROPOSED, named | {"source": source}).rowcount:
        return False
    connection.execute(
        text("""delete from calendar_day where region = :region and extract(year from day) = :year
            and set_by is null"""),
        named,
    )
    for day in days:
        _write(connection, region, day)
    return True


def set_day(connection: Connection, region: str, day: date, working: bool, reason: str, who: str) -> None:
    """A day off, or one that is worked, by a person; `reason` is shown in every language. Raises
    `InvalidInput` ("calendar.reason")."""
    if not reason.strip():
        raise InvalidInput("calendar.reason", day=day.isoformat())
    names = dict.fromkeys(("kk", "ru", "en"), reason.strip())
    _write(connection, region, SpecialDay(day, working, names, who))
    record_audit(connection, who, "calendar.day", day=day.isoformat(), working=working, reason=reason.strip())


def clear_day(connection: Connection, region: str, day: date, who: str) -> None:
    """The day is what its weekday says again. Raises `NotFound` ("calendar.day")."""
    gone = connection.execute(
        text("delete from calendar_day where region = :region and day = :day"), {"region": region, "day": day}
    )
    if not gone.rowcount:
        raise NotFound("calendar.day", day=day.isoformat())
    record_audit(connection, who, "calendar.cleared", day=day.isoformat())


def set_hours(
    connection: Connection, region: str, spans: Sequence[str], weekdays: Iterable[int], who: str
) -> None:
    """Hours of work from now on, for all the week. Raises `InvalidInput` as `week`."""
    hours = week(spans, weekdays)
    connection.execute(text("delete from working_hours where region = :region"), {"region": region})
    rows = [
        {"region": region, "weekday": weekday, "begins": begin, "ends": end}
        for weekday, of_day in enumerate(hours, start=1)
        for begin, end in of_day
    ]
    connection.execute(
        text("""insert into working_hours (region, weekday, begins, ends)
            values (:region, :weekday, :begins, :ends)"""),
        rows,
    )
    record_audit(connection, who, "calendar.hours", hours=list(spans), weekdays=sorted(set(weekdays)))


def confirm_year(connection: Connection, region: str, year: int, who: str) -> None:
    """A person has compared the year with the law. Raises `NotFound` ("calendar.year")."""
    if not connection.execute(CONFIRM, {"region": region, "year": year, "who": who}).rowcount:
        raise NotFound("calendar.year", year=year)
    record_audit(connection, who, "calendar.confirmed", year=year)


def _write(connection: Connection, region: str, day: SpecialDay) -> None:
    names = {lang: day.names.get(lang) for lang in ("kk", "ru", "en")}
    connection.execute(
        SET_DAY, {"region": region, "day": day.day, "working": day.working, "set_by": day.set_by, **names}
    )
